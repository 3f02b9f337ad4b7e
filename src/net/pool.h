/* pool.h - who may be called over which connection: hosts (scheme, name, port, TLS options), their idle connections, and how many
 * connections are being made. Thread: the loop's. */
#ifndef EDGECRON_NET_POOL_H
#define EDGECRON_NET_POOL_H

#include "base/map.h"
#include "net/conn.h"

#define POOL_HOSTS_MAX 1024       /* hosts remembered while nothing is going on with them */
#define POOL_FIRST_DIALS 4        /* TLS connections made at once to a host before the first handshake succeeded */
#define POOL_PROOF_MS 100         /* how long after it the others wait for a session to resume, if none came with it */
#define POOL_UNSAFE_REUSE_MS 1500 /* a request that must not be sent twice goes only over connections idle for less */
#define POOL_PEEK_MS 20           /* idle for longer: the socket is asked before it is used */

struct exchange;

struct pool;
struct pool_host {
    struct pool *pool;
    char *key;
    struct net_tls_options tls_options; /* ca_file is the host's own copy */
    struct tls_context *context;        /* NULL until needed, and after a reload */
    struct tls_resume *resume;          /* NULL for plain hosts */
    bool proven;                        /* a TLS handshake has succeeded, and if it gave a session, we have it */
    struct loop_timer proof;            /* that session is not waited for longer */
    bool tls;
    struct conn *idle; /* most recently used first */
    int idle_count;
    bool serving;                  /* the line is being worked on */
    int users;                     /* calls and connections that point here */
    int dials;                     /* connections being made */
    struct exchange *first, *last; /* calls waiting for a connection or a place to make one */
};

struct pool {
    struct loop *loop;
    struct map hosts;
    int max_idle_per_host, max_idle_total;
    int max_dials_per_host;
    int64_t idle_ms;
    int idle;
    int generation; /* connections of an earlier one are not kept */
    struct conn *oldest, *newest;
    struct loop_timer expiry;
};

void pool_init(struct pool *p, struct loop *l);
void pool_free(struct pool *p); /* closes idle connections; no host may be in use */
void pool_reload(struct pool *p);

/* The host's entry, made when it is new. The caller counts itself in host->users. */
struct pool_host *pool_host(struct pool *p, bool tls, const char *name, uint16_t port,
                            const struct net_tls_options *options);
struct tls_context *pool_context(struct pool *p, struct pool_host *h, struct err *e); /* borrowed */
bool pool_may_dial(const struct pool *p, const struct pool_host *h);

/* An idle connection whose address the egress rule allows; or NULL. The caller owns it (conn_own). For a request that must not be sent
 * twice max_ms > 0: idle for less than that, and the socket is always asked first, as one that is closed before the first byte of the request
 * provably does not carry it. */
struct conn *pool_take(struct pool *p, struct pool_host *h, const struct cidr *allowed, int n_allowed, int64_t max_ms);
/* An open connection that nobody uses any more: kept, or closed when there are enough. keep_ms > 0: the server keeps it so long. */
void pool_give(struct pool *p, struct conn *c, int64_t keep_ms);
void pool_drop(struct conn *c);         /* closes a connection that is in use */
bool pool_close_oldest(struct pool *p); /* false when none is idle */

#endif
