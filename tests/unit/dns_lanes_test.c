/* dns_lanes.h: names that hang, all at once and for the first time, hold up no other; and dns_hosts.h, whose names need no thread. */
#include "base/mem.h"
#include "net/dns_hosts.h"
#include "net/dns_lanes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#define SLOW_MS 30

/* Names that begin with "hang" wait until released; all others are there at once. */
static struct {
    atomic_int under_way, most, lookups;
    atomic_bool released;
} resolver;

static void scripted(void *ctx, const char *name, struct dns_answer *ret)
{
    int now = atomic_fetch_add(&resolver.under_way, 1) + 1;
    (void)ctx;
    atomic_fetch_add(&resolver.lookups, 1);
    for (int most = atomic_load(&resolver.most); now > most;)
        if (atomic_compare_exchange_weak(&resolver.most, &most, now))
            break;
    while (strncmp(name, "hang", 4) == 0 && !atomic_load(&resolver.released))
        usleep(1000);
    address_parse("127.0.0.1", &ret->addresses[0]);
    ret->count = 1;
    atomic_fetch_sub(&resolver.under_way, 1);
}

static struct loop *loop;
static struct dns_lanes *lanes;
static int done;

struct named {
    struct dns_task task;
    char name[32];
    bool unwanted;
    int told;
};

static bool wanted(void *ctx, struct dns_task *t)
{
    (void)ctx;
    return !MEM_CONTAINER(t, struct named, task)->unwanted;
}

static void told(void *ctx, struct dns_task *t, struct dns_answer *answer)
{
    (void)ctx;
    assert_int_equal(answer->count, 1);
    assert_int_equal(t->state, DNS_AT_REST);
    MEM_CONTAINER(t, struct named, task)->told++;
    done++;
    loop_stop(loop);
}

static int open_lanes(void **state)
{
    struct dns_lanes_use use = { wanted, told, NULL };
    struct err e;
    (void)state;
    atomic_store(&resolver.released, false);
    atomic_store(&resolver.most, 0);
    atomic_store(&resolver.lookups, 0);
    done = 0;
    loop = loop_new(&e);
    lanes = dns_lanes_new(loop, scripted, NULL, &use, &e);
    dns_lanes_slow_after(lanes, SLOW_MS);
    return lanes ? 0 : -1;
}

static int close_lanes(void **state)
{
    (void)state;
    dns_lanes_free(lanes);
    loop_free(loop);
    atomic_store(&resolver.released, true);
    while (atomic_load(&resolver.under_way) > 0)
        usleep(1000);
    return 0;
}

static void ask(struct named *n, const char *prefix, int number)
{
    memset(n, 0, sizeof(*n));
    snprintf(n->name, sizeof(n->name), "%s%d.example", prefix, number);
    n->task.name = n->name;
    dns_lanes_put(lanes, &n->task);
}

static void wait_for(int count)
{
    while (done < count)
        loop_run(loop);
}

static void stop(void *ctx)
{
    loop_stop(ctx);
}

static void pass_ms(int ms)
{
    struct loop_timer t = { .fn = stop, .ctx = loop };
    loop_timer_set(loop, &t, (struct mono){ clock_mono().us + ms * 1000 });
    loop_run(loop);
    loop_timer_clear(loop, &t);
}

/* As many new names hang as may, one less than there are lanes: each other name is answered all the same. */
static void test_new_names_that_hang(void **state)
{
    struct named hang[DNS_LANES_MAX - 1], other[20];
    (void)state;
    for (int i = 0; i < DNS_LANES_MAX - 1; i++)
        ask(&hang[i], "hang", i);
    for (int i = 0; i < 20; i++) {
        ask(&other[i], "name", i);
        wait_for(i + 1);
        assert_int_equal(other[i].told, 1);
    }
    assert_int_equal(atomic_load(&resolver.most), DNS_LANES_MAX);
    atomic_store(&resolver.released, true);
    wait_for(20 + DNS_LANES_MAX - 1);
    for (int i = 0; i < DNS_LANES_MAX - 1; i++)
        assert_true(hang[i].task.slow);
}

/* The same names again: they are known now, and share one lane. */
static void test_known_names_that_hang(void **state)
{
    struct named hang[DNS_LANES_MAX], other[20];
    (void)state;
    for (int i = 0; i < DNS_LANES_MAX; i++) {
        memset(&hang[i], 0, sizeof(hang[i]));
        snprintf(hang[i].name, sizeof(hang[i].name), "hang%d.example", i);
        hang[i].task.name = hang[i].name;
        hang[i].task.slow = true;
        dns_lanes_put(lanes, &hang[i].task);
    }
    for (int i = 0; i < 20; i++) {
        ask(&other[i], "name", i);
        wait_for(i + 1);
    }
    while (atomic_load(&resolver.under_way) == 0)
        usleep(1000);
    assert_in_range(atomic_load(&resolver.most), 1, 2);
    assert_int_equal(atomic_load(&resolver.lookups), 21);
    atomic_store(&resolver.released, true);
    wait_for(20 + DNS_LANES_MAX);
}

/* More hang than there are lanes: nothing breaks, all are answered when it is over, those given up are not asked for. */
static void test_more_than_lanes(void **state)
{
    struct named hang[3 * DNS_LANES_MAX];
    (void)state;
    for (int i = 0; i < 3 * DNS_LANES_MAX; i++)
        ask(&hang[i], "hang", i);
    while (atomic_load(&resolver.under_way) < DNS_LANES_MAX)
        pass_ms(5);
    hang[3 * DNS_LANES_MAX - 1].unwanted = true;
    atomic_store(&resolver.released, true);
    wait_for(3 * DNS_LANES_MAX - 1);
    assert_int_equal(atomic_load(&resolver.most), DNS_LANES_MAX);
    assert_int_equal(atomic_load(&resolver.lookups), 3 * DNS_LANES_MAX - 1);
    assert_int_equal(hang[3 * DNS_LANES_MAX - 1].task.state, DNS_AT_REST);
}

static void write_hosts(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static const char *find(struct dns_hosts *h, const char *name, int64_t s)
{
    static char text[256];
    struct dns_answer a = { 0 };
    size_t used = 0;
    text[0] = '\0';
    if (!dns_hosts_find(h, name, (struct mono){ s * 1000000 }, &a))
        return "none";
    for (int i = 0; i < a.count; i++) {
        char one[64];
        address_format(&a.addresses[i], one);
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", i ? " " : "", one);
    }
    return text;
}

static void test_hosts(void **state)
{
    char path[] = "/tmp/hosts-XXXXXX";
    char *large = mem_alloc(DNS_HOSTS_FILE_MAX + 32);
    close(mkstemp(path));
    struct dns_hosts *h = dns_hosts_new(path);
    (void)state;
    write_hosts(path, "127.0.0.1\tlocalhost\n"
                      "# 10.0.0.9 comment\n"
                      "10.0.0.1  Backend.Internal backend # not-this\r\n"
                      "fd00::1 backend\n10.0.0.2 backend\n"
                      "not-an-address other\n"
                      "10.0.0.3\n"
                      "10.0.0.4 last");
    assert_string_equal(find(h, "backend", 1), "10.0.0.1 fd00::1 10.0.0.2");
    assert_string_equal(find(h, "backend.internal", 1), "10.0.0.1");
    assert_string_equal(find(h, "last", 1), "10.0.0.4");
    assert_string_equal(find(h, "other", 1), "none");
    assert_string_equal(find(h, "not-this", 1), "none");
    assert_string_equal(find(h, "comment", 1), "none");
    write_hosts(path, "10.0.0.7 backend backend2\n");
    assert_string_equal(find(h, "backend2", 1), "none"); /* looked at once a second */
    assert_string_equal(find(h, "backend2", 3), "10.0.0.7");
    assert_string_equal(find(h, "backend", 3), "10.0.0.7");
    memset(large, ' ', DNS_HOSTS_FILE_MAX + 1);
    memcpy(large, "10.0.0.7 backend\n", 17);
    write_hosts(path, large);
    assert_string_equal(find(h, "backend", 5), "none");
    unlink(path);
    assert_string_equal(find(h, "backend", 7), "none");
    write_hosts(path, "10.0.0.8 backend\n");
    assert_string_equal(find(h, "backend", 9), "10.0.0.8");
    unlink(path);
    dns_hosts_free(h);
    mem_free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_new_names_that_hang, open_lanes, close_lanes),
        cmocka_unit_test_setup_teardown(test_known_names_that_hang, open_lanes, close_lanes),
        cmocka_unit_test_setup_teardown(test_more_than_lanes, open_lanes, close_lanes),
        cmocka_unit_test(test_hosts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
