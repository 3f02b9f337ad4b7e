#include "temp_store.h"

#include "store/settings.h"

static void test_defaults_then_what_was_put(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct settings v = { .paused = true, .retention_days = 1 };
    assert_ok(settings_get(t->s, &v, &e), e);
    assert_false(v.paused);
    assert_int_equal(90, v.retention_days);
    assert_string_equal(v.backup_schedule, "");
    assert_int_equal(7, v.backup_keep);
    assert_true(settings_equal(&v, &SETTINGS_DEFAULTS));
    assert_int_equal(60, v.alert_group_s);
    assert_int_equal(60, v.heartbeat_every_s);
    v = (struct settings){ true, 3650, 3649, 1, 0, 1000, 3600, 10, "15 2 * * *", "https://h/{{secret.H}}", "http://p" };
    assert_ok(settings_put(t->s, &v, &e), e);
    v = (struct settings){ .paused = false };
    assert_ok(settings_get(t->s, &v, &e), e);
    assert_true(v.paused);
    assert_int_equal(3650, v.retention_days);
    assert_int_equal(3649, v.retention_failed_days);
    assert_int_equal(1, v.retention_bodies_days);
    assert_int_equal(0, v.retention_runs);
    assert_string_equal(v.backup_schedule, "15 2 * * *");
    assert_int_equal(3600, v.alert_group_s);
    assert_int_equal(10, v.heartbeat_every_s);
    assert_string_equal(v.heartbeat_url, "https://h/{{secret.H}}");
    assert_string_equal(v.page_url, "http://p");
    for (int i = 0; i < SETTING_COUNT; i++) { /* each alone is a change */
        struct settings other = v;
        if (i >= SETTING_FIRST_TEXT)
            setting_put_text(&other, (enum setting)i, i == SETTING_backup_schedule ? "@hourly" : "http://other");
        else
            setting_put(&other, (enum setting)i, i == SETTING_PAUSED ? 0 : 20);
        assert_false(settings_equal(&v, &other));
        assert_ok(settings_put(t->s, &other, &e), e);
        assert_ok(settings_get(t->s, &v, &e), e);
        assert_true(settings_equal(&v, &other));
    }
    assert_int_equal(20, v.backup_keep);
    for (int i = SETTING_FIRST_TEXT; i < SETTING_COUNT; i++)
        setting_put_text(&v, (enum setting)i, NULL);
    assert_ok(settings_put(t->s, &v, &e), e);
    assert_int_equal(1,
                     count_of(t->s, "SELECT coalesce(backup_schedule, heartbeat_url, page_url) IS NULL FROM settings"));
}

static void test_what_the_form_takes(void **state)
{
    static const struct {
        const char *name, *text, *kept; /* NULL: refused, saying ... */
        const char *words;
    } cases[] = {
        { "heartbeat_url", "https://hc-ping.com/{{secret.PING}}", "https://hc-ping.com/{{secret.PING}}", NULL },
        { "heartbeat_url", "http://127.0.0.1:3001/api/push/x?status=up&ping=",
          "http://127.0.0.1:3001/api/push/x?status=up&ping=", NULL },
        { "heartbeat_url", "{{secret.WHOLE}}", "{{secret.WHOLE}}", NULL },
        { "heartbeat_url", "{{secret.WHOLE}}/start?status=up", "{{secret.WHOLE}}/start?status=up", NULL },
        { "heartbeat_url", "{{secret.WHOLE}}start", NULL, "after the secret that is its beginning" },
        { "heartbeat_url", "https://{{secret.HOST}}/ping", NULL, "a placeholder in its host or port" },
        { "heartbeat_url", "/ping", NULL, "" },
        { "heartbeat_url", "ftp://h/", NULL, "" },
        { "heartbeat_url", "https://h/{{now}}", NULL, "no placeholder but {{secret.NAME}}" },
        { "heartbeat_url", "https://h/{{secret.A}}{{run.id}}", NULL, "no placeholder but {{secret.NAME}}" },
        { "heartbeat_url", "https://h/{{secret.A", NULL, "" },
        { "heartbeat_url", "", NULL, "empty" },
        { "heartbeat_url", "https://hc-ping.com/***", NULL, "is covered (***)" },
        { "page_url", "https://edgecron.example.com/", "https://edgecron.example.com", NULL },
        { "page_url", "http://10.0.0.1:8427", "http://10.0.0.1:8427", NULL },
        { "page_url", "https://example.com/edgecron//", "https://example.com/edgecron", NULL },
        { "page_url", "https://example.com/?x=1", NULL, "without what begins with '?'" },
        { "page_url", "https://example.com/#jobs", NULL, "" },
        { "page_url", "example.com", NULL, "" },
        { "page_url", "https://{{secret.HOST}}/", NULL, "without placeholders" },
        { "backup_schedule", "15 2 * * *", "15 2 * * *", NULL },
        { "backup_schedule", "@at 2030-01-01T00:00:00", NULL, "again and again" },
    };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        struct err e = { 0 };
        struct settings v;
        struct arena *a = arena_new(0);
        json_auto struct json *doc = json_new_object();
        mem_auto char *pointer = mem_printf("/%s", cases[i].name);
        json_add_string(doc, cases[i].name, cases[i].text);
        int rc = settings_parse(doc, a, &v, &e);
        arena_free(a);
        if (cases[i].kept) {
            assert_ok(rc, e);
            json_auto struct json *form = settings_to_json(&v);
            assert_string_equal(cases[i].kept, json_string(json_get(form, cases[i].name)));
            continue;
        }
        if (rc != -ERR_INVALID || strcmp(e.pointer, pointer) != 0 || !strstr(e.text, cases[i].words))
            fail_msg("%s: %s", cases[i].text, rc ? e.text : "taken");
    }
}

static void test_numbers_have_their_bounds(void **state)
{
    static const struct {
        const char *name;
        int64_t least, most;
    } bounds[] = { { "alert_group_s", 0, 3600 }, { "heartbeat_every_s", 10, 86400 } };
    (void)state;
    struct arena *a = arena_new(0);
    for (size_t i = 0; i < MEM_COUNT(bounds); i++)
        for (int beyond = 0; beyond < 2; beyond++)
            for (int side = 0; side < 2; side++) {
                struct settings v;
                json_auto struct json *doc = json_new_object();
                json_add_int(doc, bounds[i].name, side ? bounds[i].most + beyond : bounds[i].least - beyond);
                assert_int_equal(beyond ? -ERR_INVALID : 0, settings_parse(doc, a, &v, NULL));
            }
    arena_free(a);
}

static void test_out_of_range_is_refused_and_kept_out(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct settings v = { .backup_keep = 1 }; /* 0 elsewhere */
    assert_int_not_equal(0, settings_put(t->s, &v, &e));
    assert_int_equal(90, count_of(t->s, "SELECT retention_days FROM settings"));
}

static void test_missing_row_is_said(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct settings v;
    execute_sql(t->s, "DELETE FROM settings");
    assert_int_equal(-ERR_STORE, settings_get(t->s, &v, &e));
    assert_err(e, ERR_STORE, "damaged");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_defaults_then_what_was_put, temp_store_open, temp_store_close),
        cmocka_unit_test_setup_teardown(test_out_of_range_is_refused_and_kept_out, temp_store_open, temp_store_close),
        cmocka_unit_test(test_what_the_form_takes),
        cmocka_unit_test(test_numbers_have_their_bounds),
        cmocka_unit_test_setup_teardown(test_missing_row_is_said, temp_store_open, temp_store_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
