#include "base/clock.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_civil_round_trip(void **state)
{
    (void)state;
    int64_t days = civil_to_days(1600, 1, 1);
    assert_int_equal(civil_to_days(1970, 1, 1), 0);
    for (int year = 1600; year < 2401; year++)
        for (int month = 1; month <= 12; month++)
            for (int day = 1; day <= civil_month_days(year, month); day++, days++) {
                struct civil c = civil_from_ms(days * 86400000);
                if (c.year != year || c.month != month || c.day != day || civil_to_days(year, month, day) != days)
                    fail_msg("%d-%d-%d", year, month, day);
            }
    assert_int_equal(civil_weekday(0), 4); /* Thursday */
    assert_int_equal(civil_weekday(-1), 3);
    assert_int_equal(civil_weekday(civil_to_days(2026, 11, 21)), 6);
}

static void test_format(void **state)
{
    char out[WALL_TEXT_SIZE];
    (void)state;
    assert_string_equal(wall_format((struct wall){ 0 }, out), "1970-01-01T00:00:00.000Z");
    assert_string_equal(wall_format((struct wall){ 1795301378012 }, out), "2026-11-21T22:49:38.012Z");
    assert_string_equal(wall_format_offset((struct wall){ 1795301378012 }, 3600, out), "2026-11-21T23:49:38+01:00");
    assert_string_equal(wall_format_offset((struct wall){ 1795301378012 }, -12600, out), "2026-11-21T19:19:38-03:30");
    assert_string_equal(wall_format_offset((struct wall){ 1795301378012 }, 0, out), "2026-11-21T22:49:38Z");
}

static void test_parse(void **state)
{
    static const struct {
        const char *text;
        int64_t ms; /* -1: refused */
    } cases[] = {
        { "1970-01-01T00:00:00Z", 0 },
        { "2026-11-21T22:49:38.012Z", 1795301378012 },
        { "2026-11-21T22:49:38.0129Z", 1795301378012 },
        { "2026-11-21T22:49:38.5Z", 1795301378500 },
        { "2026-11-21T23:49:38+01:00", 1795301378000 },
        { "2026-11-21t19:19:38-03:30", 1795301378000 },
        { "2028-02-29T00:00:00Z", 1835395200000 },
        { "2026-11-21T22:49:38", -1 },
        { "2026-11-21", -1 },
        { "2026-02-29T00:00:00Z", -1 },
        { "2026-13-01T00:00:00Z", -1 },
        { "2026-00-01T00:00:00Z", -1 },
        { "2026-01-01T24:00:00Z", -1 },
        { "2026-01-01T00:60:00Z", -1 },
        { "2026-01-01T00:00:60Z", -1 },
        { "2026-01-01T00:00:00.Z", -1 },
        { "2026-01-01T00:00:00+1:00", -1 },
        { "2026-01-01T00:00:00Zx", -1 },
        { "1969-12-31T23:59:59Z", -1 },
        { "", -1 },
        { "2026-01-01T00:00:00+24:00", -1 },
    };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        struct wall t = { -1 };
        bool ok = wall_parse(cases[i].text, &t);
        if (ok != (cases[i].ms >= 0) || (ok && t.ms != cases[i].ms))
            fail_msg("%s: %d %lld", cases[i].text, ok, (long long)t.ms);
    }
}

static void test_clocks_run(void **state)
{
    struct mono a = clock_mono();
    struct wall w = clock_wall();
    (void)state;
    assert_true(clock_mono().us >= a.us);
    assert_true(w.ms > civil_to_days(2025, 1, 1) * 86400000);
    assert_true(wall_is_none(WALL_NONE) && !wall_is_none(w));
    assert_int_equal(mono_ms_since((struct mono){ 1000 }, (struct mono){ 3999 }), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_civil_round_trip),
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_clocks_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
