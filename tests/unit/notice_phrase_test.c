/* Numbers, spans and times as messages have them in each language; names from outside. */
#include "core/notice_phrase.h"

#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_numbers(void **state)
{
    static const struct {
        double n;
        const char *en, *fr, *es;
    } cases[] = { { 0, "0", "0", "0" },
                  { -0.0001, "0", "0", "0" },
                  { 999, "999", "999", "999" },
                  { 1000, "1,000", "1\u202f000", "1000" },
                  { -12345.678, "-12,345.678", "-12\u202f345,678", "-12.345,678" },
                  { 1e6, "1,000,000", "1\u202f000\u202f000", "1.000.000" },
                  { 0.5, "0.5", "0,5", "0,5" },
                  { 1e300, "1e+300", "1e+300", "1e+300" } };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        const char *const wanted[] = { cases[i].en, cases[i].fr, cases[i].es };
        for (int l = 0; l < NOTICE_LANGUAGE_COUNT; l++) {
            buf_auto struct buf out = BUF_INIT(100);
            phrase_number(cases[i].n, (enum notice_language)l, &out);
            assert_string_equal(buf_str(&out), wanted[l]);
        }
    }
}

static void test_spans(void **state)
{
    static const struct {
        int64_t ms;
        const char *en, *fr;
    } cases[] = { { 0, "0 ms", "0 ms" },
                  { 850, "850 ms", "850 ms" },
                  { 1000, "1 s", "1 s" },
                  { 1550, "1.5 s", "1,5 s" },
                  { 59999, "59 s", "59 s" },
                  { 60000, "1 min", "1 min" },
                  { 90000, "1 min 30 s", "1 min 30 s" },
                  { -7800000, "2 h 10 min", "2 h 10 min" },
                  { 86400000, "1 day", "1 jour" },
                  { 180000000, "2 days 2 h", "2 jours 2 h" },
                  { 700000000, "8 days", "8 jours" },
                  { 86400000000, "1,000 days", "1\u202f000 jours" },
                  { INT64_MIN, "106,751,991,167 days", "106\u202f751\u202f991\u202f167 jours" } };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        buf_auto struct buf en = BUF_INIT(100), fr = BUF_INIT(100);
        phrase_span(cases[i].ms, NOTICE_EN, &en);
        phrase_span(cases[i].ms, NOTICE_FR, &fr);
        assert_string_equal(buf_str(&en), cases[i].en);
        assert_string_equal(buf_str(&fr), cases[i].fr);
    }
}

static void test_times(void **state)
{
    static const struct {
        const char *at, *en, *fr, *es;
    } cases[] = { { "2026-11-22T07:00:59Z", "22 Nov 07:00 UTC", "22 nov. à 07:00 UTC", "22 nov a las 07:00 UTC" },
                  { "2026-02-01T01:05:00Z", "1 Feb 01:05 UTC", "1er févr. à 01:05 UTC", "1 feb a la 01:05 UTC" },
                  { "2025-08-31T13:00:00Z", "31 Aug 2025 13:00 UTC", "31 août 2025 à 13:00 UTC",
                    "31 ago 2025 a las 13:00 UTC" } };
    struct wall now;
    (void)state;
    assert_true(wall_parse("2026-12-01T00:00:00Z", &now));
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        const char *const wanted[] = { cases[i].en, cases[i].fr, cases[i].es };
        struct wall t;
        assert_true(wall_parse(cases[i].at, &t));
        for (int l = 0; l < NOTICE_LANGUAGE_COUNT; l++) {
            buf_auto struct buf out = BUF_INIT(100);
            phrase_time(t, now, (enum notice_language)l, &out);
            assert_string_equal(buf_str(&out), wanted[l]);
        }
    }
}

static void test_clean(void **state)
{
    static const struct {
        const char *text;
        size_t max;
        const char *clean;
    } cases[] = { { "plain", 5, "plain" },
                  { "longer", 5, "lo…" },
                  { "éééé", 7, "éé…" },
                  { "é😀é", 8, "é😀é" },
                  { "é😀é", 7, "é…" },
                  { " a \r\n\t b ", 20, "a b" },
                  { "\x01", 20, "" },
                  { "a\xc2\x85z", 20, "a z" },
                  { "a\xe2\x80\xa8z\xe2\x81\xa9", 20, "a z" },
                  { "a\xff", 20, "a\xef\xbf\xbd" } };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        buf_auto struct buf out = BUF_INIT(100);
        phrase_clean(cases[i].text, cases[i].max, &out);
        assert_string_equal(buf_str(&out), cases[i].clean);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_spans),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_clean),
    };
    json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
