/* What doctor says is put in order, cut and named; where a URL goes; what it says when there is nothing to look at. */
#include "temp_store.h"

#include "api/doctor.h"
#include "base/age.h"
#include "base/mem.h"

#include <stdio.h>
#include <sys/stat.h>

static struct doctor begun(struct temp_store *t)
{
    struct doctor d = {
        .dir = t->dir, .key_file = "/nonexistent/master.key", .hint = "", .key_hint = "", .offline = true
    };
    d.store = t->s;
    d.zones = zones_open();
    doctor_begin(&d);
    return d;
}

static void ended(struct doctor *d)
{
    zones_close(d->zones);
    doctor_end(d);
}

static int of_check(const struct doctor *d, const char *check, const struct finding **ret_first)
{
    int n = 0;
    for (int i = 0; i < d->n; i++)
        if (!strcmp(d->findings[i].check, check) && n++ == 0)
            *ret_first = &d->findings[i];
    return n;
}

static void test_names(void **state)
{
    struct doctor d = begun(*state);
    struct names x = { 0 };
    static const char *const said[] = { "", "'a'", "'a' and 'b'", "'a', 'b' and 'c'" };
    for (int i = 0; i < 4; i++) {
        assert_string_equal(names_text(&d, &x), said[i]);
        names_add(&d, &x, (const char *[]){ "a", "b", "c", "d" }[i]);
    }
    for (int i = 0; i < 4; i++)
        names_add(&d, &x, "more");
    assert_string_equal(names_text(&d, &x), "'a', 'b', 'c', 'd', 'more' and 3 more");
    assert_string_equal(doctor_quoted(&d, "it's; `x`"), "'it'\\''s; `x`'");
    ended(&d);
}

static void test_origins(void **state)
{
    struct doctor d = begun(*state);
    struct url u;
    assert_string_equal(doctor_origin(&d, "https://Api.Example.com/x?a={{now}}", &u), "https://api.example.com");
    assert_string_equal(doctor_origin(&d, "http://127.0.0.1:8000/{{secret.K}}", &u), "http://127.0.0.1:8000");
    assert_string_equal(doctor_origin(&d, "https://a.example", &u), "https://a.example");
    assert_null(doctor_origin(&d, "https://{{job.name}}.example/x", &u));
    assert_null(doctor_origin(&d, "/on/a/target", &u));
    ended(&d);
}

static void test_next_times_are_told_and_cut(void **state)
{
    struct temp_store *t = *state;
    const struct finding *f = NULL;
    char name[32];
    for (int i = 0; i < DOCTOR_SAYS_MOST + 5; i++) {
        snprintf(name, sizeof name, "job-%02d", i);
        put_job(t->s, name, i == 7 ? ", \"ends_at\": \"2021-01-01T00:00:00Z\"" : "");
    }
    struct doctor d = begun(t);
    doctor_examine(&d);
    assert_int_equal(of_check(&d, "jobs.schedules", &f), DOCTOR_SAYS_MOST + 1);
    assert_non_null(strstr(f->what, "job 'job-07' is switched on, and never due again")); /* the worst first */
    assert_int_equal(f->severity, DOCTOR_NOTICE);
    assert_non_null(strstr(f[1].what, "job 'job-00' is next due at 20"));
    assert_int_equal(f[1].severity, DOCTOR_OK);
    assert_string_equal(f[DOCTOR_SAYS_MOST].what, "and 5 more like these");
    assert_null(f[DOCTOR_SAYS_MOST].why);
    ended(&d);
}

static void test_without_a_store(void **state)
{
    struct temp_store *t = *state;
    const struct finding *f = NULL;
    struct doctor d = { .dir = t->dir, .key_file = "/nonexistent/master.key", .hint = "", .key_hint = "" };
    err_set(&d.closed, ERR_STORE, "it is on fire");
    doctor_begin(&d);
    doctor_places(&d);
    doctor_call(&d);
    doctor_examine(&d);
    assert_int_equal(of_check(&d, "data.database", &f), 1);
    assert_int_equal(f->severity, DOCTOR_PROBLEM);
    assert_string_equal(f->what, "the database cannot be opened: it is on fire");
    assert_int_equal(of_check(&d, "secrets.missing", &f), 0);
    assert_int_equal(doctor_count(&d, DOCTOR_PROBLEM), 1);
    struct json *v = doctor_view(&d);
    assert_int_equal(json_count(json_get(v, "items")), d.n);
    json_free(v);
    doctor_end(&d);
}

static void test_times(void **state)
{
    char text[AGE_TEXT_SIZE];
    (void)state;
    assert_string_equal(age_text(-5, text), "0 s");
    assert_string_equal(age_text(119999, text), "119 s");
    assert_string_equal(age_text(7200000, text), "2 h");
    assert_string_equal(age_text(100 * 86400000LL, text), "100 days");
    assert_string_equal(age_time_at(NOW, 3600, AFTER(-60000), text), "2026-11-22T00:00:00+01:00 (in 60 s)");
    assert_string_equal(age_time(NOW, WALL_NONE, text), "2026-11-21T23:00:00Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_names, temp_store_open, temp_store_close),
        cmocka_unit_test_setup_teardown(test_origins, temp_store_open, temp_store_close),
        cmocka_unit_test_setup_teardown(test_next_times_are_told_and_cut, temp_store_open, temp_store_close),
        cmocka_unit_test_setup_teardown(test_without_a_store, temp_store_open, temp_store_close),
        cmocka_unit_test(test_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
