/* Secrets written over the API: what is answered, and that no value is anywhere but where it should be. */
#include "api_fixture.h"

#include "store/secrets.h"
#include "store/vault.h"
#include "temp_store.h"

#include <stdio.h>
#include <unistd.h>

#define VALUE_1 "kJ8vQ2mXr5TzB7nWc4HfYd9LpS3gAe6U"
#define VALUE_2 "Zp4wN8sVt6KxC3jRb7GhMq2LdF5yEa9T"

static void assert_value(const char *name, const char *value)
{
    struct err e = { 0 };
    struct vault *v;
    secret_auto struct secret x = { 0 };
    assert_ok(vault_open(&v, api.store, api.key_file, false, &e), e);
    assert_ok(vault_get(v, api.store, name, &x, &e), e);
    assert_string_equal(x.value, value);
    vault_close(v);
}

static bool kept_anywhere(const char *value)
{
    mem_auto char *sql = mem_printf("SELECT (SELECT count(*) FROM idempotency WHERE instr(body || fields, '%s')) + "
                                    "(SELECT count(*) FROM audit WHERE instr(detail || resource, '%s'))",
                                    value, value);
    return count_of(api.store, sql) > 0;
}

static void test_set_and_replace(void **state)
{
    (void)state;
    struct exchange x = ask("PUT", API "/secrets/KEY", NULL, "{\"value\":\"" VALUE_1 "\",\"rotate_every_s\":3600}");
    assert_int_equal(x.p.status, 201);
    assert_string_equal(field(&x, "Location"), "/api/v1/secrets/KEY");
    assert_int_equal(json_number(json_get(x.json, "version")), 1);
    assert_int_equal(json_number(json_get(x.json, "rotate_every_s")), 3600);
    assert_int_equal(json_count(json_get(x.json, "warnings")), 0);
    assert_null(memmem(x.p.data, x.p.len, VALUE_1, strlen(VALUE_1)));
    done(&x);
    assert_value("KEY", VALUE_1);
    x = ask("PUT", API "/secrets/KEY", NULL, "{\"value\":\"" VALUE_2 "\"}");
    assert_int_equal(x.p.status, 200);
    assert_int_equal(json_number(json_get(x.json, "version")), 2);
    assert_int_equal(json_number(json_get(x.json, "rotate_every_s")), 3600);
    done(&x);
    assert_value("KEY", VALUE_2);
    x = ask("PUT", API "/secrets/WEAK", NULL, "{\"value\":\"changeme\",\"rotate_every_s\":null}");
    assert_int_equal(x.p.status, 201);
    assert_string_equal(text(&x, "/warnings/0/code"), "short");
    assert_int_equal(json_type(json_get(x.json, "rotate_every_s")), JSON_NULL);
    assert_null(memmem(x.p.data, x.p.len, "changeme", 8));
    done(&x);
    expect(204, "DELETE", API "/secrets/WEAK", NULL, NULL);
    expect_problem(404, "not_found", NULL, NULL, "DELETE", API "/secrets/WEAK", NULL, NULL);
    assert_false(kept_anywhere(VALUE_1) || kept_anywhere(VALUE_2));
}

static void test_no_refusal_shows_the_value(void **state)
{
    static const char *const cases[][4] = {
        { "PUT", API "/secrets/NEW", "{\"value\":\"abc\"}", "/value" },
        { "PUT", API "/secrets/NEW", "{\"value\":12345678}", "/value" },
        { "PUT", API "/secrets/NEW", "{\"value\":[\"12345678\"]}", "/value" },
        { "PUT", API "/secrets/NEW", "{}", "/value" },
        { "PUT", API "/secrets/1NEW", "{\"value\":\"12345678\"}", "/name" },
        { "PUT", API "/secrets/NEW", "{\"value\":\"12345678\",\"targets\":[\"none\"]}", "/targets/0" },
        { "PUT", API "/secrets/NEW", "{\"value\":\"12345678\",\"targets\":\"local\"}", "/targets" },
        { "PUT", API "/secrets/NEW", "{\"value\":\"12345678\",\"rotate_every_s\":-1}", "/rotate_every_s" },
        { "POST", API "/secrets/KEY/rotate", "{\"value\":\"12345678\",\"generate\":{}}", "(none)" },
        { "POST", API "/secrets/KEY/rotate", "{\"value\":\"12345678\",\"overlap_s\":7776001}", "/overlap_s" },
        { "POST", API "/secrets/KEY/rotate", "{\"value\":true}", "/value" },
        { "POST", API "/secrets/KEY/rotate", "{}", "(none)" },
        { "POST", API "/secrets/KEY/rotate", "{\"generate\":{\"length\":20}}", "/generate/length" },
        { "POST", API "/secrets/NEW/generate", "{\"alphabet\":\"aab\"}", "/alphabet" },
        { "POST", API "/secrets/NEW/generate", "{\"format\":\"base32\"}", "/format" },
        { "POST", API "/secrets/NEW/generate", "{\"bytes\":15}", "/bytes" },
        { "POST", API "/secrets/NEW/generate", "{\"format\":\"alphanumeric\",\"bytes\":16,\"length\":20}", "/length" },
    };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        struct exchange x = ask(cases[i][0], cases[i][1], NULL, cases[i][2]);
        if (x.p.status != 422 || strcmp(text(&x, "/pointer"), cases[i][3]))
            fail_msg("%s: %d %s %s", cases[i][2], x.p.status, text(&x, "/pointer"), text(&x, "/detail"));
        assert_null(strstr(x.p.data, "12345678"));
        assert_null(strstr(x.p.data, "abc"));
        done(&x);
    }
    assert_false(secrets_have(api.store, "NEW")); /* also where the value was fine, and what it is bound to was not */
}

static void test_generate(void **state)
{
    static const struct {
        const char *body;
        size_t length;
    } cases[] = {
        { NULL, 44 },
        { "{}", 44 },
        { "{\"format\":\"hex\",\"bytes\":16}", 32 },
        { "{\"format\":\"base64url\",\"bytes\":16}", 22 },
        { "{\"format\":\"alphanumeric\",\"length\":50}", 50 },
        { "{\"alphabet\":\"\\\"\\\\/\",\"length\":40}", 40 }, /* escaped in JSON */
    };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        char url[60], value[100];
        snprintf(url, sizeof url, API "/secrets/MADE_%zu/generate", i);
        struct exchange x = ask("POST", url, "Idempotency-Key: g", cases[i].body);
        assert_int_equal(x.p.status, 201);
        assert_true(x.p.secret);
        assert_int_equal(strlen(text(&x, "/value")), cases[i].length);
        bool weak = cases[i].length < 32 || i == 5; /* of three characters alone */
        assert_true(weak == (json_count(json_get(x.json, "warnings")) > 0));
        snprintf(value, sizeof value, "%s", text(&x, "/value"));
        done(&x);
        snprintf(url, sizeof url, "MADE_%zu", i);
        assert_value(url, value);
        assert_true(i == 5 || !kept_anywhere(value));
        snprintf(url, sizeof url, API "/secrets/MADE_%zu/generate", i);
        expect_problem(409, "conflict", NULL, "cannot be shown again", "POST", url, "Idempotency-Key: g",
                       cases[i].body);
        expect_problem(409, "conflict", NULL, "already", "POST", url, NULL, cases[i].body);
    }
    assert_int_equal(count_of(api.store, "SELECT count(*) FROM audit WHERE action = 'secret.reveal'"),
                     MEM_COUNT(cases));
    assert_int_equal(
        count_of(api.store, "SELECT count(*) FROM audit WHERE action = 'secret.reveal' AND actor = 'token:t2'"),
        MEM_COUNT(cases));
}

static void test_rotate(void **state)
{
    (void)state;
    expect(201, "PUT", API "/secrets/TURN", NULL, "{\"value\":\"" VALUE_1 "\"}");
    expect_problem(409, "conflict", "/value", "already", "POST", API "/secrets/TURN/rotate", NULL,
                   "{\"value\":\"" VALUE_1 "\"}");
    struct exchange x = ask("POST", API "/secrets/TURN/rotate", NULL, "{\"value\":\"" VALUE_2 "\",\"overlap_s\":60}");
    assert_int_equal(x.p.status, 200);
    assert_int_equal(json_number(json_get(x.json, "version")), 2);
    assert_int_equal(json_number(json_pointer(x.json, "/previous/version")), 1);
    assert_null(json_get(x.json, "value"));
    done(&x);
    assert_value("TURN", VALUE_2);
    x = ask("POST", API "/secrets/TURN/rotate", "Idempotency-Key: t",
            "{\"generate\":{\"format\":\"hex\"},\"overlap_s\":0}");
    assert_int_equal(x.p.status, 200);
    assert_int_equal(strlen(text(&x, "/value")), 64);
    assert_int_equal(json_type(json_get(x.json, "previous")), JSON_NULL);
    done(&x);
    expect(409, "POST", API "/secrets/TURN/rotate", "Idempotency-Key: t",
           "{\"generate\":{\"format\":\"hex\"},\"overlap_s\":0}");
    assert_int_equal(secrets_version(api.store, "TURN"), 3);
    expect_problem(404, "not_found", NULL, "PUT makes it", "POST", API "/secrets/ABSENT/rotate", NULL,
                   "{\"generate\":{}}");
}

static void test_bind(void **state)
{
    (void)state;
    expect(201, "PUT", API "/secrets/BOUND", NULL, "{\"value\":\"" VALUE_1 "\",\"targets\":[\"local\"]}");
    struct exchange x = ask("PUT", API "/secrets/BOUND", NULL, "{\"value\":\"" VALUE_2 "\"}"); /* stays bound */
    assert_string_equal(text(&x, "/targets/0"), "local");
    done(&x);
    const char *job =
        "{\"schedule\":\"0 7 * * "
        "*\",\"request\":{\"url\":\"https://else.example/f\",\"headers\":{\"X-Key\":\"{{secret.BOUND}}\"}}}";
    expect_problem(422, "invalid", "/request/headers/X-Key", "bound to target 'local'", "PUT",
                   API "/jobs/strays?dry_run=true", NULL, job);
    x = ask("PATCH", API "/secrets/BOUND", MERGE, "{\"targets\":null}");
    assert_int_equal(x.p.status, 200);
    assert_int_equal(json_count(json_get(x.json, "targets")), 0);
    done(&x);
    expect(201, "PUT", API "/jobs/strays", NULL, job);
    expect_problem(409, "conflict", NULL, "job 'strays'", "PATCH", API "/secrets/BOUND", MERGE,
                   "{\"targets\":[\"local\"]}");
    expect_problem(409, "conflict", NULL, "job 'strays'", "DELETE", API "/secrets/BOUND", NULL, NULL);
    expect_problem(404, "not_found", NULL, NULL, "PATCH", API "/secrets/ABSENT", MERGE, "{\"rotate_every_s\":60}");
    assert_value("BOUND", VALUE_2);
}

static void test_without_an_engine(void **state)
{
    (void)state;
    struct engine *engine = api.service.engine;
    api.service.engine = NULL;
    expect_problem(503, "unavailable", NULL, NULL, "PUT", API "/secrets/KEY", NULL, "{\"value\":\"" VALUE_1 "\"}");
    expect_problem(503, "unavailable", NULL, NULL, "DELETE", API "/secrets/KEY", NULL, NULL);
    expect_problem(503, "unavailable", NULL, NULL, "POST", API "/targets/local/check", NULL, NULL);
    expect(200, "GET", API "/secrets/KEY", NULL, NULL);
    api.service.engine = engine;
}

/* The key went to another place: values cannot be written, all else can. */
static void test_sealed(void **state)
{
    struct err e = { 0 };
    (void)state;
    engine_stop(api.service.engine);
    char away[120];
    snprintf(away, sizeof away, "%s.away", api.key_file);
    assert_int_equal(0, rename(api.key_file, away));
    const struct engine_config config = { .data_dir = api.folder, .master_key_file = api.key_file };
    assert_ok(engine_start(&api.service.engine, &config, &e), e);
    expect_problem(503, "sealed", NULL, "edgecron unseal", "PUT", API "/secrets/KEY", NULL,
                   "{\"value\":\"" VALUE_1 "\"}");
    expect_problem(503, "sealed", NULL, NULL, "POST", API "/secrets/LATE/generate", NULL, NULL);
    expect_problem(503, "sealed", NULL, NULL, "POST", API "/secrets/KEY/rotate", NULL, "{\"generate\":{}}");
    expect(200, "PATCH", API "/secrets/KEY", MERGE, "{\"rotate_every_s\":60}");
    expect(201, "PUT", API "/jobs/sealed", NULL,
           "{\"schedule\":\"0 7 * * *\",\"request\":{\"url\":\"https://a.example\"}}");
    assert_int_equal(0, rename(away, api.key_file));
    int status = 503;
    for (int i = 0; i < 3000 && status == 503; i++) { /* it looks each second */
        struct exchange x = ask("PUT", API "/secrets/KEY", NULL, "{\"value\":\"" VALUE_1 "\"}");
        status = x.p.status;
        done(&x);
        usleep(10000);
    }
    assert_int_equal(status, 200);
    assert_value("KEY", VALUE_1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_and_replace),
        cmocka_unit_test(test_no_refusal_shows_the_value),
        cmocka_unit_test(test_generate),
        cmocka_unit_test(test_rotate),
        cmocka_unit_test(test_bind),
        cmocka_unit_test(test_without_an_engine),
        cmocka_unit_test(test_sealed),
    };
    return cmocka_run_group_tests(tests, api_up, api_down);
}
