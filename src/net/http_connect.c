/* http_connect.c - see exchange.h. A call's way to a connection.
 *
 *   exchange_acquire -> an idle connection? --yes-----------------------------> exchange_begin (exchange.c)
 *                           | no                                                ^
 *                           v                                                   |
 *                       may dial? --no--> WAITING --(one is idle, or a dial ended)
 *                           | yes            |                                  |
 *                           v                v                                  |
 *                       DIALING ------> [TLS: HANDSHAKE] -----------------------+
 */
#include "net/exchange.h"

#include <string.h>
#include <unistd.h>

/* Waiting calls: first come, first served. */
static void unwait(struct exchange *x)
{
    struct pool_host *h = x->host;
    *(x->prev ? &x->prev->next : &h->first) = x->next;
    *(x->next ? &x->next->prev : &h->last) = x->prev;
    x->prev = x->next = NULL;
}

static void wait_in_line(struct exchange *x)
{
    struct pool_host *h = x->host;
    x->phase = PHASE_WAITING;
    x->next = NULL;
    x->prev = h->last;
    *(h->last ? &h->last->next : &h->first) = x;
    h->last = x;
}

static void release_dial(struct exchange *x)
{
    if (x->holds_dial)
        x->host->dials--;
    x->holds_dial = false;
}

static void free_dial(struct exchange *x)
{
    if (!x->dial)
        return;
    x->call->timing.dns_ms = dial_dns_ms(x->dial);
    x->call->timing.connect_ms = dial_connect_ms(x->dial);
    if (dial_address(x->dial))
        conn_peer(dial_address(x->dial), x->call->port, x->call->remote_address);
    dial_free(x->dial);
    x->dial = NULL;
}

/* Lets go of whatever the call holds on its way, or has reached. */
void exchange_detach(struct exchange *x)
{
    if (x->phase == PHASE_WAITING)
        unwait(x);
    free_dial(x);
    release_dial(x);
    if (x->conn)
        pool_drop(x->conn);
    x->conn = NULL;
}

static void conn_ready(void *ctx, int events);

static void begin(struct exchange *x, struct conn *c)
{
    conn_own(c, conn_ready, x);
    if (c->uses > 0)
        x->client->stats.reused++;
    exchange_begin(x, c);
}

/* A host has shown that it speaks TLS with us: the calls that held back may go on, and resume. */
static void proven(void *ctx)
{
    struct pool_host *h = ctx;
    h->proven = true;
    loop_timer_clear(h->pool->loop, &h->proof);
    exchange_serve(h);
}

/* With TLS 1.2 a session comes with the handshake, with TLS 1.3 a moment later, or never. */
static void look_for_proof(struct pool_host *h)
{
    struct loop *l = h->pool->loop;
    if (h->proven || !h->tls)
        return;
    if (tls_resume_has(h->resume)) {
        proven(h);
    } else if (!loop_timer_is_set(&h->proof)) {
        h->proof.fn = proven;
        h->proof.ctx = h;
        loop_timer_set(l, &h->proof, (struct mono){ loop_now(l).us + POOL_PROOF_MS * 1000 });
    }
}

static void handshake_done(struct exchange *x)
{
    struct pool_host *h = x->host;
    x->call->timing.tls_ms = mono_ms_since(x->handshake_at, loop_now(x->client->loop));
    release_dial(x);
    begin(x, x->conn);
    exchange_arm(x);
    look_for_proof(h);
    exchange_serve(h);
}

static void conn_ready(void *ctx, int events)
{
    struct exchange *x = ctx;
    struct pool_host *h = x->host;
    if (events & CONN_OPENED) {
        handshake_done(x);
    } else if (events & CONN_FAILED) {
        exchange_end(x, OUTCOME_TLS, "%s", conn_reason(x->conn));
    } else {
        exchange_ready(x, events);
        look_for_proof(h);
    }
}

/* NULL: the exchange has ended. */
static struct conn *wrap_socket(struct exchange *x, int fd, const struct address *a)
{
    struct http_client *client = x->client;
    struct tls_stream *tls = NULL;
    struct err e;
    if (x->host->tls) {
        struct tls_context *context = pool_context(&client->pool, x->host, &e);
        tls = context ? tls_stream_new(context, x->call->host, fd, x->host->resume, &e) : NULL;
        if (!tls) {
            close(fd);
            exchange_end(x, OUTCOME_TLS, "%s", e.text);
            return NULL;
        }
    }
    struct conn *c = conn_new(&client->conns, fd, a, x->call->port, tls, conn_ready, x, &e);
    if (!c) {
        exchange_end(x, OUTCOME_CONNECT, "%s", e.text);
        return NULL;
    }
    c->host = x->host;
    c->generation = client->pool.generation;
    x->host->users++;
    return c;
}

static void dialed(void *ctx, struct dial *d)
{
    struct exchange *x = ctx;
    struct pool_host *h = x->host;
    int fd = dial_take(d);
    struct conn *c;
    if (fd < 0) {
        exchange_end(x, dial_outcome(d), "%s", dial_detail(d));
        return;
    }
    c = wrap_socket(x, fd, dial_address(d));
    if (!c)
        return;
    free_dial(x);
    x->client->stats.connects++;
    if (h->tls) {
        x->conn = c;
        x->phase = PHASE_HANDSHAKE;
        x->handshake_at = loop_now(x->client->loop);
        return;
    }
    release_dial(x);
    begin(x, c);
    exchange_arm(x);
    exchange_serve(h);
}

static bool make_room(void *ctx)
{
    struct exchange *x = ctx;
    return pool_close_oldest(&x->client->pool);
}

static void start_dial(struct exchange *x)
{
    struct dial_request r = {
        .host = x->call->host,
        .port = x->call->port,
        .allowed = x->call->allowed,
        .n_allowed = x->call->n_allowed,
        .make_room = make_room,
        .done = dialed,
        .ctx = x,
    };
    x->phase = PHASE_DIALING;
    x->holds_dial = true;
    x->host->dials++;
    x->dial = dial_start(x->client->loop, x->client->dns, &r);
}

/* Finds an idle connection or starts to make one. False when neither can be done now. */
static bool try_acquire(struct exchange *x)
{
    const struct http_call *call = x->call;
    struct conn *c = NULL;
    if (!x->fresh_only)
        c = pool_take(&x->client->pool, x->host, call->allowed, call->n_allowed,
                      call->idempotent ? 0 : POOL_UNSAFE_REUSE_MS);
    if (c) {
        begin(x, c);
        return true;
    }
    if (!pool_may_dial(&x->client->pool, x->host))
        return false;
    start_dial(x);
    return true;
}

void exchange_acquire(struct exchange *x)
{
    if (!try_acquire(x))
        wait_in_line(x);
    exchange_arm(x);
}

/* A connection has become idle, or there is room to make one: the first in line go on. */
void exchange_serve(struct pool_host *h)
{
    if (h->serving)
        return;
    h->serving = true;
    while (h->first && (h->idle || pool_may_dial(h->pool, h))) {
        struct exchange *x = h->first;
        unwait(x);
        if (!try_acquire(x)) { /* its rules forbid the idle one */
            x->next = h->first;
            *(h->first ? &h->first->prev : &h->last) = x;
            h->first = x;
            x->phase = PHASE_WAITING;
            break;
        }
        exchange_arm(x);
    }
    h->serving = false;
}

void exchange_resend(struct exchange *x)
{
    x->client->stats.resent++;
    pool_drop(x->conn);
    x->conn = NULL;
    x->fresh_only = true;
    x->acquiring = loop_now(x->client->loop);
    x->call->reused = false;
    http1_parser_free(&x->parser);
    exchange_acquire(x);
}
