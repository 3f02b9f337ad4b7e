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
    v = (struct settings){ true, 3650, 3649, 1, 0, 1000, "15 2 * * *" };
    assert_ok(settings_put(t->s, &v, &e), e);
    v = (struct settings){ .paused = false };
    assert_ok(settings_get(t->s, &v, &e), e);
    assert_true(v.paused);
    assert_int_equal(3650, v.retention_days);
    assert_int_equal(3649, v.retention_failed_days);
    assert_int_equal(1, v.retention_bodies_days);
    assert_int_equal(0, v.retention_runs);
    assert_string_equal(v.backup_schedule, "15 2 * * *");
    for (int i = 0; i < SETTING_backup_schedule; i++) { /* each alone is a change */
        struct settings other = v;
        setting_put(&other, (enum setting)i, i == SETTING_PAUSED ? 0 : 2);
        assert_false(settings_equal(&v, &other));
        assert_ok(settings_put(t->s, &other, &e), e);
        assert_ok(settings_get(t->s, &v, &e), e);
        assert_true(settings_equal(&v, &other));
    }
    assert_int_equal(2, v.backup_keep);
    v.backup_schedule[0] = '\0';
    assert_ok(settings_put(t->s, &v, &e), e);
    assert_int_equal(1, count_of(t->s, "SELECT backup_schedule IS NULL FROM settings"));
}

static void test_out_of_range_is_refused_and_kept_out(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct settings v = { .backup_keep = 1 };
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
        cmocka_unit_test_setup_teardown(test_missing_row_is_said, temp_store_open, temp_store_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
