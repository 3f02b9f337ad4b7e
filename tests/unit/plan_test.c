/* plan_test.c - jitter, overlap, and a simulation: jobs in every zone live through ten years of outages and jumping
 * clocks. */
#include "zone_files.h"

#include "core/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

static struct plan_item items[PLAN_MAX_ROWS + 1];

static struct plan_schedule schedule_of(struct cron *c, const char *text, const char *zone)
{
    assert_int_equal(cron_parse(text, c, NULL), 0);
    return (struct plan_schedule){
        .cron = c,
        .zone = zone_file(zone),
        .job_name = "followup-7h",
        .anchor = { 1790000000000 },
        .starts_at = WALL_NONE,
        .ends_at = WALL_NONE,
        .catch_up = { CATCH_UP_LATEST, 6 * 3600 },
    };
}

static void test_jitter_is_even_and_repeats(void **state)
{
    struct cron c;
    struct plan_schedule s = schedule_of(&c, "0 * * * *", "UTC"), other = s;
    int64_t sum = 0, differs = 0, least = INT64_MAX, most = 0;
    struct wall at = { 1790000000000 };

    (void)state;
    s.jitter_s = other.jitter_s = 600;
    other.job_name = "followup-8h";
    for (int i = 0; i < 10000; i++) {
        int64_t ms;

        at = cron_next(&c, s.zone, s.anchor, at);
        ms = plan_jitter_ms(&s, at);
        assert_int_equal(ms, plan_jitter_ms(&s, at));
        assert_in_range(ms, 0, 600000);
        differs += ms != plan_jitter_ms(&other, at);
        sum += ms;
        least = ms < least ? ms : least;
        most = ms > most ? ms : most;
    }
    assert_true(differs > 9900);
    assert_in_range(sum / 10000, 290000, 310000);
    assert_true(least < 1000 && most > 599000);
    s.jitter_s = 0;
    assert_int_equal(plan_jitter_ms(&s, at), 0);
}

/* Never past the next occurrence, so that order holds. */
static void test_jitter_keeps_order(void **state)
{
    struct cron c;
    struct plan_schedule s = schedule_of(&c, "*/10 0-5 * * *", "Europe/Paris");
    struct wall due = { 0 }, at = { 1790000000000 }, o;

    (void)state;
    s.jitter_s = 86400;
    for (int i = 0; i < 10000; i++, at = o) {
        struct wall next_due;

        assert_true(plan_next(&s, at, &o, &next_due));
        assert_true(o.ms > due.ms || i == 0);
        assert_true(next_due.ms >= o.ms);
        due = next_due;
    }
}

/* A schedule of each second has no room for jitter beyond its second; the last occurrence has all of it. */
static void test_jitter_limits(void **state)
{
    struct cron c;
    struct plan_schedule s = schedule_of(&c, "* * * * * *", "UTC");

    (void)state;
    s.jitter_s = 86400;
    for (int64_t i = 0; i < 1000; i++)
        assert_in_range(plan_jitter_ms(&s, (struct wall){ (1790000000 + i) * 1000 }), 0, 999);
    s = schedule_of(&c, "@at 2027-01-01T00:00", "UTC");
    s.jitter_s = 86400;
    assert_true(plan_jitter_ms(&s, cron_next(&c, s.zone, s.anchor, s.anchor)) > 1000);
}

static void test_jitter_delays_and_forgets_nothing(void **state)
{
    struct cron c;
    struct plan_schedule s = schedule_of(&c, "0 * * * *", "UTC");
    struct wall o, due, from = { 1790000000000 };

    (void)state;
    s.jitter_s = 1800;
    for (int i = 0; i < 100; i++) {
        assert_true(plan_next(&s, from, &o, &due));
        assert_int_equal(due.ms, o.ms + plan_jitter_ms(&s, o));
        assert_int_equal(plan_due(&s, from, (struct wall){ due.ms - 1 }, items, PLAN_MAX_ROWS + 1), 0);
        assert_int_equal(plan_due(&s, from, due, items, PLAN_MAX_ROWS + 1), 1);
        assert_int_equal(items[0].action, PLAN_RUN);
        assert_int_equal(items[0].scheduled_for.ms, o.ms);
        assert_int_equal(items[0].due.ms, due.ms);
        assert_int_equal(plan_due(&s, from, (struct wall){ due.ms + PLAN_ON_TIME_MS + 1 }, items, PLAN_MAX_ROWS + 1),
                         1);
        assert_int_equal(items[0].action, PLAN_CATCH_UP);
        from = o;
    }
}

static void test_next_in_bounds(void **state)
{
    struct cron c;
    struct plan_schedule s = schedule_of(&c, "0 * * * *", "UTC");
    struct wall o, due;

    (void)state;
    s.starts_at = (struct wall){ 500 * HOUR_MS };
    s.ends_at = (struct wall){ 502 * HOUR_MS };
    assert_true(plan_next(&s, WALL_NONE, &o, &due));
    assert_int_equal(o.ms, 500 * HOUR_MS);
    assert_int_equal(due.ms, o.ms);
    assert_true(plan_next(&s, o, &o, &due));
    assert_int_equal(o.ms, 501 * HOUR_MS);
    assert_false(plan_next(&s, o, &o, &due));
    assert_int_equal(o.ms, 501 * HOUR_MS);
}

static void test_overlap(void **state)
{
    static const struct {
        enum overlap policy;
        int active, queued;
        enum plan_overlap expected;
    } rows[] = {
        { OVERLAP_SKIP, 0, 0, PLAN_START },
        { OVERLAP_SKIP, 1, 0, PLAN_SKIP },
        { OVERLAP_SKIP, 0, 1, PLAN_SKIP },
        { OVERLAP_QUEUE, 0, 0, PLAN_START },
        { OVERLAP_QUEUE, 1, 0, PLAN_QUEUE },
        { OVERLAP_QUEUE, 1, 1, PLAN_SKIP },
        { OVERLAP_QUEUE, 0, 1, PLAN_SKIP },
        { OVERLAP_ALLOW, 0, 0, PLAN_START },
        { OVERLAP_ALLOW, 9, 9, PLAN_START },
        { OVERLAP_CANCEL_RUNNING, 0, 0, PLAN_START },
        { OVERLAP_CANCEL_RUNNING, 2, 0, PLAN_CANCEL_THEN_START },
        { OVERLAP_CANCEL_RUNNING, 1, 1, PLAN_CANCEL_THEN_START },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(plan_overlap(rows[i].policy, rows[i].active, rows[i].queued), rows[i].expected);
}

/* ---- simulation ---- */

struct world {
    struct plan_schedule s;
    struct wall start, from; /* occurrences up to `from` have their rows */
    struct wall now;
    int64_t accounted; /* occurrences that rows stand for */
    int64_t rows, runs, caught, missed;
};

static void check_item(struct world *w, const struct plan_item *item)
{
    int64_t late = w->now.ms - item->due.ms, window = w->s.catch_up.window_s * 1000;

    assert_true(item->scheduled_for.ms > w->from.ms); /* in order, none twice */
    assert_true(late >= 0 && item->due.ms >= item->scheduled_for.ms);
    assert_int_equal(item->due.ms, item->scheduled_for.ms + plan_jitter_ms(&w->s, item->scheduled_for));
    assert_true(item->due.ms <= item->scheduled_for.ms + w->s.jitter_s * 1000);
    assert_true(item->count >= 1 && (item->count == 1 || item->action == PLAN_MISSED));
    assert_int_equal(item->action == PLAN_MISSED, item->reason != NULL);
    if (item->count > 1)
        assert_true(w->rows >= 0 && item == items);
    else if (late <= PLAN_ON_TIME_MS)
        assert_int_equal(item->action, PLAN_RUN);
    else if (late > window || w->s.catch_up.policy == CATCH_UP_NONE)
        assert_int_equal(item->action, PLAN_MISSED);
    else if (w->s.catch_up.policy == CATCH_UP_ALL)
        assert_int_equal(item->action, PLAN_CATCH_UP);
}

/* What the engine does when it wakes: each decision becomes a row. */
static void wake(struct world *w)
{
    int n = plan_due(&w->s, w->from, w->now, items, PLAN_MAX_ROWS + 1), wanted = 0;

    for (int i = 0; i < n; i++) {
        check_item(w, &items[i]);
        if (w->s.catch_up.policy == CATCH_UP_LATEST && items[i].action == PLAN_CATCH_UP)
            assert_int_equal(i, n - 1); /* only the newest is caught up */
        wanted += items[i].action != PLAN_MISSED;
        w->runs += items[i].action == PLAN_RUN;
        w->caught += items[i].action == PLAN_CATCH_UP;
        w->missed += items[i].action == PLAN_MISSED;
        w->accounted += items[i].count;
        w->from = items[i].scheduled_for;
    }
    w->rows += n;
    if (n > 0 && w->s.catch_up.policy == CATCH_UP_LATEST &&
        w->now.ms - items[n - 1].due.ms <= w->s.catch_up.window_s * 1000)
        assert_true(wanted > 0);
    assert_int_equal(plan_due(&w->s, w->from, w->now, items, PLAN_MAX_ROWS + 1), 0);
}

/* Sleeps until the next occurrence is due; now and then the machine is off, suspended, late, or its clock is set. */
static bool sleep_on(struct world *w, struct wall end)
{
    struct wall o, due;
    long luck = random() % 100;

    if (!plan_next(&w->s, w->from, &o, &due) || due.ms > end.ms)
        return false;
    if (due.ms > w->now.ms)
        w->now = due;
    if (luck < 3)
        w->now.ms += random() % (3 * DAY_MS); /* off */
    else if (luck < 6)
        w->now.ms += random() % (2 * HOUR_MS);
    else if (luck < 20)
        w->now.ms += random() % (2 * MINUTE_MS);
    else if (luck < 23) {
        struct wall kept = w->now;

        w->now.ms -= random() % DAY_MS; /* set back: nothing of the past may happen again */
        if (w->now.ms < w->from.ms)
            assert_int_equal(plan_due(&w->s, w->from, w->now, items, PLAN_MAX_ROWS + 1), 0);
        w->now = kept;
    }
    if (w->now.ms > end.ms)
        w->now = end;
    return true;
}

static const char *const lives[] = {
    "0 7 * * 1-5", "30 2 * * *", "0 */6 * * *",    "15 1,13 * * *",
    "0 0 L * *",   "@every 7h",  "*/30 0-3 * * 0", "0 * 1,15 * *",
};

static struct world live(const char *text, const char *zone, struct cron *c, int years)
{
    struct world w = { .s = schedule_of(c, text, zone) };
    struct wall end;

    w.start = w.from = w.now = w.s.anchor;
    w.s.jitter_s = random() % 3 ? 0 : 1 + random() % 7200;
    w.s.catch_up = (struct catch_up){ (enum catch_up_policy)(random() % 3), random() % 3 ? 1 + random() % 172800 : 0 };
    end = (struct wall){ w.start.ms + years * 365 * DAY_MS };
    while (sleep_on(&w, end))
        wake(&w);
    return w;
}

/* Rows stand for exactly the occurrences that there were. */
static void account(const struct world *w)
{
    struct wall at = w->start, o, due;
    int64_t n = 0;

    while (plan_next(&w->s, at, &o, &due) && o.ms <= w->from.ms) {
        at = o;
        n++;
    }
    assert_int_equal(w->accounted, n);
    assert_int_equal(w->accounted, cron_count(w->s.cron, w->s.zone, w->s.anchor, w->start, w->from));
    assert_true(n > 20);
}

static void test_ten_years_in_every_zone(void **state)
{
    int64_t rows = 0, runs = 0, caught = 0, missed = 0;
    const char *zone;

    (void)state;
    srandom(2026);
    for (size_t i = 0; (zone = zone_file_name(i)); i++) {
        struct cron c;
        struct world w = live(lives[i % (sizeof(lives) / sizeof(lives[0]))], zone, &c, 10);

        account(&w);
        rows += w.rows;
        runs += w.runs;
        caught += w.caught;
        missed += w.missed;
    }
    assert_int_equal(rows, runs + caught + missed);
    assert_true(runs > rows / 2 && caught > rows / 50 && missed > rows / 50);
}

/* A month of minutes and seconds: outages there go past the cap of rows. */
static void test_dense_schedules(void **state)
{
    static const char *const dense[] = { "* * * * *", "*/2 * * * *", "@every 45s", "30 */5 * * * *" };

    (void)state;
    srandom(99);
    for (int i = 0; i < 24; i++) {
        struct cron c;
        struct world w = { .s = schedule_of(&c, dense[i % 4], i % 2 ? "Europe/Paris" : "Africa/Casablanca") };
        struct wall end = { w.s.anchor.ms + 60 * DAY_MS };

        w.start = w.from = w.now = w.s.anchor;
        w.s.catch_up = (struct catch_up){ (enum catch_up_policy)(i % 3), 3600 };
        while (sleep_on(&w, end)) {
            wake(&w);
            if (random() % 50 == 0)
                w.now.ms += random() % (4 * DAY_MS);
        }
        account(&w);
        assert_true(w.accounted > w.rows);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jitter_is_even_and_repeats),
        cmocka_unit_test(test_jitter_keeps_order),
        cmocka_unit_test(test_jitter_limits),
        cmocka_unit_test(test_jitter_delays_and_forgets_nothing),
        cmocka_unit_test(test_next_in_bounds),
        cmocka_unit_test(test_overlap),
        cmocka_unit_test(test_ten_years_in_every_zone),
        cmocka_unit_test(test_dense_schedules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
