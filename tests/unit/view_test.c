#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "api/schema.h"
#include "api/view.h"
#include "api/view_stats.h"

#include <string.h>

#define TIME_MS 1795244400000 /* 2026-11-21T07:00:00Z */

static struct wall at(int64_t ms)
{
    return (struct wall){ TIME_MS + ms };
}

static struct run finished_run(void)
{
    return (struct run){ .id = "0193a2c4-7f00-7abc-8def-0123456789ab",
                         .job = "followup-7h",
                         .trigger = TRIGGER_SCHEDULE,
                         .scheduled_for = at(0),
                         .created_at = at(1),
                         .state = RUN_SUCCEEDED,
                         .attempts = 1,
                         .started_at = at(2),
                         .finished_at = at(1252),
                         .next_attempt_at = WALL_NONE,
                         .lateness_ms = 2,
                         .duration_ms = 1250,
                         .http_status = 200,
                         .outcome = OUTCOME_OK,
                         .message = "",
                         .metrics = "{\"followups_sent\":3}",
                         .occurrences = 1 };
}

static struct attempt good_attempt(void)
{
    return (struct attempt){ .number = 1,
                             .started_at = at(2),
                             .finished_at = at(1252),
                             .outcome = OUTCOME_OK,
                             .http_status = 200,
                             .message = "",
                             .dns_ms = -1,
                             .connect_ms = 0,
                             .tls_ms = -1,
                             .first_byte_ms = 12,
                             .total_ms = 1250,
                             .remote_address = "127.0.0.1:80",
                             .request_method = "POST",
                             .request_url = "http://127.0.0.1/f",
                             .request_headers = "X-Internal-Key: {{secret.KEY}}\nContent-Type: application/json\n",
                             .request_body = "{}",
                             .response_headers = "Set-Cookie: a=1\nVary:accept\nset-cookie: b=2\nEmpty:\n",
                             .response_body = "{\"ok\":true}",
                             .response_size = 11 };
}

static const char *text(const struct json *v, const char *pointer)
{
    return json_string(json_pointer(v, pointer));
}

static bool is_null(const struct json *v, const char *pointer)
{
    return json_type(json_pointer(v, pointer)) == JSON_NULL;
}

/* The form has the members that the schema table lists, all of them, in that order or another, and no others. */
static void assert_fits(const struct json *v, const char *schema)
{
    size_t listed = 0;
    assert_int_equal(json_type(v), JSON_OBJECT);
    for (const struct schema_field *f = schema_next(NULL); f; f = schema_next(f)) {
        if (strcmp(f->schema, schema))
            continue;
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

static void test_a_finished_run(void **state)
{
    (void)state;
    struct run r = finished_run();
    struct attempt a = good_attempt();
    json_auto struct json *v = view_run(&r, &a, 1);
    assert_fits(v, "Run");
    assert_fits(json_pointer(v, "/attempts/0"), "Attempt");
    assert_string_equal(text(v, "/state"), "succeeded");
    assert_string_equal(text(v, "/scheduled_for"), "2026-11-21T07:00:00.000Z");
    assert_string_equal(text(v, "/finished_at"), "2026-11-21T07:00:01.252Z");
    assert_int_equal(json_number(json_pointer(v, "/lateness_ms")), 2);
    assert_int_equal(json_number(json_pointer(v, "/metrics/followups_sent")), 3);
    assert_true(is_null(v, "/next_attempt_at"));
    assert_true(is_null(v, "/retry_of"));
    assert_true(is_null(v, "/attempts/0/timing/dns_ms"));
    assert_int_equal(json_type(json_pointer(v, "/attempts/0/timing/connect_ms")), JSON_NUMBER);
    assert_string_equal(text(v, "/attempts/0/request/headers/X-Internal-Key"), "{{secret.KEY}}");
}

static void test_repeated_headers_become_an_array(void **state)
{
    (void)state;
    struct run r = finished_run();
    struct attempt a = good_attempt();
    json_auto struct json *v = view_run(&r, &a, 1);
    const struct json *fields = json_pointer(v, "/attempts/0/response/headers");
    assert_int_equal(json_count(fields), 3);
    assert_string_equal(text(fields, "/Set-Cookie/0"), "a=1");
    assert_string_equal(text(fields, "/Set-Cookie/1"), "b=2");
    assert_string_equal(text(fields, "/Vary"), "accept");
    assert_string_equal(text(fields, "/Empty"), "");
}

static void test_what_is_not_there_is_null(void **state)
{
    (void)state;
    struct run r = { .id = "0193a2c4-7f00-7abc-8def-0123456789ab",
                     .job = "j",
                     .state = RUN_QUEUED,
                     .scheduled_for = at(0),
                     .created_at = at(0),
                     .started_at = WALL_NONE,
                     .finished_at = WALL_NONE,
                     .next_attempt_at = WALL_NONE,
                     .lateness_ms = -1,
                     .duration_ms = -1,
                     .occurrences = 1 };
    json_auto struct json *v = view_run(&r, NULL, 0);
    assert_fits(v, "Run");
    static const char *const none[] = { "/started_at",  "/finished_at", "/lateness_ms", "/duration_ms",
                                        "/http_status", "/outcome",     "/metrics",     "/next_attempt_at" };
    for (size_t i = 0; i < MEM_COUNT(none); i++)
        assert_true(is_null(v, none[i]));
    assert_string_equal(text(v, "/message"), "");
    assert_int_equal(json_count(json_get(v, "attempts")), 0);
    struct attempt under_way = { .number = 1,
                                 .started_at = at(0),
                                 .finished_at = WALL_NONE,
                                 .dns_ms = -1,
                                 .connect_ms = -1,
                                 .tls_ms = -1,
                                 .first_byte_ms = -1,
                                 .total_ms = -1,
                                 .response_size = -1 };
    json_auto struct json *w = view_run(&r, &under_way, 1);
    assert_fits(json_pointer(w, "/attempts/0"), "Attempt");
    assert_true(is_null(w, "/attempts/0/request"));
    assert_true(is_null(w, "/attempts/0/response"));
    assert_true(is_null(w, "/attempts/0/outcome"));
}

static void test_lists_leave_attempts_out(void **state)
{
    (void)state;
    struct run r = finished_run();
    json_auto struct json *v = view_run(&r, NULL, -1);
    assert_null(json_get(v, "attempts"));
    assert_int_equal(json_number(json_get(v, "attempt_count")), 1);
    struct json *items = json_new_array();
    json_auto struct json *list = view_list(items, NULL);
    assert_true(is_null(list, "/next_cursor"));
    assert_ptr_equal(json_get(list, "items"), items);
}

/* A function may answer anything: what is printed must stay JSON, of valid UTF-8. */
static void test_any_bytes_stay_json(void **state)
{
    (void)state;
    struct run r = finished_run();
    struct attempt a = good_attempt();
    a.response_body = "\xff\xfe \x80 \"quoted\" \x01 \xc3\xa9 \xed\xa0\x80";
    a.response_headers = "X-Latin: caf\xe9\n\xff: no\nno colon\n: empty name\n";
    r.metrics = "not json";
    json_auto struct json *v = view_run(&r, &a, 1);
    mem_auto char *printed = json_print(v);
    assert_true(json_utf8_valid(printed, strlen(printed)));
    json_auto struct json *again = json_parse(printed, strlen(printed), NULL);
    assert_non_null(again);
    assert_non_null(strstr(text(again, "/attempts/0/response/body"), "\"quoted\" \x01 \xc3\xa9"));
    assert_string_equal(text(again, "/attempts/0/response/headers/X-Latin"), "caf\xef\xbf\xbd");
    assert_true(is_null(again, "/metrics"));
}

static const char job_text[] =
    "{\"name\":\"followup-7h\",\"schedule\":\"0 7 * * *\",\"request\":{\"url\":\"http://127.0.0.1/f\"}}";

static void test_job(void **state)
{
    (void)state;
    struct err e = { 0 };
    json_auto struct json *doc = json_parse(job_text, sizeof job_text - 1, &e);
    struct arena *a = arena_new(0);
    struct job_record r = { .revision = 4, .created_at = at(0), .updated_at = at(1), .paused_until = WALL_NONE };
    assert_int_equal(job_parse(doc, NULL, NULL, NULL, a, &r.job, &e), 0);
    json_auto struct json *idle =
        view_job(&r, WALL_NONE, NULL, NULL, &(struct job_standing){ .muted_until = WALL_NONE });
    assert_fits(idle, "Job");
    assert_true(is_null(idle, "/status/next_at"));
    assert_true(is_null(idle, "/status/last_run"));
    assert_true(is_null(idle, "/status/failing"));
    assert_false(json_bool(json_pointer(idle, "/status/muted")));
    struct run last = finished_run();
    struct job_failing failing = {
        .since = at(0), .runs = 3, .message = "no answer", .outcome = OUTCOME_TIMEOUT, .last_success_at = WALL_NONE
    };
    json_auto struct json *v =
        view_job(&r, at(5000), &last, &failing, &(struct job_standing){ .firing = 2, .muted_until = at(60000) });
    assert_fits(v, "Job");
    assert_fits(json_pointer(v, "/status/last_run"), "LastRun");
    assert_fits(json_pointer(v, "/status/failing"), "Failing");
    assert_string_equal(text(v, "/status/failing/outcome"), "timeout");
    assert_true(is_null(v, "/status/failing/run"));
    assert_true(is_null(v, "/status/failing/last_success_at"));
    assert_string_equal(text(v, "/status/next_at"), "2026-11-21T07:00:05.000Z");
    assert_int_equal(json_number(json_pointer(v, "/status/revision")), 4);
    assert_int_equal(json_number(json_pointer(v, "/status/firing")), 2);
    assert_true(json_bool(json_pointer(v, "/status/muted")));
    assert_string_equal(text(v, "/status/muted_until"), "2026-11-21T07:01:00.000Z");
    arena_free(a);
}

static void test_target_token(void **state)
{
    (void)state;
    static const char target_text[] = "{\"name\":\"prod\",\"base_url\":\"https://example.org/functions/v1\"}";
    struct err e = { 0 };
    json_auto struct json *doc = json_parse(target_text, sizeof target_text - 1, &e);
    struct arena *a = arena_new(0);
    struct target_record r = { .revision = 1, .created_at = at(0), .updated_at = at(0) };
    assert_int_equal(target_parse(doc, NULL, a, &r.target, &e), 0);
    json_auto struct json *v = view_target(&r);
    assert_fits(v, "Target");
    arena_free(a);
    struct token_info token = { .name = "ci",
                                .prefix = "ect_Ab3d",
                                .scope = SCOPE_READ,
                                .created_at = at(0),
                                .last_used_at = WALL_NONE,
                                .expires_at = at(9),
                                .tags = "[\"mail\"]" };
    json_auto struct json *t = view_token(&token);
    assert_string_equal(text(t, "/scope"), "read");
    assert_true(is_null(t, "/last_used_at"));
    assert_string_equal(text(t, "/tags/0"), "mail");
    assert_fits(t, "Token");
    struct session_info session = { "0193a2c4-7f00-7abc-8def-0123456789ab", at(0), at(1), at(2), "203.0.113.9", "B/1" };
    json_auto struct json *s = view_session(&session);
    json_add_bool(s, "current", true);
    assert_fits(s, "SessionEntry");
}

static void test_secret(void **state)
{
    (void)state;
    struct secret_info plain = { .name = "KEY",
                                 .version = 2,
                                 .created_at = at(0),
                                 .updated_at = at(1),
                                 .due_at = WALL_NONE,
                                 .last_used_at = WALL_NONE,
                                 .previous_expires_at = WALL_NONE };
    json_auto struct json *v = view_secret(&plain, at(5));
    assert_fits(v, "Secret");
    static const char *const NULLS[] = { "/previous", "/rotate_every_s", "/due_at", "/last_used_at" };
    for (size_t i = 0; i < MEM_COUNT(NULLS); i++)
        assert_true(is_null(v, NULLS[i]));
    assert_false(json_bool(json_pointer(v, "/overdue")));
    struct secret_info full = plain;
    const char *prod = "prod", *job = "followup-7h";
    struct secret_accepted accepted[] = { { "https://x.example", 1, at(2) }, { "prod", 2, at(3) } };
    full.previous_version = 1;
    full.previous_expires_at = at(9);
    full.rotate_every_s = 60;
    full.due_at = at(4);
    full.last_used_at = at(3);
    full.targets = full.users = &prod;
    full.jobs = &job;
    full.n_targets = full.n_users = full.n_jobs = 1;
    full.accepted = accepted;
    full.n_accepted = 2;
    json_auto struct json *w = view_secret(&full, at(5));
    assert_fits(w, "Secret");
    assert_fits(json_pointer(w, "/previous"), "SecretPrevious");
    assert_fits(json_pointer(w, "/used_by"), "SecretUsers");
    assert_fits(json_pointer(w, "/accepted/0"), "SecretAccepted");
    assert_fits(json_pointer(w, "/accepted/1"), "SecretAccepted");
    assert_true(json_bool(json_pointer(w, "/overdue")));
    assert_string_equal(text(w, "/used_by/jobs/0"), "followup-7h");
    assert_string_equal(text(w, "/targets/0"), "prod");
    assert_true(is_null(w, "/accepted/0/target"));
    assert_string_equal(text(w, "/accepted/0/origin"), "https://x.example");
    assert_string_equal(text(w, "/accepted/1/target"), "prod");
}

static void test_problem(void **state)
{
    (void)state;
    struct err e = { 0 };
    err_at(&e, ERR_INVALID, "/retry/max_attempts", "'max_attempts' must be 1 to 100");
    json_auto struct json *v = view_problem(&e);
    assert_fits(v, "Problem");
    assert_string_equal(text(v, "/type"), "about:blank");
    assert_string_equal(text(v, "/code"), "invalid");
    assert_string_equal(text(v, "/pointer"), "/retry/max_attempts");
    assert_int_equal(json_number(json_get(v, "status")), 422);
    for (int code = ERR_NONE + 1; code < ERR_CODE_COUNT; code++) {
        err_set(&e, (enum err_code)code, "why");
        json_auto struct json *p = view_problem(&e);
        assert_fits(p, "Problem");
        assert_null(json_get(p, "pointer"));
        assert_string_not_equal(text(p, "/title"), "Error");
    }
}

static void test_statistics(void **state)
{
    (void)state;
    struct stats_point points[2] = { { .start = at(0) }, { .start = at(3600000) } };
    struct stats x = { .window = { at(0), WINDOW_HOUR_MS, 2 }, .points = points };
    json_auto struct json *none = view_stats(&x, "2h", at(4000000));
    assert_fits(none, "Stats");
    assert_true(is_null(none, "/success_rate"));
    assert_true(is_null(none, "/duration_ms/p50"));
    struct tally_run ok = { RUN_SUCCEEDED, OUTCOME_OK, 1, 2, 1250, "{\"sent\": 3}", 11 };
    struct tally_run bad = { RUN_FAILED, OUTCOME_TLS, 1, 4, 50, NULL, 0 };
    tally_run_add(&points[1].tally, &ok);
    tally_run_add(&points[1].tally, &bad);
    tally_merge(&x.total, &points[1].tally);
    json_auto struct json *v = view_stats(&x, "2h", at(4000000));
    assert_fits(v, "Stats");
    assert_fits(json_pointer(v, "/metrics/sent"), "MetricTotal");
    assert_fits(json_pointer(v, "/series/1"), "StatsPoint");
    assert_int_equal(json_number(json_pointer(v, "/success_rate")) * 10, 5);
    assert_int_equal(json_number(json_pointer(v, "/duration_ms/max")), 1250);
    assert_int_equal(json_number(json_pointer(v, "/duration_ms/mean")), 650);
    assert_int_equal(json_number(json_pointer(v, "/outcomes/tls")), 1);
    assert_int_equal(json_number(json_pointer(v, "/series/1/metrics/sent")), 3);
    assert_int_equal(json_count(json_get(v, "series")), 2);
    tally_clear(&points[1].tally);
    tally_clear(&x.total);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_finished_run),
        cmocka_unit_test(test_repeated_headers_become_an_array),
        cmocka_unit_test(test_what_is_not_there_is_null),
        cmocka_unit_test(test_lists_leave_attempts_out),
        cmocka_unit_test(test_any_bytes_stay_json),
        cmocka_unit_test(test_job),
        cmocka_unit_test(test_target_token),
        cmocka_unit_test(test_secret),
        cmocka_unit_test(test_problem),
        cmocka_unit_test(test_statistics),
    };
    json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
