/* A job run once with another body, and its request as it would be sent. */
#include "api_fixture.h"

#include "engine/rehearsal.h"
#include "temp_store.h"

#include <stdio.h>

#define RUN API "/jobs/calls/run"
#define JOB                                                                                            \
    "{\"name\":\"calls\",\"schedule\":\"0 0 1 1 *\",\"target\":\"local\",\"request\":{\"url\":\"/f\"," \
    "\"headers\":{\"X-Key\":\"{{secret.OWN}}\"},\"body\":{\"at\":\"{{run.id}} {{run.trigger}}\"}},"    \
    "\"retry\":{\"max_attempts\":1}}"

static int64_t runs_of_job(void)
{
    return count_of(api.store, "SELECT count(*) FROM runs WHERE job = 'calls'");
}

static void make(const char *job, const char *doc)
{
    mem_auto char *url = mem_printf(API "/jobs/%s", job);
    struct exchange x = ask("PUT", url, NULL, doc);
    if (x.p.status != 201 && x.p.status != 200)
        fail_msg("%s: %d %.400s", url, x.p.status, x.p.data ? (const char *)x.p.data : "");
    done(&x);
}

static int setup(void **state)
{
    (void)state;
    make("calls", JOB);
    return 0;
}

static struct json *printed(const struct exchange *x, const char *pointer, char **ret)
{
    struct json *v = json_clone(json_pointer(x->json, pointer));
    *ret = v ? json_print(v) : mem_strdup("(none)");
    return v;
}

static void assert_json(const struct exchange *x, const char *pointer, const char *expected)
{
    mem_auto char *found = NULL;
    json_auto struct json *v = printed(x, pointer, &found);
    (void)v;
    assert_string_equal(found, expected);
}

static void test_another_body(void **state)
{
    static const struct {
        const char *sent, *body, *edited;
    } cases[] = {
        { "{\"body\":{\"a\":[1,\"{{now}}\"]}}", "{\"a\":[1,\"{{now}}\"]}", "true" },
        { "{\"body\":\"plain\"}", "\"plain\"", "true" },
        { "{\"body\":0}", "0", "true" },
        { "{\"body\":\"\"}", "\"\"", "true" },
        { "{\"body\":null}", "null", "false" },
        { "{}", "null", "false" },
        { NULL, "null", "false" },
    };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        struct exchange x = ask("POST", RUN, NULL, cases[i].sent);
        assert_int_equal(x.p.status, 202);
        assert_json(&x, "/body", cases[i].body);
        assert_json(&x, "/edited", cases[i].edited);
        assert_string_equal(text(&x, "/trigger"), "api");
        mem_auto char *url = mem_printf(API "/runs/%s", text(&x, "/id"));
        done(&x);
        x = ask("GET", url, NULL, NULL);
        assert_json(&x, "/body", cases[i].body);
        done(&x);
    }
    struct exchange x = ask("GET", API "/runs?job=calls&limit=7", NULL, NULL);
    assert_json(&x, "/items/6/edited", "true");
    assert_json(&x, "/items/0/edited", "false");
    assert_json(&x, "/items/6/body", "(none)"); /* in no list: it may have megabytes */
    done(&x);
    x = ask("GET", API "/jobs/calls", NULL, NULL);
    assert_json(&x, "/request/body", "{\"at\":\"{{run.id}} {{run.trigger}}\"}");
    assert_json(&x, "/status/revision", "1");
    done(&x);
}

static void test_refused(void **state)
{
    static const struct {
        int status;
        const char *code, *pointer, *words, *body;
    } cases[] = {
        { 422, "invalid", "/body", "{{run.id}}", "{\"body\":\"{{run.idd}}\"}" },
        { 422, "invalid", "/body/a", "is not closed", "{\"body\":{\"a\":\"{{now\"}}" },
        { 422, "invalid", "/headers", "headers", "{\"headers\":{}}" },
        { 422, "invalid", "/Body", "body", "{\"Body\":1}" },
        { 400, "malformed", NULL, "object", "[]" },
        { 400, "malformed", NULL, NULL, "{\"body\":" },
    };
    (void)state;
    int64_t before = runs_of_job();
    for (size_t i = 0; i < MEM_COUNT(cases); i++)
        expect_problem(cases[i].status, cases[i].code, cases[i].pointer, cases[i].words, "POST", RUN, NULL,
                       cases[i].body);
    expect_problem(404, "not_found", NULL, "nobody", "POST", API "/jobs/nobody/run", NULL, "{\"body\":1}");
    expect_problem(415, "unsupported_media_type", NULL, "JSON", "POST", RUN, "Content-Type: text/plain",
                   "{\"body\":1}");
    make("gets", "{\"schedule\":\"0 0 1 1 *\",\"request\":{\"method\":\"GET\",\"url\":\"https://a.example/f\"}}");
    expect_problem(422, "invalid", "/body", "method GET", "POST", API "/jobs/gets/run", NULL, "{\"body\":{}}");
    expect(202, "POST", API "/jobs/gets/run", NULL, "{\"body\":null}");
    assert_int_equal(before, runs_of_job());
    assert_int_equal(0, count_of(api.store, "SELECT count(*) FROM runs WHERE job = 'gets' AND edited"));
}

/* To have a job send another secret is to change it. */
static void test_secrets_of_others(void **state)
{
    static const char other[] = "{\"body\":{\"a\":\"{{secret.OTHER}}\"}}", own[] = "{\"body\":\"{{secret.OWN}}\"}";
    (void)state;
    struct exchange x = ask_as(SCOPE_OPERATE, "POST", RUN, NULL, other);
    assert_int_equal(x.p.status, 403);
    assert_string_equal(text(&x, "/pointer"), "/body");
    assert_non_null(strstr(text(&x, "/detail"), "'OTHER'"));
    done(&x);
    x = ask_as(SCOPE_OPERATE, "POST", RUN, NULL, own);
    assert_int_equal(x.p.status, 202);
    done(&x);
    x = ask_as(SCOPE_READ, "POST", RUN, NULL, own);
    assert_int_equal(x.p.status, 403);
    done(&x);
    expect(202, "POST", RUN, NULL, other);
}

static void test_idempotency(void **state)
{
    (void)state;
    struct exchange x = ask("POST", RUN, "Idempotency-Key: b1", "{\"body\":1}");
    assert_int_equal(x.p.status, 202);
    mem_auto char *id = mem_strdup(text(&x, "/id"));
    done(&x);
    x = ask("POST", RUN, "Idempotency-Key: b1", "{\"body\":1}");
    assert_string_equal(field(&x, "Idempotency-Replayed"), "true");
    assert_string_equal(text(&x, "/id"), id);
    done(&x);
    expect_problem(422, "invalid", NULL, "another request", "POST", RUN, "Idempotency-Key: b1", "{\"body\":2}");
    expect_problem(422, "invalid", NULL, "another request", "POST", RUN, "Idempotency-Key: b1", NULL);
}

static void test_as_it_would_be_sent(void **state)
{
    (void)state;
    struct exchange x = ask_as(SCOPE_READ, "GET", API "/jobs/calls/request", NULL, NULL);
    assert_int_equal(x.p.status, 200);
    assert_string_equal(text(&x, "/method"), "POST");
    assert_non_null(strstr(text(&x, "/url"), "http://127.0.0.1"));
    assert_string_equal(text(&x, "/headers/X-Key"), "{{secret.OWN}}");
    assert_string_equal(text(&x, "/headers/Idempotency-Key"), REHEARSAL_RUN_ID);
    assert_string_equal(text(&x, "/headers/X-Edgecron-Attempt"), "1");
    assert_string_equal(text(&x, "/headers/Content-Type"), "application/json");
    assert_string_equal(text(&x, "/body"), "{\"at\":\"" REHEARSAL_RUN_ID " api\"}");
    assert_json(&x, "/secrets", "[{\"name\":\"OWN\",\"found\":false,\"version\":null}]");
    assert_non_null(strstr(text(&x, "/problem"), "secret 'OWN' is not set"));
    done(&x);
    struct exchange other = ask("GET", API "/jobs/nobody/request", NULL, NULL);
    assert_int_equal(other.p.status, 404);
    done(&other);
}

/* Also where somebody wrote a value instead of its placeholder: it is covered as in history. */
static void test_no_secret_is_shown(void **state)
{
    static const char value[] = "correct-horse-battery-staple";
    (void)state;
    expect(201, "PUT", API "/secrets/OWN", NULL, "{\"value\":\"correct-horse-battery-staple\"}");
    make("pasted",
         "{\"schedule\":\"0 0 1 1 *\",\"target\":\"local\",\"request\":{\"url\":\"/f?k={{secret.OWN}}\",\"headers\":"
         "{\"X-Key\":\"{{secret.OWN}}\",\"X-Pasted\":\"correct-horse-battery-staple\"},"
         "\"body\":\"k={{secret.OWN}} correct-horse-battery-staple\"}}");
    struct exchange x = ask("GET", API "/jobs/pasted/request", NULL, NULL);
    assert_int_equal(x.p.status, 200);
    assert_null(strstr(x.p.data, value));
    assert_non_null(strstr(text(&x, "/url"), "/f?k={{secret.OWN}}"));
    assert_string_equal(text(&x, "/headers/X-Pasted"), "[redacted:OWN]");
    assert_string_equal(text(&x, "/body"), "k={{secret.OWN}} [redacted:OWN]");
    assert_json(&x, "/secrets", "[{\"name\":\"OWN\",\"found\":true,\"version\":1}]");
    assert_non_null(strstr(text(&x, "/problem"), "'allow_private' of the job's target"));
    done(&x);
}

static void test_what_would_prevent_it(void **state)
{
    static const struct {
        const char *request, *words;
    } cases[] = {
        { "{\"url\":\"http://10.0.0.1/f\"}", "10.0.0.1 is a private address (RFC 1918) that is not allowed" },
        { "{\"url\":\"http://localhost:9/f\"}", "127.0.0.1 is a loopback address that is not allowed" },
        { "{\"url\":\"http://[::1]/f\"}", "::1 is a loopback address that is not allowed" },
        { "{\"url\":\"http://169.254.169.254/f\"}", "never called" },
        { "{\"url\":\"https://a.example/{{secret.NONE}}\"}", "secret 'NONE' is not set" },
        { "{\"url\":\"https://a.example/\",\"method\":\"GET\"}", NULL }, /* whose address nobody looked up */
    };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        mem_auto char *doc = mem_printf("{\"schedule\":\"0 0 1 1 *\",\"request\":%s}", cases[i].request);
        make("prevented", doc);
        struct exchange x = ask("GET", API "/jobs/prevented/request", NULL, NULL);
        assert_int_equal(x.p.status, 200);
        if (!cases[i].words)
            assert_json(&x, "/problem", "null");
        else if (!strstr(text(&x, "/problem"), cases[i].words))
            fail_msg("%s: '%s' does not say '%s'", cases[i].request, text(&x, "/problem"), cases[i].words);
        assert_json(&x, "/body", "null");
        done(&x);
    }
}

/* What was allowed when it was bound may be elsewhere now. */
static void test_a_secret_bound_elsewhere(void **state)
{
    (void)state;
    expect(201, "POST", API "/targets", NULL, "{\"name\":\"home\",\"base_url\":\"https://home.example\"}");
    expect(201, "PUT", API "/secrets/BOUND", NULL, "{\"value\":\"tied-to-one-place-only\",\"targets\":[\"home\"]}");
    make("away",
         "{\"schedule\":\"0 0 1 1 *\",\"request\":{\"url\":\"https://home.example/f\",\"body\":\"{{secret.BOUND}}\"}}");
    struct exchange x = ask("GET", API "/jobs/away/request", NULL, NULL);
    assert_json(&x, "/problem", "null");
    done(&x);
    expect(200, "PUT", API "/targets/home", NULL, "{\"base_url\":\"https://moved.example\"}");
    x = ask("GET", API "/jobs/away/request", NULL, NULL);
    assert_non_null(strstr(text(&x, "/problem"), "bound to target 'home'"));
    done(&x);
    expect_problem(422, "invalid", "/body", "bound to target 'home'", "POST", RUN, NULL,
                   "{\"body\":\"{{secret.BOUND}}\"}");
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_another_body),          TEST(test_refused),
        TEST(test_secrets_of_others),     TEST(test_idempotency),
        TEST(test_as_it_would_be_sent),   TEST(test_no_secret_is_shown),
        TEST(test_what_would_prevent_it), TEST(test_a_secret_bound_elsewhere),
    };
    return cmocka_run_group_tests(tests, api_up, api_down);
}
