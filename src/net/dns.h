/* dns.h - names to addresses without ever blocking the loop: two resolver threads, a cache, one look-up in flight per name.
 *
 * Addresses come ordered for connecting (RFC 8305 section 4): as the resolver sorted them (RFC 6724), families
 * alternating. Answers are kept DNS_KEEP_MS (getaddrinfo tells no TTL), failures DNS_KEEP_FAILED_MS. An answer that is past
 * that but under DNS_STALE_MS old is used when the new look-up fails or takes over DNS_PATIENCE_MS (RFC 8767): a dead resolver
 * delays only the calls that need it. A name that was slow is asked for on the second thread alone, so that it cannot
 * block the others.
 *
 * Time limits are the caller's: it cancels. Shutting down does not wait for a resolver that hangs.
 * Thread: the loop's. */
#ifndef EDGECRON_NET_DNS_H
#define EDGECRON_NET_DNS_H

#include "core/url.h"
#include "net/loop.h"

#define DNS_ADDRESSES_MAX 16
#define DNS_KEEP_MS 30000
#define DNS_KEEP_FAILED_MS 2000
#define DNS_STALE_MS 3600000
#define DNS_PATIENCE_MS 1000
#define DNS_SLOW_MS 2000
#define DNS_NAMES_MAX 4096 /* names cached */

struct dns_answer {
    int count; /* 0: failed, see reason */
    struct address addresses[DNS_ADDRESSES_MAX];
    char reason[160]; /* "no such name" and the like, in words */
};

/* Resolves; runs on a resolver thread and may block. Fills *ret (count or reason). The default asks getaddrinfo. */
typedef void (*dns_lookup)(void *ctx, const char *name, struct dns_answer *ret);

struct dns;
struct dns *dns_new(struct loop *l, dns_lookup lookup, void *ctx, struct err *e); /* lookup NULL: the default */
void dns_free(struct dns *d);                                                     /* queries must be canceled before */
void dns_flush(struct dns *d);                                                    /* forgets what is cached */

struct dns_times { /* milliseconds; the defaults are those above */
    int64_t keep, keep_failed, stale, patience, slow;
};
void dns_set_times(struct dns *d, const struct dns_times *t);

/* A question. done is called later on the loop, never from inside dns_ask; `answer` is valid during it. */
struct dns_query {
    void (*done)(struct dns_query *q, const struct dns_answer *answer);
    void *ctx;
    struct dns_query *prev, *next; /* dns's own */
    struct dns_name *name;
};
/* True when the answer is known at once (an address literal, "localhost" and names below it, the cache): *ret is filled and done is not
 * called. */
bool dns_ask(struct dns *d, const char *host, struct dns_query *q, struct dns_answer *ret);
void dns_cancel(struct dns *d, struct dns_query *q); /* fine when it is not waiting */

/* The families of count addresses alternating, the first one's first; order within a family is kept. */
void dns_interleave(struct address *addresses, int count);

#endif
