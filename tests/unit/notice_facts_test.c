/* The facts of a message: to JSON and back, and what templates take of them. */
#include "core/notice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* --- there and back ---------------------------------------------------------------------------------------------- */

static struct notice again(const struct notice *n, struct arena *a)
{
    json_auto struct json *o = notice_to_json(n);
    mem_auto char *text = json_print(o);
    struct notice back;
    struct err e = { 0 };
    if (notice_parse(text, a, &back, &e))
        fail_msg("%s: %s", text, e.text);
    return back;
}

static void test_round_trip(void **state)
{
    struct notice_item items[] = {
        { .subject = "followup-7h",
          .since = { 1795330800000 },
          .until = { 1795330800123 },
          .count = 7,
          .run = "0191",
          .error = "said",
          .outcome = OUTCOME_TLS,
          .http_status = 503,
          .secret = "KEY",
          .value = -1.5,
          .limit = 86400,
          .metric = "n > 0",
          .expires_at = { 1795338900000 } },
        { .subject = "", .since = WALL_NONE, .until = WALL_NONE, .expires_at = WALL_NONE },
    };
    const struct notice n = { .kind = NOTICE_AGAIN,
                              .on = ALERT_METRIC,
                              .rule = "r",
                              .target = "t",
                              .at = { 1795338900001 },
                              .host = "h",
                              .page = "https://p",
                              .channel = "c",
                              .items = items,
                              .n_items = 2,
                              .total = 40 };
    struct arena *a = arena_new(0);
    const struct notice m = again(&n, a);
    const struct notice_item *x = &m.items[0], *none = &m.items[1];
    (void)state;
    assert_int_equal(m.kind, NOTICE_AGAIN);
    assert_int_equal(m.on, ALERT_METRIC);
    assert_string_equal(m.rule, "r");
    assert_string_equal(m.target, "t");
    assert_string_equal(m.host, "h");
    assert_string_equal(m.page, "https://p");
    assert_string_equal(m.channel, "c");
    assert_true(m.at.ms == n.at.ms && m.n_items == 2 && m.total == 40);
    assert_string_equal(x->subject, "followup-7h");
    assert_string_equal(x->run, "0191");
    assert_string_equal(x->error, "said");
    assert_string_equal(x->secret, "KEY");
    assert_string_equal(x->metric, "n > 0");
    assert_true(x->since.ms == items[0].since.ms && x->until.ms == items[0].until.ms &&
                x->expires_at.ms == items[0].expires_at.ms);
    assert_true(x->count == 7 && x->outcome == OUTCOME_TLS && x->http_status == 503 && x->value == -1.5 &&
                x->limit == 86400);
    assert_string_equal(none->subject, "");
    assert_true(!none->run && !none->error && !none->secret && !none->metric && none->outcome == OUTCOME_NONE &&
                none->http_status == 0);
    assert_true(wall_is_none(none->since) && wall_is_none(none->until) && wall_is_none(none->expires_at));
    arena_free(a);
}

/* What is too long is cut at a character, what JSON cannot carry is what is nearest. */
static void test_extremes(void **state)
{
    static char error[1001];
    struct notice_item items[NOTICE_ITEMS_MAX + 5];
    struct arena *a = arena_new(0);
    (void)state;
    for (int i = 0; i < 1000; i += 2)
        memcpy(error + i, "é", 2);
    error[0] = 'x';
    error[1] = 'y';
    for (int i = 0; i < NOTICE_ITEMS_MAX + 5; i++)
        items[i] = (struct notice_item){ .error = error,
                                         .run = "\xff",
                                         .count = -5,
                                         .value = 1e300,
                                         .limit = (double)INT64_MAX,
                                         .since = { INT64_MAX } };
    const struct notice n = {
        .on = ALERT_DISK, .items = items, .n_items = NOTICE_ITEMS_MAX + 5, .total = INT64_MAX, .at = { INT64_MAX }
    };
    const struct notice m = again(&n, a), same = again(&m, a);
    assert_int_equal(m.n_items, NOTICE_ITEMS_MAX);
    assert_true(strlen(m.items[0].error) == NOTICE_ERROR_MAX && json_utf8_valid(m.items[0].error, NOTICE_ERROR_MAX));
    assert_string_equal(m.items[0].run, "\xef\xbf\xbd");
    assert_true(m.items[0].count == 0 && wall_is_none(m.items[0].since) && m.total > 1000000000000);
    assert_true(m.items[0].value == same.items[0].value && m.items[0].limit == same.items[0].limit &&
                m.total == same.total);
    arena_free(a);
}

static void test_refused(void **state)
{
    static const struct {
        const char *text, *part;
    } cases[] = { { "", "" },
                  { "[]", "no object" },
                  { "{}", "'kind'" },
                  { "{\"kind\":\"fired\"}", "'on'" },
                  { "{\"kind\":\"fired\",\"on\":\"nothing\"}", "'on'" },
                  { "{\"kind\":\"fired\",\"on\":\"disk\",\"items\":[]}", "about nothing" },
                  { "{\"kind\":\"wrong\",\"on\":\"disk\",\"items\":[{}]}", "'kind'" } };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        struct arena *a = arena_new(0);
        struct notice n;
        struct err e = { 0 };
        assert_true(notice_parse(cases[i].text, a, &n, &e) < 0);
        if (!strstr(e.text, cases[i].part))
            fail_msg("%s: %s", cases[i].text, e.text);
        arena_free(a);
    }
}

/* --- values ------------------------------------------------------------------------------------------------------ */

static void test_values(void **state)
{
    struct notice_item items[2] = {
        { .subject = "a",
          .since = { 1795330800000 },
          .until = WALL_NONE,
          .expires_at = WALL_NONE,
          .count = 3,
          .error = "said" },
        { .subject = "b", .since = { 1795330800000 }, .until = WALL_NONE, .expires_at = WALL_NONE }
    };
    const struct notice n = { .on = ALERT_FAILURE,
                              .rule = "failing",
                              .target = "prod",
                              .at = { 1795338900000 },
                              .host = "cron1",
                              .page = "https://c.example",
                              .channel = "ops",
                              .items = items,
                              .n_items = 2,
                              .total = 7 };
    static const char *const wanted[][2] = {
        { "title", "7 jobs on prod are failing" },
        { "kind", "fired" },
        { "on", "failure" },
        { "rule", "failing" },
        { "job", "a" },
        { "jobs", "a, b" },
        { "target", "prod" },
        { "since", "2026-11-22T07:00:00.000Z" },
        { "error", "said" },
        { "count", "3" },
        { "total", "7" },
        { "link", "https://c.example/#/alerts" },
        { "host", "cron1" },
        { "channel", "ops" },
    };
    struct arena *a = arena_new(0);
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(wanted); i++)
        assert_string_equal(notice_value(&n, NOTICE_EN, wanted[i][0], a), wanted[i][1]);
    assert_null(notice_value(&n, NOTICE_EN, "nope", a));
    const char *text = notice_value(&n, NOTICE_FR, "json", a);
    json_auto struct json *o = json_parse(text, strlen(text), NULL);
    assert_string_equal(json_string(json_get(o, "title")), "7 tâches sur prod sont en échec");
    assert_string_equal(json_string(json_get(o, "link")), "https://c.example/#/alerts");
    assert_string_equal(json_string(json_pointer(o, "/items/0/error")), "said");
    assert_non_null(strstr(json_string(json_get(o, "text")), "et 5 autres"));
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_round_trip), cmocka_unit_test(test_extremes),
                                        cmocka_unit_test(test_refused), cmocka_unit_test(test_values) };
    json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
