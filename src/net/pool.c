/* pool.c - see pool.h. Idle connections hang in two lists: their host's (newest first, so that few are used and the rest
 * age) and everybody's by age (so that one timer closes those unused for too long). */
#include "net/pool.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

static void unlink_idle(struct pool *p, struct conn *c)
{
    struct pool_host *h = c->host;
    *(c->host_prev ? &c->host_prev->host_next : &h->idle) = c->host_next;
    if (c->host_next)
        c->host_next->host_prev = c->host_prev;
    *(c->age_prev ? &c->age_prev->age_next : &p->oldest) = c->age_next;
    *(c->age_next ? &c->age_next->age_prev : &p->newest) = c->age_prev;
    c->host_prev = c->host_next = c->age_prev = c->age_next = NULL;
    h->idle_count--;
    p->idle--;
}

static void link_idle(struct pool *p, struct conn *c)
{
    struct pool_host *h = c->host;
    c->host_next = h->idle;
    if (h->idle)
        h->idle->host_prev = c;
    h->idle = c;
    c->age_prev = p->newest;
    *(p->newest ? &p->newest->age_next : &p->oldest) = c;
    p->newest = c;
    h->idle_count++;
    p->idle++;
}

static void close_idle(struct pool *p, struct conn *c)
{
    unlink_idle(p, c);
    c->host->users--;
    conn_close(c);
}

void pool_drop(struct conn *c)
{
    c->host->users--;
    conn_close(c);
}

bool pool_close_oldest(struct pool *p)
{
    if (!p->oldest)
        return false;
    close_idle(p, p->oldest);
    return true;
}

static void arm_expiry(struct pool *p)
{
    if (!p->oldest)
        loop_timer_clear(p->loop, &p->expiry);
    else if (!loop_timer_is_set(&p->expiry))
        loop_timer_set(p->loop, &p->expiry, (struct mono){ p->oldest->idle_since.us + p->idle_ms * 1000 });
}

static void expire(void *ctx)
{
    struct pool *p = ctx;
    while (p->oldest && mono_ms_since(p->oldest->idle_since, loop_now(p->loop)) >= p->idle_ms)
        pool_close_oldest(p);
    arm_expiry(p);
}

void pool_init(struct pool *p, struct loop *l)
{
    p->loop = l;
    p->expiry = (struct loop_timer){ .fn = expire, .ctx = p };
}

static void host_free(struct pool_host *h)
{
    loop_timer_clear(h->pool->loop, &h->proof);
    tls_context_unref(h->context);
    tls_resume_unref(h->resume);
    mem_free((char *)h->tls_options.ca_file);
    mem_free(h->key);
    mem_free(h);
}

void pool_free(struct pool *p)
{
    struct pool_host *h;
    size_t pos = 0;
    while (pool_close_oldest(p))
        continue;
    loop_timer_clear(p->loop, &p->expiry);
    while ((h = map_each(&p->hosts, &pos)))
        host_free(h);
    map_free(&p->hosts);
}

void pool_reload(struct pool *p)
{
    struct pool_host *h;
    size_t pos = 0;
    p->generation++;
    while (pool_close_oldest(p))
        continue;
    while ((h = map_each(&p->hosts, &pos))) {
        tls_context_unref(h->context);
        h->context = NULL;
        h->proven = false;
        if (h->resume) { /* a session was verified by authorities that may be gone */
            tls_resume_unref(h->resume);
            h->resume = tls_resume_new();
        }
    }
}

/* Forgets the hosts that nothing is going on with. */
static void sweep(struct pool *p)
{
    struct pool_host **gone = mem_alloc(p->hosts.len * sizeof(struct pool_host *)), *h;
    size_t pos = 0, n = 0;
    while ((h = map_each(&p->hosts, &pos)))
        if (h->users == 0)
            gone[n++] = h;
    while (n > 0) {
        h = gone[--n];
        map_remove(&p->hosts, h->key);
        host_free(h);
    }
    mem_free(gone);
}

static struct pool_host *host_new(struct pool *p, const char *key, bool tls, const struct net_tls_options *options)
{
    struct pool_host *h = mem_alloc(sizeof(*h));
    if (p->hosts.len >= POOL_HOSTS_MAX)
        sweep(p);
    h->pool = p;
    h->key = mem_strdup(key);
    h->tls = tls;
    if (tls) {
        h->tls_options = *options;
        h->tls_options.ca_file = mem_strdup(options->ca_file);
        h->resume = tls_resume_new();
    }
    map_put(&p->hosts, h->key, h);
    return h;
}

struct pool_host *pool_host(struct pool *p, bool tls, const char *name, uint16_t port,
                            const struct net_tls_options *options)
{
    static const struct net_tls_options defaults;
    const struct net_tls_options *o = options ? options : &defaults;
    int tls_min = o->tls_min ? (int)o->tls_min : NET_TLS_1_2;
    char key[URL_HOST_MAX + 64], *long_key = NULL, *k = key;
    struct pool_host *h;
    if (!tls)
        snprintf(key, sizeof(key), "http %s %u", name, port);
    else if (!o->ca_file)
        snprintf(key, sizeof(key), "https %s %u %d", name, port, tls_min);
    else
        k = long_key = mem_printf("https %s %u %d %s", name, port, tls_min, o->ca_file);
    h = map_get(&p->hosts, k);
    if (!h)
        h = host_new(p, k, tls, o);
    mem_free(long_key);
    return h;
}

/* Hosts with the same options share one context: the authorities are large. */
static struct tls_context *context_of_others(struct pool *p, const struct net_tls_options *o)
{
    struct pool_host *h;
    size_t pos = 0;
    while ((h = map_each(&p->hosts, &pos)))
        if (h->context && tls_context_is_for(h->context, o))
            return tls_context_ref(h->context);
    return NULL;
}

struct tls_context *pool_context(struct pool *p, struct pool_host *h, struct err *e)
{
    if (!h->context)
        h->context = context_of_others(p, &h->tls_options);
    if (!h->context)
        h->context = tls_context_new(&h->tls_options, e);
    return h->context;
}

bool pool_may_dial(const struct pool *p, const struct pool_host *h)
{
    int max = h->tls ? (p->max_dials_per_host + 3) / 4 : p->max_dials_per_host;
    if (h->tls && !h->proven && max > POOL_FIRST_DIALS)
        max = POOL_FIRST_DIALS;
    return h->dials < max;
}

/* Asks the socket. What TLS has there may be a session ticket, or the end (close_notify): it is read. */
static bool alive(struct conn *c)
{
    size_t len;
    return conn_peek_alive(c) && (!c->tls || conn_read(c, &len) == CONN_AGAIN);
}

struct conn *pool_take(struct pool *p, struct pool_host *h, const struct cidr *allowed, int n_allowed, int64_t max_ms)
{
    struct conn *c = h->idle, *next;
    for (; c; c = next) {
        int64_t idle_ms = mono_ms_since(c->idle_since, loop_now(p->loop));
        bool ask = idle_ms >= POOL_PEEK_MS || max_ms > 0;
        next = c->host_next;
        if (egress_check(&c->address, allowed, n_allowed) != EGRESS_OK)
            continue;
        if (max_ms > 0 && idle_ms >= max_ms)
            return NULL; /* the others have been idle for longer still */
        if (loop_now(p->loop).us >= c->usable_until.us || (ask && !alive(c))) {
            close_idle(p, c);
            continue;
        }
        unlink_idle(p, c);
        arm_expiry(p);
        conn_move(c, CONN_OPEN);
        return c;
    }
    return NULL;
}

/* Something arrived on an idle connection: a TLS session ticket is fine, anything else ends it. */
static void idle_ready(void *ctx, int events)
{
    struct conn *c = ctx;
    struct pool *p = c->host->pool;
    size_t len;
    (void)events;
    if (c->tls && conn_read(c, &len) == CONN_AGAIN)
        return;
    close_idle(p, c);
    arm_expiry(p);
}

void pool_give(struct pool *p, struct conn *c, int64_t keep_ms)
{
    struct pool_host *h = c->host;
    if (c->generation != p->generation || h->idle_count >= p->max_idle_per_host) {
        pool_drop(c);
        return;
    }
    if (p->idle >= p->max_idle_total)
        pool_close_oldest(p);
    if (keep_ms <= 0 || keep_ms > p->idle_ms)
        keep_ms = p->idle_ms;
    conn_move(c, CONN_IDLE);
    conn_own(c, idle_ready, c);
    c->idle_since = loop_now(p->loop);
    c->usable_until.us = c->idle_since.us + keep_ms * 1000;
    link_idle(p, c);
    arm_expiry(p);
}
