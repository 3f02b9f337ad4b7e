/* The client with many calls: at once, and one after the other for long; nothing may grow. */
#include "http_fixture.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <malloc.h>
#include <sys/resource.h>

#define AT_ONCE 2000
#define TURNS 20000

static int more_descriptors(void **state)
{
    struct rlimit limit;
    (void)state;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit);
}

static void test_many_at_once(void **state)
{
    struct server *server = server_start_epoll(300);
    struct http_call *calls = mem_alloc(AT_ONCE * sizeof(*calls));
    struct fixture f;
    struct http_stats stats;
    (void)state;
    fixture_open(&f, NULL);
    for (int i = 0; i < AT_ONCE; i++) {
        fixture_call(&f, &calls[i], server_port(server));
        calls[i].timeout_ms = calls[i].connect_timeout_ms = 20000;
        http_submit(f.client, &calls[i]);
    }
    fixture_pass_ms(&f, 200);
    http_client_stats(f.client, &stats);
    assert_int_equal(stats.in_flight, AT_ONCE);
    fixture_wait(&f, AT_ONCE - f.done);
    for (int i = 0; i < AT_ONCE; i++) {
        if (calls[i].outcome != OUTCOME_NONE || calls[i].status != 200)
            fail_msg("call %d: %d '%s'", i, calls[i].outcome, calls[i].detail);
        http_call_clear(&calls[i]);
    }
    http_client_stats(f.client, &stats);
    assert_int_equal(stats.calls, AT_ONCE);
    assert_int_equal(stats.in_flight, 0);
    assert_in_range(stats.idle, 1, 64);
    fixture_close(&f);
    server_stop(server);
    mem_free(calls);
}

/* Each call that ends starts the next. */
static struct {
    struct fixture f;
    uint16_t port;
    int started;
} turns;

static void start_turn(struct http_call *call)
{
    fixture_call(&turns.f, call, turns.port);
    http_submit(turns.f.client, call);
    turns.started++;
}

static void next_turn(struct fixture *f, struct http_call *call)
{
    (void)f;
    assert_int_equal(call->outcome, OUTCOME_NONE);
    http_call_clear(call);
    if (turns.started < TURNS)
        start_turn(call);
}

static void run_turns(int calls)
{
    static struct http_call slots[64];
    turns.started = TURNS - calls;
    for (int i = 0; i < 64; i++)
        start_turn(&slots[i]);
    fixture_wait(&turns.f, calls);
}

static void test_nothing_grows(void **state)
{
    struct server *server = server_start_epoll(0);
    (void)state;
    fixture_open(&turns.f, NULL);
    turns.f.after = next_turn;
    turns.port = server_port(server);
    run_turns(1000); /* warm */
    int descriptors = fixture_descriptors();
    size_t heap = mallinfo2().uordblks;
    run_turns(TURNS);
    assert_int_equal(fixture_descriptors(), descriptors);
    assert_in_range(mallinfo2().uordblks, 0, heap + 4096);
    fixture_close(&turns.f);
    server_stop(server);
}

#define LARGE (10 << 20)
#define LARGE_CONNECTIONS 100

static void large_answers(struct server_conn *c, void *ctx)
{
    static const char zeros[65536];
    (void)ctx;
    while (server_read_request(c)) {
        server_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n");
        for (int i = 0; i < LARGE / 65536; i++)
            if (!server_write(c, zeros, sizeof(zeros)))
                return;
    }
}

/* After large answers on many connections, all of which stay: an idle one holds next to nothing. */
static void test_idle_is_small(void **state)
{
    struct http_client_config config = { .max_idle_per_host = LARGE_CONNECTIONS };
    struct server *server = server_start(large_answers, NULL);
    static struct http_call calls[LARGE_CONNECTIONS];
    struct fixture f;
    struct http_stats stats;
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    (void)state;
    fixture_open(&f, &config);
    for (int i = 0; i < LARGE_CONNECTIONS; i++) {
        fixture_call(&f, &calls[i], server_port(server));
        calls[i].timeout_ms = calls[i].connect_timeout_ms = 120000;
        calls[i].body_keep = i % 10 == 0 ? LARGE : 65536;
        http_submit(f.client, &calls[i]);
    }
    fixture_wait(&f, LARGE_CONNECTIONS);
    for (int i = 0; i < LARGE_CONNECTIONS; i++) {
        assert_int_equal(calls[i].outcome, OUTCOME_NONE);
        assert_int_equal(calls[i].body_size, LARGE);
        http_call_clear(&calls[i]);
    }
    http_client_stats(f.client, &stats);
    assert_int_equal(stats.idle, LARGE_CONNECTIONS);
    size_t after = mallinfo2().uordblks + mallinfo2().hblkhd;
    assert_in_range(
        after, 0, before + 512 * 1024 + LARGE_CONNECTIONS * 8192); /* the loop, the client, and the server's threads */
    fixture_close(&f);
    server_stop(server);
}

/* No descriptors left: idle connections are given up for new ones; when there are none, the call says why it failed. */
static void test_descriptors_run_out(void **state)
{
    struct server *one = server_start_epoll(0), *two = server_start_epoll(0);
    struct fixture f;
    struct http_call call;
    struct rlimit before, tight;
    (void)state;
    fixture_open(&f, NULL);
    fixture_call(&f, &call, server_port(one));
    fixture_run(&f, &call);
    assert_int_equal(call.outcome, OUTCOME_NONE);
    http_call_clear(&call);
    fixture_pass_ms(&f, 50); /* the server has accepted, and sleeps */
    getrlimit(RLIMIT_NOFILE, &before);
    tight = before;
    tight.rlim_cur = 3;
    setrlimit(RLIMIT_NOFILE, &tight);
    fixture_call(&f, &call, server_port(two));
    fixture_run(&f, &call);
    setrlimit(RLIMIT_NOFILE, &before);
    assert_int_equal(call.outcome, OUTCOME_CONNECT); /* even the one given up does not help with a limit of 3 */
    assert_non_null(strstr(call.detail, "no file descriptors left"));
    http_call_clear(&call);
    struct http_stats stats;
    http_client_stats(f.client, &stats);
    assert_int_equal(stats.open, 0);
    fixture_call(&f, &call, server_port(two));
    fixture_run(&f, &call);
    assert_int_equal(call.outcome, OUTCOME_NONE);
    http_call_clear(&call);
    fixture_close(&f);
    server_stop(one);
    server_stop(two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_at_once),
        cmocka_unit_test(test_nothing_grows),
        cmocka_unit_test(test_idle_is_small),
        cmocka_unit_test(test_descriptors_run_out),
    };
    return cmocka_run_group_tests(tests, more_descriptors, NULL);
}
