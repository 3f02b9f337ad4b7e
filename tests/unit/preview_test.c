/* What people are shown of a schedule; and where zones come from. */
#include "api/preview.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct wall at(const char *text)
{
    struct wall t;
    assert_true(wall_parse(text, &t));
    return t;
}

static const char *field(const struct json *v, const char *pointer)
{
    return json_string(json_pointer(v, pointer));
}

static void test_clock_changes(void **state)
{
    struct zones *z = zones_open();
    struct preview p = { "30 2 * * *", "Europe/Berlin", at("2027-03-27T12:00:00Z"), 2, false };
    (void)state;
    json_auto struct json *v = preview_schedule(z, &p, NULL);
    assert_string_equal(field(v, "/description"), "at 02:30 every day");
    assert_string_equal(field(v, "/items/0/local"), "2027-03-28T03:00:00+02:00");
    assert_string_equal(field(v, "/items/0/scheduled_for"), "2027-03-28T01:00:00.000Z");
    assert_non_null(strstr(field(v, "/items/0/note"), "does not exist"));
    assert_int_equal(json_type(json_pointer(v, "/items/1/note")), JSON_NULL);
    p = (struct preview){ "30 2 * * *", "Europe/Berlin", at("2027-10-31T12:00:00Z"), 1, true };
    json_auto struct json *back = preview_schedule(z, &p, NULL);
    assert_string_equal(field(back, "/items/0/local"), "2027-10-31T02:30:00+02:00");
    assert_non_null(strstr(field(back, "/items/0/note"), "twice"));
    zones_close(z);
}

static void test_ends(void **state)
{
    struct zones *z = zones_open();
    struct preview p = { "@at 2027-01-31T09:00:00", "America/New_York", at("2027-01-01T00:00:00Z"), 5, false };
    (void)state;
    json_auto struct json *v = preview_schedule(z, &p, NULL);
    assert_int_equal(json_count(json_get(v, "items")), 1);
    assert_string_equal(field(v, "/items/0/local"), "2027-01-31T09:00:00-05:00");
    zones_close(z);
}

static void test_refusals(void **state)
{
    struct zones *z = zones_open();
    struct err e = { 0 };
    struct preview p = { "0 25 * * *", "UTC", at("2027-01-01T00:00:00Z"), 1, false };
    (void)state;
    assert_null(preview_schedule(z, &p, &e));
    assert_string_equal(e.pointer, "/schedule");
    p.schedule = "0 5 * * *";
    p.timezone = "europe/pariss";
    assert_null(preview_schedule(z, &p, &e));
    assert_string_equal(e.pointer, "/timezone");
    assert_non_null(strstr(e.text, "did you mean 'Europe/Paris'"));
    static const char *const never[] = { "", "../../etc/passwd", "/etc/localtime", "Nowhere/Land", "posixrules.d" };
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        assert_null(zones_get(z, never[i], &e));
    zones_close(z);
}

int main(void)
{
    json_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clock_changes),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
