/* Jobs and targets as a whole: what is printed is what was read, for many random ones; hostile documents do no harm. */
#include "core/job.h"

#include "base/mem.h"
#include "core/cron.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static uint64_t seed = 88172645463325252u;

static uint32_t chance(uint32_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 33) % below;
}

#define PICK(array) ((array)[chance(sizeof(array) / sizeof((array)[0]))])

static const char *const TEXTS[] = {
    "",          "a",     "größe", "line\nbreak", "\"quoted\\\"", "{{now}}", "Bearer {{ secret.KEY }}",
    "{\"a\":1}", "0",     "null",  "true",        "\x01\x1f",     "漢字 😀",  "}}",
    "a/b~c",     "%41+&="
};
static const char *const ONE_LINE[] = { "", "a", "größe", "{{now}}", "Bearer {{ secret.KEY }}", "x, y; z=\"1\"", "\t" };
static const char *const SCHEDULES[] = { "0 7 * * 1-5", "*/30 * * * *", "@hourly",       "@every 90s",
                                         "30 seconds",  "0 0 $ * *",    "15 30 2 * * *", "@at 2027-01-31T09:00:00",
                                         "0 9 * * 5L" };

static struct json *random_value(int depth);

static void random_members(struct json *o, int depth)
{
    char key[24];
    for (uint32_t n = chance(4); n > 0; n--) {
        snprintf(key, sizeof key, "k%u%s", n, chance(2) ? "é/~\"" : "");
        json_add(o, key, random_value(depth));
    }
}

static struct json *random_value(int depth)
{
    json_auto struct json *scalars = json_new_array();
    struct json *container = depth <= 0 || chance(2) ? NULL : chance(2) ? json_new_object() : json_new_array();
    if (container && json_type(container) == JSON_OBJECT)
        return random_members(container, depth - 1), container;
    for (uint32_t n = container ? chance(4) : 0; n > 0; n--)
        json_add(container, NULL, random_value(depth - 1));
    if (container)
        return container;
    json_add_string(scalars, NULL, PICK(TEXTS));
    json_add_int(scalars, NULL, (int64_t)chance(1u << 30) * (chance(2) ? 1 : -8388608));
    json_add_number(scalars, NULL, (double)chance(100000) / 64 * (chance(2) ? 1e-9 : -1e9));
    json_add_bool(scalars, NULL, chance(2));
    json_add_null(scalars, NULL);
    const struct json *c = json_first(scalars);
    for (uint32_t skip = chance(5); skip > 0; skip--)
        c = json_next(c);
    return json_clone(c);
}

static void maybe_int(struct json *o, const char *key, int64_t low, int64_t high)
{
    static const uint32_t FEW = 5;
    uint32_t way = chance(FEW);
    if (way == 0)
        return;
    json_add_int(o, key, way == 1 ? low : way == 2 ? high : low + (int64_t)chance(1u << 30) % (high - low + 1));
}

static void maybe_choice(struct json *o, const char *key, const char *const *names, uint32_t n)
{
    if (chance(3))
        json_add_string(o, key, names[chance(n)]);
}

static void random_headers(struct json *o)
{
    struct json *headers = json_add_object(o, "headers");
    char name[24];
    for (uint32_t n = chance(6); n > 0; n--) {
        snprintf(name, sizeof name, "X-%u-%c", n, "aZ_.!"[chance(5)]);
        json_add_string(headers, name, PICK(ONE_LINE));
    }
}

static void random_request(struct json *doc, bool target)
{
    static const char *const METHODS[] = { "POST", "PUT", "PATCH", "DELETE" };
    static const char *const URLS[] = { "https://example.com", "http://127.0.0.1:8080/f?a={{attempt}}",
                                        "http://[::1]/" };
    static const char *const PATHS[] = { "/", "/f", "/{{job.name}}?x=%20" };
    struct json *request = json_add_object(doc, "request");
    maybe_choice(request, "method", METHODS, 4);
    json_add_string(request, "url", target && chance(2) ? PICK(PATHS) : PICK(URLS));
    if (chance(2))
        random_headers(request);
    if (chance(4))
        json_add(request, "body", random_value(4));
}

static void random_success(struct json *doc)
{
    static const char *const STATUS[] = { "2xx", "204", "200-299", "3xx", "404" };
    static const char *const POINTERS[] = { "", "/ok", "/a~1b/0", "/é" };
    struct json *success = json_add_object(doc, "success");
    struct json *status = chance(2) ? json_add_array(success, "status") : NULL;
    for (uint32_t n = 1 + chance(3); status && n > 0; n--)
        json_add_string(status, NULL, PICK(STATUS));
    struct json *rules = json_add_array(success, "json");
    for (uint32_t n = chance(4); n > 0; n--) {
        struct json *rule = json_add_object(rules, NULL);
        uint32_t kind = chance(3);
        if (kind == 0)
            json_add(rule, "equals", random_value(3));
        else if (kind == 1)
            json_add_bool(rule, "exists", chance(2));
        else
            json_add_string(rule, "matches", chance(2) ? "^(ok|done)$" : "[\"\\{]{2}");
        json_add_string(rule, "pointer", PICK(POINTERS));
    }
}

static void random_policies(struct json *doc)
{
    static const char *const DELIVERIES[] = { "at_least_once", "at_most_once" };
    static const char *const OVERLAPS[] = { "skip", "queue", "allow", "cancel_running" };
    static const char *const POLICIES[] = { "none", "latest", "all" };
    maybe_int(doc, "timeout_ms", 1, 86400000);
    maybe_int(doc, "connect_timeout_ms", 1, 86400000);
    maybe_choice(doc, "delivery", DELIVERIES, 2);
    maybe_choice(doc, "overlap", OVERLAPS, 4);
    struct json *retry = json_add_object(doc, "retry");
    maybe_int(retry, "max_attempts", 1, 100);
    maybe_int(retry, "initial_ms", 1, 5000);
    maybe_int(retry, "max_ms", 5000, 86400000);
    maybe_int(retry, "max_age_s", 0, 604800);
    if (chance(2))
        json_add_number(retry, "multiplier", 1 + (double)chance(9000) / 1000);
    struct json *catch_up = json_add_object(doc, "catch_up");
    maybe_choice(catch_up, "policy", POLICIES, 3);
    maybe_int(catch_up, "window_s", 0, 2592000);
}

static void random_alerts(struct json *alerts)
{
    for (uint32_t n = chance(3); n > 0; n--) {
        struct json *rule = json_add_object(alerts, NULL);
        bool failure = chance(2);
        json_add_string(rule, "on", failure ? "failure" : "duration");
        if (failure)
            maybe_int(rule, "after", 1, 1000);
        else
            json_add_int(rule, "over_ms", 1 + chance(100000));
        if (chance(2))
            json_add_bool(rule, "recovery", chance(2));
    }
}

static struct json *random_job(void)
{
    static const char *const TAGS[] = { "a", "b.c", "d:e-f_1" };
    struct json *doc = json_new_object();
    bool target = chance(2);
    json_add_string(doc, "name", chance(2) ? "a" : "job-1_x");
    json_add_string(doc, "schedule", PICK(SCHEDULES));
    if (chance(2))
        json_add_string(doc, "description", PICK(TEXTS));
    if (chance(2))
        json_add_bool(doc, "enabled", chance(2));
    struct json *tags = json_add_array(doc, "tags");
    for (uint32_t n = chance(4); n > 0; n--)
        json_add_string(tags, NULL, TAGS[n - 1]);
    json_add_string(doc, "timezone", chance(2) ? "UTC" : "America/Argentina/Buenos_Aires");
    maybe_int(doc, "jitter_s", 0, 86400);
    json_add_string(doc, "starts_at", chance(2) ? NULL : "2026-01-01T00:00:00.5+01:00");
    json_add_string(doc, "ends_at", chance(2) ? NULL : "2027-01-01T00:00:00Z");
    if (target)
        json_add_string(doc, "target", "prod");
    random_request(doc, target);
    random_policies(doc);
    random_success(doc);
    struct json *metrics = json_add_object(doc, "metrics");
    if (chance(2))
        json_add_string(metrics, "sent", "/sent");
    random_alerts(json_add_array(doc, "alerts"));
    return doc;
}

/* Parses and prints; fails the test when it is refused. */
static char *round_trip(const char *text)
{
    struct err e = { 0 };
    json_auto struct json *doc = json_parse(text, strlen(text), &e);
    struct arena *a = arena_new(0);
    struct job j;
    if (!doc || job_parse(doc, NULL, NULL, NULL, a, &j, &e))
        fail_msg("%s: %s in %s", e.pointer, e.text, text);
    json_auto struct json *printed = job_to_json(&j);
    char *out = json_print(printed);
    arena_free(a);
    return out;
}

/* Every member of the document is in what is printed, with the same value. Times are compared elsewhere: they become
 * UTC. */
static void expect_within(const struct json *part, const struct json *whole)
{
    for (const struct json *c = json_first(part); c; c = json_next(c)) {
        const char *key = json_key(c);
        if (strcmp(key, "starts_at") == 0 || strcmp(key, "ends_at") == 0)
            continue;
        const struct json *other = json_get(whole, key);
        bool fields = strcmp(key, "request") == 0 || strcmp(key, "retry") == 0 || strcmp(key, "catch_up") == 0 ||
                      strcmp(key, "success") == 0;
        if (fields)
            expect_within(c, other);
        else if (!json_equal(c, other))
            fail_msg("'%s' changed", key);
    }
}

static void test_printed_is_read(void **state)
{
    (void)state;
    for (int round = 0; round < 20000; round++) {
        json_auto struct json *doc = random_job();
        mem_auto char *text = json_print(doc);
        mem_auto char *once = round_trip(text);
        mem_auto char *twice = round_trip(once);
        assert_string_equal(once, twice);
        json_auto struct json *printed = json_parse(once, strlen(once), NULL);
        expect_within(doc, printed);
    }
}

static void test_every_field_is_printed_in_order(void **state)
{
    (void)state;
    static const char *const ORDER[] = {
        "name",     "description", "enabled", "tags",       "schedule",           "timezone", "jitter_s", "starts_at",
        "ends_at",  "target",      "request", "timeout_ms", "connect_timeout_ms", "delivery", "retry",    "overlap",
        "catch_up", "success",     "metrics", "alerts"
    };
    mem_auto char *once =
        round_trip("{\"name\":\"a\",\"schedule\":\"@hourly\",\"request\":{\"url\":\"https://example.com\"}}");
    json_auto struct json *printed = json_parse(once, strlen(once), NULL);
    const struct json *c = json_first(printed);
    for (size_t i = 0; i < MEM_COUNT(ORDER); i++, c = json_next(c))
        assert_string_equal(json_key(c), ORDER[i]);
    assert_null(c);
}

/* A document of random JSON is refused or read, and says where; it never does anything else. */
static void test_random_documents(void **state)
{
    (void)state;
    for (int round = 0; round < 20000; round++) {
        json_auto struct json *doc = random_job(), *junk = random_value(3);
        const struct json *victim = json_first(doc);
        for (uint32_t skip = chance((uint32_t)json_count(doc)); skip > 0; skip--)
            victim = json_next(victim);
        char key[40];
        snprintf(key, sizeof key, "%s", json_key(victim));
        json_remove(doc, key);
        json_add(doc, key, json_clone(junk));
        struct arena *a = arena_new(0);
        struct err e = { 0 };
        struct job j;
        if (job_parse(doc, NULL, NULL, NULL, a, &j, &e)) {
            assert_int_equal(e.code, ERR_INVALID);
            assert_true(e.pointer[0] == '/' && strlen(e.text) > 10);
            assert_true(json_pointer_valid(e.pointer));
        }
        arena_free(a);
    }
}

static void test_refusal_leaves_the_result_alone(void **state)
{
    (void)state;
    static const char BAD[] = "{\"name\":\"a\",\"schedule\":\"@hourly\",\"timeout_ms\":0}";
    json_auto struct json *doc = json_parse(BAD, sizeof BAD - 1, NULL);
    struct arena *a = arena_new(0);
    struct job j = { .name = "before" };
    struct target t = { .name = "before" };
    assert_int_equal(job_parse(doc, NULL, NULL, NULL, a, &j, NULL), -ERR_INVALID);
    assert_int_equal(target_parse(doc, NULL, a, &t, NULL), -ERR_INVALID);
    assert_string_equal(j.name, "before");
    assert_string_equal(t.name, "before");
    struct err e = { 0 };
    assert_int_equal(job_parse(NULL, NULL, NULL, NULL, a, &j, &e), -ERR_INVALID);
    assert_string_equal(e.text, "the job is nothing; expected an object");
    arena_free(a);
}

static void test_names(void **state)
{
    (void)state;
    char name[80];
    memset(name, 'a', sizeof name);
    name[63] = '\0';
    assert_true(job_name_valid(name) && secret_name_valid(name));
    name[63] = 'a';
    name[64] = '\0';
    assert_false(job_name_valid(name) || secret_name_valid(name));
    assert_false(job_name_valid("") || job_name_valid(NULL) || job_name_valid("_a") || job_name_valid("A") ||
                 job_name_valid("a/b"));
    assert_true(job_name_valid("0") && job_name_valid("a-") && job_name_valid("a_"));
    assert_true(secret_name_valid("_") && secret_name_valid("Z9") && secret_name_valid("CRON_INTERNAL_KEY"));
    assert_false(secret_name_valid("") || secret_name_valid(NULL) || secret_name_valid("9") ||
                 secret_name_valid("a-b"));
    assert_string_equal(method_name(METHOD_GET), "GET");
    assert_string_equal(method_name(METHOD_HEAD), "HEAD");
    assert_null(method_name((enum method)6));
    assert_string_equal(delivery_name(DELIVERY_AT_MOST_ONCE), "at_most_once");
    assert_string_equal(overlap_name(OVERLAP_CANCEL_RUNNING), "cancel_running");
    assert_string_equal(catch_up_policy_name(CATCH_UP_ALL), "all");
}

static void test_urls_joined(void **state)
{
    (void)state;
    struct arena *a = arena_new(0);
    struct target t = { .base_url = "https://abc.supabase.co/functions/v1" };
    struct job on_target = { .request.url = "/f?x=1" }, absolute = { .request.url = "http://other/" };
    assert_string_equal(job_url(&on_target, &t, a), "https://abc.supabase.co/functions/v1/f?x=1");
    assert_string_equal(job_url(&absolute, &t, a), "http://other/");
    assert_string_equal(job_url(&absolute, NULL, a), "http://other/");
    arena_free(a);
}

/* 100,000 of them must be cheap. */
static void test_memory_of_a_job(void **state)
{
    (void)state;
    static const char DOC[] =
        "{\"name\":\"followup-7h\",\"schedule\":\"0 7 * * 1-5\",\"target\":\"prod\",\"tags\":[\"followup\"],"
        "\"request\":{\"url\":\"/"
        "followup-processor\",\"headers\":{\"X-Internal-Key\":\"{{secret.CRON_INTERNAL_KEY}}\"},"
        "\"body\":{\"time_slot\":\"07:00\",\"source\":\"cron\",\"timestamp\":\"{{now}}\"}}}";
    json_auto struct json *doc = json_parse(DOC, sizeof DOC - 1, NULL);
    struct arena *a = arena_new(0);
    struct job j;
    assert_int_equal(job_parse(doc, NULL, NULL, NULL, a, &j, NULL), 0);
    assert_true(arena_size(a) <= 2048);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_printed_is_read),
        cmocka_unit_test(test_every_field_is_printed_in_order),
        cmocka_unit_test(test_random_documents),
        cmocka_unit_test(test_refusal_leaves_the_result_alone),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_urls_joined),
        cmocka_unit_test(test_memory_of_a_job),
    };
    json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
