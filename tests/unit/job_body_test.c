/* A body of one run's own: read by the rules of the job's, kept as text, put in place; and which secrets it may name. */
#include "core/job_body.h"

#include "temp_store.h"

static struct arena *arena;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_new(0);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static const struct job posts = { .name = "j", .request = { .method = METHOD_POST, .url = "/f" } };

static int read_doc(const struct job *j, const char *doc, const char **ret, struct err *e)
{
    json_auto struct json *v = json_parse(doc, strlen(doc), NULL);
    assert_non_null(v);
    return job_body_read(v, j, arena, ret, e);
}

/* What is kept, and what is sent of it. */
static void check_body(const char *doc, const char *expected, enum body_kind kind, const char *sent)
{
    const char *kept;
    struct err e;
    struct request_spec r = posts.request;
    assert_ok(read_doc(&posts, doc, &kept, &e), e);
    assert_string_equal(kept, expected);
    assert_ok(job_body_use(kept, &r, arena, &e), e);
    assert_int_equal(kind, r.body_kind);
    assert_string_equal(r.body, sent);
    assert_string_equal(r.url, "/f");
}

static void test_kept_and_sent(void **state)
{
    (void)state;
    check_body("{\"body\": {\"a\": [1, 2.5, null]}}", "{\"a\":[1,2.5,null]}", BODY_JSON, "{\"a\":[1,2.5,null]}");
    check_body("{\"body\": 7}", "7", BODY_JSON, "7");
    check_body("{\"body\": false}", "false", BODY_JSON, "false");
    check_body("{\"body\": \"\"}", "\"\"", BODY_TEXT, "");
    check_body("{\"body\": \"a \\\"b\\\"\\nc \\\\ \\u0001 \\u00e9\"}", "\"a \\\"b\\\"\\nc \\\\ \\u0001 \xc3\xa9\"",
               BODY_TEXT, "a \"b\"\nc \\ \x01 \xc3\xa9");
    check_body("{\"body\": {\"k\": \"{{secret.KEY}} {{run.id}}\"}}", "{\"k\":\"{{secret.KEY}} {{run.id}}\"}", BODY_JSON,
               "{\"k\":\"{{secret.KEY}} {{run.id}}\"}");
}

static void test_none(void **state)
{
    static const char *const docs[] = { "{}", "{\"body\":null}" };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(docs); i++) {
        const char *kept = "?";
        struct err e;
        assert_ok(read_doc(&posts, docs[i], &kept, &e), e);
        assert_null(kept);
    }
}

static void test_refused(void **state)
{
    static const struct {
        const char *doc, *pointer, *words;
    } cases[] = {
        { "{\"bdy\":1}", "/bdy", "body" },
        { "{\"body\":1,\"headers\":{}}", "/headers", "headers" },
        { "{\"body\":\"{{nwo}}\"}", "/body", "{{now}}" },
        { "{\"body\":\"{{secret.}}\"}", "/body", "secret" },
        { "{\"body\":{\"a\":[0,\"{{now\"]}}", "/body/a/1", "" },
        { "{\"body\":{\"{{job}}\":1}}", "/body/{{job}}", "{{job.name}}" },
    };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        const char *kept;
        struct err e;
        assert_int_equal(-ERR_INVALID, read_doc(&posts, cases[i].doc, &kept, &e));
        assert_string_equal(e.pointer, cases[i].pointer);
        assert_err(e, ERR_INVALID, cases[i].words);
        assert_null(kept);
    }
}

static void test_too_large(void **state)
{
    (void)state;
    const char *kept;
    struct err e;
    mem_auto char *text = mem_alloc(JOB_BODY_MAX + 2);
    memset(text, 'x', JOB_BODY_MAX + 1);
    json_auto struct json *doc = json_new_object(), *most = json_new_object();
    json_add_string(doc, "body", text);
    assert_int_equal(-ERR_INVALID, job_body_read(doc, &posts, arena, &kept, &e));
    assert_string_equal(e.pointer, "/body");
    memset(text, '\x01', JOB_BODY_MAX); /* each of them is six characters of JSON */
    text[JOB_BODY_MAX] = '\0';
    json_add_string(most, "body", text);
    assert_ok(job_body_read(most, &posts, arena, &kept, &e), e);
    struct request_spec r = posts.request;
    assert_ok(job_body_use(kept, &r, arena, &e), e);
    assert_int_equal(strlen(r.body), JOB_BODY_MAX);
}

static void test_methods(void **state)
{
    static const enum method without[] = { METHOD_GET, METHOD_HEAD }, with[] = { METHOD_PUT, METHOD_DELETE };
    struct job j = posts;
    const char *kept;
    struct err e;
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(without); i++) {
        j.request.method = without[i];
        assert_int_equal(-ERR_INVALID, read_doc(&j, "{\"body\":\"\"}", &kept, &e));
        assert_string_equal(e.pointer, "/body");
        assert_err(e, ERR_INVALID, method_name(without[i]));
        assert_ok(read_doc(&j, "{\"body\":null}", &kept, &e), e);
        j.request.method = with[i];
        assert_ok(read_doc(&j, "{\"body\":\"\"}", &kept, &e), e);
    }
}

static void test_unreadable(void **state)
{
    struct request_spec r = posts.request;
    struct err e;
    (void)state;
    assert_int_equal(-ERR_INVALID, job_body_use("\"cut", &r, arena, &e));
}

static void test_strange_secrets(void **state)
{
    const struct header own = { "X-Key", "{{secret.OWN}}" }, shared = { "Authorization", "Bearer {{secret.SHARED}}" };
    const struct target t = { .name = "t", .base_url = "https://a.example", .headers = &shared, .n_headers = 1 };
    struct job j = { .name = "j",
                     .request = { .url = "/f?k={{secret.QUERY}}",
                                  .headers = &own,
                                  .n_headers = 1,
                                  .body_kind = BODY_TEXT,
                                  .body = "{{secret.BODY}}" } };
    (void)state;
    const char *all = "{\"a\":\"{{secret.OWN}}{{secret.SHARED}}{{ secret.QUERY }}{{secret.BODY}}{{now}}\"}";
    assert_null(job_body_strange_secret(all, &j, &t, arena));
    assert_string_equal("SHARED", job_body_strange_secret(all, &j, NULL, arena));
    assert_string_equal("OTHER",
                        job_body_strange_secret("\"{{secret.OWN}} {{secret.OTHER}} {{secret.X}}\"", &j, &t, arena));
    j.request.url = "https://b.example/f?k={{secret.QUERY}}"; /* the target's headers do not go there */
    assert_string_equal("SHARED", job_body_strange_secret(all, &j, &t, arena));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_kept_and_sent), TEST(test_none),       TEST(test_refused),         TEST(test_too_large),
        TEST(test_methods),       TEST(test_unreadable), TEST(test_strange_secrets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
