/* dns_lanes.h - which name is looked up by which thread, so that names that hang hold up nobody else.
 *
 * There is no canceling getaddrinfo: a name whose servers are silent holds a thread until the system's own time limits are over (ten
 * seconds, often). Hence
 *
 *   lane 0            names not known to be slow
 *   lane 1            those too, but names that were slow first: these have no other lane
 *   lanes 2, 3, ...   spares: one starts when all others have been held for `slow_ms` and a name not known to be slow waits;
 *                     it ends when nothing waits any more
 *
 * A name is slow when its last look-up took slow_ms or more. So a new name waits at most slow_ms behind others that hang, unless
 * more than DNS_LANES_MAX - 1 of them do, all for the first time. Thread: the loop's. */
#ifndef EDGECRON_NET_DNS_LANES_H
#define EDGECRON_NET_DNS_LANES_H

#include "net/dns.h"

#define DNS_LANES 2
#define DNS_LANES_MAX 8

/* A name to look up; zeroed but for `name` it is valid. It must live until it is at rest again. */
struct dns_task {
    const char *name;
    enum { DNS_AT_REST, DNS_QUEUED, DNS_LOOKING_UP } state;
    bool slow;
    struct mono asked; /* unless at rest: since when */
    struct dns_task *next;
};

struct dns_lanes_use {
    bool (*wanted)(void *ctx, struct dns_task *t); /* still? Asked before it gets a thread; if not, it is at rest */
    void (*done)(void *ctx, struct dns_task *t,
                 struct dns_answer *answer); /* it is at rest; later than dns_lanes_put */
    void *ctx;
};

struct dns_lanes;
struct dns_lanes *dns_lanes_new(struct loop *l, dns_lookup lookup, void *lookup_ctx, const struct dns_lanes_use *use,
                                struct err *e);
void dns_lanes_free(struct dns_lanes *s); /* does not wait for a look-up that hangs */
void dns_lanes_slow_after(struct dns_lanes *s, int64_t slow_ms);
void dns_lanes_put(struct dns_lanes *s, struct dns_task *t); /* nothing when it is not at rest */

#endif
