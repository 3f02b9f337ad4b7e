/* E-mails to a scripted server that goes wrong at each step: plain, TLS from the first byte, STARTTLS. Real servers: tests/integration/mail.test.mjs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "http_authority.h"
#include "http_fixture.h"
#include "net/smtp_call.h"

#include "base/crypto.h"
#include "base/mem.h"

#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define MESSAGE "Subject: x\r\n\r\none\r\n.two\r\n"
#define FROM "20200101000000"
#define TO "20990101000000"

enum security { PLAIN, FROM_THE_FIRST_BYTE, BY_STARTTLS, SECURITIES };
enum fault { NOTHING, END, RESET, HALF, SILENCE, CANCEL, FAULTS };

/* What the server says in turn; in between it reads a command, after 354 the message. */
static const char *const turns[] = { "220 mail ESMTP\r\n", "250-mail\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n",
                                     "220 go ahead\r\n",   "250-mail\r\n250 AUTH PLAIN\r\n",
                                     "235 in\r\n",         "250 ok\r\n",
                                     "250 ok\r\n",         "354 go on\r\n",
                                     "250 taken\r\n",      "221 bye\r\n" };
#define TURNS ((int)MEM_COUNT(turns))
#define HELLO_TURN 1
#define STARTTLS_TURN 2 /* this and the next only with STARTTLS */
#define MESSAGE_TURN 8  /* what the message is answered */

struct script {
    enum security security;
    enum fault fault;
    int at; /* the turn that goes wrong */
    atomic_int turn;
    char heard[2000];
};

static struct authority ca;
static struct authority_leaf leaf;
static const struct cidr loopback = { { { [10] = 0xff, [11] = 0xff, [12] = 127 } }, 96 + 8 };
static const char *const recipients[] = { "ops@example.com" };

static ssize_t read_octet(struct server_conn *c, char *out)
{
    if (!c->ssl)
        return recv(c->fd, out, 1, 0);
    return mbedtls_ssl_read(c->ssl, (unsigned char *)out, 1);
}

/* Up to `end`; false when the client is gone. */
static bool hear(struct server_conn *c, struct script *s, const char *end)
{
    size_t len = strlen(s->heard), begin = len;
    while (len < sizeof(s->heard) - 1) {
        if (read_octet(c, s->heard + len) != 1)
            return false;
        s->heard[++len] = '\0';
        if (len - begin >= strlen(end) && strcmp(s->heard + len - strlen(end), end) == 0)
            return true;
    }
    return false;
}

static int ssl_send(void *ctx, const unsigned char *data, size_t len)
{
    ssize_t n = send(*(int *)ctx, data, len, MSG_NOSIGNAL);
    return n < 0 ? MBEDTLS_ERR_NET_SEND_FAILED : (int)n;
}

static int ssl_recv(void *ctx, unsigned char *data, size_t len)
{
    ssize_t n = recv(*(int *)ctx, data, len, 0);
    return n < 0 ? MBEDTLS_ERR_NET_RECV_FAILED : (int)n;
}

static int give_random(void *ctx, unsigned char *out, size_t len)
{
    (void)ctx;
    crypto_random(out, len);
    return 0;
}

static bool make_tls(struct server_conn *c, mbedtls_ssl_config *config, mbedtls_ssl_context *ssl)
{
    mbedtls_ssl_config_defaults(config, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_STREAM,
                                MBEDTLS_SSL_PRESET_DEFAULT);
    mbedtls_ssl_conf_rng(config, give_random, NULL);
    mbedtls_ssl_conf_own_cert(config, &leaf.cert, &leaf.key);
    mbedtls_ssl_setup(ssl, config);
    mbedtls_ssl_set_bio(ssl, &c->fd, ssl_send, ssl_recv, NULL);
    c->ssl = ssl;
    return mbedtls_ssl_handshake(ssl) == 0;
}

/* Goes wrong as it was told to. */
static void fail_here(struct server_conn *c, const struct script *s)
{
    if (s->fault == RESET)
        server_reset(c);
    else if (s->fault == HALF)
        server_write(c, turns[s->at], 6);
    else if (s->fault == SILENCE || s->fault == CANCEL)
        server_wait(c);
}

static void talk(struct server_conn *c, struct script *s, mbedtls_ssl_config *config, mbedtls_ssl_context *ssl)
{
    for (int i = 0; i < TURNS; i++) {
        bool skipped = (i == STARTTLS_TURN || i == STARTTLS_TURN + 1) && s->security != BY_STARTTLS;
        if (skipped)
            continue;
        atomic_store(&s->turn, i);
        if (s->fault != NOTHING && i == s->at) {
            fail_here(c, s);
            return;
        }
        if (!server_say(c, turns[i]))
            return;
        if (i == STARTTLS_TURN && !make_tls(c, config, ssl))
            return;
        if (i + 1 < TURNS && !hear(c, s, i + 1 == MESSAGE_TURN ? "\r\n.\r\n" : "\r\n"))
            return;
    }
    hear(c, s, "never");
}

static void serve(struct server_conn *c, void *ctx)
{
    struct script *s = ctx;
    mbedtls_ssl_config config;
    mbedtls_ssl_context ssl;
    mbedtls_ssl_config_init(&config);
    mbedtls_ssl_init(&ssl);
    talk(c, s, &config, &ssl);
    if (c->ssl == &ssl)
        c->ssl = NULL;
    mbedtls_ssl_free(&ssl);
    mbedtls_ssl_config_free(&config);
}

struct mail_test {
    struct fixture f;
    struct smtp_call call;
    struct script *script;
    struct loop_timer look;
    bool done;
};

static void call_done(struct smtp_call *call)
{
    struct mail_test *t = call->ctx;
    assert_false(t->done);
    t->done = true;
    loop_stop(t->f.loop);
}

/* Cancels when the server has come to its turn. */
static void look(void *ctx)
{
    struct mail_test *t = ctx;
    if (t->script->fault == CANCEL && atomic_load(&t->script->turn) == t->script->at)
        smtp_cancel(&t->call);
    else
        loop_timer_set(t->f.loop, &t->look, (struct mono){ loop_now(t->f.loop).us + 1000 });
}

static struct smtp_call call_of(enum security security, uint16_t port, struct net_tls_options *tls)
{
    return (struct smtp_call){
        .tls = security == FROM_THE_FIRST_BYTE,
        .host = "localhost",
        .port = port,
        .tls_options = tls,
        .allowed = &loopback,
        .n_allowed = 1,
        .job = { .starttls = security == BY_STARTTLS,
                 .username = "edgecron",
                 .password = "s3cret-password",
                 .from = "edgecron@example.com",
                 .to = recipients,
                 .n_to = 1,
                 .message = MESSAGE,
                 .message_len = sizeof(MESSAGE) - 1 },
        .connect_timeout_ms = 20000,
        .timeout_ms = 20000,
        .done = call_done,
    };
}

static struct server *start(struct script *s)
{
    return s->security == FROM_THE_FIRST_BYTE ? server_start_tls(serve, s, &leaf, 12, 13) : server_start(serve, s);
}

static void run(struct mail_test *t, struct script *s)
{
    struct server *server = start(s);
    struct net_tls_options tls = { ca.file, 0 };
    t->script = s;
    t->done = false;
    fixture_open(&t->f, NULL);
    fixture_pass_ms(&t->f, 0);
    t->call = call_of(s->security, server_port(server), &tls);
    t->call.ctx = t;
    if (s->fault == SILENCE)
        t->call.timeout_ms = 150;
    t->look = (struct loop_timer){ .fn = look, .ctx = t };
    smtp_submit(t->f.client, &t->call);
    loop_timer_set(t->f.loop, &t->look, (struct mono){ loop_now(t->f.loop).us + 1000 });
    while (!t->done)
        loop_run(t->f.loop);
    loop_timer_clear(t->f.loop, &t->look);
    fixture_close(&t->f);
    server_stop(server);
}

static void check_transcript(const struct smtp_call *call)
{
    assert_null(strstr(buf_str(&call->transcript), "s3cret"));
    assert_null(strstr(buf_str(&call->transcript), "AGVkZ2Vjcm9u"));
    assert_null(strstr(call->detail, "s3cret"));
}

static void test_taken(void **state)
{
    (void)state;
    for (int security = 0; security < SECURITIES; security++) {
        struct script s = { .security = security };
        struct mail_test t;
        run(&t, &s);
        if (t.call.outcome != OUTCOME_NONE)
            fail_msg("%d: %d %s", security, t.call.outcome, t.call.detail);
        assert_true(t.call.sent);
        assert_int_equal(t.call.code, 250);
        assert_string_equal(t.call.detail, "");
        assert_int_equal(t.call.timing.tls_ms >= 0, security != PLAIN);
        assert_int_equal(t.call.peer.version, security == PLAIN ? 0 : NET_TLS_1_3);
        assert_true(t.call.timing.first_byte_ms >= 0 && t.call.timing.total_ms >= 0);
        assert_non_null(strstr(s.heard, "AUTH PLAIN AGVkZ2Vjcm9uAHMzY3JldC1wYXNzd29yZA==\r\n"));
        assert_non_null(strstr(s.heard, "DATA\r\nSubject: x\r\n\r\none\r\n..two\r\n.\r\nQUIT\r\n"));
        assert_non_null(strstr(buf_str(&t.call.transcript), "C: AUTH PLAIN ****\n"));
        check_transcript(&t.call);
        smtp_call_clear(&t.call);
    }
}

/* What must have come of it when the server fails at that turn. */
static void check(const struct mail_test *t, const struct script *s)
{
    const struct smtp_call *call = &t->call;
    char what[700];
    snprintf(what, sizeof(what), "security %d, fault %d at turn %d: outcome %d, sent %d, '%s'", s->security, s->fault,
             s->at, call->outcome, call->sent, call->detail);
    bool taken = s->at > MESSAGE_TURN;
    enum outcome expected = taken                 ? OUTCOME_NONE
                            : s->fault == CANCEL  ? OUTCOME_CANCELED
                            : s->fault == SILENCE ? OUTCOME_TIMEOUT
                                                  : OUTCOME_PROTOCOL;
    bool slow = s->fault == SILENCE && call->outcome == OUTCOME_TIMEOUT; /* a busy machine was late before that turn */
    bool at_accept = s->fault == RESET && s->at == 0 && call->outcome == OUTCOME_CONNECT; /* as the race goes */
    if (call->outcome != expected && !slow && !at_accept)
        fail_msg("%s", what);
    if (!slow && call->sent != (s->at >= MESSAGE_TURN))
        fail_msg("%s", what);
    if (call->outcome == OUTCOME_PROTOCOL &&
        !(call->temporary && strstr(call->detail, "localhost closed the connection")))
        fail_msg("%s", what);
    if (call->outcome == OUTCOME_PROTOCOL && call->sent && !strstr(call->detail, "it may have taken the message"))
        fail_msg("%s", what);
    check_transcript(call);
}

static void test_faults(void **state)
{
    int before = fixture_descriptors();
    (void)state;
    for (int security = 0; security < SECURITIES; security++)
        for (int fault = END; fault < FAULTS; fault++)
            for (int at = 0; at < TURNS; at++) {
                struct script s = { .security = security, .fault = fault, .at = at, .turn = -1 };
                struct mail_test t;
                if ((at == STARTTLS_TURN || at == STARTTLS_TURN + 1) && security != BY_STARTTLS)
                    continue;
                run(&t, &s);
                check(&t, &s);
                smtp_call_clear(&t.call);
            }
    assert_int_equal(fixture_descriptors(), before);
}

/* The client is freed with calls in every phase. */
static void test_freed(void **state)
{
    int before = fixture_descriptors();
    (void)state;
    for (int security = 0; security < SECURITIES; security++)
        for (int turn = -1; turn < TURNS; turn++) {
            struct script s = { .security = security, .fault = SILENCE, .at = turn < 0 ? 0 : turn, .turn = -1 };
            struct server *server = start(&s);
            struct net_tls_options tls = { ca.file, 0 };
            struct mail_test t = { .script = &s };
            if ((turn == STARTTLS_TURN || turn == STARTTLS_TURN + 1) && security != BY_STARTTLS)
                s.at = 0;
            fixture_open(&t.f, NULL);
            fixture_pass_ms(&t.f, 0);
            t.call = call_of(security, server_port(server), &tls);
            t.call.ctx = &t;
            smtp_submit(t.f.client, &t.call);
            while (turn >= 0 && atomic_load(&s.turn) < s.at)
                fixture_pass_ms(&t.f, 1);
            fixture_close(&t.f);
            assert_true(t.done);
            assert_int_equal(t.call.outcome, s.at > MESSAGE_TURN && turn >= 0 && t.call.outcome == OUTCOME_NONE
                                                 ? OUTCOME_NONE
                                                 : OUTCOME_CANCELED);
            smtp_call_clear(&t.call);
            server_stop(server);
        }
    assert_int_equal(fixture_descriptors(), before);
}

/* Nobody there, or not to be called. */
static void test_unreachable(void **state)
{
    static const struct {
        const char *host;
        bool refusing, allowed;
        enum outcome outcome;
        const char *detail;
        bool temporary;
    } cases[] = {
        { "127.0.0.1", true, true, OUTCOME_CONNECT, "connection refused", true },
        { "127.0.0.1", true, false, OUTCOME_BLOCKED, "loopback", false },
        { "169.254.169.254", false, true, OUTCOME_BLOCKED, "never called", false },
        { "mail.invalid", false, true, OUTCOME_DNS, "mail.invalid", true },
    };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        struct mail_test t = { .script = &(struct script){ 0 } };
        fixture_open(&t.f, NULL);
        t.call = call_of(PLAIN, cases[i].refusing ? server_refusing_port() : 25, NULL);
        t.call.host = cases[i].host;
        t.call.n_allowed = cases[i].allowed;
        t.call.ctx = &t;
        smtp_submit(t.f.client, &t.call);
        while (!t.done)
            loop_run(t.f.loop);
        if (t.call.outcome != cases[i].outcome || !strstr(t.call.detail, cases[i].detail) ||
            t.call.temporary != cases[i].temporary)
            fail_msg("%s: %d '%s' %d", cases[i].host, t.call.outcome, t.call.detail, t.call.temporary);
        assert_false(t.call.sent);
        smtp_call_clear(&t.call);
        fixture_close(&t.f);
    }
}

static void say_hello(struct server_conn *c, void *ctx)
{
    (void)ctx;
    server_say(c, "220 mail ESMTP\r\n");
    server_wait(c);
}

/* A server that begins in the clear is told TLS, and one that begins with TLS is waited for. */
static void test_mixed_up(void **state)
{
    struct net_tls_options tls = { ca.file, 0 };
    (void)state;
    for (int with_tls = 0; with_tls < 2; with_tls++) {
        struct mail_test t = { .script = &(struct script){ 0 } };
        struct server *server =
            with_tls ? server_start_tls(say_hello, NULL, &leaf, 12, 13) : server_start(say_hello, NULL);
        fixture_open(&t.f, NULL);
        fixture_pass_ms(&t.f, 0);
        t.call = call_of(with_tls ? BY_STARTTLS : FROM_THE_FIRST_BYTE, server_port(server), &tls);
        t.call.timeout_ms = with_tls ? 150 : 20000;
        t.call.ctx = &t;
        smtp_submit(t.f.client, &t.call);
        while (!t.done)
            loop_run(t.f.loop);
        assert_int_equal(t.call.outcome, with_tls ? OUTCOME_TIMEOUT : OUTCOME_TLS);
        assert_non_null(strstr(t.call.detail, with_tls ? "wants 'email.security' to be 'tls'"
                                                       : "wants 'email.security' to be 'starttls'"));
        smtp_call_clear(&t.call);
        fixture_close(&t.f);
        server_stop(server);
    }
}

static int set_up(void **state)
{
    (void)state;
    authority_make(&ca, "Mail Authority");
    authority_issue(&ca, "localhost", "127.0.0.1", FROM, TO, &leaf);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    authority_leaf_free(&leaf);
    authority_free(&ca);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_taken),       cmocka_unit_test(test_faults),   cmocka_unit_test(test_freed),
        cmocka_unit_test(test_unreachable), cmocka_unit_test(test_mixed_up),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
