#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "api/schema.h"
#include "api/standing.h"
#include "api/view_alert.h"
#include "store/runs.h"

#include <string.h>

#define TIME_MS 1795244400000 /* 2026-11-21T07:00:00Z */
#define SLACK "https://hooks.slack.com/services/"

static struct wall at(int64_t ms)
{
    return (struct wall){ TIME_MS + ms };
}

static const char *text(const struct json *v, const char *pointer)
{
    return json_string(json_pointer(v, pointer));
}

static bool is_null(const struct json *v, const char *pointer)
{
    return json_type(json_pointer(v, pointer)) == JSON_NULL;
}

/* Every member that the schema table lists and no other. */
static void assert_fits(const struct json *v, const char *schema)
{
    size_t listed = 0;
    for (const struct schema_field *f = schema_first(schema, strlen(schema)); f; f = schema_member_after(f)) {
        const struct json *c = json_get(v, f->name);
        if (!c && schema_optional(f))
            continue;
        if (!c)
            fail_msg("%s lacks '%s'", schema, f->name);
        if (json_type(c) == JSON_NULL && !f->nullable)
            fail_msg("%s has null for '%s'", schema, f->name);
        listed++;
        if (json_type(c) == JSON_OBJECT && *f->type >= 'A' && *f->type <= 'Z' && !strchr(f->type, '{'))
            assert_fits(c, f->type);
    }
    assert_int_equal(json_count(v), listed);
}

static struct watch_state failing_state(void)
{
    return (struct watch_state){ .rule = "failing",
                                 .subject = "followup-7h",
                                 .on = ALERT_FAILURE,
                                 .phase = WATCH_FIRING,
                                 .count = 2,
                                 .since = at(0),
                                 .last_at = at(5),
                                 .over_at = WALL_NONE,
                                 .told_at = WALL_NONE,
                                 .due_at = at(60000),
                                 .run = "0193a2c4-7f00-7abc-8def-0123456789ab",
                                 .target = "prod" };
}

static void test_a_state(void **state)
{
    (void)state;
    struct firing_row x = { failing_state(), WALL_NONE };
    json_auto struct json *v = view_firing(&x);
    assert_fits(v, "Firing");
    assert_string_equal(text(v, "/rule"), "failing");
    assert_string_equal(text(v, "/phase"), "firing");
    assert_true(is_null(v, "/told_at"));
    assert_false(json_bool(json_get(v, "muted")));
    x = (struct firing_row){ .muted_until = MUTED_FOR_EVER };
    x.state = (struct watch_state){ .rule = "@0:failure", .phase = WATCH_PENDING, .since = at(0), .last_at = at(0) };
    json_auto struct json *own = view_firing(&x);
    assert_fits(own, "Firing");
    assert_true(is_null(own, "/rule"));
    assert_true(is_null(own, "/run"));
    assert_true(is_null(own, "/target"));
    assert_true(json_bool(json_get(own, "muted")));
    assert_true(is_null(own, "/muted_until"));
}

static void test_a_rule(void **state)
{
    static const char form[] = "{\"name\":\"late\",\"on\":\"lateness\",\"over_ms\":5000}";
    (void)state;
    struct arena *a = arena_new(0);
    struct err e = { 0 };
    json_auto struct json *doc = json_parse(form, sizeof form - 1, &e);
    struct alert_record r = { .revision = 3, .created_at = at(0), .updated_at = at(1) };
    assert_int_equal(alert_rule_parse(doc, NULL, a, &r.rule, &e), 0);
    struct firing_row subject = { failing_state(), WALL_NONE };
    struct alert_standing st = { 1, at(60000), &subject, 1 };
    json_auto struct json *v = view_alert(&r, &st);
    assert_fits(v, "Alert");
    assert_int_equal(json_number(json_pointer(v, "/over_ms")), 5000);
    assert_true(is_null(v, "/after"));
    assert_int_equal(json_number(json_pointer(v, "/status/firing")), 1);
    assert_string_equal(text(v, "/status/muted_until"), "2026-11-21T07:01:00.000Z");
    assert_fits(json_pointer(v, "/status/subjects/0"), "Firing");
    arena_free(a);
}

static void test_a_mute(void **state)
{
    (void)state;
    json_auto struct json *v = view_mute(MUTE_JOB, "followup-7h", at(0));
    json_auto struct json *open = view_mute(MUTE_ALL, "all", MUTED_FOR_EVER);
    assert_fits(v, "Mute");
    assert_string_equal(text(v, "/scope"), "job");
    assert_string_equal(text(v, "/until"), "2026-11-21T07:00:00.000Z");
    assert_true(is_null(open, "/until"));
}

/* --- channels ---------------------------------------------------------------------------------------------------- */

static struct json *channel_view(const char *form, bool whole)
{
    struct arena *a = arena_new(0);
    struct err e = { 0 };
    struct channel_record r = { .revision = 1, .created_at = at(0), .updated_at = at(0) };
    struct channel_health h = {
        .last_sent_at = WALL_NONE, .failing_since = at(3), .failed = 2, .message = "no answer"
    };
    json_auto struct json *doc = json_parse(form, strlen(form), &e);
    if (!doc || channel_parse(doc, NULL, a, &r.channel, &e))
        fail_msg("%s: %s", form, e.text);
    struct json *v = view_channel(&r, &h, whole);
    assert_fits(v, "Channel");
    arena_free(a);
    return v;
}

static void expect_url(const char *kind, const char *url, const char *shown)
{
    mem_auto char *form = mem_printf("{\"name\":\"ops\",\"kind\":\"%s\",\"url\":\"%s\"}", kind, url);
    json_auto struct json *v = channel_view(form, false), *whole = channel_view(form, true);
    assert_string_equal(text(v, "/url"), shown);
    assert_string_equal(text(whole, "/url"), url);
}

static void test_a_pasted_address_is_covered(void **state)
{
    (void)state;
    expect_url("slack", SLACK "T00000000/B00000000/abcdefghijklmnopqrstuvwx", "https://hooks.slack.com/***");
    expect_url("ntfy", "https://ntfy.sh/our-topic", "https://ntfy.sh/***");
    expect_url("discord", "https://discord.com/api/webhooks/1/short?wait=true", "https://discord.com/***");
    expect_url("slack", SLACK "{{secret.SLACK_OPS}}", SLACK "{{secret.SLACK_OPS}}");
    expect_url("slack", "{{secret.SLACK_URL}}", "{{secret.SLACK_URL}}");
    expect_url("webhook", "https://ops.example.com/alerts", "https://ops.example.com/alerts");
    expect_url("webhook", "https://ops.example.com/h/Zq3xW9vK2mL8tR5yB7nC", "https://ops.example.com/h/***");
    expect_url("webhook", "https://ops.example.com/h?token=short", "https://ops.example.com/h?token=***");
}

static void test_what_else_is_covered(void **state)
{
    (void)state;
    static const char webhook[] =
        "{\"name\":\"ops\",\"kind\":\"webhook\",\"url\":\"https://ops.example.com/a\","
        "\"headers\":{\"X-Api-Key\":\"short\",\"X-Team\":\"ops\","
        "\"Authorization\":\"Bearer {{secret.OPS}}\"},\"body\":{\"token\":\"short\",\"text\":\"{{alert.title}}\"}}";
    static const char mail[] =
        "{\"name\":\"post\",\"kind\":\"email\",\"email\":{\"host\":\"127.0.0.1\",\"username\":\"u\","
        "\"password\":\"pasted\",\"from\":\"a@example.com\",\"to\":[\"b@example.com\"]}}";
    json_auto struct json *v = channel_view(webhook, false), *m = channel_view(mail, false),
                          *all = channel_view(mail, true);
    assert_string_equal(text(v, "/headers/X-Api-Key"), "***");
    assert_string_equal(text(v, "/headers/X-Team"), "ops");
    assert_string_equal(text(v, "/headers/Authorization"), "Bearer {{secret.OPS}}");
    assert_string_equal(text(v, "/body/token"), "***");
    assert_string_equal(text(v, "/body/text"), "{{alert.title}}");
    assert_string_equal(text(m, "/email/password"), "***");
    assert_string_equal(text(m, "/email/host"), "127.0.0.1");
    assert_string_equal(text(all, "/email/password"), "pasted");
    assert_int_equal(json_number(json_pointer(m, "/status/failed")), 2);
    assert_string_equal(text(m, "/status/message"), "no answer");
    assert_true(is_null(m, "/status/run"));
}

static void test_a_message_that_was_sent(void **state)
{
    (void)state;
    struct arena *a = arena_new(0);
    struct attempt x = { .request_url = SLACK "T0/B0/x",
                         .request_headers = "Content-Type: application/json\nX-Key: k:1\n" };
    struct attempt secret = { .request_url = SLACK "{{secret.S}}", .request_headers = "X-Key: {{secret.K}}\n" };
    struct attempt none = { 0 };
    view_cover_attempt(&x, a);
    view_cover_attempt(&secret, a);
    view_cover_attempt(&none, a);
    assert_string_equal(x.request_url, "https://hooks.slack.com/***");
    assert_string_equal(x.request_headers, "Content-Type: application/json\nX-Key: ***\n");
    assert_string_equal(secret.request_url, SLACK "{{secret.S}}");
    assert_string_equal(secret.request_headers, "X-Key: {{secret.K}}\n");
    assert_null(none.request_url);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_state),
        cmocka_unit_test(test_a_rule),
        cmocka_unit_test(test_a_mute),
        cmocka_unit_test(test_a_pasted_address_is_covered),
        cmocka_unit_test(test_what_else_is_covered),
        cmocka_unit_test(test_a_message_that_was_sent),
    };
    json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
