/* forwarded.h - who asks, when a proxy is in front, and did it come encrypted to that proxy? Pure. RFC 7239; X-Forwarded-For and -Proto.
 *
 * Only the fields of proxies that were named count. Each proxy appends whom it got the request from, so what counts is the rightmost address
 * that is none of theirs: everything left of it is that client's own invention. Forwarded and X-Forwarded-For that tell different stories count for
 * nothing: one of them is that too. */
#ifndef EDGECRON_CORE_FORWARDED_H
#define EDGECRON_CORE_FORWARDED_H

#include "base/err.h"
#include "core/url.h"

#include <stdbool.h>

#define FORWARDED_PROXIES_MAX 64

struct forwarded_rules {
    struct cidr trusted[FORWARDED_PROXIES_MAX]; /* whose fields are believed */
    int n_trusted;
    bool only_trusted; /* nobody else may ask without TLS, but for this machine itself */
};

/* What was said, each NULL when there is no such field; several fields of one name are joined by ", ", in order. */
struct forwarded_fields {
    const char *forwarded, *x_for, *x_proto;
};

struct forwarded {
    struct address client;
    bool encrypted; /* what the client itself speaks: with us, or with the first of the proxies */
};

/* `tls`: the peer speaks TLS with us. ERR_FORBIDDEN for one that may not ask. Fields that cannot be read end the walk: the last address that
 * is sure counts. */
int forwarded_judge(const struct forwarded_rules *r, const struct address *peer, bool tls,
                    const struct forwarded_fields *f, struct forwarded *ret, struct err *e);

#endif
