/* The client over plain HTTP: answers, faults, bodies, time-outs. */
#include "http_fixture.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <sys/socket.h>

/* What a server says to each request, and then. */
enum then { STAY, CLOSE, RESET, HALF_CLOSE, SILENT };
struct script {
    const char *text;
    enum then then;
    int after_ms; /* pause between the request and the text */
};

static void play(struct server_conn *c, void *ctx)
{
    const struct script *s = ctx;
    while (server_read_request(c)) {
        if (s->after_ms)
            usleep((useconds_t)s->after_ms * 1000);
        if (!server_say(c, s->text))
            return;
        if (s->then == STAY)
            continue;
        if (s->then == RESET)
            server_reset(c);
        if (s->then == HALF_CLOSE)
            shutdown(c->fd, SHUT_WR);
        if (s->then == SILENT || s->then == HALF_CLOSE)
            server_wait(c);
        return;
    }
}

/* One call against a script; the caller clears it. */
static void run_script(const struct script *s, struct http_call *call, bool head)
{
    struct fixture f;
    struct server *server = server_start(play, (void *)s);
    fixture_open(&f, NULL);
    fixture_call(&f, call, server_port(server));
    call->head_request = head;
    call->timeout_ms = 1000;
    fixture_run(&f, call);
    fixture_close(&f);
    server_stop(server);
}

static const struct {
    struct script script;
    bool head;
    enum outcome outcome;
    int status;
    const char *body;   /* NULL: not looked at */
    const char *detail; /* part of it */
} answers[] = {
    { { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", STAY, 0 }, false, OUTCOME_NONE, 200, "hello", "" },
    { { "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", RESET, 0 }, false, OUTCOME_NONE, 200, "hello", "" },
    { { "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", STAY, 0 }, false, OUTCOME_NONE, 200, "", "" },
    { { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: 1\r\n\r\n", STAY, 0 },
      false,
      OUTCOME_NONE,
      200,
      "abcde",
      "" },
    { { "HTTP/1.0 200 OK\r\n\r\nuntil the end", CLOSE, 0 }, false, OUTCOME_NONE, 200, "until the end", "" },
    { { "HTTP/1.1 200 OK\r\n\r\nuntil the end", HALF_CLOSE, 0 }, false, OUTCOME_NONE, 200, "until the end", "" },
    { { "HTTP/1.1 204 No Content\r\n\r\n", STAY, 0 }, false, OUTCOME_NONE, 204, "", "" },
    { { "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", STAY, 0 }, false, OUTCOME_NONE, 304, "", "" },
    { { "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", STAY, 0 }, true, OUTCOME_NONE, 200, "", "" },
    { { "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 500 "
        "Oops\r\nContent-Length: 2\r\n\r\nno",
        STAY, 0 },
      false,
      OUTCOME_NONE,
      500,
      "no",
      "" },
    { { "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n", STAY, 0 },
      false,
      OUTCOME_NONE,
      302,
      "",
      "" },
    { { "", CLOSE, 0 }, false, OUTCOME_PROTOCOL, 0, NULL, "closed before any answer" },
    { { "", RESET, 0 }, false, OUTCOME_PROTOCOL, 0, NULL, "connection reset before any answer" },
    { { "HTTP/1.1 200 OK\r\nContent-", CLOSE, 0 },
      false,
      OUTCOME_PROTOCOL,
      0,
      NULL,
      "before the end of the response head" },
    { { "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", CLOSE, 0 },
      false,
      OUTCOME_PROTOCOL,
      200,
      NULL,
      "after 5 of 10 bytes" },
    { { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", CLOSE, 0 },
      false,
      OUTCOME_PROTOCOL,
      200,
      NULL,
      "last chunk" },
    { { "SSH-2.0-OpenSSH_9.2\r\n", SILENT, 0 }, false, OUTCOME_PROTOCOL, 0, NULL, "not HTTP" },
    { { "\x15\x03\x03", SILENT, 0 }, false, OUTCOME_PROTOCOL, 0, NULL, "expects https" },
    { { "HTTP/2 200\r\n\r\n", STAY, 0 }, false, OUTCOME_PROTOCOL, 0, NULL, "another HTTP version" },
    { { "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", STAY, 0 },
      false,
      OUTCOME_PROTOCOL,
      0,
      NULL,
      "twice" },
    { { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", STAY, 0 },
      false,
      OUTCOME_PROTOCOL,
      200,
      NULL,
      "hexadecimal" },
    { { "HTTP/1.1 101 Switching Protocols\r\n\r\n", STAY, 0 }, false, OUTCOME_PROTOCOL, 0, NULL, "101" },
    { { "", SILENT, 0 }, false, OUTCOME_TIMEOUT, 0, NULL, "waiting for the first byte" },
    { { "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", SILENT, 0 },
      false,
      OUTCOME_TIMEOUT,
      200,
      NULL,
      "5 bytes of its body" },
    { { "HTTP/1.1 200 OK\r\n\r\nhello", SILENT, 0 },
      false,
      OUTCOME_TIMEOUT,
      200,
      NULL,
      "no complete answer within 1000 ms" },
};

static void test_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(answers); i++) {
        struct http_call call;
        run_script(&answers[i].script, &call, answers[i].head);
        if (call.outcome != answers[i].outcome || call.status != answers[i].status ||
            !strstr(call.detail, answers[i].detail))
            fail_msg("answer %zu: outcome %d, status %d, detail '%s'", i, call.outcome, call.status, call.detail);
        if (answers[i].body)
            assert_string_equal(buf_str(&call.response_body), answers[i].body);
        assert_true(call.sent);
        assert_true(call.timing.total_ms >= 0 && call.timing.connect_ms >= 0);
        assert_int_equal(call.timing.dns_ms, -1);
        assert_int_equal(call.timing.tls_ms, -1);
        http_call_clear(&call);
    }
}

static void test_head_is_kept(void **state)
{
    struct script s = { "HTTP/1.1 200 OK\r\nX-One:  a \r\nSet-Cookie: b\r\nContent-Length: 0\r\n\r\n", STAY, 0 };
    struct http_call call;
    (void)state;
    run_script(&s, &call, false);
    assert_string_equal(buf_str(&call.response_head), "X-One: a\nSet-Cookie: b\nContent-Length: 0\n");
    assert_int_equal(strncmp(call.remote_address, "127.0.0.1:", 10), 0);
    http_call_clear(&call);
}

static void test_refused(void **state)
{
    struct fixture f;
    struct http_call call;
    (void)state;
    fixture_open(&f, NULL);
    fixture_call(&f, &call, server_refusing_port());
    fixture_run(&f, &call);
    assert_int_equal(call.outcome, OUTCOME_CONNECT);
    assert_non_null(strstr(call.detail, "connection refused"));
    assert_false(call.sent);
    assert_true(call.timing.connect_ms >= 0);
    http_call_clear(&call);
    call.host = "localhost"; /* two addresses, both refuse */
    call.exchange = NULL;
    fixture_run(&f, &call);
    assert_int_equal(call.outcome, OUTCOME_CONNECT);
    assert_non_null(strstr(call.detail, "127.0.0.1:"));
    assert_non_null(strstr(call.detail, "[::1]:"));
    http_call_clear(&call);
    fixture_close(&f);
}

static void test_blocked(void **state)
{
    static const struct {
        const char *host, *detail;
        bool loopback_allowed;
    } hosts[] = {
        { "127.0.0.1", "loopback", false },          { "localhost", "loopback", false },
        { "169.254.169.254", "never called", true }, { "10.0.0.1", "private address", true },
        { "::ffff:127.0.0.1", "loopback", false },   { "fd00:ec2::254", "metadata", true },
        { "0.0.0.0", "never called", true },
    };
    struct script s = { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", STAY, 0 };
    struct server *server = server_start(play, &s);
    struct fixture f;
    struct http_call call;
    (void)state;
    fixture_open(&f, NULL);
    fixture_call(&f, &call, server_port(server)); /* a connection that a call without permission must not get */
    fixture_run(&f, &call);
    http_call_clear(&call);
    for (size_t i = 0; i < MEM_COUNT(hosts); i++) {
        fixture_call(&f, &call, server_port(server));
        call.host = hosts[i].host;
        if (!hosts[i].loopback_allowed)
            call.n_allowed = 0;
        fixture_run(&f, &call);
        if (call.outcome != OUTCOME_BLOCKED || !strstr(call.detail, hosts[i].detail))
            fail_msg("%s: outcome %d '%s'", hosts[i].host, call.outcome, call.detail);
        assert_false(call.sent);
        http_call_clear(&call);
    }
    assert_int_equal(server_connections(server), 1);
    fixture_close(&f);
    server_stop(server);
}

/* A body of so many bytes, of length known or not. */
struct flood {
    int64_t size;
    const char *head;
};

static void flood(struct server_conn *c, void *ctx)
{
    const struct flood *w = ctx;
    static const char zeros[65536];
    if (!server_read_request(c) || !server_say(c, w->head))
        return;
    for (int64_t left = w->size; left > 0; left -= (int64_t)sizeof(zeros))
        if (!server_write(c, zeros, left < (int64_t)sizeof(zeros) ? (size_t)left : sizeof(zeros)))
            return;
}

static void test_large_bodies(void **state)
{
    static const struct {
        struct flood flood;
        enum outcome outcome;
    } cases[] = {
        { { 8 << 20, "HTTP/1.1 200 OK\r\nContent-Length: 8388608\r\n\r\n" }, OUTCOME_NONE },
        { { 8 << 20, "HTTP/1.1 200 OK\r\n\r\n" }, OUTCOME_NONE },
        { { 64 << 20, "HTTP/1.1 200 OK\r\n\r\n" }, OUTCOME_TOO_LARGE },
        { { 0, "HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n" }, OUTCOME_TOO_LARGE },
    };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        struct server *server = server_start(flood, (void *)&cases[i].flood);
        struct fixture f;
        struct http_call call;
        fixture_open(&f, NULL);
        fixture_call(&f, &call, server_port(server));
        fixture_run(&f, &call);
        assert_int_equal(call.outcome, cases[i].outcome);
        assert_int_equal(call.status, 200);
        if (call.outcome == OUTCOME_NONE) {
            assert_int_equal(call.body_size, cases[i].flood.size);
            assert_int_equal(call.response_body.len, 65536);
            assert_true(call.truncated);
        }
        assert_true(call.response_body.len <= 65536);
        http_call_clear(&call);
        fixture_close(&f);
        server_stop(server);
    }
}

static void huge_head(struct server_conn *c, void *ctx)
{
    (void)ctx;
    if (!server_read_request(c) || !server_say(c, "HTTP/1.1 200 OK\r\n"))
        return;
    for (int i = 0; i < 1000000; i++)
        if (!server_say(c,
                        "X-Header: nothing but noise, again and again, for a hundred megabytes or so ..........\r\n"))
            return;
}

static void test_huge_head(void **state)
{
    struct server *server = server_start(huge_head, NULL);
    struct fixture f;
    struct http_call call;
    (void)state;
    fixture_open(&f, NULL);
    fixture_call(&f, &call, server_port(server));
    fixture_run(&f, &call);
    assert_int_equal(call.outcome, OUTCOME_PROTOCOL);
    assert_non_null(strstr(call.detail, "more than 200 headers"));
    http_call_clear(&call);
    fixture_close(&f);
    server_stop(server);
}

static void one_byte_at_a_time(struct server_conn *c, void *ctx)
{
    const char *text = ctx;
    while (server_read_request(c))
        for (const char *p = text; *p; p++) {
            server_write(c, p, 1);
            usleep(300);
        }
}

static void test_slow_answer(void **state)
{
    struct server *server =
        server_start(one_byte_at_a_time, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    struct fixture f;
    struct http_call call;
    (void)state;
    fixture_open(&f, NULL);
    for (int i = 0; i < 2; i++) {
        fixture_call(&f, &call, server_port(server));
        fixture_run(&f, &call);
        assert_int_equal(call.outcome, OUTCOME_NONE);
        assert_string_equal(buf_str(&call.response_body), "abc");
        assert_int_equal(call.reused, i);
        http_call_clear(&call);
    }
    fixture_close(&f);
    server_stop(server);
}

#define UPLOAD (10 * 1024 * 1024)

static void upload(struct fixture *f, struct http_call *call, uint16_t port, char *body)
{
    static const char head[] = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10485760\r\n\r\n";
    fixture_call(f, call, port);
    call->head = head;
    call->head_len = sizeof(head) - 1;
    call->body = body;
    call->body_len = UPLOAD;
    fixture_run(f, call);
}

static void test_upload(void **state)
{
    struct script s = { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", STAY, 0 };
    struct server *server = server_start(play, &s);
    struct fixture f;
    struct http_call call;
    char *body = mem_alloc(UPLOAD);
    (void)state;
    fixture_open(&f, NULL);
    for (int i = 0; i < 2; i++) {
        upload(&f, &call, server_port(server), body);
        assert_int_equal(call.outcome, OUTCOME_NONE);
        assert_int_equal(call.reused, i);
        http_call_clear(&call);
    }
    assert_int_equal(server_requests(server), 2);
    fixture_close(&f);
    server_stop(server);
    mem_free(body);
}

/* Answers before the body came, then stays, closes (which resets, as the body was not read), or closes at once. */
static void early(struct server_conn *c, void *ctx)
{
    char first[64];
    if (recv(c->fd, first, sizeof(first), 0) <= 0)
        return;
    server_say(c, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig");
    if (*(int *)ctx == 0)
        server_wait(c);
    if (*(int *)ctx == 1)
        usleep(50000);
}

static void test_early_answer(void **state)
{
    char *body = mem_alloc(UPLOAD);
    (void)state;
    for (int then = 0; then < 3; then++) {
        struct server *server = server_start(early, &then);
        struct fixture f;
        struct http_call call;
        struct http_stats stats;
        fixture_open(&f, NULL);
        upload(&f, &call, server_port(server), body);
        assert_int_equal(call.outcome, OUTCOME_NONE);
        assert_int_equal(call.status, 413);
        assert_string_equal(buf_str(&call.response_body), "big");
        http_client_stats(f.client, &stats);
        assert_int_equal(stats.open, 0); /* never reused: the rest of the body was not sent */
        http_call_clear(&call);
        fixture_close(&f);
        server_stop(server);
    }
    mem_free(body);
}

static void never_reads(struct server_conn *c, void *ctx)
{
    (void)ctx;
    (void)c;
    sleep(1);
}

static void test_timeout_while_sending(void **state)
{
    struct server *server = server_start(never_reads, NULL);
    struct fixture f;
    struct http_call call;
    char *body = mem_alloc(UPLOAD);
    static const char head[] = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10485760\r\n\r\n";
    (void)state;
    fixture_open(&f, NULL);
    fixture_call(&f, &call, server_port(server));
    call.head = head;
    call.head_len = sizeof(head) - 1;
    call.body = body;
    call.body_len = UPLOAD;
    call.timeout_ms = 300;
    fixture_run(&f, &call);
    assert_int_equal(call.outcome, OUTCOME_TIMEOUT);
    assert_non_null(strstr(call.detail, "bytes of the request sent"));
    assert_true(call.sent);
    assert_true(call.timing.total_ms >= 300 && call.timing.total_ms < 2000);
    http_call_clear(&call);
    fixture_close(&f);
    server_stop(server);
    mem_free(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),      cmocka_unit_test(test_head_is_kept),
        cmocka_unit_test(test_refused),      cmocka_unit_test(test_blocked),
        cmocka_unit_test(test_large_bodies), cmocka_unit_test(test_huge_head),
        cmocka_unit_test(test_slow_answer),  cmocka_unit_test(test_upload),
        cmocka_unit_test(test_early_answer), cmocka_unit_test(test_timeout_while_sending),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
