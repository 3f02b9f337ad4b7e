/* Jobs, targets, settings and the apply file written over the API: forms, patches, revisions, what is refused and where. */
#include "api_fixture.h"

#include "store/settings.h"
#include "temp_store.h"

#include <stdio.h>

#define JOB "{\"schedule\":\"0 7 * * *\",\"request\":{\"url\":\"https://a.example/f\"}}"
#define NAMED(name) "{\"name\":\"" name "\",\"schedule\":\"0 7 * * *\",\"request\":{\"url\":\"https://a.example/f\"}}"

static int64_t revision_of(const char *job)
{
    struct err e = { 0 };
    int64_t revision;
    assert_ok(jobs_revision(api.store, job, &revision, &e), e);
    return revision;
}

static void test_put_creates_and_replaces(void **state)
{
    (void)state;
    struct exchange x = ask("PUT", API "/jobs/one", NULL, JOB);
    assert_int_equal(x.p.status, 201);
    assert_string_equal(field(&x, "Location"), "/api/v1/jobs/one");
    assert_string_equal(field(&x, "ETag"), "\"1\"");
    assert_string_equal(text(&x, "/name"), "one");
    assert_string_equal(text(&x, "/timezone"), "UTC");
    assert_int_equal(json_count(json_get(x.json, "warnings")), 0);
    assert_non_null(json_string(json_pointer(x.json, "/status/next_at")));
    mem_auto char *answer = mem_strndup(x.p.data, x.p.len);
    done(&x);
    x = ask("PUT", API "/jobs/one", NULL, answer); /* what was answered can be sent back */
    assert_int_equal(x.p.status, 200);
    assert_string_equal(field(&x, "ETag"), "\"1\"");
    assert_string_equal(field(&x, "Location"), "");
    done(&x);
    x = ask("GET", API "/jobs/one", NULL, NULL);
    mem_auto char *got = mem_strndup(x.p.data, x.p.len);
    done(&x);
    x = ask("PUT", API "/jobs/one", NULL, got);
    assert_string_equal(field(&x, "ETag"), "\"1\"");
    done(&x);
    x = ask("PUT", API "/jobs/one", NULL, "{\"schedule\":\"0 8 * * *\",\"request\":{\"url\":\"https://a.example/f\"}}");
    assert_int_equal(x.p.status, 200);
    assert_string_equal(field(&x, "ETag"), "\"2\"");
    done(&x);
    expect_problem(422, "invalid", "/name", "addressed as", "PUT", API "/jobs/one", NULL, NAMED("other"));
    expect_problem(422, "invalid", "/name", NULL, "PUT", API "/jobs/No%20Name", NULL, JOB);
    expect(204, "DELETE", API "/jobs/one", NULL, NULL);
    expect_problem(404, "not_found", NULL, NULL, "DELETE", API "/jobs/one", NULL, NULL);
}

static void test_post_creates_only(void **state)
{
    (void)state;
    struct exchange x = ask("POST", API "/jobs", NULL, NAMED("two"));
    assert_int_equal(x.p.status, 201);
    assert_string_equal(field(&x, "Location"), "/api/v1/jobs/two");
    done(&x);
    expect_problem(409, "conflict", NULL, "PUT replaces it", "POST", API "/jobs", NULL, NAMED("two"));
    expect_problem(422, "invalid", "/name", "is missing", "POST", API "/jobs", NULL, JOB);
    expect(204, "DELETE", API "/jobs/two", NULL, NULL);
}

static void test_patch(void **state)
{
    (void)state;
    expect(201, "PUT", API "/jobs/three", NULL, JOB);
    struct exchange x = ask(
        "PATCH", API "/jobs/three", MERGE,
        "{\"tags\":[\"a\"],\"retry\":{\"max_attempts\":5},\"request\":{\"headers\":{\"X-A\":\"1\",\"X-B\":\"2\"}}}");
    assert_int_equal(x.p.status, 200);
    assert_string_equal(field(&x, "ETag"), "\"2\"");
    assert_int_equal(json_number(json_pointer(x.json, "/retry/max_attempts")), 5);
    assert_int_equal(json_number(json_pointer(x.json, "/retry/initial_ms")), 5000);
    assert_string_equal(text(&x, "/request/url"), "https://a.example/f");
    done(&x);
    x = ask("PATCH", API "/jobs/three", NULL,
            "{\"tags\":null,\"request\":{\"headers\":{\"X-A\":null}},\"status\":{\"revision\":9}}");
    assert_int_equal(json_count(json_get(x.json, "tags")), 0);
    assert_string_equal(text(&x, "/request/headers/X-B"), "2");
    assert_null(json_pointer(x.json, "/request/headers/X-A"));
    done(&x);
    x = ask("PATCH", API "/jobs/three", MERGE, "{}");
    assert_string_equal(field(&x, "ETag"), "\"3\"");
    done(&x);
    expect_problem(422, "invalid", "/retry/max_attempts", NULL, "PATCH", API "/jobs/three", MERGE,
                   "{\"retry\":{\"max_attempts\":0}}");
    expect_problem(422, "invalid", "/schedul", "did you mean 'schedule'", "PATCH", API "/jobs/three", MERGE,
                   "{\"schedul\":\"* * * * *\"}");
    expect_problem(422, "invalid", "/schedule", "is missing", "PATCH", API "/jobs/three", MERGE, "{\"schedule\":null}");
    expect_problem(422, "invalid", "/target", "no target", "PATCH", API "/jobs/three", MERGE, "{\"target\":\"none\"}");
    expect_problem(422, "invalid", "/name", NULL, "PATCH", API "/jobs/three", MERGE, "{\"name\":\"four\"}");
    expect_problem(404, "not_found", NULL, NULL, "PATCH", API "/jobs/nothing", MERGE, "{}");
    assert_int_equal(revision_of("three"), 3);
    expect(204, "DELETE", API "/jobs/three", NULL, NULL);
}

static void test_dry_run_changes_nothing(void **state)
{
    (void)state;
    struct exchange x = ask("PUT", API "/jobs/dry?dry_run=true", NULL, JOB);
    assert_int_equal(x.p.status, 200);
    assert_string_equal(field(&x, "ETag"), "\"1\"");
    assert_string_equal(text(&x, "/name"), "dry");
    assert_non_null(json_string(json_pointer(x.json, "/status/next_at")));
    done(&x);
    expect(200, "POST", API "/jobs?dry_run=true", "Idempotency-Key: dry", NAMED("dry"));
    expect(404, "GET", API "/jobs/dry", NULL, NULL);
    x = ask("PATCH", API "/jobs/kept?dry_run=true", MERGE, "{\"enabled\":false}");
    assert_int_equal(x.p.status, 200);
    assert_string_equal(field(&x, "ETag"), "\"2\"");
    assert_false(json_bool(json_get(x.json, "enabled")));
    assert_int_equal(json_type(json_pointer(x.json, "/status/next_at")), JSON_NULL);
    done(&x);
    assert_int_equal(revision_of("kept"), 1);
    expect_problem(409, "conflict", NULL, NULL, "POST", API "/jobs?dry_run=true", NULL, NAMED("kept"));
    expect_problem(422, "invalid", "/target", NULL, "PUT", API "/jobs/dry?dry_run=true", NULL,
                   "{\"schedule\":\"0 7 * * *\",\"target\":\"none\",\"request\":{\"url\":\"/f\"}}");
    expect_problem(412, "precondition_failed", NULL, NULL, "PUT", API "/jobs/kept?dry_run=true", "If-Match: \"9\"",
                   JOB);
    expect_problem(422, "invalid", NULL, "true or false", "PUT", API "/jobs/dry?dry_run=yes", NULL, JOB);
    expect(200, "PUT", API "/targets/dry?dry_run=true", NULL, "{\"base_url\":\"https://d.example\"}");
    expect(404, "GET", API "/targets/dry", NULL, NULL);
    expect(201, "POST", API "/jobs?dry_run=false", "Idempotency-Key: dry", NAMED("dry"));
    expect(204, "DELETE", API "/jobs/dry", NULL, NULL);
}

static void test_preconditions(void **state)
{
    static const struct {
        const char *fields;
        int status; /* of a PUT on a job at revision 2 */
    } cases[] = {
        { "If-Match: \"2\"", 200 },
        { "If-Match: *", 200 },
        { "If-Match:  \"1\" ,\"2\"", 200 },
        { "If-Match: \"1\"", 412 },
        { "If-Match: W/\"2\"", 412 },
        { "If-Match: W/\"2\", \"2\"", 200 },
        { "If-Match: \"02\"", 412 },
        { "If-Match: 2", 400 },
        { "If-Match: \"2", 400 },
        { "If-Match: \"2\",", 400 },
        { "If-Match: \"2\" \"3\"", 400 },
        { "If-Match: *, \"2\"", 400 },
        { "If-None-Match: *", 412 },
        { "If-None-Match: \"2\"", 412 },
        { "If-None-Match: W/\"2\"", 412 },
        { "If-None-Match: \"1\"", 200 },
        { "If-Match: \"2\"\nIf-None-Match: \"2\"", 412 },
    };
    const char *same =
        "{\"description\":\"x\",\"schedule\":\"0 7 * * *\",\"request\":{\"url\":\"https://a.example/f\"}}";
    (void)state;
    expect(201, "PUT", API "/jobs/pre", "If-None-Match: *", JOB);
    expect(200, "PUT", API "/jobs/pre", "If-Match: \"1\"", same);
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        struct exchange x = ask("PUT", API "/jobs/pre", cases[i].fields, same);
        if (x.p.status != cases[i].status)
            fail_msg("%s: %d, not %d", cases[i].fields, x.p.status, cases[i].status);
        if (x.p.status == 412) {
            assert_string_equal(text(&x, "/code"), "precondition_failed");
            assert_non_null(strstr(text(&x, "/detail"), "at revision 2"));
            assert_string_equal(field(&x, "ETag"), "\"2\"");
        }
        done(&x);
    }
    assert_int_equal(revision_of("pre"), 2);
    expect(412, "PATCH", API "/jobs/pre", "If-Match: \"1\"", "{\"enabled\":false}");
    expect(412, "DELETE", API "/jobs/pre", "If-Match: \"1\"", NULL);
    expect(404, "DELETE", API "/jobs/absent", "If-Match: \"1\"", NULL);
    expect(412, "PUT", API "/jobs/absent", "If-Match: *", JOB);
    expect(412, "PUT", API "/jobs/absent", "If-Match: \"1\"", JOB);
    expect(204, "DELETE", API "/jobs/pre", "If-Match: \"2\"", NULL);
}

static void test_get_if_changed(void **state)
{
    static const char *const urls[] = { API "/jobs/kept", API "/targets/local", API "/settings" };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(urls); i++) {
        struct exchange x = ask("GET", urls[i], NULL, NULL);
        assert_string_equal(field(&x, "ETag"), "\"1\"");
        done(&x);
        x = ask("GET", urls[i], "If-None-Match: \"7\", W/\"1\"", NULL);
        assert_int_equal(x.p.status, 304);
        assert_int_equal(x.p.len, 0);
        assert_string_equal(field(&x, "ETag"), "\"1\"");
        done(&x);
        expect(200, "GET", urls[i], "If-None-Match: \"2\"", NULL);
        expect(200, "GET", urls[i], "If-None-Match: nonsense", NULL);
    }
}

static void test_targets(void **state)
{
    (void)state;
    expect_problem(422, "invalid", "/base_url", "is missing", "PUT", API "/targets/new", NULL, "{}");
    struct exchange x = ask("POST", API "/targets", NULL, "{\"name\":\"new\",\"base_url\":\"https://t.example/f/\"}");
    assert_int_equal(x.p.status, 201);
    assert_string_equal(text(&x, "/base_url"), "https://t.example/f");
    assert_string_equal(field(&x, "Location"), "/api/v1/targets/new");
    done(&x);
    expect(409, "POST", API "/targets", NULL, "{\"name\":\"new\",\"base_url\":\"https://t.example/f\"}");
    x = ask("PATCH", API "/targets/new", MERGE, "{\"max_concurrent\":3,\"rate\":\"10/s\"}");
    assert_int_equal(json_number(json_get(x.json, "max_concurrent")), 3);
    assert_string_equal(field(&x, "ETag"), "\"2\"");
    done(&x);
    expect_problem(412, "precondition_failed", NULL, NULL, "PUT", API "/targets/new", "If-Match: \"1\"",
                   "{\"base_url\":\"https://t.example\"}");
    expect(201, "PUT", API "/jobs/on-new", NULL,
           "{\"schedule\":\"0 7 * * *\",\"target\":\"new\",\"request\":{\"url\":\"/f\"}}");
    expect_problem(409, "conflict", NULL, "job 'on-new'", "DELETE", API "/targets/new", NULL, NULL);
    expect(204, "DELETE", API "/jobs/on-new", NULL, NULL);
    expect(204, "DELETE", API "/targets/new", "If-Match: \"2\"", NULL);
    expect(404, "DELETE", API "/targets/new", NULL, NULL);
}

static void test_warnings(void **state)
{
    (void)state;
    struct exchange x =
        ask("PUT", API "/jobs/warned?dry_run=true", NULL,
            "{\"schedule\":\"0 7 * * *\",\"request\":{\"url\":\"https://a.example/f?k={{secret.IN_URL}}\","
            "\"headers\":{\"X-Internal-Key\":\"plain-text-key\",\"Authorization\":\"Bearer {{secret.TOKEN}}\","
            "\"X-Trace\":\"{{secret.TOKEN}}\"},\"body\":{\"a\":\"{{secret.IN_BODY}}\"}}}");
    assert_int_equal(x.p.status, 200);
    static const char *const expected[][2] = { { "literal_credential", "/request/headers/X-Internal-Key" },
                                               { "secret_not_set", "/request/headers/Authorization" },
                                               { "secret_not_set", "/request/url" },
                                               { "secret_not_set", "/request/body" } };
    assert_int_equal(json_count(json_get(x.json, "warnings")), MEM_COUNT(expected));
    for (size_t i = 0; i < MEM_COUNT(expected); i++) {
        char pointer[40];
        snprintf(pointer, sizeof pointer, "/warnings/%zu/code", i);
        assert_string_equal(text(&x, pointer), expected[i][0]);
        snprintf(pointer, sizeof pointer, "/warnings/%zu/pointer", i);
        assert_string_equal(text(&x, pointer), expected[i][1]);
    }
    mem_auto char *warnings = json_print(json_get(x.json, "warnings"));
    assert_null(strstr(warnings, "plain-text-key"));
    done(&x);
}

static void test_settings(void **state)
{
    (void)state;
    struct exchange x = ask("PATCH", API "/settings", "If-Match: \"1\"", "{\"retention_days\":30}");
    assert_int_equal(x.p.status, 200);
    assert_int_equal(json_number(json_get(x.json, "retention_days")), 30);
    assert_false(json_bool(json_get(x.json, "paused")));
    assert_string_equal(field(&x, "ETag"), "\"2\"");
    done(&x);
    expect_problem(412, "precondition_failed", NULL, "revision 2", "PATCH", API "/settings", "If-Match: \"1\"", "{}");
    x = ask("PATCH", API "/settings", MERGE, "{\"retention_days\":30}");
    assert_string_equal(field(&x, "ETag"), "\"2\"");
    done(&x);
    expect_problem(422, "invalid", "/retention_days", NULL, "PATCH", API "/settings", MERGE, "{\"retention_days\":0}");
    expect_problem(422, "invalid", "/pause", "did you mean 'paused'", "PATCH", API "/settings", MERGE,
                   "{\"pause\":true}");
    x = ask("PATCH", API "/settings", MERGE, "{\"retention_days\":null}");
    assert_int_equal(json_number(json_get(x.json, "retention_days")), 90);
    done(&x);
}

static void test_apply_and_export(void **state)
{
    (void)state;
    struct exchange x = ask("GET", API "/export", NULL, NULL);
    mem_auto char *file = mem_strndup(x.p.data, x.p.len);
    done(&x);
    x = ask("GET", API "/settings", NULL, NULL);
    char before[32];
    snprintf(before, sizeof before, "%s", field(&x, "ETag"));
    done(&x);
    x = ask("POST", API "/apply?prune=true", NULL, file);
    assert_int_equal(x.p.status, 200);
    assert_int_equal(json_count(json_get(x.json, "changes")), 2 + SETTING_COUNT);
    for (const struct json *c = json_first(json_get(x.json, "changes")); c; c = json_next(c)) {
        assert_string_equal(json_string(json_get(c, "action")), "unchanged");
        assert_int_equal(json_count(json_get(c, "diff")), 0);
    }
    done(&x);
    x = ask("GET", API "/settings", NULL, NULL);
    assert_string_equal(field(&x, "ETag"), before);
    done(&x);
    assert_int_equal(revision_of("kept"), 1);
    const char *other = "{\"version\":1,\"targets\":[],\"jobs\":[" NAMED("fresh") "]}";
    x = ask("POST", API "/apply?prune=true&dry_run=true", NULL, other);
    assert_int_equal(x.p.status, 200);
    assert_true(json_bool(json_get(x.json, "dry_run")));
    assert_string_equal(text(&x, "/changes/0/action"), "created");
    assert_string_equal(text(&x, "/changes/0/diff/0/pointer"), "");
    assert_string_equal(text(&x, "/changes/1/name"), "kept");
    assert_string_equal(text(&x, "/changes/1/action"), "removed");
    assert_string_equal(text(&x, "/changes/2/kind"), "target");
    assert_int_equal(json_number(json_pointer(x.json, "/jobs/removed")), 1);
    done(&x);
    expect(200, "GET", API "/jobs/kept", NULL, NULL);
    expect(404, "GET", API "/jobs/fresh", NULL, NULL);
    x = ask("POST", API "/apply", NULL, other);
    assert_int_equal(json_number(json_pointer(x.json, "/jobs/created")), 1);
    done(&x);
    expect(204, "DELETE", API "/jobs/fresh", NULL, NULL);
    expect_problem(422, "invalid", "/jobs/0/schedule", NULL, "POST", API "/apply", NULL,
                   "{\"version\":1,\"jobs\":[{\"name\":\"x\",\"schedule\":\"61 * * * "
                   "*\",\"request\":{\"url\":\"https://a.example\"}}]}");
}

static void test_who_may(void **state)
{
    static const char *const writes[][2] = { { "PUT", API "/jobs/x" },           { "PATCH", API "/jobs/kept" },
                                             { "DELETE", API "/jobs/kept" },     { "POST", API "/jobs" },
                                             { "PUT", API "/secrets/X" },        { "POST", API "/apply" },
                                             { "PATCH", API "/settings" },       { "DELETE", API "/targets/local" },
                                             { "POST", API "/secrets/X/rotate" } };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(writes); i++) {
        struct exchange x = ask_as(SCOPE_OPERATE, writes[i][0], writes[i][1], NULL, "{}");
        assert_int_equal(x.p.status, 403);
        done(&x);
    }
    struct exchange x = ask_as(SCOPE_OPERATE, "POST", API "/jobs/kept/pause", NULL, NULL);
    assert_int_equal(x.p.status, 200);
    done(&x);
    expect(200, "POST", API "/jobs/kept/resume", NULL, "{}");
    expect(204, "DELETE", API "/jobs/kept", NULL, NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_put_creates_and_replaces),
        cmocka_unit_test(test_post_creates_only),
        cmocka_unit_test(test_patch),
        cmocka_unit_test(test_dry_run_changes_nothing),
        cmocka_unit_test(test_preconditions),
        cmocka_unit_test(test_get_if_changed),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_warnings),
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_apply_and_export),
        cmocka_unit_test(test_who_may),
    };
    return cmocka_run_group_tests(tests, api_up, api_down);
}
