/* pgcron_address.h - the URL of a call (a template), cut into a target and a path on it. Pure.
 *
 * Supabase's services (/functions/v1 and its like) belong to the target; of other URLs the origin does. A host that only a secret or setting
 * knows gets a stand-in, NAME.invalid (RFC 2606, section 2: it never resolves). */
#ifndef EDGECRON_CORE_PGCRON_ADDRESS_H
#define EDGECRON_CORE_PGCRON_ADDRESS_H

#include "base/err.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>

enum pgcron_reach {
    PGCRON_AT_LARGE,
    PGCRON_AT_PRIVATE,  /* an address, or a name of this machine, that is called only where it is allowed */
    PGCRON_AT_INTERNAL, /* a name that only Docker or a local network knows */
    PGCRON_AT_SAMPLE,   /* of a documentation: "your-project-ref" */
    PGCRON_AT_UNKNOWN   /* a stand-in */
};

struct pgcron_address {
    const char *base;   /* for base_url: "https://abc.supabase.co/functions/v1" */
    bool rooted;        /* base ends with a service that is known: it is not to be made longer */
    const char *path;   /* "/report?x={{now}}" */
    const char *name;   /* a valid name for the target: "abc" */
    const char *holder; /* PGCRON_AT_UNKNOWN: the name of the first secret that holds the host */
    const char *sample; /* PGCRON_AT_UNKNOWN: what such a value looks like: an address, its host, or a part of that */
    const char *range;  /* PGCRON_AT_PRIVATE: what to allow, "127.0.0.0/8" */
    enum pgcron_reach reach;
    bool encoded; /* characters that no URL may have were percent-encoded */
};

/* What secrets and settings hold that addresses begin with: given by whoever imports. */
struct pgcron_known {
    const char *name, *value;
};

/* ERR_INVALID when it is none that edgecron can call; the text never quotes a user name or password. */
int pgcron_address_cut(const char *url, const struct pgcron_known *known, size_t n_known, struct arena *a,
                       struct pgcron_address *ret, struct err *e);

#endif
