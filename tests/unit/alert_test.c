/* Alert rules: the kinds, which rules hold for a job, a job's own, and conditions on metrics. */
#include "core/alert.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_kinds(void **state)
{
    (void)state;
    for (int i = 0; i < ALERT_ON_COUNT; i++) {
        enum alert_on on;
        assert_true(alert_on_parse(alert_on_name((enum alert_on)i), &on));
        assert_int_equal(on, i);
        assert_int_equal(alert_on_of_job(on), i <= ALERT_NO_SUCCESS);
    }
    enum alert_on untouched = ALERT_DISK;
    assert_false(alert_on_parse("Failure", &untouched));
    assert_false(alert_on_parse(NULL, &untouched));
    assert_int_equal(untouched, ALERT_DISK);
    assert_null(alert_on_name(ALERT_ON_COUNT));
    assert_string_equal(alert_limit_name(ALERT_FAILURE), "after");
    assert_string_equal(alert_limit_name(ALERT_DURATION), "over_ms");
    assert_null(alert_limit_name(ALERT_STORE));
}

static void test_limit_values(void **state)
{
    static const struct {
        const char *rule;
        double limit;
    } rows[] = {
        { "{\"name\":\"a\",\"on\":\"failure\",\"after\":7}", 7 },
        { "{\"name\":\"a\",\"on\":\"lateness\",\"over_ms\":2500}", 2500 },
        { "{\"name\":\"a\",\"on\":\"metric\",\"metric\":\"x>=-0.5\"}", -0.5 },
        { "{\"name\":\"a\",\"on\":\"no_success\",\"over_s\":93600}", 93600 },
        { "{\"name\":\"a\",\"on\":\"certificate\"}", 1209600 },
        { "{\"name\":\"a\",\"on\":\"disk\",\"under_mib\":99}", 99 },
        { "{\"name\":\"a\",\"on\":\"clock\"}", 0 },
    };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(rows); i++) {
        struct arena *a = arena_new(0);
        struct alert_rule r;
        json_auto struct json *doc = json_parse(rows[i].rule, strlen(rows[i].rule), NULL);
        assert_int_equal(alert_rule_parse(doc, NULL, a, &r, NULL), 0);
        assert_true(fabs(alert_limit(&r) - rows[i].limit) < 1e-9);
        arena_free(a);
    }
}

static struct alert_rule rule(const char *name, enum alert_on on, const char *const *jobs, const char *const *tags)
{
    struct alert_rule r = { .name = name, .enabled = true, .on = on, .jobs = jobs, .tags = tags };
    r.n_jobs = jobs != NULL;
    r.n_tags = tags != NULL;
    return r;
}

/* Names of the rules that hold, "own" for the job's, in order. */
static const char *held(const struct alert_job *j, const struct alert_rule *rules, int n)
{
    static char text[200];
    const struct alert_rule *found[10];
    int k = alert_rules_for(j, rules, n, found, 10);
    text[0] = '\0';
    for (int i = 0; i < k; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s", i ? " " : "",
                 found[i]->name ? found[i]->name : "own");
    return text;
}

static const char *const JOB_A[] = { "a" }, *const TAG_X[] = { "x" }, *const TAGS_YX[] = { "y", "x" };

static void test_most_particular(void **state)
{
    struct alert_rule rules[] = {
        rule("all", ALERT_FAILURE, NULL, NULL),   rule("all-2", ALERT_FAILURE, NULL, NULL),
        rule("tag", ALERT_FAILURE, NULL, TAG_X),  rule("job", ALERT_FAILURE, JOB_A, NULL),
        rule("late", ALERT_LATENESS, NULL, NULL), rule("disk", ALERT_DISK, NULL, NULL),
    };
    struct alert_rule own[] = { rule(NULL, ALERT_FAILURE, NULL, NULL), rule(NULL, ALERT_FAILURE, NULL, NULL) };
    const int n = MEM_COUNT(rules);
    (void)state;
    assert_string_equal(held(&(struct alert_job){ "b", NULL, 0, NULL, 0 }, rules, n), "all all-2 late");
    assert_string_equal(held(&(struct alert_job){ "b", TAGS_YX, 1, NULL, 0 }, rules, n), "all all-2 late");
    assert_string_equal(held(&(struct alert_job){ "b", TAGS_YX, 2, NULL, 0 }, rules, n), "tag late");
    assert_string_equal(held(&(struct alert_job){ "a", TAGS_YX, 2, NULL, 0 }, rules, n), "job late");
    assert_string_equal(held(&(struct alert_job){ "a", TAGS_YX, 2, own, 2 }, rules, n), "own own late");
    own[0].enabled = own[1].enabled = false;
    assert_string_equal(held(&(struct alert_job){ "a", NULL, 0, own, 2 }, rules, n), "late");
    rules[3].enabled = false;
    assert_string_equal(held(&(struct alert_job){ "a", TAGS_YX, 2, NULL, 0 }, rules, n), "late");
    assert_string_equal(held(&(struct alert_job){ "a", TAGS_YX, 2, own, 1 }, NULL, 0), "");
}

/* A rule of jobs and of tags names what either gives; the job's name is the more particular. */
static void test_jobs_and_tags(void **state)
{
    struct alert_rule rules[] = { rule("both", ALERT_MISSED, JOB_A, TAG_X), rule("tag", ALERT_MISSED, NULL, TAG_X) };
    (void)state;
    assert_string_equal(held(&(struct alert_job){ "a", TAGS_YX, 2, NULL, 0 }, rules, 2), "both");
    assert_string_equal(held(&(struct alert_job){ "c", TAGS_YX, 2, NULL, 0 }, rules, 2), "both tag");
    assert_string_equal(held(&(struct alert_job){ "c", NULL, 0, NULL, 0 }, rules, 2), "");
}

static void test_most_is_kept(void **state)
{
    struct alert_rule rules[] = { rule("1", ALERT_FAILURE, NULL, NULL), rule("2", ALERT_FAILURE, NULL, NULL) };
    struct alert_rule own[] = { rule(NULL, ALERT_MISSED, NULL, NULL), rule(NULL, ALERT_MISSED, NULL, NULL) };
    const struct alert_rule *found[3] = { NULL, NULL, NULL };
    const struct alert_job j = { "a", NULL, 0, own, 2 };
    (void)state;
    assert_int_equal(alert_rules_for(&j, rules, 2, found, 1), 1);
    assert_ptr_equal(found[0], &own[0]);
    assert_null(found[1]);
    assert_int_equal(alert_rules_for(&j, rules, 2, found, 3), 3);
    assert_ptr_equal(found[2], &rules[0]);
}

static void test_of_job(void **state)
{
    const char *text =
        "[{\"on\":\"failure\",\"after\":3,\"channels\":[\"ops\"]},{\"on\":\"metric\",\"metric\":\"x = 1\","
        "\"enabled\":false,\"recovery\":false,\"repeat_s\":60}]";
    struct arena *a = arena_new(0);
    struct alert_rule *rules;
    int n;
    (void)state;
    assert_int_equal(alert_rules_of_job(text, a, &rules, &n, NULL), 0);
    assert_int_equal(n, 2);
    assert_null(rules[0].name);
    assert_int_equal(rules[0].after, 3);
    assert_true(rules[0].enabled && rules[0].recovery);
    assert_string_equal(rules[0].channels[0], "ops");
    assert_int_equal(rules[1].condition.comparison, METRIC_EQ);
    assert_false(rules[1].enabled || rules[1].recovery);
    json_auto struct json *printed = alert_rule_to_json(&rules[0]);
    mem_auto char *shown = json_print(printed);
    assert_string_equal(shown, "{\"enabled\":true,\"on\":\"failure\",\"after\":3,\"over_ms\":null,\"over_s\":null,"
                               "\"within_s\":null,\"under_mib\":null,\"metric\":null,\"repeat_s\":0,\"recovery\":true,"
                               "\"channels\":[\"ops\"]}");
    assert_int_equal(alert_rules_of_job("[]", a, &rules, &n, NULL), 0);
    assert_true(n == 0 && !rules);
    assert_int_equal(alert_rules_of_job(" [ ] ", a, &rules, &n, NULL), 0);
    assert_true(n == 0 && !rules);
    arena_free(a);
}

static void test_of_job_refused(void **state)
{
    static const struct {
        const char *alerts, *pointer, *text;
    } rows[] = {
        { "[{\"on\":\"failure\",\"after\":0}]", "/alerts/0/after", "'alerts[0].after' is 0; expected" },
        { "[{\"on\":\"failure\"},{}]", "/alerts/1/on", "'alerts[1].on' is missing" },
        { "{}", "/alerts", "'alerts' is an empty object; expected an array of rules" },
        { "[", "/alerts", "'alerts': " },
        { "[{\"on\":\"lateness\"}]", "/alerts/0/over_ms", "'alerts[0].over_ms' is missing" },
    };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(rows); i++) {
        struct arena *a = arena_new(0);
        struct alert_rule *rules;
        struct err e = { 0 };
        int n;
        assert_int_equal(alert_rules_of_job(rows[i].alerts, a, &rules, &n, &e), -ERR_INVALID);
        assert_string_equal(e.pointer, rows[i].pointer);
        if (!strstr(e.text, rows[i].text))
            fail_msg("\"%s\" lacks \"%s\"", e.text, rows[i].text);
        arena_free(a);
    }
}

static void test_metric_holds(void **state)
{
    static const struct {
        const char *condition, *metrics;
        bool holds;
        double value; /* NAN: untouched */
    } rows[] = {
        { "failed > 0", "{\"failed\":1}", true, 1 },
        { "failed > 0", "{\"failed\":0}", false, 0 },
        { "failed > 0", "{\"sent\":9,\"failed\":2.5}", true, 2.5 },
        { "failed > 0", "{\"failed\":true}", true, 1 },
        { "failed > 0", "{\"failed\":false}", false, 0 },
        { "failed > 0", "{\"failed\":\"1\"}", false, NAN },
        { "failed > 0", "{\"failed\":null}", false, NAN },
        { "failed > 0", "{\"failed_too\":1}", false, NAN },
        { "failed > 0", "{\"not_failed\":1}", false, NAN },
        { "failed > 0", "{\"a\":{\"failed\":1}}", false, NAN },
        { "n > 0", "{\"\\\"n\":5}", false, NAN },
        { "n > 0", "{\"a\":\"\\\"n\\\":5\",\"n\":7}", true, 7 },
        { "n > 0", "{\"a\":\"n\",\"n\" : 7}", true, 7 },
        { "failed > 0", "{}", false, NAN },
        { "failed > 0", "[\"failed\"]", false, NAN },
        { "failed > 0", "{\"failed\":", false, NAN },
        { "failed > 0", "", false, NAN },
        { "failed > 0", NULL, false, NAN },
        { "n >= 5", "{\"n\":5}", true, 5 },
        { "n >= 5", "{\"n\":4.99}", false, 4.99 },
        { "n<5", "{\"n\":4.99}", true, 4.99 },
        { "n < 5", "{\"n\":5}", false, 5 },
        { "n<= -5", "{\"n\":-5}", true, -5 },
        { "n <= -5", "{\"n\":-4}", false, -4 },
        { "n = 0", "{\"n\":0}", true, 0 },
        { "n == 0.1", "{\"n\":0.1}", true, 0.1 },
        { "n = 1", "{\"n\":1.5}", false, 1.5 },
        { "n != 1", "{\"n\":1.5}", true, 1.5 },
        { "n != 1", "{\"n\":1}", false, 1 },
        { "n > 1e3", "{\"n\":1001}", true, 1001 },
        { "n\t>\t+1E+3\t", "{\"n\":1000}", false, 1000 },
    };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(rows); i++) {
        struct metric_condition c;
        const char *metrics = rows[i].metrics;
        double value = NAN;
        assert_int_equal(metric_condition_parse(rows[i].condition, &c, NULL), 0);
        bool holds = metric_condition_holds(&c, metrics, metrics ? strlen(metrics) : 0, &value);
        if (holds != rows[i].holds || isnan(value) != isnan(rows[i].value) || fabs(value - rows[i].value) > 1e-12)
            fail_msg("%s of %s: %d, %g", rows[i].condition, metrics, holds, value);
        assert_int_equal(metric_condition_holds(&c, metrics, metrics ? strlen(metrics) : 0, NULL), holds);
    }
}

/* No octet beyond `len` is looked at. */
static void test_metric_length(void **state)
{
    struct metric_condition c;
    char *exact = mem_strndup("{\"n\":12}", 8), *cut = mem_alloc(6);
    double value = NAN;
    (void)state;
    memcpy(cut, "{\"n\":1", 6);
    assert_int_equal(metric_condition_parse("n > 11", &c, NULL), 0);
    assert_true(metric_condition_holds(&c, exact, 8, &value));
    assert_false(metric_condition_holds(&c, cut, 6, NULL));
    for (size_t len = 0; len < 6; len++)
        assert_false(metric_condition_holds(&c, cut, len, NULL));
    mem_free(exact);
    mem_free(cut);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),           cmocka_unit_test(test_limit_values),
        cmocka_unit_test(test_most_particular), cmocka_unit_test(test_jobs_and_tags),
        cmocka_unit_test(test_most_is_kept),    cmocka_unit_test(test_of_job),
        cmocka_unit_test(test_of_job_refused),  cmocka_unit_test(test_metric_holds),
        cmocka_unit_test(test_metric_length),
    };
    json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
