/* The engine whole, against a real store and a small server on loopback. Deadlines are generous; nothing here is timed. */
#include "engine_fixture.h"

#include "base/json.h"

#include <unistd.h>

static void test_run_by_hand(void **state)
{
    struct fixture *x = *state;
    char id[ID_TEXT_SIZE];
    struct attempt *a;
    int n;
    engine_up(x);
    set_secret(x, "KEY", "a-very-secret-value");
    apply_job(x, "one", "/echo", NEVER, "'metrics':{'sent':'/sent'}");
    ask_run(x, "one", id);
    struct run *r = wait_state(x, id, RUN_SUCCEEDED, &a, &n);
    assert_int_equal(n, 1);
    assert_int_equal(r->http_status, 200);
    assert_int_equal(r->outcome, OUTCOME_OK);
    assert_string_equal(r->metrics, "{\"sent\":3}");
    assert_true(r->lateness_ms >= 0 && r->duration_ms >= 0);
    assert_int_equal(a->outcome, OUTCOME_OK);
    assert_true(a->total_ms >= 0 && a->connect_ms >= 0);
    /* the server saw the secret; history does not hold it, not even where the server echoed it */
    assert_non_null(strstr(small_server_last(), "X-Internal-Key: a-very-secret-value"));
    assert_non_null(strstr(small_server_last(), arena_printf(x->arena, "Idempotency-Key: %s", id)));
    assert_non_null(strstr(a->request_headers, "X-Internal-Key: {{secret.KEY}}"));
    assert_null(strstr(a->request_headers, "a-very-secret-value"));
    assert_non_null(strstr(a->response_body, "[redacted:KEY]"));
    assert_non_null(strstr(a->request_body, id));
}

/* A job with a target and a whole URL elsewhere: the target's key stays at home. (localhost is another host than 127.0.0.1.) */
static void test_headers_of_the_target_stay_there(void **state)
{
    struct fixture *x = *state;
    char id[ID_TEXT_SIZE];
    struct attempt *a;
    int n;
    engine_up(x);
    set_secret(x, "KEY", "a-very-secret-value");
    apply_job(x, "elsewhere", arena_printf(x->arena, "http://localhost:%d/ok", small_server_port()), NEVER, "");
    ask_run(x, "elsewhere", id);
    wait_state(x, id, RUN_SUCCEEDED, &a, &n);
    assert_null(strstr(small_server_last(), "X-Internal-Key"));
    assert_null(strstr(a->request_headers, "X-Internal-Key"));
    apply_job(x, "at-home", arena_printf(x->arena, "http://127.0.0.1:%d/ok", small_server_port()), NEVER, "");
    ask_run(x, "at-home", id);
    wait_state(x, id, RUN_SUCCEEDED, &a, &n);
    assert_non_null(strstr(small_server_last(), "X-Internal-Key: a-very-secret-value"));
}

/* The answer to a call holds the value it was made with, also when that was replaced meanwhile. */
static void test_secret_replaced_in_flight(void **state)
{
    struct fixture *x = *state;
    char id[ID_TEXT_SIZE];
    struct attempt *a;
    int n;
    engine_up(x);
    set_secret(x, "KEY", "the-first-of-two-values");
    apply_job(x, "one", "/slow-1500", NEVER, "");
    ask_run(x, "one", id);
    for (int i = 0; i < 1000 && small_server_count() == 0; i++)
        usleep(10000);
    set_secret(x, "KEY", "another-value-altogether");
    wait_state(x, id, RUN_SUCCEEDED, &a, &n);
    assert_non_null(strstr(small_server_last(), "the-first-of-two-values"));
    assert_null(strstr(a->response_body, "the-first-of-two-values"));
    assert_non_null(strstr(a->response_body, "[redacted:KEY]"));
    ask_run(x, "one", id); /* and the new one is known */
    wait_state(x, id, RUN_SUCCEEDED, &a, &n);
    assert_non_null(strstr(small_server_last(), "another-value-altogether"));
    assert_null(strstr(a->response_body, "another-value-altogether"));
}

static void test_schedule(void **state)
{
    struct fixture *x = *state;
    struct run *runs;
    set_secret(x, "KEY", "a-very-secret-value");
    apply_job(x, "tick", "/ok", "* * * * * *", "");
    engine_up(x);
    int n = wait_count(x, "tick", RUN_SUCCEEDED, 3, &runs);
    for (int i = 0; i < n; i++) {
        assert_int_equal(runs[i].scheduled_for.ms % 1000, 0);
        assert_true(i == 0 || runs[i - 1].scheduled_for.ms - runs[i].scheduled_for.ms >= 1000);
    }
    struct engine_status s;
    engine_status(x->engine, &s);
    assert_int_equal(s.jobs, 1);
    assert_int_equal(s.jobs_active, 1);
    assert_string_equal(s.next_job, "tick");
    assert_true(s.store_ok && s.vault_ok && s.clock_ok);
    /* a pause takes effect, and what fell into it leaves no trace */
    assert_int_equal(jobs_pause(x->store, "tick", WALL_NONE, clock_wall(), NULL), 0);
    store_announce(x->dir);
    usleep(300000);
    int paused = list_runs(x, "tick", -1, &runs);
    usleep(1500000);
    assert_int_equal(list_runs(x, "tick", -1, &runs), paused);
    assert_int_equal(jobs_resume(x->store, "tick", clock_wall(), NULL), 0);
    store_announce(x->dir);
    for (int i = 0; i < 1000 && list_runs(x, "tick", -1, &runs) <= paused; i++)
        usleep(10000);
    assert_int_equal(runs[0].trigger, TRIGGER_SCHEDULE);
    assert_int_equal(list_runs(x, "tick", RUN_MISSED, &runs), 0);
}

static void test_retry(void **state)
{
    struct fixture *x = *state;
    char id[ID_TEXT_SIZE];
    struct attempt *a;
    int n;
    engine_up(x);
    set_secret(x, "KEY", "a-very-secret-value");
    apply_job(x, "flaky", "/fail-twice", NEVER, "'retry':{'initial_ms':20}");
    ask_run(x, "flaky", id);
    struct run *r = wait_state(x, id, RUN_SUCCEEDED, &a, &n);
    assert_int_equal(n, 3);
    assert_int_equal(r->attempts, 3);
    assert_int_equal(a[0].outcome, OUTCOME_HTTP_STATUS);
    assert_int_equal(a[0].http_status, 500);
    assert_int_equal(a[2].outcome, OUTCOME_OK);
    apply_job(x, "broken", "/500", NEVER, "'retry':{'initial_ms':20,'max_attempts':2}");
    ask_run(x, "broken", id);
    r = wait_state(x, id, RUN_FAILED, &a, &n);
    assert_int_equal(n, 2);
    assert_non_null(strstr(r->message, "max_attempts"));
    apply_job(x, "refused", "/401", NEVER, "'retry':{'initial_ms':20}");
    ask_run(x, "refused", id);
    r = wait_state(x, id, RUN_FAILED, &a, &n);
    assert_int_equal(n, 1); /* a wrong key is not tried again */
    assert_non_null(strstr(r->message, "KEY"));
}

static void test_missing_secret(void **state)
{
    struct fixture *x = *state;
    char id[ID_TEXT_SIZE];
    struct attempt *a;
    int n;
    engine_up(x);
    apply_job(x, "keyless", "/ok", NEVER, "");
    ask_run(x, "keyless", id);
    struct run *r = wait_state(x, id, RUN_FAILED, &a, &n);
    assert_int_equal(r->outcome, OUTCOME_SECRET);
    assert_non_null(strstr(r->message, "KEY"));
    assert_int_equal(small_server_count(), 0);
    set_secret(x, "KEY", "a-very-secret-value"); /* taken up while running */
    usleep(200000);
    ask_run(x, "keyless", id);
    wait_state(x, id, RUN_SUCCEEDED, &a, &n);
}

static void test_overlap(void **state)
{
    struct fixture *x = *state;
    struct run *runs;
    set_secret(x, "KEY", "a-very-secret-value");
    apply_job(x, "skips", "/slow-2500", "* * * * * *", "");
    apply_job(x, "queues", "/slow-1500", "* * * * * *", "'overlap':'queue'");
    engine_up(x);
    wait_count(x, "skips", RUN_SKIPPED, 1, &runs);
    assert_non_null(strstr(runs[0].message, "still under way"));
    wait_count(x, "queues", RUN_SUCCEEDED, 2, &runs);
    assert_true(runs[0].started_at.ms >= runs[1].finished_at.ms); /* one after the other */
    assert_int_equal(jobs_remove(x->store, "queues", -1, clock_wall(), NULL), 0);
    apply_job(x, "cancels", "/slow-2500", "* * * * * *", "'overlap':'cancel_running'");
    wait_count(x, "cancels", RUN_CANCELED, 1, &runs);
    assert_non_null(strstr(runs[0].message, "cancel_running"));
}

static void test_slots(void **state)
{
    struct fixture *x = *state;
    char id[5][ID_TEXT_SIZE];
    struct attempt *a;
    int n, queued = 0;
    engine_up(x);
    set_secret(x, "KEY", "a-very-secret-value");
    apply_job(x, "slow", "/slow-400", NEVER, "");
    for (int i = 0; i < 5; i++)
        ask_run(x, "slow", id[i]);
    usleep(200000);
    for (int i = 0; i < 5; i++)
        queued += get_run(x, id[i], &a, &n)->state == RUN_QUEUED;
    assert_int_equal(queued, 3); /* max_concurrent is 2 */
    assert_int_equal(small_server_most_at_once(), 2);
    for (int i = 0; i < 5; i++)
        wait_state(x, id[i], RUN_SUCCEEDED, &a, &n);
    assert_int_equal(small_server_most_at_once(), 2);
}

static void test_cancel_and_remove(void **state)
{
    struct fixture *x = *state;
    char id[ID_TEXT_SIZE], later[ID_TEXT_SIZE];
    struct attempt *a;
    int n;
    engine_up(x);
    set_secret(x, "KEY", "a-very-secret-value");
    apply_job(x, "slow", "/slow-5000", NEVER, "");
    ask_run(x, "slow", id);
    wait_state(x, id, RUN_RUNNING, &a, &n);
    assert_int_equal(runs_request_cancel(x->store, id, false, clock_wall(), NULL), 0);
    store_announce(x->dir);
    struct run *r = wait_state(x, id, RUN_CANCELED, &a, &n);
    assert_int_equal(a[0].outcome, OUTCOME_CANCELED);
    assert_non_null(strstr(r->message, "by hand"));
    apply_job(x, "retries", "/500", NEVER, "'retry':{'initial_ms':60000}");
    ask_run(x, "retries", later);
    wait_state(x, later, RUN_RETRYING, &a, &n);
    assert_int_equal(jobs_remove(x->store, "retries", -1, clock_wall(), NULL), 0);
    store_announce(x->dir);
    wait_state(x, later, RUN_CANCELED, &a, &n);
}

/* Stopped in the middle of a call: the run is there at the next start, and goes again under the same key. */
static void test_interrupted(void **state)
{
    struct fixture *x = *state;
    char id[ID_TEXT_SIZE], once[ID_TEXT_SIZE];
    struct attempt *a;
    int n;
    engine_up(x);
    set_secret(x, "KEY", "a-very-secret-value");
    apply_job(x, "least", "/slow-once-5000", NEVER, "");
    apply_job(x, "most", "/slow-5000", NEVER, "'delivery':'at_most_once'");
    ask_run(x, "least", id);
    ask_run(x, "most", once);
    wait_state(x, id, RUN_RUNNING, &a, &n);
    wait_state(x, once, RUN_RUNNING, &a, &n);
    for (int i = 0; i < 500 && small_server_count() < 2; i++)
        usleep(10000);
    engine_down(x);
    struct run *r = get_run(x, id, &a, &n);
    assert_int_equal(r->state, RUN_RETRYING);
    assert_int_equal(a[0].outcome, OUTCOME_INTERRUPTED);
    r = get_run(x, once, &a, &n);
    assert_int_equal(r->state, RUN_FAILED);
    assert_int_equal(r->outcome, OUTCOME_INTERRUPTED);
    engine_up(x);
    wait_state(x, id, RUN_SUCCEEDED, &a, &n);
    assert_int_equal(n, 2);
    assert_int_equal(get_run(x, once, &a, &n)->attempts, 1);
}

static void assert_all_different(const struct run *runs, int n)
{
    for (int i = 0; i < n; i++)
        for (int k = 0; k < i; k++)
            assert_true(runs[i].scheduled_for.ms != runs[k].scheduled_for.ms);
}

/* Down for ten minutes: the last occurrence is caught up, those before it are told as missed; nothing is there twice, also not when it
 * is all planned again. */
static void test_catch_up(void **state)
{
    struct fixture *x = *state;
    struct run *runs;
    x->applied_ms_ago = 10 * 60000;
    set_secret(x, "KEY", "a-very-secret-value");
    apply_job(x, "latest", "/ok", "* * * * *", "");
    apply_job(x, "none", "/ok", "* * * * *", "'catch_up':{'policy':'none'}");
    apply_job(x, "all", "/ok", "* * * * *", "'overlap':'allow','catch_up':{'policy':'all','window_s':300}");
    engine_up(x);
    wait_count(x, "latest", RUN_MISSED, 8, &runs);
    for (int i = 0; i < 1000 && list_runs(x, "latest", RUN_SUCCEEDED, &runs) < 1; i++)
        usleep(10000);
    assert_true(runs[0].trigger == TRIGGER_CATCH_UP || runs[0].trigger == TRIGGER_SCHEDULE);
    assert_true(runs[0].lateness_ms <= 120000);
    wait_count(x, "none", RUN_MISSED, 8, &runs);
    wait_count(x, "all", RUN_SUCCEEDED, 4, &runs);
    wait_count(x, "all", RUN_MISSED, 4, &runs);
    for (int again = 0; again < 2; again++) {
        static const char *const jobs[] = { "latest", "none", "all" };
        for (int j = 0; j < 3; j++) {
            int n = list_runs(x, jobs[j], -1, &runs);
            assert_in_range(n, 10, 12);
            assert_all_different(runs, n);
        }
        engine_down(x);
        execute_sql(x->store, "UPDATE planner SET planned_until = NULL");
        engine_up(x);
        usleep(200000);
    }
}

int main(void)
{
    json_init();
    small_server_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_run_by_hand, engine_open, engine_close),
        cmocka_unit_test_setup_teardown(test_headers_of_the_target_stay_there, engine_open, engine_close),
        cmocka_unit_test_setup_teardown(test_secret_replaced_in_flight, engine_open, engine_close),
        cmocka_unit_test_setup_teardown(test_schedule, engine_open, engine_close),
        cmocka_unit_test_setup_teardown(test_retry, engine_open, engine_close),
        cmocka_unit_test_setup_teardown(test_missing_secret, engine_open, engine_close),
        cmocka_unit_test_setup_teardown(test_overlap, engine_open, engine_close),
        cmocka_unit_test_setup_teardown(test_slots, engine_open, engine_close),
        cmocka_unit_test_setup_teardown(test_cancel_and_remove, engine_open, engine_close),
        cmocka_unit_test_setup_teardown(test_interrupted, engine_open, engine_close),
        cmocka_unit_test_setup_teardown(test_catch_up, engine_open, engine_close),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    small_server_stop();
    return failed;
}
