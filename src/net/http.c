/* http.c - see http.h. The beginning and the end of a call.
 *
 *   http_submit -> http_connect.c (WAITING, DIALING, HANDSHAKE) -> exchange.c (SENDING, SENT, READING) -> ENDED -> done
 *
 * From each phase: failure, time-out or cancel -> ENDED. Done is called from one place, tell_ended, at the end of a turn; hence
 * nothing here runs inside the caller's code, and an exchange lives until then. */
#include "net/http.h"

#include "base/mem.h"
#include "net/exchange.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool connecting(const struct exchange *x)
{
    return x->phase < PHASE_SENDING && x->call->connect_timeout_ms > 0;
}

void exchange_arm(struct exchange *x)
{
    const struct http_call *call = x->call;
    int64_t whole_us = call->timeout_ms > 0 ? x->submitted.us + call->timeout_ms * 1000 : INT64_MAX;
    int64_t connect_us = connecting(x) ? x->acquiring.us + call->connect_timeout_ms * 1000 : INT64_MAX;
    int64_t at_us = connect_us < whole_us ? connect_us : whole_us;
    if (x->phase == PHASE_ENDED || at_us == INT64_MAX)
        loop_timer_clear(x->client->loop, &x->timer);
    else
        loop_timer_set(x->client->loop, &x->timer, (struct mono){ at_us });
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
    exchange_detach(x);
    http1_parser_free(&x->parser);
    loop_timer_clear(x->client->loop, &x->timer);
    put_to_ended(x);
    exchange_serve(h);
    h->users--;
    x->host = NULL;
}

void http_submit(struct http_client *c, struct http_call *call)
{
    struct exchange *x = mem_alloc(sizeof(*x));
    x->call = call;
    x->client = c;
    x->submitted = x->acquiring = loop_now(c->loop);
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
    call->response_body = BUF_SECRET(call->body_keep);
    exchange_acquire(x);
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
    c->dns = dns_new(l, &k->names, e);
    if (!c->dns || conn_set_init(&c->conns, l, e) < 0) {
        dns_free(c->dns);
        mem_free(c);
        return NULL;
    }
    c->tell = (struct loop_task){ .fn = tell_ended, .ctx = c };
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
    smtp_end_all(c);
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
    ret->names = dns_stats(c->dns);
}
