/* dial.h - from a host name to a connected socket: look-up, egress rule, and Happy Eyeballs (RFC 8305).
 *
 * Addresses are tried in order, the next one DIAL_STAGGER_MS after the last or as soon as one fails; the first to connect wins.
 * Addresses that the egress rule refuses are never tried; when all are refused the outcome is OUTCOME_BLOCKED.
 * Time limits are the caller's: it cancels. Thread: the loop's. */
#ifndef EDGECRON_NET_DIAL_H
#define EDGECRON_NET_DIAL_H

#include "core/run.h"
#include "net/dns.h"

#define DIAL_STAGGER_MS 250

struct dial;

struct dial_request {
    const char *host;
    uint16_t port;
    const struct cidr *allowed;
    int n_allowed;
    bool (*make_room)(void *ctx);            /* no descriptors are left: true when one was freed; may be NULL */
    void (*done)(void *ctx, struct dial *d); /* once, never from inside dial_start; may free the dial */
    void *ctx;
};

struct dial *dial_start(struct loop *l, struct dns *dns,
                        const struct dial_request *r); /* the request's texts outlive it */
void dial_free(
    struct dial *d); /* also in the middle: nothing is called any more. A connected socket not taken is closed */

/* Results. */
int dial_take(struct dial *d);                   /* the connected descriptor, the caller's from now on; -1: it failed */
enum outcome dial_outcome(const struct dial *d); /* OUTCOME_NONE, DNS, CONNECT or BLOCKED */
const char *dial_detail(const struct dial *d);
const struct address *dial_address(const struct dial *d); /* connected to, or tried last; NULL before that */
int64_t dial_dns_ms(const struct dial *d);                /* -1: no look-up was needed */
int64_t dial_connect_ms(const struct dial *d);            /* -1: nothing was tried */

#endif
