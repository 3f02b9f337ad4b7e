/* dns.h with look-ups that the test scripts: cache, one look-up in flight, stale answers, slow names, hanging resolvers; and the client on
 * top of it. */
#include "http_fixture.h"

#include "base/mem.h"
#include "net/dns_lookup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

/* The resolver: names that begin with "hang" wait until released, "slow" take 50 ms, "fail" fail; the others are 127.0.0.N, N counted
 * up at every look-up. `down` makes all fail. One a test: threads that are left behind by a test count for that one. */
static struct resolver {
    atomic_int lookups;
    atomic_bool down, released;
} resolvers[32], *resolver = resolvers;

static void scripted(void *ctx, const char *name, struct dns_answer *ret)
{
    struct resolver *r = ctx;
    int n = atomic_fetch_add(&r->lookups, 1) + 1;
    char text[32];
    while (strncmp(name, "hang", 4) == 0 && !atomic_load(&r->released))
        usleep(1000);
    if (strncmp(name, "slow", 4) == 0)
        usleep(50000);
    ret->count = 0;
    if (atomic_load(&r->down) || strncmp(name, "fail", 4) == 0) {
        snprintf(ret->reason, sizeof(ret->reason), "there is no such name");
        return;
    }
    snprintf(text, sizeof(text), "127.0.0.%d", n);
    address_parse(strcmp(name, "self") == 0 ? "127.0.0.1" : text, &ret->addresses[0]);
    ret->count = 1;
}

static struct loop *loop;
static struct dns *dns;
static const char *hosts_file = "/nonexistent/hosts";

static int open_dns(void **state)
{
    struct err e;
    (void)state;
    resolver++;
    loop = loop_new(&e);
    dns = dns_new(loop, &(struct dns_source){ scripted, resolver, hosts_file }, &e);
    return dns ? 0 : -1;
}

static int close_dns(void **state)
{
    (void)state;
    dns_free(dns);
    loop_free(loop);
    atomic_store(&resolver->released, true);
    return 0;
}

struct question {
    struct dns_query query;
    struct dns_answer answer;
    int told;
    bool stops;
};

static void answered(struct dns_query *q, const struct dns_answer *answer)
{
    struct question *k = q->ctx;
    k->answer = *answer;
    k->told++;
    if (k->stops)
        loop_stop(loop);
}

static bool ask(struct question *k, const char *name)
{
    memset(k, 0, sizeof(*k));
    k->query.done = answered;
    k->query.ctx = k;
    k->stops = true;
    return dns_ask(dns, name, &k->query, &k->answer);
}

static void timer_stop(void *ctx)
{
    (void)ctx;
    loop_stop(loop);
}

static void pass_ms(int ms)
{
    struct loop_timer t = { .fn = timer_stop };
    loop_timer_set(loop, &t, (struct mono){ clock_mono().us + ms * 1000 });
    loop_run(loop);
    loop_timer_clear(loop, &t);
}

static const char *first(const struct question *k)
{
    static char text[64];
    address_format(&k->answer.addresses[0], text);
    return k->answer.count ? text : k->answer.reason;
}

static void test_known_by_itself(void **state)
{
    struct question k;
    (void)state;
    assert_true(ask(&k, "10.1.2.3"));
    assert_string_equal(first(&k), "10.1.2.3");
    assert_true(ask(&k, "fe80::1"));
    assert_string_equal(first(&k), "fe80::1");
    assert_true(ask(&k, "localhost"));
    assert_int_equal(k.answer.count, 2);
    assert_string_equal(first(&k), "127.0.0.1");
    assert_true(ask(&k, "a.b.localhost"));
    assert_false(ask(&k, "notlocalhost"));
    dns_cancel(dns, &k.query);
    pass_ms(30);
    assert_int_equal(k.told, 0);
}

static void test_cache(void **state)
{
    struct question a, b, c;
    (void)state;
    assert_false(ask(&a, "slow.example"));
    assert_false(ask(&b, "slow.example")); /* the same look-up */
    assert_false(ask(&c, "slow.example"));
    dns_cancel(dns, &c.query);
    a.stops = b.stops = false;
    while (!a.told || !b.told)
        pass_ms(10);
    assert_int_equal(a.told, 1);
    assert_int_equal(b.told, 1);
    assert_int_equal(c.told, 0);
    assert_true(ask(&a, "slow.example"));
    assert_string_equal(first(&a), "127.0.0.1");
    assert_int_equal(atomic_load(&resolver->lookups), 1);
    dns_flush(dns);
    assert_false(ask(&a, "slow.example"));
    loop_run(loop);
    assert_string_equal(first(&a), "127.0.0.2");
}

static void test_failure_is_remembered(void **state)
{
    struct question k;
    (void)state;
    assert_false(ask(&k, "fail.example"));
    loop_run(loop);
    assert_int_equal(k.answer.count, 0);
    assert_string_equal(k.answer.reason, "there is no such name");
    assert_true(ask(&k, "fail.example"));
    assert_string_equal(k.answer.reason, "there is no such name");
    assert_int_equal(atomic_load(&resolver->lookups), 1);
}

/* One name hangs: others are answered by the second thread; its own queries can be canceled, and dns_free does not wait. */
static void test_hanging_name(void **state)
{
    struct question hang, other;
    int64_t start = clock_mono().us;
    (void)state;
    assert_false(ask(&hang, "hang.example"));
    for (int i = 0; i < 5; i++) {
        char name[32];
        snprintf(name, sizeof(name), "name%d.example", i);
        assert_false(ask(&other, name));
        loop_run(loop);
        assert_int_equal(other.told, 1);
    }
    assert_int_equal(hang.told, 0);
    dns_cancel(dns, &hang.query);
    assert_true(clock_mono().us - start < 1000000);
}

static const struct dns_times quick = {
    .keep = 40, .ceiling = 50, .stale = 10000, .keep_failed = 20, .keep_failed_max = 80, .patience = 60, .slow = 30
};

static void test_expiry(void **state)
{
    struct dns_times times = quick;
    struct question k;
    (void)state;
    times.slow = 5000;
    dns_set_times(dns, &times);
    assert_false(ask(&k, "a.example"));
    loop_run(loop);
    assert_true(ask(&k, "a.example"));
    pass_ms(60);
    assert_false(ask(&k, "a.example"));
    loop_run(loop);
    assert_string_not_equal(first(&k), "127.0.0.1"); /* asked anew, once or, on a slow machine, more often */
    assert_false(ask(&k, "fail.example"));
    loop_run(loop);
    assert_true(ask(&k, "fail.example"));
    pass_ms(30);
    assert_false(ask(&k, "fail.example"));
    loop_run(loop);
}

/* The resolver dies: what was known goes on to be used, until it is too old. */
static void test_stale_answer(void **state)
{
    struct dns_times times = quick;
    struct question k;
    (void)state;
    times.stale = 400;
    times.slow = 5000; /* else a slow machine makes the name slow */
    dns_set_times(dns, &times);
    assert_false(ask(&k, "a.example"));
    loop_run(loop);
    atomic_store(&resolver->down, true);
    pass_ms(60);
    assert_false(ask(&k, "a.example"));
    loop_run(loop);
    assert_string_equal(first(&k), "127.0.0.1");
    for (int i = 0; i < 3; i++, pass_ms(30)) { /* from now on nobody waits, though the resolver is asked now and then */
        assert_true(ask(&k, "a.example"));
        assert_string_equal(first(&k), "127.0.0.1");
    }
    assert_true(atomic_load(&resolver->lookups) > 2);
    pass_ms(400);
    assert_false(ask(&k, "a.example"));
    loop_run(loop);
    assert_string_equal(first(&k), "there is no such name");
    atomic_store(&resolver->down, false);
    pass_ms(90);
    assert_false(ask(&k, "a.example"));
    loop_run(loop);
    assert_string_not_equal(first(&k), "there is no such name");
}

/* Between floor and ceiling an answer is used at once, and asked for again once, in the background. */
static void test_refresh(void **state)
{
    struct dns_times times = quick;
    struct question k;
    (void)state;
    times.ceiling = 5000;
    times.slow = 5000;
    dns_set_times(dns, &times);
    assert_false(ask(&k, "slow.example"));
    loop_run(loop);
    pass_ms(60);
    for (int i = 0; i < 5; i++) {
        assert_true(ask(&k, "slow.example"));
        assert_string_equal(first(&k), "127.0.0.1");
    }
    while (strcmp(first(&k), "127.0.0.2") != 0) {
        pass_ms(10);
        assert_true(ask(&k, "slow.example"));
    }
    assert_int_equal(k.told, 0);
}

/* Each failure in a row counts for longer than the one before, up to a limit. */
static void test_failures_back_off(void **state)
{
    static const int64_t least_us[] = { 20000, 40000, 60000, 60000 };
    struct dns_times times = quick;
    struct question k;
    (void)state;
    times.slow = 5000;
    times.keep_failed_max = 60;
    dns_set_times(dns, &times);
    assert_false(ask(&k, "fail.example"));
    for (size_t i = 0; i < MEM_COUNT(least_us); i++) {
        loop_run(loop);
        int64_t from = loop_now(loop).us;
        while (ask(&k, "fail.example"))
            pass_ms(1);
        assert_true(loop_now(loop).us - from >= least_us[i]);
        assert_in_range(atomic_load(&resolver->lookups), i + 1, i + 2); /* the next is under way */
    }
    dns_cancel(dns, &k.query);
}

/* Both threads are held; what nobody waits for any more when one is free is not looked up. */
static void test_nobody_waits(void **state)
{
    struct dns_times times = quick;
    struct question held[2], given_up, wanted;
    (void)state;
    times.slow = 10000; /* no spare threads */
    dns_set_times(dns, &times);
    assert_false(ask(&held[0], "hang0.example"));
    assert_false(ask(&held[1], "hang1.example"));
    held[0].stops = held[1].stops = false;
    assert_false(ask(&given_up, "a.example"));
    assert_false(ask(&wanted, "b.example"));
    dns_cancel(dns, &given_up.query);
    pass_ms(20);
    atomic_store(&resolver->released, true);
    loop_run(loop);
    assert_int_equal(wanted.told, 1);
    pass_ms(20);
    assert_int_equal(atomic_load(&resolver->lookups), 3);
    assert_false(ask(&given_up, "a.example")); /* and may be asked for again */
    loop_run(loop);
    assert_int_equal(given_up.told, 1);
}

/* The resolver hangs on a name that was known: nobody waits for longer than the patience, later ones not at all. */
static void test_patience(void **state)
{
    struct question k;
    int64_t start;
    (void)state;
    dns_set_times(dns, &quick);
    atomic_store(&resolver->released, true);
    assert_false(ask(&k, "hang.example"));
    loop_run(loop);
    atomic_store(&resolver->released, false);
    pass_ms(60);
    assert_false(ask(&k, "hang.example"));
    start = clock_mono().us;
    loop_run(loop);
    assert_string_equal(first(&k), "127.0.0.1");
    assert_true(clock_mono().us - start >= 50000);
    assert_true(ask(&k, "hang.example"));
    assert_int_equal(atomic_load(&resolver->lookups), 2);
}

static void test_interleave(void **state)
{
    static const char *const in[] = { "2001:4860::1", "2001:4860::2", "2001:4860::3", "8.8.8.1", "8.8.8.2" };
    static const char *const out[] = { "2001:4860::1", "8.8.8.1", "2001:4860::2", "8.8.8.2", "2001:4860::3" };
    struct address a[5];
    char text[64];
    (void)state;
    for (int i = 0; i < 5; i++)
        address_parse(in[i], &a[i]);
    dns_interleave(a, 5);
    for (int i = 0; i < 5; i++) {
        address_format(&a[i], text);
        assert_string_equal(text, out[i]);
    }
}

static void answer_ok(struct server_conn *c, void *ctx)
{
    (void)ctx;
    while (server_read_request(c))
        server_say(c, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

static void test_client(void **state)
{
    struct http_client_config config = { .names = { scripted, ++resolver, NULL } };
    struct server *server = server_start(answer_ok, NULL);
    struct fixture f;
    struct http_call call, hang;
    (void)state;
    atomic_store(&resolver->released, false);
    fixture_open(&f, &config);
    fixture_call(&f, &call, server_port(server));
    call.host = "self";
    fixture_run(&f, &call);
    assert_int_equal(call.outcome, OUTCOME_NONE);
    assert_true(call.timing.dns_ms >= 0);
    http_call_clear(&call);
    fixture_call(&f, &call, server_port(server));
    call.host = "fail.example";
    fixture_run(&f, &call);
    assert_int_equal(call.outcome, OUTCOME_DNS);
    assert_string_equal(call.detail, "looking up 'fail.example': there is no such name");
    assert_int_equal(call.timing.connect_ms, -1);
    http_call_clear(&call);
    /* Hangs: ends by its connect time-out; the others go on meanwhile. */
    fixture_call(&f, &hang, server_port(server));
    hang.host = "hang.example";
    hang.connect_timeout_ms = 200;
    http_submit(f.client, &hang);
    fixture_call(&f, &call, server_port(server));
    call.host = "self";
    fixture_run(&f, &call);
    assert_int_equal(call.outcome, OUTCOME_NONE);
    http_call_clear(&call);
    fixture_wait(&f, 1);
    assert_int_equal(hang.outcome, OUTCOME_TIMEOUT);
    assert_string_equal(hang.detail, "no connection within 200 ms (looking up 'hang.example')");
    assert_false(hang.sent);
    http_call_clear(&hang);
    int64_t start = clock_mono().us;
    fixture_close(&f); /* the look-up still hangs */
    assert_true(clock_mono().us - start < 500000);
    atomic_store(&resolver->released, true);
    server_stop(server);
}

static void test_system_resolver(void **state)
{
    struct dns_answer answer = { 0 };
    char text[64];
    (void)state;
    dns_lookup_system(NULL, "127.0.0.1", &answer); /* asks nobody */
    assert_int_equal(answer.count, 1);
    address_format(&answer.addresses[0], text);
    assert_string_equal(text, "127.0.0.1");
    dns_lookup_system(NULL, "no such name", &answer); /* not a name: refused without asking */
    assert_int_equal(answer.count, 0);
    assert_true(answer.reason[0] != '\0');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_known_by_itself, open_dns, close_dns),
        cmocka_unit_test_setup_teardown(test_cache, open_dns, close_dns),
        cmocka_unit_test_setup_teardown(test_failure_is_remembered, open_dns, close_dns),
        cmocka_unit_test_setup_teardown(test_hanging_name, open_dns, close_dns),
        cmocka_unit_test_setup_teardown(test_expiry, open_dns, close_dns),
        cmocka_unit_test_setup_teardown(test_stale_answer, open_dns, close_dns),
        cmocka_unit_test_setup_teardown(test_patience, open_dns, close_dns),
        cmocka_unit_test_setup_teardown(test_refresh, open_dns, close_dns),
        cmocka_unit_test_setup_teardown(test_failures_back_off, open_dns, close_dns),
        cmocka_unit_test_setup_teardown(test_nobody_waits, open_dns, close_dns),
        cmocka_unit_test(test_interleave),
        cmocka_unit_test(test_client),
        cmocka_unit_test(test_system_resolver),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
