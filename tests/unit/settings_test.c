#include "temp_store.h"

#include "store/settings.h"

static void test_defaults_then_what_was_put(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct settings v = { true, 1 };
    assert_ok(settings_get(t->s, &v, &e), e);
    assert_false(v.paused);
    assert_int_equal(90, v.retention_days);
    v = (struct settings){ true, 3650 };
    assert_ok(settings_put(t->s, &v, &e), e);
    v = (struct settings){ false, 0 };
    assert_ok(settings_get(t->s, &v, &e), e);
    assert_true(v.paused);
    assert_int_equal(3650, v.retention_days);
}

static void test_out_of_range_is_refused_and_kept_out(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct settings v = { false, 0 };
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
