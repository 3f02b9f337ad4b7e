/* What is due of many jobs together, against each of their occurrences found one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/embed.h"
#include "core/timeline.h"
#include "engine/zones.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW_MS INT64_C(1795302012345) /* 2026-11-21T23:00:12.345Z */
#define HOUR_MS INT64_C(3600000)

static struct arena *a;
static struct zones *zones;

static int setup(void **state)
{
    (void)state;
    a = arena_new(0);
    zones = zones_open();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    zones_close(zones);
    arena_free(a);
    return 0;
}

/* Jobs that have the same occurrences: `names` separated by blanks. */
struct made {
    struct cron cron;
    struct timeline_jobs jobs;
};
static struct made *make(const char *schedule, const char *zone, const char *names)
{
    struct made *m = arena_alloc(a, sizeof *m);
    struct err e;
    assert_int_equal(0, cron_parse(schedule, &m->cron, &e));
    m->jobs = (struct timeline_jobs){ .cron = &m->cron,
                                      .zone = zones_get(zones, zone, &e),
                                      .anchor = { NOW_MS - 98765 },
                                      .after = { 0 },
                                      .until = { INT64_MAX } };
    struct timeline_name **end = &m->jobs.names;
    char *text = arena_strdup(a, names), *rest;
    for (char *name = strtok_r(text, " ", &rest); name; name = strtok_r(NULL, " ", &rest)) {
        *end = arena_alloc(a, sizeof **end);
        (*end)->job = name;
        end = &(*end)->next;
        m->jobs.n++;
    }
    return m;
}

static int compare(const void *x, const void *y)
{
    const struct timeline_item *p = x, *q = y;
    if (p->scheduled_for.ms != q->scheduled_for.ms)
        return p->scheduled_for.ms < q->scheduled_for.ms ? -1 : 1;
    return strcmp(p->job, q->job);
}

/* The same by looking at each occurrence of each job. */
struct plain {
    struct timeline_item *items;
    int n;
    int64_t counts[TIMELINE_POINTS_MAX];
};

static void add_plain(struct plain *p, const struct timeline *t, const struct timeline_jobs *j)
{
    for (const struct timeline_name *name = j->names; name; name = name->next) {
        struct wall at = t->from;
        while (at = cron_next(j->cron, j->zone, j->anchor, at), !wall_is_none(at) && at.ms <= t->until.ms) {
            if (at.ms <= j->after.ms || at.ms > j->until.ms)
                continue;
            p->counts[(at.ms - t->first.ms) / t->point_ms]++;
            p->items[p->n++] = (struct timeline_item){ name->job, at };
        }
    }
}

static void check(struct made *const *jobs, int n, int64_t from_ms, int64_t window_s, int limit)
{
    struct timeline t;
    struct plain p = { .items = mem_alloc(1000000 * sizeof *p.items) };
    timeline_begin(&t, (struct wall){ from_ms }, window_s, limit, a);
    assert_true(t.n_points <= TIMELINE_POINTS_MAX);
    assert_true(t.first.ms <= from_ms && from_ms < t.first.ms + t.point_ms);
    assert_true(t.first.ms + t.n_points * t.point_ms > t.until.ms);
    for (int i = 0; i < n; i++) {
        assert_true(timeline_add(&t, &jobs[i]->jobs));
        add_plain(&p, &t, &jobs[i]->jobs);
    }
    if (p.n)
        qsort(p.items, (size_t)p.n, sizeof *p.items, compare);
    assert_int_equal(t.total, p.n);
    for (int i = 0; i < t.n_points; i++)
        assert_int_equal(t.counts[i], p.counts[i]);
    assert_int_equal(t.n_items, p.n < limit ? p.n : limit);
    for (int i = 0; i < t.n_items; i++) {
        assert_int_equal(t.items[i].scheduled_for.ms, p.items[i].scheduled_for.ms);
        assert_string_equal(t.items[i].job, p.items[i].job);
    }
    mem_free(p.items);
}

static void test_as_one_by_one(void **state)
{
    (void)state;
    struct made *jobs[] = {
        make("0 7 * * *", "UTC", "daily"),
        make("*/7 * * * *", "Europe/Berlin", "b d f"),
        make("* * * * *", "UTC", "minute a-minute z"),
        make("* * * * * *", "UTC", "second"),
        make("30 2 * * *", "Europe/Berlin", "berlin"),
        make("@every 90s", "UTC", "every"),
        make("@every 1s", "UTC", "dense"),
        make("@at 2026-11-21T23:30:00", "UTC", "once"),
        make("@at 2026-11-20T23:30:00", "UTC", "past"),
        make("0 0 1 1 *", "UTC", "yearly"),
    };
    jobs[1]->jobs.after.ms = NOW_MS + HOUR_MS / 3;
    jobs[2]->jobs.until.ms = NOW_MS + HOUR_MS / 2;
    jobs[6]->jobs.after.ms = NOW_MS + 12345;
    jobs[6]->jobs.until.ms = NOW_MS + 9 * HOUR_MS;
    static const int64_t windows[] = { 300, 3600, 7200, 7260, 21600, 86400 };
    static const int limits[] = { 1, 7, 100, 1000 };
    for (size_t w = 0; w < MEM_COUNT(windows); w++)
        for (size_t l = 0; l < MEM_COUNT(limits); l++)
            check(jobs, MEM_COUNT(jobs), NOW_MS + (int64_t)l * 1000003, windows[w], limits[l]);
}

/* The hour that is not there, and the one that is there twice. */
static void test_when_the_clocks_change(void **state)
{
    (void)state;
    struct made *jobs[] = {
        make("*/10 * * * *", "Europe/Berlin", "ten"),
        make("30 2 * * *", "Europe/Berlin", "half-past-two"),
        make("*/5 2 * * *", "Europe/Berlin", "two"),
        make("15,45 2,3 * * *", "Europe/Berlin", "some"),
    };
    check(jobs, MEM_COUNT(jobs), INT64_C(1806184800000), 86400, 100); /* 2027-03-27T22:00:00Z */
    check(jobs, MEM_COUNT(jobs), INT64_C(1824933600000), 86400, 100); /* 2027-10-30T22:00:00Z */
    check(jobs, MEM_COUNT(jobs), INT64_C(1824933600000) + 2 * HOUR_MS - 1, 7200, 5);
}

static void test_the_edges(void **state)
{
    (void)state;
    struct made *m = make("0 * * * *", "UTC", "hourly");
    struct timeline t;
    timeline_begin(&t, (struct wall){ NOW_MS / HOUR_MS * HOUR_MS }, 3600, 10, a);
    assert_true(timeline_add(&t, &m->jobs));
    assert_int_equal(t.total, 1); /* what is due now is not to come; what is due at the end is */
    assert_int_equal(t.items[0].scheduled_for.ms, t.until.ms);
    assert_int_equal(t.n_points, 61);
    assert_int_equal(t.counts[60], 1);
}

/* So many schedules that all differ: it stops, and says so. */
static void test_work_is_bounded(void **state)
{
    (void)state;
    struct made *m = make("* * * * * *", "UTC", "second");
    struct timeline t;
    int n = 0;
    timeline_begin(&t, (struct wall){ NOW_MS }, 3600, 1000, a);
    while (n < 1000000 && timeline_add(&t, &m->jobs))
        n++;
    assert_in_range(n, 1000, TIMELINE_WORK_MAX / 60);
    assert_int_equal(t.total, (int64_t)n * 3600);
    assert_false(timeline_add(&t, &m->jobs));
    assert_int_equal(t.total, (int64_t)n * 3600);
}

static void test_windows(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t s;
    } good[] = { { "5m", 300 }, { "90m", 5400 }, { "1h", 3600 }, { "24h", 86400 }, { "1440m", 86400 } };
    static const char *const bad[] = { "",   "h",   "4m",  "0h",   "25h",    "1441m", "1d",
                                       "60", "1h ", "-1h", "1.5h", "99999m", "1H" };
    int64_t s;
    for (size_t i = 0; i < MEM_COUNT(good); i++) {
        assert_true(timeline_window(good[i].text, &s));
        assert_int_equal(s, good[i].s);
    }
    for (size_t i = 0; i < MEM_COUNT(bad); i++)
        assert_false(timeline_window(bad[i], &s));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_as_one_by_one), TEST(test_when_the_clocks_change), TEST(test_the_edges), TEST(test_work_is_bounded),
        TEST(test_windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
