/* The client's connections: reuse, stale ones, limits, the line of waiting calls, cancel. */
#include "http_fixture.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

struct script {
    const char *text;
    bool silent;  /* afterwards: neither more nor the end */
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
        if (s->silent)
            server_wait(c);
    }
}

static void deaf(struct server_conn *c, void *ctx)
{
    (void)ctx;
    while (!server_read_request(c))
        break;
    server_wait(c);
}

static void test_reuse(void **state)
{
    struct script s = { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false, 0 };
    struct server *server = server_start(play, &s);
    struct fixture f;
    struct http_stats stats;
    (void)state;
    fixture_open(&f, NULL);
    for (int i = 0; i < 10; i++) {
        struct http_call call;
        fixture_call(&f, &call, server_port(server));
        fixture_run(&f, &call);
        assert_int_equal(call.outcome, OUTCOME_NONE);
        assert_int_equal(call.reused, i > 0);
        assert_int_equal(call.timing.connect_ms >= 0, i == 0);
        http_call_clear(&call);
    }
    http_client_stats(f.client, &stats);
    assert_int_equal(stats.open, 1);
    assert_int_equal(stats.idle, 1);
    assert_int_equal(stats.in_flight, 0);
    assert_int_equal(stats.calls, 10);
    assert_int_equal(stats.reused, 9);
    assert_int_equal(stats.connects, 1);
    assert_int_equal(server_connections(server), 1);
    http_client_reload(f.client);
    http_client_stats(f.client, &stats);
    assert_int_equal(stats.open, 0);
    fixture_close(&f);
    server_stop(server);
}

/* Answers that must end the connection, though they are complete. */
static void test_no_reuse(void **state)
{
    static const char *const texts[] = {
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok and more than that",
        "HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok",
    };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(texts); i++) {
        struct script s = { texts[i], false, 0 };
        struct server *server = server_start(play, &s);
        struct fixture f;
        struct http_stats stats;
        struct http_call call;
        fixture_open(&f, NULL);
        fixture_call(&f, &call, server_port(server));
        fixture_run(&f, &call);
        assert_int_equal(call.outcome, OUTCOME_NONE);
        http_call_clear(&call);
        http_client_stats(f.client, &stats);
        assert_int_equal(stats.open, 0);
        fixture_close(&f);
        server_stop(server);
    }
}

/* Answers once a connection, then closes without saying so. */
static void once(struct server_conn *c, void *ctx)
{
    (void)ctx;
    if (server_read_request(c))
        server_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

static void test_closed_while_idle(void **state)
{
    struct server *server = server_start(once, NULL);
    struct fixture f;
    struct http_stats stats;
    struct http_call call;
    (void)state;
    fixture_open(&f, NULL);
    for (int i = 0; i < 3; i++) {
        fixture_call(&f, &call, server_port(server));
        fixture_run(&f, &call);
        assert_int_equal(call.outcome, OUTCOME_NONE);
        http_call_clear(&call);
        fixture_pass_ms(&f, 30);
        http_client_stats(f.client, &stats);
        assert_int_equal(stats.open, 0);
    }
    assert_int_equal(stats.resent, 0);
    fixture_close(&f);
    server_stop(server);
}

/* The first request of a connection is answered; the second is read and the connection dropped: a stale connection in slow motion. */
static void stale(struct server_conn *c, void *ctx)
{
    once(c, NULL);
    if (server_read_request(c) && *(int *)ctx)
        server_reset(c);
}

static void test_stale(void **state)
{
    (void)state;
    for (int reset = 0; reset < 2; reset++) {
        for (int idempotent = 0; idempotent < 2; idempotent++) {
            struct server *server = server_start(stale, &reset);
            struct fixture f;
            struct http_stats stats;
            struct http_call call;
            fixture_open(&f, NULL);
            fixture_call(&f, &call, server_port(server));
            fixture_run(&f, &call);
            http_call_clear(&call);
            fixture_call(&f, &call, server_port(server));
            call.idempotent = idempotent;
            fixture_run(&f, &call);
            assert_int_equal(call.outcome, idempotent ? OUTCOME_NONE : OUTCOME_PROTOCOL);
            assert_true(call.sent);
            assert_int_equal(call.reused, !idempotent);
            http_client_stats(f.client, &stats);
            assert_int_equal(stats.resent, idempotent);
            http_call_clear(&call);
            fixture_close(&f);
            server_stop(server);
        }
    }
}

/* The second request of a connection is thought about for longer than making one may take, and then the connection is dropped. */
static void stale_late(struct server_conn *c, void *ctx)
{
    (void)ctx;
    once(c, NULL);
    if (server_read_request(c))
        usleep(300000);
}

static void test_stale_late(void **state)
{
    struct server *server = server_start(stale_late, NULL);
    struct fixture f;
    struct http_call call;
    (void)state;
    fixture_open(&f, NULL);
    for (int i = 0; i < 2; i++) {
        fixture_call(&f, &call, server_port(server));
        call.connect_timeout_ms = 200;
        fixture_run(&f, &call);
        assert_string_equal(call.detail, "");
        assert_int_equal(call.outcome, OUTCOME_NONE);
        http_call_clear(&call);
    }
    assert_int_equal(server_connections(server), 2);
    fixture_close(&f);
    server_stop(server);
}

static void test_keep_alive_hint(void **state)
{
    struct script s = { "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 2\r\n\r\nok", false, 0 };
    struct server *server = server_start(play, &s);
    struct fixture f;
    struct http_call call;
    (void)state;
    fixture_open(&f, NULL);
    for (int i = 0; i < 3; i++) {
        fixture_call(&f, &call, server_port(server));
        fixture_run(&f, &call);
        assert_int_equal(call.reused, i == 1);
        http_call_clear(&call);
        if (i == 1)
            fixture_pass_ms(&f, 600);
    }
    fixture_close(&f);
    server_stop(server);
}

static void test_idle_limit(void **state)
{
    struct script s = { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false, 0 };
    struct server *server = server_start(play, &s);
    struct http_client_config config = { .idle_ms = 100, .max_idle_per_host = 2 };
    struct fixture f;
    struct http_stats stats;
    struct http_call calls[4];
    (void)state;
    fixture_open(&f, &config);
    for (int i = 0; i < 4; i++) {
        fixture_call(&f, &calls[i], server_port(server));
        http_submit(f.client, &calls[i]);
    }
    fixture_wait(&f, 4);
    http_client_stats(f.client, &stats);
    assert_int_equal(stats.open, 2);
    fixture_pass_ms(&f, 150);
    http_client_stats(f.client, &stats);
    assert_int_equal(stats.open, 0);
    for (int i = 0; i < 4; i++)
        http_call_clear(&calls[i]);
    fixture_close(&f);
    server_stop(server);
}

/* Cancels from the outside, at a moment of the call's life. */
static void cancel_soon(void *ctx)
{
    struct http_call *call = ctx;
    http_cancel(((struct fixture *)call->ctx)->client, call);
}

static void test_cancel(void **state)
{
    struct script partial = { "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello", true, 0 };
    struct server *silent = server_start(deaf, NULL), *half = server_start(play, &partial);
    const uint16_t ports[] = { server_port(silent), server_port(half) };
    struct fixture f;
    (void)state;
    fixture_open(&f, NULL);
    for (int port = 0; port < 2; port++) {
        for (int ms = -1; ms <= 50; ms += 17) { /* -1: at once */
            struct http_call call;
            struct loop_timer t = { .fn = cancel_soon, .ctx = &call };
            fixture_pass_ms(&f, 0);
            fixture_call(&f, &call, ports[port]);
            http_submit(f.client, &call);
            if (ms < 0)
                http_cancel(f.client, &call);
            else
                loop_timer_set(f.loop, &t, (struct mono){ clock_mono().us + ms * 1000 });
            assert_int_equal(f.done, port * 4 + (ms + 1) / 17); /* not from inside */
            fixture_wait(&f, 1);
            assert_int_equal(call.outcome, OUTCOME_CANCELED);
            http_cancel(f.client, &call); /* nothing more */
            http_call_clear(&call);
        }
    }
    fixture_close(&f);
    server_stop(silent);
    server_stop(half);
}

static void test_free_in_flight(void **state)
{
    struct server *server = server_start(deaf, NULL);
    struct fixture f;
    struct http_call calls[20];
    (void)state;
    fixture_open(&f, NULL);
    for (int i = 0; i < 20; i++) {
        fixture_call(&f, &calls[i], server_port(server));
        http_submit(f.client, &calls[i]);
        if (i == 9)
            fixture_pass_ms(&f, 20);
    }
    fixture_close(&f);
    assert_int_equal(f.done, 20);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(calls[i].outcome, OUTCOME_CANCELED);
        http_call_clear(&calls[i]);
    }
    server_stop(server);
}

/* More calls than may dial at once: the rest wait, and go over connections that became idle. */
static void test_waiting_line(void **state)
{
    struct script s = { "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false, 1 };
    struct server *server = server_start(play, &s);
    struct http_client_config config = { .max_dials_per_host = 1 };
    struct fixture f;
    static struct http_call calls[60];
    (void)state;
    fixture_open(&f, &config);
    for (size_t i = 0; i < MEM_COUNT(calls); i++) {
        fixture_call(&f, &calls[i], server_port(server));
        http_submit(f.client, &calls[i]);
    }
    http_cancel(f.client, &calls[30]); /* from the middle of the line */
    fixture_wait(&f, (int)MEM_COUNT(calls));
    for (size_t i = 0; i < MEM_COUNT(calls); i++) {
        assert_int_equal(calls[i].outcome, i == 30 ? OUTCOME_CANCELED : OUTCOME_NONE);
        http_call_clear(&calls[i]);
    }
    assert_true(server_connections(server) < (int)MEM_COUNT(calls));
    fixture_close(&f);
    server_stop(server);
}

/* Closed by the server, and the loop has not had a turn since: a request that must not be sent twice does not go there. */
static void test_closed_a_moment_ago(void **state)
{
    struct authority ca;
    struct authority_leaf leaf;
    (void)state;
    authority_make(&ca, "Test Authority");
    authority_issue(&ca, "localhost", NULL, "20200101000000", "20991231235959", &leaf);
    for (int version = 11; version <= 13; version++) { /* 11: plain */
        struct net_tls_options o = { ca.file, 0 };
        struct server *server =
            version > 11 ? server_start_tls(once, NULL, &leaf, version, version) : server_start(once, NULL);
        struct fixture f;
        struct http_call call;
        fixture_open(&f, NULL);
        for (int i = 0; i < 3; i++) {
            fixture_call(&f, &call, server_port(server));
            call.host = "localhost";
            call.tls = version > 11;
            call.tls_options = &o;
            call.idempotent = false;
            http_submit(f.client, &call);
            fixture_wait(&f, 1);
            assert_string_equal(call.detail, "");
            assert_int_equal(call.outcome, OUTCOME_NONE);
            assert_false(call.reused);
            http_call_clear(&call);
            usleep(20000);
        }
        assert_int_equal(server_connections(server), 3);
        fixture_close(&f);
        server_stop(server);
    }
    authority_leaf_free(&leaf);
    authority_free(&ca);
}

/* Head and body in two writes, with Nagle's algorithm on: the second leaves when the first is acknowledged. */
static void two_writes(struct server_conn *c, void *ctx)
{
    int no = 0;
    (void)ctx;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &no, sizeof(no));
    while (server_read_request(c)) {
        server_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
        server_say(c, "ok");
    }
}

static void test_no_delayed_acknowledgement(void **state)
{
    struct server *server = server_start(two_writes, NULL);
    struct fixture f;
    int64_t least_us = INT64_MAX;
    (void)state;
    fixture_open(&f, NULL);
    for (int i = 0; i < 40; i++) {
        struct http_call call;
        struct mono start;
        fixture_call(&f, &call, server_port(server));
        start = clock_mono();
        fixture_run(&f, &call);
        assert_int_equal(call.outcome, OUTCOME_NONE);
        assert_int_equal(call.reused, i > 0);
        http_call_clear(&call);
        if (i >= 20 && clock_mono().us - start.us < least_us) /* at first the kernel acknowledges at once anyway */
            least_us = clock_mono().us - start.us;
    }
    assert_in_range(least_us, 0, 35000); /* the fastest, which no busy machine makes faster */
    fixture_close(&f);
    server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reuse),
        cmocka_unit_test(test_no_reuse),
        cmocka_unit_test(test_closed_while_idle),
        cmocka_unit_test(test_stale),
        cmocka_unit_test(test_keep_alive_hint),
        cmocka_unit_test(test_idle_limit),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_free_in_flight),
        cmocka_unit_test(test_waiting_line),
        cmocka_unit_test(test_stale_late),
        cmocka_unit_test(test_closed_a_moment_ago),
        cmocka_unit_test(test_no_delayed_acknowledgement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
