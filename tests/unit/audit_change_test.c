/* Every change has its entry: by whom, to what, what was before and what is after; and none where nothing changed. */
#include "temp_store.h"

#include "base/json.h"
#include "store/audit.h"
#include "store/secrets.h"
#include "store/settings.h"
#include "store/tokens.h"

static int as_ci(void **state)
{
    int rc = temp_store_open(state);
    store_actor_set(((struct temp_store *)*state)->s, &(struct audit_actor){ AUDIT_TOKEN, "ci", "203.0.113.9" });
    return rc;
}

/* How many entries of that action and resource there are; all must be of the actor. *ret: detail of the newest, freed by the caller. */
static int64_t entries(struct store *s, const char *action, const char *resource, struct json **ret)
{
    mem_auto char *count = mem_printf("SELECT count(*) FROM audit WHERE action = '%s' AND resource = '%s' AND actor = "
                                      "'token:ci' AND address = '203.0.113.9'",
                                      action, resource);
    mem_auto char *sql = mem_printf(
        "SELECT detail FROM audit WHERE action = '%s' AND resource = '%s' ORDER BY id DESC LIMIT 1", action, resource);
    mem_auto char *detail = text_of(s, sql);
    if (ret)
        *ret = json_parse(detail ? detail : "", detail ? strlen(detail) : 0, NULL);
    return count_of(s, count);
}

static const struct json *place(const struct json *detail, const char *pointer)
{
    for (const struct json *p = json_first(json_get(detail, "changes")); p; p = json_next(p))
        if (!strcmp(json_string(json_get(p, "pointer")), pointer))
            return p;
    return NULL;
}

static const char *side(const struct json *detail, const char *pointer, const char *name)
{
    const char *text = json_string(json_get(place(detail, pointer), name));
    return text ? text : "(none)";
}

static void put(struct store *s, const char *name, const char *fields, int64_t after_ms)
{
    struct job_of j = job_of(name, fields);
    struct err e = { 0 };
    enum put_result result;
    assert_ok(jobs_put(s, &j.job, -1, AFTER(after_ms), &result, &e), e);
    arena_free(j.arena);
}

static void test_a_job(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    struct json *d;
    put(t->s, "a", ", \"description\": \"one\"", 0);
    assert_int_equal(1, entries(t->s, "job.create", "a", &d));
    assert_string_equal("one", side(d, "/description", "after"));
    assert_string_equal("(none)", side(d, "/description", "before"));
    assert_null(place(d, "/tags")); /* empty */
    json_free(d);
    put(t->s, "a", ", \"description\": \"one\"", 1);
    assert_int_equal(1, count_of(t->s, "SELECT count(*) FROM audit"));
    put(t->s, "a", ", \"description\": \"two\", \"tags\": [\"x\"]", 2);
    assert_int_equal(1, entries(t->s, "job.update", "a", &d));
    assert_int_equal(2, json_count(json_get(d, "changes")));
    assert_string_equal("one", side(d, "/description", "before"));
    assert_string_equal("two", side(d, "/description", "after"));
    assert_non_null(place(d, "/tags"));
    json_free(d);
    assert_ok(jobs_pause(t->s, "a", AFTER(99000), AFTER(3), &e), e);
    assert_ok(jobs_pause(t->s, "a", AFTER(99000), AFTER(4), &e), e);
    assert_int_equal(1, entries(t->s, "job.pause", "a", &d));
    assert_non_null(json_string(json_get(d, "until")));
    json_free(d);
    assert_ok(jobs_resume(t->s, "a", AFTER(5), &e), e);
    assert_ok(jobs_resume(t->s, "a", AFTER(6), &e), e);
    assert_int_equal(1, entries(t->s, "job.resume", "a", NULL));
    assert_ok(jobs_remove(t->s, "a", -1, AFTER(7), &e), e);
    assert_int_equal(1, entries(t->s, "job.remove", "a", &d));
    assert_string_equal("two", side(d, "/description", "before"));
    json_free(d);
    assert_int_equal(-ERR_NOT_FOUND, jobs_remove(t->s, "a", -1, AFTER(8), &e));
    assert_int_equal(5, count_of(t->s, "SELECT count(*) FROM audit"));
}

static void test_a_target(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    struct json *d;
    put_target(t->s, "prod", ", \"headers\": {\"apikey\": \"short\"}");
    assert_int_equal(1, entries(t->s, "target.create", "prod", &d));
    mem_auto char *text = json_print(d);
    assert_null(strstr(text, "short"));
    json_free(d);
    put_target(t->s, "prod", ", \"headers\": {\"apikey\": \"other\"}");
    assert_int_equal(1, entries(t->s, "target.update", "prod", &d));
    assert_string_equal("***", side(d, "/headers/apikey", "before"));
    assert_string_equal("***", side(d, "/headers/apikey", "after"));
    json_free(d);
    put_target(t->s, "prod", ", \"headers\": {\"apikey\": \"other\"}");
    assert_ok(targets_remove(t->s, "prod", -1, &e), e);
    assert_int_equal(1, entries(t->s, "target.remove", "prod", NULL));
    assert_int_equal(3, count_of(t->s, "SELECT count(*) FROM audit"));
}

static void test_settings(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    struct json *d;
    struct settings v;
    assert_ok(settings_get(t->s, &v, &e), e);
    assert_ok(settings_put(t->s, &v, &e), e);
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM audit"));
    v.retention_days = 30;
    assert_ok(settings_put(t->s, &v, &e), e);
    assert_int_equal(1, entries(t->s, "settings.update", "", &d));
    assert_int_equal(1, json_count(json_get(d, "changes")));
    assert_int_equal(90, json_number(json_get(place(d, "/retention_days"), "before")));
    assert_int_equal(30, json_number(json_get(place(d, "/retention_days"), "after")));
    json_free(d);
}

static void test_runs(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    struct json *d;
    char id[ID_TEXT_SIZE], again[ID_TEXT_SIZE];
    put(t->s, "a", "", 0);
    assert_ok(runs_request(t->s, "a", TRIGGER_API, AFTER(1), id, &e), e);
    assert_int_equal(1, entries(t->s, "run.request", "a", &d));
    assert_string_equal(id, json_string(json_get(d, "run")));
    json_free(d);
    assert_int_equal(-ERR_NOT_FOUND, runs_request(t->s, "none", TRIGGER_API, AFTER(1), again, &e));
    assert_ok(runs_request_cancel(t->s, id, true, AFTER(2), &e), e);
    assert_int_equal(-ERR_CONFLICT, runs_request_cancel(t->s, id, true, AFTER(3), &e));
    assert_int_equal(1, entries(t->s, "run.cancel", id, NULL));
    assert_ok(runs_request_retry(t->s, id, AFTER(4), again, &e), e);
    assert_int_equal(1, entries(t->s, "run.retry", id, &d));
    assert_string_equal(again, json_string(json_get(d, "run")));
    json_free(d);
    assert_int_equal(4, count_of(t->s, "SELECT count(*) FROM audit"));
}

static void test_tokens(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    struct json *d;
    char token[TOKEN_TEXT_SIZE];
    static const char *const tags[] = { "mail" };
    const struct token_grant g = { "x", SCOPE_OPERATE, AFTER(5000), tags, 1 };
    assert_ok(tokens_grant(t->s, &g, NOW, token, &e), e);
    assert_int_equal(-ERR_CONFLICT, tokens_grant(t->s, &g, NOW, token, &e));
    assert_int_equal(1, entries(t->s, "token.create", "x", &d));
    assert_string_equal("operate", json_string(json_get(d, "scope")));
    assert_string_equal("mail", json_string(json_pointer(d, "/tags/0")));
    mem_auto char *text = json_print(d);
    assert_null(strstr(text, token + 4));
    json_free(d);
    assert_ok(tokens_revoke(t->s, "x", &e), e);
    assert_int_equal(-ERR_NOT_FOUND, tokens_revoke(t->s, "x", &e));
    assert_int_equal(1, entries(t->s, "token.revoke", "x", NULL));
}

/* A document of megabytes has an entry of kilobytes. */
static void test_a_large_document(void **state)
{
    struct temp_store *t = *state;
    struct json *d;
    buf_auto struct buf body = BUF_INIT(1024 * 1024);
    buf_str_add(&body, ", \"request\": {\"url\": \"http://h.example/\", \"body\": {");
    for (int i = 0; i < 2000; i++)
        buf_printf(&body, "%s\"m%d\": \"some words of a text that is sent along with a call\"", i ? "," : "", i);
    buf_str_add(&body, "}}");
    put(t->s, "a", "", 0);
    put(t->s, "a", buf_str(&body), 1);
    assert_int_equal(1, entries(t->s, "job.update", "a", &d));
    assert_true(json_bool(json_get(d, "more")));
    json_free(d);
    assert_true(count_of(t->s, "SELECT max(length(detail)) FROM audit") <= 20000);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, as_ci, temp_store_close)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_job), TEST(test_a_target), TEST(test_settings),
        TEST(test_runs),  TEST(test_tokens),   TEST(test_a_large_document),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
