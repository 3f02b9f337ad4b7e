/* Runs that send a body of their own: kept with the run, taken over by retries, gone with it, and no burden for others. */
#include "temp_runs.h"

#include "store/secrets.h"
#include "temp_vault.h"

#include <stdio.h>

#define BODY "{\"a\":\"{{secret.K}}\"}"

static void ask_edited(struct store *s, const char *body, char id[ID_TEXT_SIZE])
{
    struct err e;
    assert_ok(runs_request_edited(s, "j", TRIGGER_MANUAL, body, NOW, id, &e), e);
}

static void test_kept(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    char id[ID_TEXT_SIZE], plain[ID_TEXT_SIZE];
    const char *body;
    struct run *r;
    int n;
    put_job(t->s, "j", "");
    ask_edited(t->s, BODY, id);
    assert_ok(runs_request(t->s, "j", TRIGGER_API, AFTER(1), plain, &e), e);
    run_load(t->s, id);
    assert_true(run_loaded.edited);
    assert_string_equal(run_loaded.body, BODY);
    run_load(t->s, plain);
    assert_false(run_loaded.edited);
    assert_null(run_loaded.body);
    /* whoever takes runs up is told, without the body */
    assert_ok(runs_requested(t->s, NULL, NULL, run_arena, &r, &n, &e), e);
    assert_int_equal(2, n);
    assert_true(r[0].edited && !r[1].edited);
    assert_null(r[0].body);
    assert_ok(runs_body(t->s, id, run_arena, &body, &e), e);
    assert_string_equal(body, BODY);
    assert_int_equal(-ERR_NOT_FOUND, runs_body(t->s, plain, run_arena, &body, &e));
    assert_int_equal(1, count_of(t->s, "SELECT count(*) FROM runs WHERE edited IS NOT NULL"));
}

static void test_interrupted_and_retried(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    char id[ID_TEXT_SIZE], again[ID_TEXT_SIZE], third[ID_TEXT_SIZE];
    struct run *r;
    int n;
    int64_t interrupted;
    put_job(t->s, "j", "");
    ask_edited(t->s, BODY, id);
    assert_ok(runs_attempt_begin(t->s, id, 1, NOW, 0, &e), e);
    assert_ok(runs_recover(t->s, AFTER(1000), &interrupted, &e), e); /* killed before it was sent, or after */
    assert_ok(runs_open(t->s, NULL, 1000, run_arena, &r, &n, &e), e);
    assert_int_equal(1, n);
    assert_int_equal(RUN_RETRYING, r[0].state);
    assert_true(r[0].edited);
    assert_ok(runs_attempt_begin(t->s, id, 2, AFTER(1000), 0, &e), e);
    assert_ok(run_end(t->s, id, 2, RUN_FAILED, OUTCOME_HTTP_STATUS, AFTER(2000), &e), e);
    put_job(t->s, "j", ", \"request\": {\"url\": \"https://a.example/other\", \"body\": \"changed\"}");
    assert_ok(runs_request_retry(t->s, id, AFTER(3000), again, &e), e);
    run_load(t->s, again);
    assert_true(run_loaded.edited);
    assert_string_equal(run_loaded.body, BODY);
    assert_ok(runs_finish(t->s, again, RUN_CANCELED, OUTCOME_CANCELED, "", AFTER(3500), &e), e);
    assert_ok(runs_request_retry(t->s, again, AFTER(4000), third, &e), e);
    run_load(t->s, third);
    assert_string_equal(run_loaded.body, BODY);
    mem_auto char *own = text_of(t->s, "SELECT spec FROM jobs");
    assert_non_null(strstr(own, "\"body\":\"changed\""));
}

static void test_pruned(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    char id[ID_TEXT_SIZE];
    put_job(t->s, "j", "");
    ask_edited(t->s, BODY, id);
    assert_ok(runs_finish(t->s, id, RUN_CANCELED, OUTCOME_CANCELED, "", AFTER(1), &e), e);
    assert_int_equal(1, delete_runs(t->s, AFTER(100)));
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM run_bodies"));
}

/* Nothing is written of a run that cannot be. */
static void test_refused(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    char id[ID_TEXT_SIZE];
    static const char *const to[] = { "other" };
    snprintf(key_file, sizeof key_file, "%s/master.key", t->dir);
    struct vault *v = open_vault(t->s);
    put_target(t->s, "mine", "");
    put_target(t->s, "other", "");
    put_job(t->s, "j", ", \"target\": \"mine\", \"request\": {\"url\": \"/f\"}");
    assert_ok(vault_set(v, t->s, "K", "the-value-of-k", 14, NOW, NULL, &e), e);
    assert_ok(secrets_bind(t->s, "K", to, 1, &e), e);
    assert_int_equal(-ERR_INVALID, runs_request_edited(t->s, "j", TRIGGER_API, BODY, NOW, id, &e));
    assert_string_equal(e.pointer, "/body");
    assert_err(e, ERR_INVALID, "bound to target 'other'");
    assert_int_equal(-ERR_NOT_FOUND, runs_request_edited(t->s, "none", TRIGGER_API, "1", NOW, id, &e));
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM runs"));
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM run_bodies"));
    assert_ok(runs_request_edited(t->s, "j", TRIGGER_API, "1", NOW, id, &e), e);
    vault_close(v);
}

static void test_rows_of_a_schedule(void **state)
{
    struct temp_store *t = *state;
    put_job(t->s, "j", "");
    run_insert_new(t->s, "j", TRIGGER_SCHEDULE, RUN_RUNNING, NOW);
    assert_int_equal(1, count_of(t->s, "SELECT edited IS NULL FROM runs"));
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM run_bodies"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_runs_open, temp_runs_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_kept),    TEST(test_interrupted_and_retried), TEST(test_pruned),
        TEST(test_refused), TEST(test_rows_of_a_schedule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
