/* The apply file: what it gives, and where and how each mistake is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/document.h"

#include <stdio.h>
#include <string.h>

#define TARGET(name) "{\"name\": \"" name "\", \"base_url\": \"https://a.example/f\"}"
#define JOB(name) \
    "{\"name\": \"" name "\", \"schedule\": \"* * * * *\", \"request\": {\"url\": \"https://a.example/\"}}"
#define CHANNEL(name) "{\"name\": \"" name "\", \"kind\": \"webhook\", \"url\": \"https://h.example/\"}"
#define RULE(name) "{\"name\": \"" name "\", \"on\": \"missed\"}"
#define JOB_WITH(fields) \
    "{\"name\": \"j\", \"schedule\": \"* * * * *\", \"request\": {\"url\": \"https://a.example/\"}, " fields "}"

static bool only_utc(void *ctx, const char *name, struct err *why)
{
    (void)why;
    ++*(int *)ctx;
    return strcmp(name, "UTC") == 0;
}

static int parse(const char *text, struct arena *a, struct document *d, struct err *e)
{
    int asked = 0;
    json_auto struct json *doc = json_parse(text, strlen(text), e);
    if (!doc)
        fail_msg("%s: %s", text, e->text);
    return document_parse(doc, only_utc, &asked, a, d, e);
}

static void test_all_parts(void **state)
{
    struct err e;
    struct document d;
    struct arena *a = arena_new(0);
    (void)state;
    assert_int_equal(0, parse("{\"settings\": {\"retention_days\": 30}, \"jobs\": [" JOB("a") "," JOB(
                                  "b") "], \"targets\": [" TARGET("b") "], \"version\": 1}",
                              a, &d, &e));
    assert_int_equal(2, d.n_jobs);
    assert_string_equal("b", d.jobs[1].name);
    assert_int_equal(1, d.n_targets);
    assert_string_equal("b", d.targets[0].name);
    assert_true(d.has[SETTING_retention_days]);
    assert_false(d.has[SETTING_PAUSED]);
    assert_int_equal(30, d.settings.retention_days);
    arena_free(a);
}

static void test_channels_and_rules(void **state)
{
    struct err e;
    struct document d;
    struct arena *a = arena_new(0);
    (void)state;
    assert_int_equal(
        0, parse("{\"version\": 1, \"alerts\": [{\"name\": \"r\", \"on\": \"sealed\"}], \"channels\": [{\"name\": "
                 "\"c\", \"kind\": \"slack\", \"url\": \"https://hooks.slack.com/x\"}]}",
                 a, &d, &e));
    assert_true(d.has_alerts && d.has_channels);
    assert_int_equal(1, d.n_alerts);
    assert_string_equal("r", d.alerts[0].name);
    assert_int_equal(1, d.n_channels);
    assert_int_equal(CHANNEL_SLACK, d.channels[0].kind);
    assert_int_equal(0, parse("{\"version\": 1, \"channels\": []}", a, &d, &e));
    assert_true(d.has_channels && !d.has_alerts);
    arena_free(a);
}

static void test_only_the_version_is_needed(void **state)
{
    struct err e;
    struct document d;
    struct arena *a = arena_new(0);
    (void)state;
    assert_int_equal(0, parse("{\"version\": 1}", a, &d, &e));
    assert_int_equal(0, d.n_jobs + d.n_targets);
    assert_false(d.has[SETTING_retention_days] || d.has[SETTING_PAUSED]);
    assert_int_equal(90, d.settings.retention_days);
    arena_free(a);
}

static const struct {
    const char *text, *pointer, *words;
} REFUSED[] = {
    { "[]", "", "an object" },
    { "{}", "/version", "missing" },
    { "{\"version\": 2}", "/version", "expected 1" },
    { "{\"version\": \"1\"}", "/version", "expected 1" },
    { "{\"version\": 1, \"job\": []}", "/job", "did you mean 'jobs'" },
    { "{\"version\": 1, \"secrets\": []}", "/secrets", "is not known" },
    { "{\"version\": 1, \"jobs\": {}}", "/jobs", "array of" },
    { "{\"version\": 1, \"targets\": null}", "/targets", "array of" },
    { "{\"version\": 1, \"jobs\": [1]}", "/jobs/0", "an object" },
    { "{\"version\": 1, \"settings\": []}", "/settings", "an object" },
    { "{\"version\": 1, \"settings\": {\"paused\": 1}}", "/settings/paused", "true or false" },
    { "{\"version\": 1, \"settings\": {\"retention_days\": 0}}", "/settings/retention_days", "from 1 to 3650" },
    { "{\"version\": 1, \"settings\": {\"retention_days\": 3651}}", "/settings/retention_days", "from 1 to 3650" },
    { "{\"version\": 1, \"settings\": {\"retention\": 1}}", "/settings/retention", "is not known" },
    { "{\"version\": 1, \"jobs\": [" JOB("a") "," JOB("b") "," JOB("c") "," JOB("b") "]}", "/jobs/3/name",
      "already the name of /jobs/1" },
    { "{\"version\": 1, \"targets\": [" TARGET("a") "," TARGET("a") "]}", "/targets/1/name",
      "already the name of /targets/0" },
    { "{\"version\": 1, \"jobs\": [" JOB("a") "," JOB_WITH("\"retry\": {\"max_attempts\": 0}") "]}",
      "/jobs/1/retry/max_attempts", "from 1 to 100" },
    { "{\"version\": 1, \"jobs\": [" JOB_WITH("\"timezone\": \"Mars/Base\"") "]}", "/jobs/0/timezone", "Mars/Base" },
    { "{\"version\": 1, \"targets\": [" TARGET("ok") ", {\"name\": \"x\"}]}", "/targets/1/base_url", "missing" },
    { "{\"version\": 1, \"jobs\": [{\"schedule\": \"* * * * *\", \"request\": {\"url\": \"https://a.example/\"}}]}",
      "/jobs/0/name", "missing" },
    { "{\"version\": 1, \"channels\": {}}", "/channels", "array of" },
    { "{\"version\": 1, \"channels\": [" CHANNEL("a") "," CHANNEL("a") "]}", "/channels/1/name",
      "already the name of /channels/0" },
    { "{\"version\": 1, \"channels\": [" CHANNEL("a") ", {\"name\": \"b\", \"kind\": \"sms\"}]}", "/channels/1/kind",
      "webhook" },
    { "{\"version\": 1, \"alerts\": null}", "/alerts", "array of" },
    { "{\"version\": 1, \"alerts\": [" RULE("a") "," RULE("a") "]}", "/alerts/1/name",
      "already the name of /alerts/0" },
    { "{\"version\": 1, \"alerts\": [{\"name\": \"a\", \"on\": \"x\"}]}", "/alerts/0/on", "failure" },
    { "{\"version\": 1, \"settings\": {\"alert_group_s\": 3601}}", "/settings/alert_group_s", "from 0 to 3600" },
    { "{\"version\": 1, \"settings\": {\"page_url\": \"x\"}}", "/settings/page_url", "http" },
};

static void test_each_mistake_has_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(REFUSED); i++) {
        struct err e = { 0 };
        struct document d = { .n_jobs = -7 };
        struct arena *a = arena_new(0);
        if (parse(REFUSED[i].text, a, &d, &e) != -ERR_INVALID)
            fail_msg("%s: not refused as invalid", REFUSED[i].text);
        if (strcmp(e.pointer, REFUSED[i].pointer) != 0 || !strstr(e.text, REFUSED[i].words))
            fail_msg("%s: '%s' at '%s'", REFUSED[i].text, e.text, e.pointer);
        assert_int_equal(-7, d.n_jobs); /* nothing given on a refusal */
        arena_free(a);
    }
}

static void test_an_error_may_go_unread(void **state)
{
    struct document d;
    struct arena *a = arena_new(0);
    (void)state;
    json_auto struct json *doc = json_parse("{\"version\": 1, \"jobs\": [{}]}", 28, NULL);
    assert_non_null(doc);
    assert_int_equal(-ERR_INVALID, document_parse(doc, NULL, NULL, a, &d, NULL));
    arena_free(a);
}

/* A thousand jobs, and the last one's name taken. */
static void test_many_jobs(void **state)
{
    struct err e;
    struct document d;
    struct buf text = BUF_INIT(1 << 20);
    (void)state;
    buf_str_add(&text, "{\"version\": 1, \"jobs\": [");
    for (int i = 0; i < 1000; i++)
        buf_printf(&text,
                   "%s{\"name\": \"j%d\", \"schedule\": \"* * * * *\", \"request\": {\"url\": \"https://a.example/\"}}",
                   i ? "," : "", i);
    struct buf twice = BUF_INIT(1 << 20);
    buf_printf(&twice, "%s," JOB("j500") "]}", buf_str(&text));
    buf_str_add(&text, "]}");
    struct arena *a = arena_new(0);
    assert_int_equal(0, parse(buf_str(&text), a, &d, &e));
    assert_int_equal(1000, d.n_jobs);
    assert_string_equal("j999", d.jobs[999].name);
    assert_int_equal(-ERR_INVALID, parse(buf_str(&twice), a, &d, &e));
    assert_string_equal("/jobs/1000/name", e.pointer);
    assert_non_null(strstr(e.text, "/jobs/500"));
    arena_free(a);
    buf_free(&text);
    buf_free(&twice);
}

static int setup(void **state)
{
    (void)state;
    json_init();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_parts),
        cmocka_unit_test(test_channels_and_rules),
        cmocka_unit_test(test_only_the_version_is_needed),
        cmocka_unit_test(test_each_mistake_has_its_place),
        cmocka_unit_test(test_an_error_may_go_unread),
        cmocka_unit_test(test_many_jobs),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
