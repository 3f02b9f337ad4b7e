/* Cells that threads add to, and their text in both forms: what escapes, what is summed, what differs. */
#include "base/metrics.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <pthread.h>
#include <string.h>

#include <cmocka.h>

static const struct metrics_bounds BOUNDS = { .n = 3, .per_unit = 1000, .at = { 5, 100, 2500 } };

static const struct metrics_family RUNS = { "x_runs", METRICS_COUNTER, NULL, "Runs that ended", { "job", "state" } };
static const struct metrics_family AGE = {
    "x_age_seconds", METRICS_GAUGE, "seconds", "Back\\slash, \"quotes\",\nline", { NULL }
};
static const struct metrics_family TOOK = { "x_took_seconds", METRICS_HISTOGRAM, "seconds", "Took", { "to" } };
static const struct metrics_family BUILD = { "x_build", METRICS_INFO, NULL, "Build", { "version" } };

static void write_all(struct metrics_text *t)
{
    struct metrics_histogram h = { 0 };
    struct metrics_histogram_values v;
    metrics_head(t, &RUNS);
    metrics_int(t, METRICS_LABELS("a\"b\\c\nd", "failed"), 7);
    metrics_int(t, METRICS_LABELS("", "ok"), 0);
    metrics_head(t, &AGE);
    metrics_number(t, NULL, 0.1);
    metrics_head(t, &TOOK);
    for (int64_t ms = 5; ms < 5000; ms *= 10)
        metrics_observe(&h, &BOUNDS, ms); /* 5, 50, 500 */
    metrics_observe(&h, &BOUNDS, 100);
    metrics_observe(&h, &BOUNDS, 9000);
    metrics_read(&h, &v);
    metrics_buckets(t, METRICS_LABELS("prod"), &BOUNDS, &v);
    metrics_head(t, &BUILD);
    metrics_int(t, METRICS_LABELS("1.0"), 1);
    metrics_end(t);
}

static void test_prometheus(void **state)
{
    (void)state;
    buf_auto struct buf out = BUF_INIT(4096);
    write_all(&(struct metrics_text){ .out = &out });
    assert_string_equal(buf_str(&out), "# HELP x_runs_total Runs that ended\n"
                                       "# TYPE x_runs_total counter\n"
                                       "x_runs_total{job=\"a\\\"b\\\\c\\nd\",state=\"failed\"} 7\n"
                                       "x_runs_total{job=\"\",state=\"ok\"} 0\n"
                                       "# HELP x_age_seconds Back\\\\slash, \"quotes\",\\nline\n"
                                       "# TYPE x_age_seconds gauge\n"
                                       "x_age_seconds 0.1\n"
                                       "# HELP x_took_seconds Took\n"
                                       "# TYPE x_took_seconds histogram\n"
                                       "x_took_seconds_bucket{to=\"prod\",le=\"0.005\"} 1\n"
                                       "x_took_seconds_bucket{to=\"prod\",le=\"0.1\"} 3\n"
                                       "x_took_seconds_bucket{to=\"prod\",le=\"2.5\"} 4\n"
                                       "x_took_seconds_bucket{to=\"prod\",le=\"+Inf\"} 5\n"
                                       "x_took_seconds_sum{to=\"prod\"} 9.655\n"
                                       "x_took_seconds_count{to=\"prod\"} 5\n"
                                       "# HELP x_build_info Build\n"
                                       "# TYPE x_build_info gauge\n"
                                       "x_build_info{version=\"1.0\"} 1\n");
}

static void test_openmetrics(void **state)
{
    (void)state;
    static const char *const LINES[] = {
        "# TYPE x_runs counter\n",
        "# HELP x_age_seconds Back\\\\slash, \\\"quotes\\\",\\nline\n",
        "# TYPE x_age_seconds gauge\n# UNIT x_age_seconds seconds\n",
        "# TYPE x_build info\nx_build_info{version=\"1.0\"} 1\n# EOF\n",
        "le=\"2.5\"} 4\n",
    };
    buf_auto struct buf out = BUF_INIT(4096);
    write_all(&(struct metrics_text){ .out = &out, .form = METRICS_OPENMETRICS });
    for (size_t i = 0; i < MEM_COUNT(LINES); i++)
        assert_non_null(strstr(buf_str(&out), LINES[i]));
    assert_null(strstr(buf_str(&out), "# TYPE x_runs_total"));
    const struct metrics_bounds whole = { .n = 1, .per_unit = 1000, .at = { 2000 } };
    struct metrics_histogram_values v = { .counts = { 1 } };
    struct metrics_text t = { .out = &out, .form = METRICS_OPENMETRICS };
    metrics_head(&t, &TOOK);
    metrics_buckets(&t, METRICS_LABELS("x"), &whole, &v);
    assert_non_null(strstr(buf_str(&out), "le=\"2.0\"} 1\n")); /* a float, in canonical form */
}

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } ROWS[] = {
        { 0, "0" },
        { 1795000000.123, "1795000000.123" },
        { -2.5, "-2.5" },
        { 1.0 / 3, "0.33333333333333331" },
        { 1e300, "1e+300" },
        { 0.0 / 0.0, "NaN" },
        { 1.0 / 0.0, "+Inf" },
        { -1.0 / 0.0, "-Inf" },
    };
    for (size_t i = 0; i < MEM_COUNT(ROWS); i++) {
        buf_auto struct buf out = BUF_INIT(4096);
        struct metrics_text t = { .out = &out };
        mem_auto char *line = mem_printf("x_age_seconds %s\n", ROWS[i].text);
        metrics_head(&t, &AGE);
        metrics_number(&t, NULL, ROWS[i].value);
        assert_non_null(strstr(buf_str(&out), line));
    }
}

static void test_form_wanted(void **state)
{
    (void)state;
    static const struct {
        const char *accept;
        enum metrics_form form;
    } ROWS[] = {
        { NULL, METRICS_PROMETHEUS },
        { "*/*", METRICS_PROMETHEUS },
        { "text/html", METRICS_PROMETHEUS },
        { "application/openmetrics-text", METRICS_OPENMETRICS },
        { "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1",
          METRICS_OPENMETRICS },
        { "text/plain;version=0.0.4;q=0.9,Application/OpenMetrics-Text;version=1.0.0;q=0.5", METRICS_PROMETHEUS },
        { "application/openmetrics-text;q=0", METRICS_PROMETHEUS },
        { "application/openmetrics-text, text/plain", METRICS_OPENMETRICS },
    };
    for (size_t i = 0; i < MEM_COUNT(ROWS); i++)
        assert_int_equal(metrics_form_wanted(ROWS[i].accept), ROWS[i].form);
    assert_non_null(strstr(metrics_content_type(METRICS_PROMETHEUS), "version=0.0.4"));
    assert_non_null(strstr(metrics_content_type(METRICS_OPENMETRICS), "version=1.0.0"));
}

static void test_quantile(void **state)
{
    (void)state;
    const int64_t none[4] = { 0 }, low[4] = { 100, 0, 0, 0 }, spread[4] = { 50, 50, 0, 0 }, high[4] = { 1, 0, 0, 9 };
    assert_int_equal(metrics_quantile(&BOUNDS, none, 0.95, 0), -1);
    assert_int_equal(metrics_quantile(&BOUNDS, low, 0.95, 5), 5);
    assert_int_equal(metrics_quantile(&BOUNDS, low, 0.5, 2), 1); /* none was over 2 */
    assert_int_equal(metrics_quantile(&BOUNDS, spread, 0.5, 100), 5);
    assert_int_equal(metrics_quantile(&BOUNDS, spread, 1, 100), 100);
    assert_int_equal(metrics_quantile(&BOUNDS, high, 1, 7000), 7000);
    assert_in_range(metrics_quantile(&BOUNDS, high, 0.95, 7000), 2500, 7000);
}

/* --- many threads ------------------------------------------------------------------------------------------------ */

enum { THREADS = 4, EACH = 20000 };
static struct metrics_counter counted;
static struct metrics_histogram observed;

static void *add(void *arg)
{
    (void)arg;
    for (int i = 0; i < EACH; i++) {
        metrics_count(&counted, 2);
        metrics_observe(&observed, &BOUNDS, i % 200);
    }
    return NULL;
}

static void test_threads(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    struct metrics_histogram_values v, before = { 0 };
    int64_t all = 0;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, add, NULL), 0);
    for (int i = 0; i < 200; i++) { /* nothing falls while others add */
        metrics_read(&observed, &v);
        for (int k = 0; k <= BOUNDS.n; k++)
            assert_true(v.counts[k] >= before.counts[k]);
        before = v;
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(metrics_counted(&counted), 2 * THREADS * EACH);
    metrics_read(&observed, &v);
    for (int i = 0; i <= BOUNDS.n; i++)
        all += v.counts[i];
    assert_int_equal(all, THREADS * EACH);
    assert_int_equal(v.counts[0], THREADS * EACH / 200 * 6);
    assert_int_equal(v.sum, (int64_t)THREADS * EACH / 200 * (199 * 100));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prometheus),  cmocka_unit_test(test_openmetrics), cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_form_wanted), cmocka_unit_test(test_quantile),    cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
