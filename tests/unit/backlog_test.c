/* More runs than are held in memory: each has its row, each ends, in order, and others have their turn meanwhile. Small bounds; nothing is timed. */
#include "engine_fixture.h"

#include <stdio.h>
#include <unistd.h>

#define MOST_JOB 8
#define MOST 12
#define CALLS 2 /* max_concurrent of the fixture's target */
#define EACH_SECOND "@every 1s"
#define ALL_ALLOWED "'overlap':'allow','catch_up':{'policy':'all','window_s':3600},'retry':{'max_attempts':1}"

static void small(struct fixture *x, int seconds)
{
    x->most_waiting_job = MOST_JOB;
    x->most_waiting = MOST;
    x->applied_ms_ago = seconds * 1000LL;
}

static struct engine_status status_of(struct fixture *x)
{
    struct engine_status s;
    engine_status(x->engine, &s);
    return s;
}

/* What is held is what waits in all, but for what is left. Behind each other stand those of no job here. */
static struct engine_status assert_bounded(struct fixture *x, int jobs)
{
    struct engine_status s = status_of(x);
    int64_t held = s.queued - s.queued_in_store;
    /* and calls that were begun ahead, or are being begun */
    if (held > MOST + jobs + 20 * CALLS + 1)
        fail_msg("%lld runs are held", (long long)held);
    return s;
}

static struct engine_status wait_overload(struct fixture *x, bool overloaded)
{
    struct engine_status s;
    for (int i = 0; i < 3000; i++, usleep(5000)) {
        s = assert_bounded(x, 3);
        if (wall_is_none(s.overloaded_since) != overloaded)
            return s;
    }
    fail_msg("overloaded since %lld, %lld left", (long long)s.overloaded_since.ms, (long long)s.queued_in_store);
    return s;
}

/* One row for each second, none twice, all with that state; they began in order, but for those that go side by side. */
static void assert_each_once(struct fixture *x, const char *job, int least)
{
    struct run *r;
    int n = list_runs(x, job, -1, &r), late = 0;
    assert_true(n >= least);
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < i; k++)
            assert_int_not_equal(r[i].scheduled_for.ms, r[k].scheduled_for.ms);
        if (r[i].state == RUN_SUCCEEDED)
            late += r[i].lateness_ms > 1000;
        for (int k = 0; k + 4 * CALLS < i && r[i].state == RUN_SUCCEEDED && r[k].state == RUN_SUCCEEDED; k++)
            assert_true(r[i].scheduled_for.ms > r[k].scheduled_for.ms || r[i].started_at.ms <= r[k].started_at.ms);
    }
    assert_true(late > 0); /* it is told how late */
}

/* What is due first is called first, also of what was planned together: but for those that go side by side. */
static void assert_in_order(struct fixture *x, const char *job)
{
    struct run *r;
    int n = list_runs(x, job, RUN_SUCCEEDED, &r);
    for (int i = 0; i < n; i++)
        for (int k = 0; k < n; k++)
            if (r[i].scheduled_for.ms + 4000 * CALLS < r[k].scheduled_for.ms && r[i].started_at.ms > r[k].started_at.ms)
                fail_msg("the run for %lld began after the one for %lld", (long long)r[i].scheduled_for.ms,
                         (long long)r[k].scheduled_for.ms);
}

static int wait_all_ended(struct fixture *x, const char *job)
{
    struct run *r;
    for (int i = 0; i < 3000; i++, usleep(10000)) {
        int n = list_runs(x, job, -1, &r), open = 0;
        for (int k = 0; k < n; k++)
            open += !run_state_final(r[k].state);
        assert_bounded(x, 3);
        if (n && open <= 2) /* one is due each second */
            return n;
    }
    fail_msg("runs of '%s' are left open", job);
    return 0;
}

static void test_each_has_its_turn(void **state)
{
    struct fixture *x = *state;
    char id[ID_TEXT_SIZE];
    struct attempt *a;
    struct run *r;
    int n;
    small(x, 200);
    set_secret(x, "KEY", "a-very-secret-value");
    apply_job(x, "many", "/slow-20", EACH_SECOND, ALL_ALLOWED);
    engine_up(x);
    struct engine_status s = wait_overload(x, true);
    assert_string_equal("many", s.overloaded_by);
    assert_true(s.queued >= s.queued_in_store);
    /* what comes meanwhile for another job does not wait for all of them */
    apply_job(x, "other", "/ok", NEVER, "");
    ask_run(x, "other", id);
    wait_state(x, id, RUN_SUCCEEDED, &a, &n);
    assert_true(list_runs(x, "many", RUN_QUEUED, &r) > MOST_JOB);
    wait_all_ended(x, "many");
    assert_each_once(x, "many", 200);
    assert_in_order(x, "many");
    assert_int_equal(0, list_runs(x, "many", RUN_MISSED, &r));
    s = wait_overload(x, false);
    assert_int_equal(0, s.queued_in_store);
}

/* More jobs than may wait in all: each has one in memory at least. */
static void test_many_jobs(void **state)
{
    struct fixture *x = *state;
    static const char *const names[] = { "a", "b", "c" };
    small(x, 60);
    x->most_waiting = 2;
    set_secret(x, "KEY", "a-very-secret-value");
    for (int i = 0; i < 3; i++)
        apply_job(x, names[i], "/slow-5", EACH_SECOND, ALL_ALLOWED);
    engine_up(x);
    wait_overload(x, true);
    for (int i = 0; i < 3; i++) {
        wait_all_ended(x, names[i]);
        assert_each_once(x, names[i], 60);
    }
}

static void test_stopped_and_started(void **state)
{
    struct fixture *x = *state;
    struct run *r;
    small(x, 120);
    set_secret(x, "KEY", "a-very-secret-value");
    apply_job(x, "many", "/slow-20", EACH_SECOND, ALL_ALLOWED);
    for (int i = 0; i < 3; i++) {
        engine_up(x);
        struct engine_status s = wait_overload(x, true);
        assert_true(s.queued > MOST_JOB);
        wait_count(x, "many", RUN_SUCCEEDED, 10 * (i + 1), &r);
        engine_down(x);
        assert_true(list_runs(x, "many", RUN_QUEUED, &r) > MOST_JOB);
    }
    engine_up(x);
    wait_all_ended(x, "many");
    assert_each_once(x, "many", 120);
    assert_in_order(x, "many");
    assert_int_equal(0, list_runs(x, "many", RUN_FAILED, &r));
}

/* The newest, which is surely left, is canceled by hand; then the job goes. */
static void test_canceled_and_removed(void **state)
{
    struct fixture *x = *state;
    struct attempt *a;
    struct run *r;
    struct err e = { 0 };
    int n;
    small(x, 100);
    set_secret(x, "KEY", "a-very-secret-value");
    apply_job(x, "many", "/slow-1000", EACH_SECOND, ALL_ALLOWED);
    engine_up(x);
    wait_overload(x, true);
    wait_count(x, "many", RUN_QUEUED, 90, &r);
    const char *id = r[5].id;
    assert_int_equal(0, runs_request_cancel(x->store, id, false, clock_wall(), &e));
    store_announce(x->dir);
    assert_string_equal("canceled by hand", wait_state(x, id, RUN_CANCELED, &a, &n)->message);
    assert_true(status_of(x).queued_in_store > 50);
    assert_int_equal(0, jobs_remove(x->store, "many", -1, clock_wall(), &e));
    store_announce(x->dir);
    for (int i = 0; i < 1000 && status_of(x).queued_in_store; i++)
        usleep(10000);
    assert_int_equal(0, status_of(x).queued_in_store);
    for (int i = 0; i < 1000 && status_of(x).queued; i++)
        usleep(10000);
    assert_int_equal(0, list_runs(x, "many", RUN_QUEUED, &r));
}

/* A job that is no longer to overlap: what is left is canceled by the occurrence that comes. */
static void test_overlap_changed(void **state)
{
    struct fixture *x = *state;
    struct run *r;
    small(x, 100);
    set_secret(x, "KEY", "a-very-secret-value");
    apply_job(x, "many", "/slow-300", EACH_SECOND, ALL_ALLOWED);
    engine_up(x);
    wait_overload(x, true);
    apply_job(x, "many", "/ok", EACH_SECOND,
              "'overlap':'cancel_running','catch_up':{'policy':'all','window_s':3600},'retry':{'max_attempts':1}");
    wait_all_ended(x, "many");
    assert_true(list_runs(x, "many", RUN_CANCELED, &r) > 50);
    assert_int_equal(0, status_of(x).queued_in_store);
}

/* Calls under way are no runs that wait: whatever number is left, all of them are taken up. */
static void test_the_last_are_taken_up(void **state)
{
    struct fixture *x = *state;
    struct run *r;
    enum { LEAST = 2 + 4, MOST_LEFT = 6 };
    x->most_waiting_job = 4;
    set_secret(x, "KEY", "a-very-secret-value");
    for (int left = 1; left <= MOST_LEFT; left++) {
        mem_auto char *name = mem_printf("job-%d", left);
        apply_job(x, name, "/slow-100", NEVER, ALL_ALLOWED);
        mem_auto char *sql = mem_printf(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) INSERT INTO runs (id, job, "
            "trigger, scheduled_for, created_at, state) SELECT unhex(printf('01800000%04x70008000%%012x', i)), '%s', "
            "'schedule', %lld + i, %lld + i, 'queued' FROM n",
            LEAST + left, left, name, (long long)clock_wall().ms, (long long)clock_wall().ms);
        execute_sql(x->store, sql);
        engine_up(x);
        wait_count(x, name, RUN_SUCCEEDED, LEAST + left, &r);
        engine_down(x);
    }
}

/* Of this process since the start, or since it was forgotten. */
static int64_t most_memory_kb(bool forget)
{
    char line[256];
    long long kb = -1;
    FILE *f = fopen(forget ? "/proc/self/clear_refs" : "/proc/self/status", forget ? "w" : "r");
    assert_non_null(f);
    if (forget)
        fprintf(f, "5");
    while (!forget && kb < 0 && fgets(line, sizeof line, f))
        if (sscanf(line, "VmHWM: %lld", &kb) != 1)
            kb = -1;
    fclose(f);
    return forget ? most_memory_kb(false) : kb;
}

/* An earlier life left more than there is memory for, and their time is over: each is missed, some at a time. */
static void test_all_too_late(void **state)
{
    struct fixture *x = *state;
    enum { N = 40000 };
    set_secret(x, "KEY", "a-very-secret-value");
    apply_job(x, "old", "/ok", NEVER, "'overlap':'allow','catch_up':{'policy':'all','window_s':60}");
    mem_auto char *sql = mem_printf("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
                                    "INSERT INTO runs (id, job, trigger, "
                                    "scheduled_for, created_at, state) SELECT "
                                    "unhex(printf('018000000000700080000000%%08x', i)), 'old', 'schedule', "
                                    "1600000000000 + 1000 * i, 1600000000000 + 1000 * i, 'queued' FROM n",
                                    N);
    execute_sql(x->store, sql);
    int64_t before = most_memory_kb(true);
    x->most_waiting_job = MOST_JOB;
    x->most_waiting = 100;
    engine_up(x);
    for (int i = 0; i < 3000 && count_of(x->store, "SELECT count(*) FROM runs WHERE state = 'queued'"); i++)
        usleep(20000);
    assert_int_equal(count_of(x->store, "SELECT count(*) FROM runs WHERE state = 'missed'"), N);
    int64_t took = most_memory_kb(false) - before;
    if (took > 30000)
        fail_msg("%d runs took %lld KB", N, (long long)took);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_each_has_its_turn, engine_open, engine_close),
        cmocka_unit_test_setup_teardown(test_many_jobs, engine_open, engine_close),
        cmocka_unit_test_setup_teardown(test_stopped_and_started, engine_open, engine_close),
        cmocka_unit_test_setup_teardown(test_canceled_and_removed, engine_open, engine_close),
        cmocka_unit_test_setup_teardown(test_overlap_changed, engine_open, engine_close),
        cmocka_unit_test_setup_teardown(test_the_last_are_taken_up, engine_open, engine_close),
        cmocka_unit_test_setup_teardown(test_all_too_late, engine_open, engine_close),
    };
    small_server_start();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    small_server_stop();
    return failed;
}
