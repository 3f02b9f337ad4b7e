/* exchange.c - see exchange.h.
 *
 *   SENDING --all written--> SENT --first byte--> READING --whole answer--> ENDED (connection to the pool, or closed)
 *      \----- an early answer: first byte while still sending -----^
 *   Lost before the first byte on a reused connection, soon after sending: exchange_resend. Lost otherwise: ENDED (protocol). */
#include "net/exchange.h"

#include "base/crash.h"
#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define READS_PER_EVENT 4 /* then the others get their turn */
#define WRITE_PER_EVENT (256 * 1024)
#define SMALL_READ 4096 /* so much at once may have been a small write, after which the server waits to be told */
#define STALE_MS 1000   /* what the server had given up is lost by then; later, it was working on the request */

static size_t request_len(const struct exchange *x)
{
    return x->call->head_len + x->call->body_len;
}

static void note_sent(struct exchange *x)
{
    if (x->conn->written > x->written)
        x->call->sent = true;
}

/* "Keep-Alive: timeout=5": how long the server keeps an idle connection; we stay half a second below. 0: not said. */
static int64_t server_keeps_ms(const struct http_call *call)
{
    struct buf value buf_auto = BUF_INIT(256);
    const char *timeout;
    if (!call->response_head.data || !http1_find(call->response_head.data, "Keep-Alive", &value))
        return 0;
    timeout = strcasestr(buf_str(&value), "timeout=");
    int64_t s = timeout ? strtol(timeout + 8, NULL, 10) : 0;
    if (s <= 0)
        return 0;
    return s > 86400 ? 86400000 : s * 1000 - 500;
}

static void take_results(struct exchange *x)
{
    struct http_call *call = x->call;
    if (!x->parser.head_done)
        return;
    call->status = x->parser.status;
    call->body_size = x->parser.body_size;
    if (x->parser.head.data) {
        call->response_head = x->parser.head;
        x->parser.head = BUF_SECRET(HTTP1_HEAD_MAX);
    }
}

static void complete(struct exchange *x, bool leftover)
{
    struct conn *c = x->conn;
    bool keep = x->parser.keep_alive && !leftover && !x->write_dead && x->out == request_len(x);
    take_results(x);
    x->conn = NULL;
    if (keep)
        pool_give(&x->client->pool, c, server_keeps_ms(x->call));
    else
        pool_drop(c);
    exchange_end(x, OUTCOME_NONE, "%s", "");
}

/* Was the connection given up by the server before it saw the request? Not certain when some of it was sent: then only a call that may
 * be repeated is, and not one that the server may have been working on for a while. */
static bool stale(const struct exchange *x)
{
    if (x->answered || x->conn->uses <= 1 || x->fresh_only)
        return false;
    bool soon = mono_ms_since(x->sending_at, loop_now(x->client->loop)) < STALE_MS;
    return !x->call->sent || (x->call->idempotent && soon);
}

/* The connection is gone before the answer was whole. */
static void lost(struct exchange *x, const char *reason)
{
    note_sent(x);
    take_results(x);
    if (stale(x))
        exchange_resend(x);
    else
        exchange_end(x, OUTCOME_PROTOCOL, "%s (%s)", reason, x->call->remote_address);
}

static void peer_closed(struct exchange *x)
{
    struct err e;
    if (http1_closed(&x->parser, &e) == 0)
        complete(x, false);
    else
        lost(x, e.text);
}

static void broken(struct exchange *x)
{
    char reason[300];
    snprintf(reason, sizeof(reason), "%s %s", conn_reason(x->conn),
             !x->answered ? "before any answer" : "in the middle of the answer");
    lost(x, reason);
}

static void take_body(void *ctx, const char *data, size_t len)
{
    struct exchange *x = ctx;
    struct buf *body = &x->call->response_body;
    size_t room = x->call->body_keep - body->len;
    if (len > room) {
        x->call->truncated = true;
        len = room;
    }
    if (len > 0)
        buf_add(body, data, len);
}

static bool too_large(const struct exchange *x)
{
    const struct http1_parser *p = &x->parser;
    int64_t max = x->call->body_max;
    return max > 0 && (p->body_size > max || (!p->done && p->content_length > max));
}

/* Bytes of the answer. */
static void feed(struct exchange *x, size_t len)
{
    struct err e;
    struct http_call *call = x->call;
    if (!x->answered) {
        x->answered = true;
        crash_here(CRASH_IN_ANSWER);
        call->timing.first_byte_ms = mono_ms_since(x->sending_at, loop_now(x->client->loop));
        x->phase = PHASE_READING;
    }
    int64_t used = http1_feed(&x->parser, x->client->conns.scratch, len, take_body, x, &e);
    mem_wipe(x->client->conns.scratch, len); /* an answer may show what it was sent */
    x->client->stats.received += x->parser.body_size - call->body_size;
    call->body_size = x->parser.body_size;
    if (used < 0) {
        take_results(x);
        exchange_end(x, OUTCOME_PROTOCOL, "%s", e.text);
    } else if (x->parser.head_done && too_large(x)) {
        take_results(x);
        exchange_end(x, OUTCOME_TOO_LARGE, "the body of the answer is larger than %lld bytes",
                     (long long)call->body_max);
    } else if (x->parser.done) {
        complete(x, (size_t)used < len);
    }
}

static void receive(struct exchange *x)
{
    for (int i = 0; i < READS_PER_EVENT && x->conn; i++) {
        struct conn *c = x->conn;
        size_t len;
        enum conn_status status = conn_read(c, &len);
        /* A short read of a plain socket emptied it: no need to ask again. */
        bool emptied = c->tls ? status == CONN_AGAIN : status == CONN_DONE && len < CONN_SCRATCH;
        if (status == CONN_DONE)
            feed(x, len);
        else if (status == CONN_EOF)
            peer_closed(x);
        else if (status == CONN_BROKEN)
            broken(x);
        if (x->conn == c && x->answered && emptied && len < SMALL_READ)
            conn_expect_more(c);
        if (status != CONN_DONE || emptied)
            return;
    }
}

/* What is left of head and body. */
static int parts_left(const struct exchange *x, struct iovec parts[2])
{
    const struct http_call *call = x->call;
    size_t in_body = x->out > call->head_len ? x->out - call->head_len : 0;
    int n = 0;
    if (x->out < call->head_len)
        parts[n++] = (struct iovec){ (char *)call->head + x->out, call->head_len - x->out };
    if (in_body < call->body_len)
        parts[n++] = (struct iovec){ (char *)call->body + in_body, call->body_len - in_body };
    return n;
}

/* The server takes no more, but an answer may be there (it may have refused the request half-way): read before giving up. */
static void write_failed(struct exchange *x)
{
    struct conn *c = x->conn;
    x->write_dead = true;
    receive(x);
    if (x->conn == c && !x->answered)
        broken(x);
}

static void send_more(struct exchange *x)
{
    size_t stop = x->out + WRITE_PER_EVENT;
    while (x->out < request_len(x)) {
        struct iovec parts[2];
        size_t len;
        enum conn_status status = conn_write(x->conn, parts, parts_left(x, parts), &len);
        note_sent(x);
        x->out += len;
        if (status == CONN_AGAIN)
            return;
        if (status != CONN_DONE) {
            write_failed(x);
            return;
        }
        if (x->out >= stop && x->out < request_len(x)) {
            conn_wait_writable(x->conn);
            return;
        }
    }
    if (x->phase == PHASE_SENDING)
        x->phase = PHASE_SENT;
    crash_here(CRASH_AFTER_SEND);
}

void exchange_begin(struct exchange *x, struct conn *c)
{
    struct http_call *call = x->call;
    x->conn = c;
    x->phase = PHASE_SENDING;
    x->sending_at = loop_now(x->client->loop);
    x->written = c->written;
    x->out = 0;
    x->answered = x->write_dead = false;
    c->uses++;
    call->reused = c->uses > 1;
    conn_peer(&c->address, c->port, call->remote_address);
    if (c->tls)
        call->peer = tls_stream_peer(c->tls);
    http1_parser_init(&x->parser, call->head_request);
    if (!call->head_len) {
        x->conn = NULL;
        pool_give(&x->client->pool, c, 0);
        exchange_end(x, OUTCOME_NONE, "%s", "");
        return;
    }
    crash_here(CRASH_BEFORE_SEND);
    send_more(x);
}

void exchange_ready(struct exchange *x, int events)
{
    struct conn *c = x->conn;
    if ((events & CONN_WRITABLE) && !x->write_dead)
        send_more(x);
    if ((events & CONN_READABLE) && x->conn == c && x->phase != PHASE_ENDED)
        receive(x);
}

static void describe(const struct exchange *x, char *out, size_t size)
{
    const struct http_call *call = x->call;
    switch (x->phase) {
    case PHASE_WAITING:
        snprintf(out, size, "waiting while other connections to the same host are being made");
        break;
    case PHASE_DIALING:
        if (dial_address(x->dial)) {
            char peer[64];
            conn_peer(dial_address(x->dial), call->port, peer);
            snprintf(out, size, "connecting to %s", peer);
        } else {
            snprintf(out, size, "looking up '%.100s'", call->host);
        }
        break;
    case PHASE_HANDSHAKE:
        snprintf(out, size, "connected to %s, in the TLS handshake", call->remote_address);
        break;
    case PHASE_SENDING:
        snprintf(out, size, "connected, %zu of %zu bytes of the request sent", x->out, request_len(x));
        break;
    case PHASE_SENT:
        snprintf(out, size, "connected, request sent, waiting for the first byte");
        break;
    default:
        snprintf(out, size, "the answer had begun, %lld bytes of its body so far", (long long)x->parser.body_size);
    }
}

void exchange_timed_out(struct exchange *x, int64_t limit_ms, bool connecting)
{
    char where[160];
    describe(x, where, sizeof(where));
    if (x->conn)
        take_results(x);
    exchange_end(x, OUTCOME_TIMEOUT, "no %s within %lld ms (%s)",
                 connecting                  ? "connection"
                 : x->phase == PHASE_READING ? "complete answer"
                                             : "answer",
                 (long long)limit_ms, where);
}
