/* smtp_call.c - see smtp_call.h.
 *
 *   DIALING -> [tls: HANDSHAKE] -> TALKING <-> [STARTTLS: HANDSHAKE] -> ENDED -> done
 *
 * From each phase: failure, time-out or cancel -> ENDED; done is called at the end of that turn, hence nothing here runs inside the caller's code. */
#include "net/smtp_call.h"

#include "base/crash.h"
#include "base/mem.h"
#include "net/exchange.h"
#include "net/smtp_hello.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define READS_PER_EVENT 4 /* then the others get their turn */
#define WRITE_PER_EVENT (256 * 1024)
#define GOODBYE_MS 2000 /* once the outcome is certain, an answer to QUIT is not waited for longer */

enum mail_phase { MAIL_DIALING, MAIL_HANDSHAKE, MAIL_TALKING, MAIL_ENDED };

struct smtp_session {
    struct smtp_call *call;
    struct http_client *client;
    struct pool_host *host; /* TLS context and session; NULL: plain throughout */
    enum mail_phase phase;
    struct dial *dial;
    struct conn *conn;
    struct smtp *smtp; /* there once there is a connection */
    struct loop_timer timer;
    struct loop_task tell;
    struct mono submitted, handshake_at, ready_at; /* the last: since then the greeting is waited for */
    bool greeted, saying_goodbye;
    char hello[SMTP_HELLO_SIZE];
    struct smtp_session *prev, *next; /* of the client */
};

static void tell(void *ctx)
{
    struct smtp_session *m = ctx;
    struct smtp_call *call = m->call;
    *(m->prev ? &m->prev->next : &m->client->mails) = m->next;
    if (m->next)
        m->next->prev = m->prev;
    mem_free(m);
    call->session = NULL;
    call->job.hello = NULL;
    call->done(call);
}

/* Lets go of dial and connection, and takes over what the session has found. */
static void detach(struct smtp_session *m)
{
    struct smtp_call *call = m->call;
    if (m->dial) {
        call->timing.dns_ms = dial_dns_ms(m->dial);
        call->timing.connect_ms = dial_connect_ms(m->dial);
        if (dial_address(m->dial))
            conn_peer(dial_address(m->dial), call->port, call->remote_address);
        dial_free(m->dial);
        m->dial = NULL;
    }
    if (m->conn)
        conn_close(m->conn);
    m->conn = NULL;
    if (m->smtp) {
        const char *transcript = smtp_transcript(m->smtp);
        call->sent = smtp_message_sent(m->smtp);
        call->code = smtp_code(m->smtp);
        buf_add(&call->transcript, transcript, strlen(transcript));
        smtp_free(m->smtp);
        m->smtp = NULL;
    }
}

static void end(struct smtp_session *m, enum outcome outcome, bool temporary, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
static void end(struct smtp_session *m, enum outcome outcome, bool temporary, const char *fmt, ...)
{
    struct smtp_call *call = m->call;
    va_list args;
    if (m->phase == MAIL_ENDED)
        return;
    call->outcome = outcome;
    call->temporary = temporary;
    va_start(args, fmt);
    vsnprintf(call->detail, sizeof(call->detail), fmt, args);
    va_end(args);
    call->timing.total_ms = mono_ms_since(m->submitted, loop_now(m->client->loop));
    if (m->phase == MAIL_HANDSHAKE)
        call->timing.tls_ms = mono_ms_since(m->handshake_at, loop_now(m->client->loop));
    m->phase = MAIL_ENDED;
    detach(m);
    if (m->host)
        m->host->users--;
    loop_timer_clear(m->client->loop, &m->timer);
    loop_later(m->client->loop, &m->tell);
}

static void end_as_decided(struct smtp_session *m)
{
    end(m, smtp_outcome(m->smtp), smtp_temporary(m->smtp), "%s", smtp_detail(m->smtp));
}

/* Time limits: of all, of the connection, of the answer to QUIT. */

static int64_t limit_us(const struct smtp_session *m, int64_t *ret_ms)
{
    const struct smtp_call *call = m->call;
    int64_t at = INT64_MAX;
    if (call->timeout_ms > 0)
        at = m->submitted.us + (*ret_ms = call->timeout_ms) * 1000;
    if (!m->smtp && call->connect_timeout_ms > 0 && m->submitted.us + call->connect_timeout_ms * 1000 < at)
        at = m->submitted.us + (*ret_ms = call->connect_timeout_ms) * 1000;
    return at;
}

static void arm(struct smtp_session *m)
{
    int64_t ms = 0, at = limit_us(m, &ms);
    if (m->saying_goodbye) {
        int64_t soon = loop_now(m->client->loop).us + GOODBYE_MS * 1000;
        at = soon < at ? soon : at;
    }
    if (at == INT64_MAX)
        loop_timer_clear(m->client->loop, &m->timer);
    else
        loop_timer_set(m->client->loop, &m->timer, (struct mono){ at });
}

static void describe(const struct smtp_session *m, char *out, size_t size)
{
    const struct smtp_call *call = m->call;
    char peer[64];
    if (m->phase == MAIL_HANDSHAKE) {
        snprintf(out, size, "connected to %s, in the TLS handshake", call->remote_address);
    } else if (m->phase == MAIL_TALKING) {
        smtp_phase(m->smtp, out, size);
    } else if (m->dial && dial_address(m->dial)) {
        conn_peer(dial_address(m->dial), call->port, peer);
        snprintf(out, size, "connecting to %s", peer);
    } else {
        snprintf(out, size, "looking up '%.100s'", call->host);
    }
}

static void timed_out(void *ctx)
{
    struct smtp_session *m = ctx;
    char where[160];
    int64_t ms = 0;
    if (m->smtp && smtp_decided(m->smtp)) {
        end_as_decided(m);
        return;
    }
    limit_us(m, &ms);
    describe(m, where, sizeof(where));
    bool silent = m->phase == MAIL_TALKING && !m->greeted;
    end(m, OUTCOME_TIMEOUT, true, "no %s within %lld ms (%s)%s%s", m->smtp ? "answer" : "connection", (long long)ms,
        where, m->smtp && smtp_message_sent(m->smtp) ? ": the server may have taken the message" : "",
        silent && !m->call->tls ? ": a server that begins with TLS, as on port 465, wants 'email.security' to be 'tls'"
                                : "");
}

/* The talk. */

static void conn_ready(void *ctx, int events);

static struct tls_stream *new_stream(struct smtp_session *m, int fd)
{
    struct err e;
    struct tls_context *context = pool_context(&m->client->pool, m->host, &e);
    struct tls_stream *tls = context ? tls_stream_new_mail(context, m->call->host, fd, m->host->resume, &e) : NULL;
    if (!tls)
        end(m, OUTCOME_TLS, false, "%s", e.text);
    return tls;
}

static void start_tls(struct smtp_session *m)
{
    struct tls_stream *tls = new_stream(m, m->conn->watch.fd);
    if (!tls)
        return;
    m->phase = MAIL_HANDSHAKE;
    m->handshake_at = loop_now(m->client->loop);
    conn_start_tls(m->conn, tls);
}

/* The server takes no more; what it said before may tell why. */
static void write_failed(struct smtp_session *m)
{
    size_t len;
    while (smtp_want(m->smtp) == SMTP_SEND && conn_read(m->conn, &len) == CONN_DONE)
        smtp_received(m->smtp, m->client->conns.scratch, len);
    smtp_closed(m->smtp);
}

/* False: the socket takes no more for now, or it is the others' turn. */
static bool send_some(struct smtp_session *m, size_t *sent)
{
    struct iovec part;
    size_t len;
    part.iov_base = (char *)smtp_out(m->smtp, &part.iov_len);
    enum conn_status status = conn_write(m->conn, &part, 1, &len);
    bool sent_before = smtp_message_sent(m->smtp);
    smtp_sent(m->smtp, len);
    if (!sent_before && smtp_message_sent(m->smtp))
        crash_here(CRASH_AFTER_SEND);
    if (status == CONN_BROKEN || status == CONN_EOF)
        write_failed(m);
    *sent += len;
    if (status == CONN_DONE && *sent >= WRITE_PER_EVENT && smtp_want(m->smtp) == SMTP_SEND) {
        conn_wait_writable(m->conn);
        return false;
    }
    return status != CONN_AGAIN;
}

/* As far as it goes without another answer. */
static void talk(struct smtp_session *m)
{
    size_t sent = 0;
    while (m->phase == MAIL_TALKING) {
        if (!m->saying_goodbye && smtp_decided(m->smtp)) {
            m->saying_goodbye = true;
            arm(m);
        }
        switch (smtp_want(m->smtp)) {
        case SMTP_DONE:
            end_as_decided(m);
            return;
        case SMTP_START_TLS:
            start_tls(m);
            return;
        case SMTP_SEND:
            if (!send_some(m, &sent))
                return;
            break;
        case SMTP_RECEIVE:
            return;
        }
    }
}

static void receive(struct smtp_session *m)
{
    for (int i = 0; i < READS_PER_EVENT && m->phase == MAIL_TALKING; i++) {
        size_t len;
        enum conn_status status = conn_read(m->conn, &len);
        if (status == CONN_AGAIN)
            return;
        if (status == CONN_DONE) {
            if (!m->greeted)
                m->call->timing.first_byte_ms = mono_ms_since(m->ready_at, loop_now(m->client->loop));
            m->greeted = true;
            smtp_received(m->smtp, m->client->conns.scratch, len);
            mem_wipe(m->client->conns.scratch, len); /* a reply may show what it was sent */
        } else {
            smtp_closed(m->smtp);
        }
        talk(m);
    }
}

/* There is a connection, with TLS if it has it from the beginning. */
static void begin(struct smtp_session *m)
{
    struct smtp_call *call = m->call;
    smtp_hello(m->conn->watch.fd, m->hello);
    call->job.hello = m->hello;
    if (!call->job.host)
        call->job.host = call->host;
    call->job.authenticate_plainly = call->tls || smtp_to_loopback(&m->conn->address);
    m->smtp = smtp_new(&call->job);
    m->phase = MAIL_TALKING;
    m->ready_at = loop_now(m->client->loop);
    arm(m);
    crash_here(CRASH_BEFORE_SEND);
    talk(m);
}

static void handshake_done(struct smtp_session *m)
{
    m->call->timing.tls_ms = mono_ms_since(m->handshake_at, loop_now(m->client->loop));
    m->call->peer = tls_stream_peer(m->conn->tls);
    if (!m->smtp) {
        begin(m);
        return;
    }
    m->phase = MAIL_TALKING;
    smtp_tls_started(m->smtp);
    talk(m);
}

static void handshake_failed(struct smtp_session *m)
{
    const char *reason = conn_reason(m->conn);
    bool plain = m->call->tls && strstr(reason, "is not TLS");
    end(m, OUTCOME_TLS, true, "%s%s", reason,
        plain ? ": a server that begins in the clear wants 'email.security' to be 'starttls'" : "");
}

static void conn_ready(void *ctx, int events)
{
    struct smtp_session *m = ctx;
    if (events & CONN_OPENED) {
        handshake_done(m);
    } else if (events & CONN_FAILED) {
        handshake_failed(m);
    } else {
        if (events & CONN_WRITABLE)
            talk(m);
        if ((events & CONN_READABLE) && m->phase == MAIL_TALKING)
            receive(m);
    }
}

/* The way to a connection. */

static void dialed(void *ctx, struct dial *d)
{
    struct smtp_session *m = ctx;
    struct smtp_call *call = m->call;
    struct tls_stream *tls = NULL;
    struct err e;
    int fd = dial_take(d);
    if (fd < 0) {
        end(m, dial_outcome(d), dial_outcome(d) != OUTCOME_BLOCKED, "%s", dial_detail(d));
        return;
    }
    conn_peer(dial_address(d), call->port, call->remote_address);
    if (call->tls && !(tls = new_stream(m, fd))) {
        close(fd);
        return;
    }
    m->conn = conn_new(&m->client->conns, fd, dial_address(d), call->port, tls, conn_ready, m, &e);
    if (!m->conn) {
        end(m, OUTCOME_CONNECT, true, "%s", e.text);
        return;
    }
    call->timing.dns_ms = dial_dns_ms(d);
    call->timing.connect_ms = dial_connect_ms(d);
    dial_free(d);
    m->dial = NULL;
    if (call->tls) {
        m->phase = MAIL_HANDSHAKE;
        m->handshake_at = loop_now(m->client->loop);
    } else {
        begin(m);
    }
}

static bool make_room(void *ctx)
{
    struct smtp_session *m = ctx;
    return pool_close_oldest(&m->client->pool);
}

static void start_dial(struct smtp_session *m)
{
    const struct smtp_call *call = m->call;
    struct dial_request r = {
        .host = call->host,
        .port = call->port,
        .allowed = call->allowed,
        .n_allowed = call->n_allowed,
        .make_room = make_room,
        .done = dialed,
        .ctx = m,
    };
    m->phase = MAIL_DIALING;
    m->dial = dial_start(m->client->loop, m->client->dns, &r);
}

void smtp_submit(struct http_client *c, struct smtp_call *call)
{
    struct smtp_session *m = mem_alloc(sizeof(*m));
    m->call = call;
    m->client = c;
    m->submitted = loop_now(c->loop);
    m->timer = (struct loop_timer){ .fn = timed_out, .ctx = m };
    m->tell = (struct loop_task){ .fn = tell, .ctx = m };
    m->next = c->mails;
    if (c->mails)
        c->mails->prev = m;
    c->mails = m;
    if (call->tls || call->job.starttls) {
        m->host = pool_host(&c->pool, true, call->host, call->port, call->tls_options);
        m->host->users++;
    }
    call->session = m;
    call->outcome = OUTCOME_NONE;
    call->detail[0] = '\0';
    call->temporary = call->sent = false;
    call->code = 0;
    call->transcript = BUF_SECRET(SMTP_TRANSCRIPT_MAX);
    call->timing = (struct http_timing){ -1, -1, -1, -1, 0 };
    start_dial(m);
    arm(m);
}

void smtp_cancel(struct smtp_call *call)
{
    struct smtp_session *m = call->session;
    if (m && m->smtp && smtp_decided(m->smtp))
        end_as_decided(m); /* only QUIT was left */
    else if (m)
        end(m, OUTCOME_CANCELED, false, "canceled");
}

void smtp_call_clear(struct smtp_call *call)
{
    buf_wipe(&call->transcript);
}

void smtp_end_all(struct http_client *c)
{
    while (c->mails) {
        struct smtp_session *m = c->mails;
        smtp_cancel(m->call);
        loop_later_clear(c->loop, &m->tell);
        tell(m);
    }
}
