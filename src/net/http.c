/* http.c - see http.h. A call's way to a connection, and its end.
 *
 *   submit -> an idle connection? --yes--------------------------------------------> exchange.c: SENDING ... ENDED
 *                 | no                                                                 ^
 *                 v                                                                    |
 *             may dial? --no--> WAITING --(a connection is idle, or a dial ended)------+
 *                 | yes            |                                                   |
 *                 v                v                                                   |
 *             DIALING -----> [TLS: HANDSHAKE] -----------------------------------------+
 *
 * From each state: failure, time-out or cancel -> ENDED. Done is called from one place, tell_ended, at the end of a turn; hence nothing
 * here runs inside the caller's code, and an exchange lives until then. */
#include "net/http.h"

#include "base/mem.h"
#include "net/exchange.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void acquire(struct exchange *x);
static void serve(struct pool_host *h);

/* The timer runs for the nearer of the two limits that still matter. */
static void arm_timer(struct exchange *x)
{
    const struct http_call *call = x->call;
    int64_t ms = call->timeout_ms > 0 ? call->timeout_ms : 0;
    if (x->phase < PHASE_SENDING && call->connect_timeout_ms > 0 && (ms == 0 || call->connect_timeout_ms < ms))
        ms = call->connect_timeout_ms;
    if (x->phase == PHASE_ENDED || ms == 0)
        loop_timer_clear(x->client->loop, &x->timer);
    else
        loop_timer_set(x->client->loop, &x->timer, (struct mono){ x->submitted.us + ms * 1000 });
}

static void timer_fired(void *ctx)
{
    struct exchange *x = ctx;
    const struct http_call *call = x->call;
    int64_t ms = mono_ms_since(x->submitted, loop_now(x->client->loop));
    if (call->timeout_ms > 0 && ms >= call->timeout_ms)
        exchange_timed_out(x, call->timeout_ms, false);
    else
        exchange_timed_out(x, call->connect_timeout_ms, true);
}

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

static void tell_ended(void *ctx)
{
    struct http_client *c = ctx;
    struct exchange *x;
    while ((x = c->ended_first)) {
        struct http_call *call = x->call;
        c->ended_first = x->next;
        if (!c->ended_first)
            c->ended_last = NULL;
        *(x->all_prev ? &x->all_prev->all_next : &c->all) = x->all_next;
        if (x->all_next)
            x->all_next->all_prev = x->all_prev;
        mem_free(x);
        c->stats.in_flight--;
        c->stats.calls++;
        call->exchange = NULL;
        call->done(call);
    }
}

static void put_to_ended(struct exchange *x)
{
    struct http_client *c = x->client;
    x->phase = PHASE_ENDED;
    x->next = NULL;
    *(c->ended_last ? &c->ended_last->next : &c->ended_first) = x;
    c->ended_last = x;
    loop_later(c->loop, &c->tell);
}

void exchange_end(struct exchange *x, enum outcome outcome, const char *fmt, ...)
{
    struct http_call *call = x->call;
    struct pool_host *h = x->host;
    va_list args;
    if (x->phase == PHASE_ENDED)
        return;
    call->outcome = outcome;
    va_start(args, fmt);
    vsnprintf(call->detail, sizeof(call->detail), fmt, args);
    va_end(args);
    call->timing.total_ms = mono_ms_since(x->submitted, loop_now(x->client->loop));
    if (x->phase == PHASE_HANDSHAKE)
        call->timing.tls_ms = mono_ms_since(x->handshake_at, loop_now(x->client->loop));
    if (x->phase == PHASE_WAITING)
        unwait(x);
    free_dial(x);
    release_dial(x);
    if (x->conn)
        pool_drop(x->conn);
    x->conn = NULL;
    http1_parser_free(&x->parser);
    loop_timer_clear(x->client->loop, &x->timer);
    put_to_ended(x);
    serve(h);
    h->users--;
    x->host = NULL;
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
    serve(h);
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
    arm_timer(x);
    look_for_proof(h);
    serve(h);
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
    arm_timer(x);
    serve(h);
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
        c = pool_take(&x->client->pool, x->host, call->allowed, call->n_allowed, call->idempotent ? 0 : POOL_UNSAFE_REUSE_MS);
    if (c) {
        begin(x, c);
        return true;
    }
    if (!pool_may_dial(&x->client->pool, x->host))
        return false;
    start_dial(x);
    return true;
}

static void acquire(struct exchange *x)
{
    if (!try_acquire(x))
        wait_in_line(x);
    arm_timer(x);
}

/* A connection has become idle, or there is room to make one: the first in line go on. */
static void serve(struct pool_host *h)
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
        arm_timer(x);
    }
    h->serving = false;
}

void exchange_resend(struct exchange *x)
{
    x->client->stats.resent++;
    pool_drop(x->conn);
    x->conn = NULL;
    x->fresh_only = true;
    x->call->reused = false;
    http1_parser_free(&x->parser);
    acquire(x);
}

void http_submit(struct http_client *c, struct http_call *call)
{
    struct exchange *x = mem_alloc(sizeof(*x));
    x->call = call;
    x->client = c;
    x->submitted = loop_now(c->loop);
    x->timer = (struct loop_timer){ .fn = timer_fired, .ctx = x };
    x->host = pool_host(&c->pool, call->tls, call->host, call->port, call->tls_options);
    x->host->users++;
    x->all_next = c->all;
    if (c->all)
        c->all->all_prev = x;
    c->all = x;
    c->stats.in_flight++;
    call->exchange = x;
    call->outcome = OUTCOME_NONE;
    call->detail[0] = '\0';
    call->timing = (struct http_timing){ -1, -1, -1, -1, 0 };
    call->response_body = BUF_INIT(call->body_keep);
    acquire(x);
}

void http_cancel(struct http_client *c, struct http_call *call)
{
    (void)c;
    if (call->exchange)
        exchange_end(call->exchange, OUTCOME_CANCELED, "canceled");
}

void http_call_clear(struct http_call *call)
{
    buf_free(&call->response_head);
    buf_free(&call->response_body);
}

static int positive_or(int value, int otherwise)
{
    return value > 0 ? value : otherwise;
}

struct http_client *http_client_new(struct loop *l, const struct http_client_config *config, struct err *e)
{
    static const struct http_client_config defaults;
    const struct http_client_config *k = config ? config : &defaults;
    struct http_client *c = mem_alloc(sizeof(*c));
    c->loop = l;
    c->dns = dns_new(l, k->lookup, k->lookup_ctx, e);
    if (!c->dns) {
        mem_free(c);
        return NULL;
    }
    c->tell = (struct loop_task){ .fn = tell_ended, .ctx = c };
    conn_set_init(&c->conns, l);
    pool_init(&c->pool, l);
    c->pool.max_idle_per_host = positive_or(k->max_idle_per_host, 64);
    c->pool.max_idle_total = positive_or(k->max_idle_total, 1024);
    c->pool.max_dials_per_host = positive_or(k->max_dials_per_host, 256);
    c->pool.idle_ms = k->idle_ms > 0 ? k->idle_ms : 30000;
    return c;
}

void http_client_free(struct http_client *c)
{
    if (!c)
        return;
    for (struct exchange *x = c->all; x; x = x->all_next)
        exchange_end(x, OUTCOME_CANCELED, "canceled");
    loop_later_clear(c->loop, &c->tell);
    tell_ended(c);
    pool_free(&c->pool);
    conn_set_free(&c->conns);
    dns_free(c->dns);
    mem_free(c);
}

void http_client_reload(struct http_client *c)
{
    pool_reload(&c->pool);
    dns_flush(c->dns);
}

void http_client_stats(const struct http_client *c, struct http_stats *ret)
{
    *ret = c->stats;
    for (const struct exchange *x = c->all; x; x = x->all_next)
        ret->waiting += x->phase < PHASE_SENDING;
    ret->open = c->conns.open;
    ret->idle = c->pool.idle;
    ret->handshakes = c->conns.handshakes;
    ret->resumed = c->conns.resumed;
}
