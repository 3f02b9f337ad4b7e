/* dns.h - names to addresses without ever blocking the loop: two resolver threads (more only while names hang: dns_lanes.h), a
 * cache, one look-up in flight per name.
 *
 * Addresses come ordered for connecting (RFC 8305 section 4): as the resolver sorted them (RFC 6724), families alternating.
 *
 * How long an answer counts. getaddrinfo tells no TTL, so the times are ours; each is a trade between asking often and noticing late:
 *
 *   under DNS_KEEP_MS           used. The floor: a name is not asked for more often than that, however many calls go there.
 *   under DNS_CEILING_MS        used, and asked for again in the background: a name that is called once a minute is never waited for.
 *                               The ceiling: a resolver that works is followed within a minute (a fail-over's usual TTL).
 *   under DNS_STALE_MS          (RFC 8767) waited for, DNS_PATIENCE_MS at most; used when the new look-up fails or is slower than that, and at
 *                               once when the name's last look-up failed or was slow: a dead resolver delays only the calls that need it.
 *
 * A failure counts for DNS_KEEP_FAILED_MS, twice that after the second in a row, and so on up to DNS_KEEP_FAILED_MAX_MS.
 *
 * Address literals, localhost and the names of /etc/hosts need no thread, hence never wait. Time limits are the caller's: it cancels; a
 * name that nobody waits for any more is not looked up. There are as many queries as calls, which have their own bound. Shutting
 * down does not wait for a resolver that hangs.
 * Thread: the loop's. */
#ifndef EDGECRON_NET_DNS_H
#define EDGECRON_NET_DNS_H

#include "core/url.h"
#include "net/loop.h"

#define DNS_ADDRESSES_MAX 16
#define DNS_KEEP_MS 30000
#define DNS_CEILING_MS 60000
#define DNS_STALE_MS 3600000
#define DNS_KEEP_FAILED_MS 2000
#define DNS_KEEP_FAILED_MAX_MS 16000
#define DNS_PATIENCE_MS 1000
#define DNS_SLOW_MS 1000
#define DNS_NAMES_MAX 4096 /* names cached */
#define DNS_HOSTS_FILE "/etc/hosts"

struct dns_answer {
    int count; /* 0: failed, see reason */
    struct address addresses[DNS_ADDRESSES_MAX];
    char reason[160]; /* "no such name" and the like, in words */
};

/* Resolves; runs on a resolver thread and may block. Fills *ret (count or reason). The default asks getaddrinfo. */
typedef void (*dns_lookup)(void *ctx, const char *name, struct dns_answer *ret);

struct dns;
struct dns_source { /* NULL: the default */
    dns_lookup lookup;
    void *lookup_ctx;
    const char *hosts_file; /* DNS_HOSTS_FILE */
};
struct dns *dns_new(struct loop *l, const struct dns_source *from, struct err *e);
void dns_free(struct dns *d);  /* queries must be canceled before */
void dns_flush(struct dns *d); /* forgets what is cached */

struct dns_times { /* milliseconds; the defaults are those above */
    int64_t keep, ceiling, stale, keep_failed, keep_failed_max, patience, slow;
};
struct dns_stats { /* look-ups that a resolver was asked for, and brought an address or none */
    int64_t found, failed;
};
struct dns_stats dns_stats(const struct dns *d);

void dns_set_times(struct dns *d, const struct dns_times *t);

/* A question. done is called later on the loop, never from inside dns_ask; `answer` is valid during it. */
struct dns_query {
    void (*done)(struct dns_query *q, const struct dns_answer *answer);
    void *ctx;
    struct dns_query *prev, *next; /* dns's own */
    struct dns_name *name;
};
/* True when the answer is known at once (an address literal, "localhost" and names below it, /etc/hosts, the cache): *ret is filled and
 * done is not called. `host` is in lower case. */
bool dns_ask(struct dns *d, const char *host, struct dns_query *q, struct dns_answer *ret);
void dns_cancel(struct dns *d, struct dns_query *q); /* fine when it is not waiting */

/* The families of count addresses alternating, the first one's first; order within a family is kept. */
void dns_interleave(struct address *addresses, int count);

#endif
