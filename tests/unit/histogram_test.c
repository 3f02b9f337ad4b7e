/* Histograms and windows: buckets without gaps, percentiles within their bound, what is packed comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/histogram.h"
#include "core/window.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint64_t seed = 7;
static int64_t random_below(int64_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)((seed >> 33) % (uint64_t)n);
}

/* Of all magnitudes alike. */
static int64_t random_value(void)
{
    return random_below(1 + ((int64_t)1 << random_below(31)));
}

static void test_buckets_meet(void **state)
{
    (void)state;
    for (int i = 0; i < HISTOGRAM_BUCKETS; i++) {
        int64_t least = histogram_least(i);
        assert_int_equal(i, histogram_bucket(least));
        if (i)
            assert_int_equal(i - 1, histogram_bucket(least - 1));
        if (i >= 8)
            assert_true((histogram_least(i + 1) - least) * 8 <= least);
    }
    assert_int_equal(0, histogram_bucket(-5));
    assert_int_equal(HISTOGRAM_BUCKETS - 1, histogram_bucket(INT64_MAX));
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void check_percentiles(const struct histogram *h, int64_t *values, int n)
{
    static const double shares[] = { 0, 0.01, 0.5, 0.95, 0.99, 1 };
    qsort(values, (size_t)n, sizeof *values, compare);
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        int rank = (int)ceil(shares[i] * n);
        int64_t exact = values[rank < 1 ? 0 : rank - 1];
        int64_t found = histogram_percentile(h, shares[i]);
        assert_true(llabs(found - exact) * 16 <= exact);
    }
    assert_int_equal(values[n - 1], h->max);
    assert_int_equal(values[n - 1], histogram_percentile(h, 1));
}

static void test_percentiles_are_within_a_sixteenth(void **state)
{
    (void)state;
    int64_t values[500];
    for (int round = 0; round < 200; round++) {
        struct histogram all = { 0 }, half[2] = { { 0 }, { 0 } }, merged = { 0 };
        int n = 1 + (int)random_below(500);
        int64_t sum = 0;
        for (int i = 0; i < n; i++) {
            values[i] = random_value();
            sum += values[i];
            histogram_add(&all, values[i]);
            histogram_add(&half[random_below(2)], values[i]);
        }
        assert_int_equal(sum, all.sum);
        histogram_merge(&merged, &half[0]);
        histogram_merge(&merged, &half[1]);
        assert_memory_equal(&all, &merged, sizeof all);
        check_percentiles(&merged, values, n);
    }
    struct histogram none = { 0 };
    assert_int_equal(-1, histogram_percentile(&none, 0.5));
}

static void test_packed_comes_back(void **state)
{
    (void)state;
    for (int round = 0; round < 200; round++) {
        struct histogram h = { 0 }, back = { 0 };
        struct buf b = BUF_INIT(10000);
        for (int n = (int)random_below(300); n > 0; n--)
            histogram_add(&h, random_value());
        histogram_pack(&h, &b);
        struct unpack u = unpack_begin(b.data, b.len);
        histogram_merge_packed(&back, &u);
        assert_false(u.bad);
        assert_ptr_equal(u.at, u.end);
        assert_memory_equal(&h, &back, sizeof h);
        u = unpack_begin(b.data, b.len - 1); /* cut short */
        histogram_merge_packed(&back, &u);
        assert_true(u.bad);
        buf_free(&b);
    }
}

static struct wall at(const char *text)
{
    struct wall t;
    assert_true(wall_parse(text, &t));
    return t;
}

static void test_windows(void **state)
{
    (void)state;
    static const struct {
        const char *text, *since;
        int64_t point_ms;
        int points;
    } good[] = {
        { "1h", "2026-11-21T22:00:00Z", WINDOW_HOUR_MS, 1 },     { "24h", "2026-11-20T23:00:00Z", WINDOW_HOUR_MS, 24 },
        { "168h", "2026-11-14T23:00:00Z", WINDOW_HOUR_MS, 168 }, { "1d", "2026-11-20T23:00:00Z", WINDOW_HOUR_MS, 24 },
        { "7d", "2026-11-14T23:00:00Z", WINDOW_HOUR_MS, 168 },   { "8d", "2026-11-14T00:00:00Z", WINDOW_DAY_MS, 8 },
        { "30d", "2026-10-23T00:00:00Z", WINDOW_DAY_MS, 30 },    { "731d", "2024-11-21T00:00:00Z", WINDOW_DAY_MS, 731 },
    };
    static const char *const bad[] = {
        "", "h", "24", "0h", "169h", "732d", "-1h", "1.5h", "24H", "24h ", "1000h", "7w"
    };
    struct wall now = at("2026-11-21T22:49:38Z");
    struct window w;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(window_parse(good[i].text, now, &w));
        assert_int_equal(good[i].points, w.points);
        assert_int_equal(good[i].point_ms, w.point_ms);
        assert_int_equal(at(good[i].since).ms, w.since.ms);
        assert_int_equal(w.points - 1, window_point(&w, now));
        assert_int_equal(0, window_point(&w, w.since));
        assert_int_equal(-1, window_point(&w, (struct wall){ w.since.ms - 1 }));
        assert_int_equal(-1, window_point(&w, window_end(&w)));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(window_parse(bad[i], now, &w));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buckets_meet),
        cmocka_unit_test(test_percentiles_are_within_a_sixteenth),
        cmocka_unit_test(test_packed_comes_back),
        cmocka_unit_test(test_windows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
