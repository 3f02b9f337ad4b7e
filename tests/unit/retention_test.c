/* What is kept for how long: the decisions alone. */
#include "core/retention.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdlib.h>

#define HOUR_MS 3600000LL
#define DAY_MS (24 * HOUR_MS)
#define NOW ((struct wall){ 1795000000000 })

static void test_failures_are_kept_longer(void **state)
{
    (void)state;
    struct settings v = SETTINGS_DEFAULTS;
    assert_true(v.retention_bodies_days < v.retention_days && v.retention_days < v.retention_failed_days);
    for (int i = 0; i < RUN_STATE_COUNT; i++) {
        bool failed = i == RUN_FAILED || i == RUN_MISSED;
        assert_int_equal(NOW.ms - (failed ? 365 : 90) * DAY_MS, retention_before(&v, (enum run_state)i, NOW).ms);
    }
    v.retention_days = 1000;
    assert_int_equal(NOW.ms - 1000 * DAY_MS, retention_before(&v, RUN_FAILED, NOW).ms);
    assert_int_equal(NOW.ms - 30 * DAY_MS, retention_bodies_before(&v, NOW).ms);
}

/* Ten years of runs, of all lengths: each day the bodies are gone through from where the day before ended. */
struct simulated {
    int64_t created, finished; /* finished: when it will */
    bool removed;
};

static struct wall seen_at(const struct simulated *r, int64_t now)
{
    return r->finished <= now ? (struct wall){ r->finished } : WALL_NONE;
}

/* One look, at `now`: the marker moves on as the store's does; runs that took more than a day are looked at by themselves. */
static int look(struct simulated *runs, int from, int n, int64_t now, struct wall before)
{
    int at = from;
    for (; at < n && runs[at].created <= now; at++) {
        struct wall finished = seen_at(&runs[at], now);
        enum retention_bodies what = retention_bodies_of(1, (struct wall){ runs[at].created }, finished, before);
        if (what == RETENTION_WAIT)
            break;
        assert_true(what == RETENTION_PASS || !wall_is_none(finished));
        runs[at].removed = runs[at].removed || what == RETENTION_GO;
    }
    for (int i = 0; i < n && runs[i].created <= now; i++)
        if (runs[i].finished - runs[i].created > RETENTION_LONG_MS && runs[i].finished < before.ms &&
            runs[i].finished <= now)
            runs[i].removed = true;
    return at;
}

static void check(const struct simulated *runs, int n, int64_t now, struct wall before)
{
    for (int i = 0; i < n && runs[i].created <= now; i++) {
        const struct simulated *r = &runs[i];
        if (r->removed)
            assert_true(r->finished < before.ms + DAY_MS && r->finished <= now); /* the time was a day shorter once */
        else /* and not much too late: a run of less than a day may hold up those made after it */
            assert_false(r->finished < before.ms - RETENTION_LONG_MS && r->finished <= now);
    }
}

static void test_ten_years_of_bodies(void **state)
{
    (void)state;
    enum { RUNS = 3650 * 2, YEARS_DAYS = 3650 };
    struct simulated *runs = calloc(RUNS, sizeof *runs);
    struct settings v = SETTINGS_DEFAULTS;
    srandom(8);
    for (int i = 0; i < RUNS; i++) {
        int64_t lengths[] = { 1, 1000, HOUR_MS, 23 * HOUR_MS, DAY_MS, DAY_MS + 1, 3 * DAY_MS, 40 * DAY_MS };
        runs[i].created = NOW.ms + i * DAY_MS / 2 + random() % HOUR_MS;
        runs[i].finished = runs[i].created + lengths[random() % 100 < 80 ? random() % 3 : random() % 8];
    }
    int at = 0, removed = 0;
    for (int day = 0; day < YEARS_DAYS + 60; day++) {
        int64_t now = NOW.ms + day * DAY_MS;
        v.retention_bodies_days = 1 + day / 400; /* it may be changed on the way */
        struct wall before = retention_bodies_before(&v, (struct wall){ now });
        at = look(runs, at, RUNS, now, before);
        check(runs, RUNS, now, before);
    }
    for (int i = 0; i < RUNS; i++)
        removed += runs[i].removed;
    assert_true(removed > RUNS * 99 / 100);
    free(runs);
}

static void test_bodies_of_each_kind(void **state)
{
    (void)state;
    struct wall before = { 100 * DAY_MS }, old = { before.ms - 2 * DAY_MS }, early = { before.ms - 1 };
    assert_int_equal(RETENTION_GO, retention_bodies_of(1, old, old, before));
    assert_int_equal(RETENTION_GO, retention_bodies_of(3, early, early, before));
    assert_int_equal(RETENTION_WAIT, retention_bodies_of(1, early, before, before));
    assert_int_equal(RETENTION_WAIT, retention_bodies_of(1, before, before, before));
    assert_int_equal(RETENTION_WAIT, retention_bodies_of(0, before, WALL_NONE, before));
    assert_int_equal(RETENTION_PASS, retention_bodies_of(0, old, old, before));
    assert_int_equal(RETENTION_PASS, retention_bodies_of(1, old, WALL_NONE, before));
    assert_int_equal(RETENTION_PASS,
                     retention_bodies_of(1, old, (struct wall){ old.ms + RETENTION_LONG_MS + 1 }, before));
}

static void test_space_is_given_back_when_it_is_much(void **state)
{
    (void)state;
    assert_int_equal(0, retention_give_back(5000, 4000, false));
    assert_int_equal(0, retention_give_back(1000000, 100000, false));
    assert_int_equal(0, retention_give_back(0, 0, true));
    assert_int_equal(77, retention_give_back(1000000, 77, true));
    for (int64_t pages = 8192; pages < 100000000; pages *= 3) {
        int64_t n = retention_give_back(pages, pages / 2, false), left = pages / 2 - n, size = pages - n;
        assert_true(n > 0 && llabs(left * 16 - size) <= 16);
        assert_int_equal(0, retention_give_back(size, left, false)); /* and then it is quiet */
    }
}

static void test_steps_follow_the_disk(void **state)
{
    (void)state;
    struct retention_pace p = RETENTION_PACE_INIT;
    for (int i = 0; i < 100; i++) /* a quick disk, nobody else */
        retention_pace_next(&p, p.work_us, 500, 0);
    assert_int_equal(4000, p.work_us);
    assert_true(p.pause_us < p.work_us);
    retention_pace_next(&p, p.work_us, 500, 1);
    assert_true(p.pause_us >= 4 * 4000);
    int64_t before = p.work_us;
    retention_pace_next(&p, p.work_us, 40000, 10); /* one slow commit */
    assert_int_equal(before / 2, p.work_us);
    for (int i = 0; i < 100; i++)
        retention_pace_next(&p, p.work_us, 3000000, 10);
    assert_int_equal(500, p.work_us);
    assert_int_equal(1000000, p.pause_us);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_failures_are_kept_longer), cmocka_unit_test(test_bodies_of_each_kind),
        cmocka_unit_test(test_ten_years_of_bodies),      cmocka_unit_test(test_space_is_given_back_when_it_is_much),
        cmocka_unit_test(test_steps_follow_the_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
