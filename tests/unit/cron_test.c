/* cron_test.c - schedules against a slow reading of the rules: every second of the days around clock changes is asked
 * "are you named?", by code that shares nothing with cron.c but the parsed fields. */
#include "zone_files.h"

#include "core/cron.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define DAY_S 86400
#define FOUND_MAX (3 * DAY_S)

static const char *const zones[] = {
    "UTC",
    "Europe/Paris",
    "America/New_York",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Tehran",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "Antarctica/Troll",
    "America/St_Johns",
    "=<-03>3<-02>,M3.5.0/-1,M10.5.0/-1",
    "=AAA-1BBB,J60/25,300/-30",
};

static const char *const expressions[] = {
    "* * * * *",      "*/7 * * * *",   "30 2 * * *",      "0,30 1-3 * * *",      "0 0 * * *",
    "59 23 * * *",    "0 */2 * * *",   "*/20 2 * * *",    "0-59 2 * * *",        "15 0,12 * * 1-5",
    "0 3 L * *",      "0 1 * * 0L",    "30 1 15W,LW * *", "0 2 * * SUN#1,SUN#5", "45 2 1,30 * MON",
    "*/30 * * * * *", "30 30 2 * * *", "* 30 2 29 2 *",   "0 0 1 1 *",           "10,50 59 1,23 * 3-11 *",
};

/* Is the day named? By counting, not by masks. */
static bool names_day(const struct cron *c, int year, int month, int day)
{
    int n_days = civil_month_days(year, month), weekday = civil_weekday(civil_to_days(year, month, day));
    bool by_day = c->day >> day & 1, by_weekday = c->weekday >> weekday & 1;

    by_day |= c->last_day && day == n_days;
    if (weekday >= 1 && weekday <= 5) {
        bool friday_end = weekday == 5 && day + 1 <= n_days, monday_start = weekday == 1 && day > 1;

        by_day |= c->near_weekday >> day & 1;
        by_day |= friday_end && (c->near_weekday >> (day + 1) & 1);
        by_day |= monday_start && (c->near_weekday >> (day - 1) & 1);
        by_day |= weekday == 1 && day == 3 && (c->near_weekday >> 1 & 1);
        by_day |= weekday == 5 && day + 2 == n_days && (c->near_weekday >> n_days & 1);
        by_day |= c->last_workday && (day == n_days || (weekday == 5 && day + 2 >= n_days));
    }
    by_weekday |= c->nth_weekday[(day - 1) / 7] >> weekday & 1;
    by_weekday |= day + 7 > n_days && (c->last_weekday >> weekday & 1);
    if (c->day_any || c->weekday_any)
        return (c->day_any || by_day) && (c->weekday_any || by_weekday);
    return by_day || by_weekday;
}

static bool names(const struct cron *c, int64_t local_s)
{
    struct civil t = civil_from_ms(local_s * 1000);

    return (c->second >> t.second & 1) && (c->minute >> t.minute & 1) && (c->hour >> t.hour & 1) &&
           (c->month >> t.month & 1) && names_day(c, t.year, t.month, t.day);
}

/* Does the fixed-time schedule fire at s, which ends a gap, for a time inside the gap? */
static bool fires_after_gap(const struct cron *c, int64_t gap_local, int64_t local_s)
{
    for (int64_t t = gap_local; t < local_s; t++)
        if ((t + 10 * DAY_S) / DAY_S == (local_s + 10 * DAY_S) / DAY_S && names(c, t))
            return true;
    return false;
}

static bool due_at(const struct cron *c, const struct zone *z, int64_t s)
{
    int64_t local = s + zone_offset(z, s, NULL), before = s + zone_offset(z, s - 1, NULL);

    if (c->real_time)
        return names(c, local);
    if (local > before && fires_after_gap(c, before, local))
        return true;
    for (int64_t earlier = s - 3 * 3600; earlier < s; earlier += 900) /* the first pass of a fold */
        if (earlier + zone_offset(z, earlier, NULL) >= local)
            return false;
    return names(c, local);
}

static int all_due(const struct cron *c, const struct zone *z, int64_t from, int64_t until, int64_t *out)
{
    int64_t step = c->second == 1 ? 60 : 1; /* all offsets here are whole minutes */
    int n = 0;

    for (int64_t s = from; s < until; s += step)
        if (due_at(c, z, s))
            out[n++] = s;
    return n;
}

/* From any point of the span, whatever the point is in the middle of. */
static void check_points(const struct cron *c, const struct zone *z, int64_t from, int64_t until,
                         const int64_t *expected, int n)
{
    int i = 0;

    for (int64_t s = from; s < until; s += 601) {
        struct wall next = cron_next(c, z, WALL_NONE, (struct wall){ s * 1000 });
        struct wall previous = cron_previous(c, z, WALL_NONE, (struct wall){ s * 1000 });

        while (i < n && expected[i] <= s)
            i++;
        assert_true(i < n ? next.ms == expected[i] * 1000 : wall_is_none(next) || next.ms >= until * 1000);
        while (i > 0 && expected[i - 1] >= s)
            i--;
        assert_true(i > 0 ? previous.ms == expected[i - 1] * 1000
                          : wall_is_none(previous) || previous.ms < from * 1000);
    }
}

/* Asks for the three days around `middle`; six hours when every second has to be looked at. */
static void check_around(const char *text, const char *zone, int64_t middle)
{
    static int64_t expected[FOUND_MAX];
    const struct zone *z = zone_file(zone);
    struct cron_walk walk;
    struct wall at, end;
    struct cron c;
    int64_t from, half;
    int n, i;

    assert_int_equal(cron_parse(text, &c, NULL), 0);
    half = c.second == 1 ? 36 * 3600 : 3 * 3600;
    from = middle / 60 * 60 - half;
    at = (struct wall){ from * 1000 - 1 };
    end = (struct wall){ (from + 2 * half) * 1000 };
    n = all_due(&c, z, from, from + 2 * half, expected);
    for (i = 0; i < n; i++) {
        at = cron_next(&c, z, WALL_NONE, at);
        if (at.ms != expected[i] * 1000)
            fail_msg("%s | %s: next is %lld, not %lld", text, zone, (long long)at.ms / 1000, (long long)expected[i]);
    }
    at = cron_next(&c, z, WALL_NONE, at);
    assert_true(wall_is_none(at) || at.ms >= end.ms);
    for (at = end, i = n - 1; i >= 0; i--) {
        at = cron_previous(&c, z, WALL_NONE, at);
        if (at.ms != expected[i] * 1000)
            fail_msg("%s | %s: previous is %lld, not %lld", text, zone, (long long)at.ms / 1000,
                     (long long)expected[i]);
    }
    at = cron_previous(&c, z, WALL_NONE, at);
    assert_true(wall_is_none(at) || at.ms < from * 1000);
    walk = cron_walk_from(&c, z, WALL_NONE, end);
    for (i = n - 1; i >= 0; i--) {
        at = cron_walk_back(&walk);
        if (at.ms != expected[i] * 1000)
            fail_msg("%s | %s: walks back to %lld, not %lld", text, zone, (long long)at.ms / 1000,
                     (long long)expected[i]);
    }
    check_points(&c, z, from, from + 2 * half, expected, n);
    i = (int)cron_count(&c, z, WALL_NONE, (struct wall){ from * 1000 - 1 }, (struct wall){ end.ms - 1 });
    if (i != n)
        fail_msg("%s | %s from %lld: counts %d, not %d", text, zone, (long long)from, i, n);
}

/* Three days around each clock change of some years, for every expression and zone. */
static void test_every_second_around_changes(void **state)
{
    static const int years[] = { 2008, 2011, 2018, 2024, 2077 };
    int spans = 0;

    (void)state;
    for (size_t iz = 0; iz < sizeof(zones) / sizeof(zones[0]); iz++) {
        const struct zone *z = zone_file(zones[iz]);

        for (size_t iy = 0; iy < sizeof(years) / sizeof(years[0]); iy++) {
            int64_t at = civil_to_days(years[iy], 1, 1) * DAY_S, until = at + 366 * DAY_S;

            for (at = zone_next_change(z, at); at < until; at = zone_next_change(z, at)) {
                for (size_t ie = 0; ie < sizeof(expressions) / sizeof(expressions[0]); ie++)
                    check_around(expressions[ie], zones[iz], at);
                spans++;
            }
        }
    }
    assert_true(spans > 60);
}

/* No clock change: two years of days, all kinds of day fields. */
static void test_every_day(void **state)
{
    static const char *const days[] = {
        "0 0 L * *",     "0 0 1,15,31 * *", "0 0 1W * *",    "0 0 31W * *",   "0 0 2W,30W,LW * *", "0 0 * * 6L,0#1",
        "0 0 * * 1-5#2", "0 0 13 * FRI",    "0 0 */5 2,7 *", "0 0 L 2 SAT#5", "0 0 * 2-11/3 */3",  "0 0 29 2 *",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++)
        for (int64_t day = civil_to_days(2027, 11, 1); day < civil_to_days(2030, 1, 1); day += 3)
            check_around(days[i], "UTC", day * DAY_S);
}

/* Counting by arithmetic equals walking, over long stretches and odd boundaries. */
static void test_count_is_walking(void **state)
{
    (void)state;
    srandom(3);
    for (int round = 0; round < 100; round++) {
        const struct zone *z = zone_file(zones[random() % (long)(sizeof(zones) / sizeof(zones[0]))]);
        struct wall from = { (INT64_C(1100000000) + random() % 700000000) * 1000 + random() % 1000 };
        struct wall until = { from.ms + random() % (INT64_C(400) * DAY_S * 1000) };
        int64_t n = 0;
        struct cron c;

        assert_int_equal(cron_parse(expressions[1 + random() % 13], &c, NULL), 0);
        for (struct wall at = cron_next(&c, z, WALL_NONE, from); at.ms <= until.ms;
             at = cron_next(&c, z, WALL_NONE, at))
            n++;
        assert_int_equal(cron_count(&c, z, WALL_NONE, from, until), n);
    }
}

static void test_count_of_intervals(void **state)
{
    struct wall anchor = { 1000500 }, none = { 0 };
    struct cron c;

    (void)state;
    assert_int_equal(cron_parse("@every 10s", &c, NULL), 0);
    assert_int_equal(cron_count(&c, zone_utc(), anchor, none, (struct wall){ 1000499 }), 0);
    assert_int_equal(cron_count(&c, zone_utc(), anchor, none, anchor), 1);
    assert_int_equal(cron_count(&c, zone_utc(), anchor, anchor, anchor), 0);
    assert_int_equal(cron_count(&c, zone_utc(), anchor, anchor, (struct wall){ 1010500 }), 1);
    assert_int_equal(cron_count(&c, zone_utc(), anchor, anchor, (struct wall){ 1010499 }), 0);
    assert_int_equal(cron_parse("@at 1970-01-02T00:00", &c, NULL), 0);
    assert_int_equal(cron_count(&c, zone_utc(), anchor, none, (struct wall){ 86400000 }), 1);
    assert_int_equal(cron_count(&c, zone_utc(), anchor, (struct wall){ 86400000 }, (struct wall){ 86500000 }), 0);
    assert_int_equal(cron_count(&c, zone_utc(), anchor, (struct wall){ 5 }, (struct wall){ 4 }), 0);
}

/* Any instant is a fine question, and the range ends where it says. */
static void test_extremes(void **state)
{
    static const int64_t odd[] = { INT64_MIN, INT64_MIN + 1, -1,           0, 1, INT64_MAX - 1,
                                   INT64_MAX, 7258118399999, 7258118400000 };

    (void)state;
    for (size_t ie = 0; ie < sizeof(expressions) / sizeof(expressions[0]); ie++) {
        for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
            struct wall t = { odd[i] }, next, previous;
            struct cron_walk walk;
            struct cron c;

            assert_int_equal(cron_parse(expressions[ie], &c, NULL), 0);
            next = cron_next(&c, zone_file("Europe/Paris"), WALL_NONE, t);
            previous = cron_previous(&c, zone_file("Europe/Paris"), WALL_NONE, t);
            walk = cron_walk_from(&c, zone_file("Europe/Paris"), WALL_NONE, t);
            for (int steps = 0; steps < 2000 && !wall_is_none(previous); steps++) {
                assert_int_equal(cron_walk_back(&walk).ms, previous.ms);
                assert_true(previous.ms >= 0 && previous.ms < 7258118400000);
                previous = cron_previous(&c, zone_file("Europe/Paris"), WALL_NONE, previous);
            }
            previous = cron_previous(&c, zone_file("Europe/Paris"), WALL_NONE, t);
            assert_true(wall_is_none(next) || (next.ms >= 0 && next.ms > t.ms && next.ms < 7258118400000));
            assert_true(wall_is_none(previous) ||
                        (previous.ms >= 0 && previous.ms < t.ms && previous.ms < 7258118400000));
        }
    }
}

static void test_too_long(void **state)
{
    char text[CRON_TEXT_MAX + 2];
    struct err e;
    struct cron c;

    (void)state;
    memset(text, ' ', sizeof(text));
    memcpy(text, "0 0 * * *", 9);
    text[CRON_TEXT_MAX] = '\0';
    assert_int_equal(cron_parse(text, &c, &e), 0);
    text[CRON_TEXT_MAX] = ' ';
    text[CRON_TEXT_MAX + 1] = '\0';
    assert_int_equal(cron_parse(text, &c, &e), -ERR_INVALID);
    assert_string_equal(e.text, "at column 513: the schedule is too long; expected at most 512 bytes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_second_around_changes),
        cmocka_unit_test(test_every_day),
        cmocka_unit_test(test_count_is_walking),
        cmocka_unit_test(test_count_of_intervals),
        cmocka_unit_test(test_extremes),
        cmocka_unit_test(test_too_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
