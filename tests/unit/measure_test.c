/* What an engine counts, and within which bounds: 1,000 jobs with figures of their own, the rest summed. */
#include "engine_fixture.h"

#include "base/json.h"
#include "engine/measured.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static const struct measured_job *find(const struct measured *m, const char *name)
{
    for (int i = 0; i < m->n_jobs - 1; i++)
        if (!strcmp(m->jobs[i].name, name))
            return &m->jobs[i];
    return NULL;
}

static const struct measured_job *others(const struct measured *m)
{
    return &m->jobs[m->n_jobs - 1];
}

/* Jobs that never run by themselves: many-0000, many-0001, ... */
static void apply_many(struct fixture *x, int n)
{
    struct err e = { 0 };
    assert_ok(store_begin(x->store, &e), e);
    for (int i = 0; i < n; i++) {
        char name[32];
        snprintf(name, sizeof name, "many-%04d", i);
        mem_auto char *fields = mem_printf(
            ", \"schedule\": \"" NEVER "\", \"request\": {\"url\": \"http://127.0.0.1:%d/ok\"}", small_server_port());
        struct job_of j = job_of(name, fields);
        enum put_result put;
        assert_ok(jobs_put(x->store, &j.job, -1, clock_wall(), &put, &e), e);
        arena_free(j.arena);
    }
    assert_ok(store_commit(x->store, &e), e);
    store_announce(x->dir);
}

/* Asks for a run and waits for its end. */
static void run_to_end(struct fixture *x, const char *job, enum run_state end)
{
    char id[ID_TEXT_SIZE];
    struct attempt *attempts;
    int n;
    ask_run(x, job, id);
    wait_state(x, id, end, &attempts, &n);
}

/* The figures once `counted` ends have been counted: a row is there a moment before the engine hears of it. */
static const struct measured *take_after(struct fixture *x, int64_t counted)
{
    for (int tries = 0;; tries++) {
        const struct measured *m = measured_take(x->engine);
        int64_t all = 0;
        assert_non_null(m);
        for (int i = 0; i < m->n_jobs; i++)
            for (int k = 0; k < RUN_STATE_COUNT; k++)
                all += m->jobs[i].runs[k];
        if (all == counted)
            return m;
        if (tries > 100)
            fail_msg("%lld ends counted, not %lld", (long long)all, (long long)counted);
        measured_give(x->engine, m);
        usleep(100000);
    }
}

static void test_counts(void **state)
{
    struct fixture *x = *state;
    set_secret(x, "KEY", "secret-value");
    apply_job(x, "good", "/echo", NEVER, "'metrics':{'sent':'/sent','never':'/never'}");
    apply_job(x, "bad", "/500", NEVER, "'retry':{'max_attempts':2,'initial_ms':1,'max_ms':1}");
    apply_job(x, "off", "/ok", NEVER, "'enabled':false");
    engine_up(x);
    run_to_end(x, "good", RUN_SUCCEEDED);
    run_to_end(x, "good", RUN_SUCCEEDED);
    run_to_end(x, "bad", RUN_FAILED);
    const struct measured *m = take_after(x, 3);
    const struct measured_job *good = find(m, "good"), *bad = find(m, "bad");
    assert_int_equal(m->n_jobs, 4);
    assert_int_equal(m->jobs_summed, 0);
    assert_int_equal(m->jobs_by_mode[MODE_ACTIVE], 2);
    assert_int_equal(m->jobs_by_mode[MODE_DISABLED], 1);
    assert_int_equal(good->runs[RUN_SUCCEEDED], 2);
    assert_int_equal(good->attempts[OUTCOME_OK], 2);
    assert_int_equal(good->failures, 0);
    assert_true(good->duration_ms >= 0 && good->succeeded_at.ms > clock_wall().ms - 60000);
    assert_int_equal(good->n_values, 1);
    assert_string_equal(good->values[0].name, "sent");
    assert_true(good->values[0].last == 3 && good->values[0].sum == 6);
    assert_int_equal(bad->runs[RUN_FAILED], 1);
    assert_int_equal(bad->attempts[OUTCOME_HTTP_STATUS], 2);
    assert_int_equal(bad->failures, 1);
    assert_true(wall_is_none(bad->succeeded_at));
    assert_false(wall_is_none(bad->next_at));
    assert_true(wall_is_none(find(m, "off")->next_at));
    int64_t late = 0, calls = 0;
    for (int i = 0; i <= measure_lateness_bounds.n; i++)
        late += m->lateness_ms[TRIGGER_MANUAL].counts[i];
    assert_int_equal(late, 3);
    assert_int_equal(m->lateness_p95_ms, -1); /* the schedule started none */
    assert_int_equal(m->n_targets, 2);
    assert_string_equal(m->targets[0].name, "here");
    for (int i = 0; i <= measure_duration_bounds.n; i++)
        calls += m->targets[0].duration_ms.counts[i];
    assert_int_equal(calls, 4);
    assert_int_equal(m->client.calls, 4);
    measured_give(x->engine, m);
}

/* What an engine before this one recorded. */
static void test_history(void **state)
{
    struct fixture *x = *state;
    set_secret(x, "KEY", "secret-value");
    apply_job(x, "turns", "/ok", NEVER, "");
    engine_up(x);
    run_to_end(x, "turns", RUN_SUCCEEDED);
    apply_job(x, "turns", "/500", NEVER, "'retry':{'max_attempts':1}");
    run_to_end(x, "turns", RUN_FAILED);
    engine_down(x);
    engine_up(x);
    const struct measured *m = take_after(x, 0);
    for (int i = 0; i < 100 && !find(m, "turns")->failures; i++) { /* it is read a moment after the start */
        measured_give(x->engine, m);
        usleep(100000);
        m = measured_take(x->engine);
    }
    assert_int_equal(find(m, "turns")->failures, 1);
    assert_true(find(m, "turns")->succeeded_at.ms > clock_wall().ms - 60000);
    measured_give(x->engine, m);
}

static void test_bounds(void **state)
{
    struct fixture *x = *state;
    enum { MANY = MEASURE_JOBS_MAX + 10 };
    x->applied_ms_ago = 0;
    apply_job(x, "aaa", "/ok", NEVER, "");
    set_secret(x, "KEY", "secret-value");
    apply_many(x, MANY - 1);
    struct engine_config c = { .data_dir = x->dir, .master_key_file = x->key_file, .drain_timeout_ms = 300 };
    struct cidr any;
    struct err e = { 0 };
    assert_true(cidr_parse("127.0.0.0/8", &any));
    c.allow_private = &any;
    c.n_allow_private = 1;
    assert_ok(engine_start(&x->engine, &c, &e), e);
    const struct measured *m = take_after(x, 0);
    assert_int_equal(m->n_jobs, MEASURE_JOBS_MAX + 1);
    assert_int_equal(m->jobs_summed, 10);
    assert_non_null(find(m, "aaa"));
    assert_null(find(m, "many-1008"));
    measured_give(x->engine, m);

    /* one beyond the bound runs: it gets figures of its own, in place of one that has nothing to tell */
    run_to_end(x, "many-1008", RUN_SUCCEEDED);
    m = take_after(x, 1);
    assert_int_equal(m->n_jobs, MEASURE_JOBS_MAX + 1);
    assert_int_equal(m->jobs_summed, 10);
    assert_int_equal(find(m, "many-1008")->runs[RUN_SUCCEEDED], 1);
    assert_int_equal(others(m)->runs[RUN_SUCCEEDED], 0);
    measured_give(x->engine, m);

    /* removed: what it did stays for a while; one that did nothing is gone at once */
    assert_ok(jobs_remove(x->store, "many-1008", -1, clock_wall(), &e), e);
    assert_ok(jobs_remove(x->store, "many-0001", -1, clock_wall(), &e), e);
    store_announce(x->dir);
    for (int i = 0;; i++) {
        m = measured_take(x->engine);
        if (!find(m, "many-0001") && wall_is_none(find(m, "many-1008")->next_at))
            break;
        assert_true(i < 100);
        measured_give(x->engine, m);
        usleep(100000);
    }
    assert_int_equal(find(m, "many-1008")->runs[RUN_SUCCEEDED], 1);
    measured_give(x->engine, m);
}

/* --- many ask, and the engine goes away -------------------------------------------------------------------------- */

static atomic_bool over;

static void *ask(void *ctx)
{
    struct fixture *x = ctx;
    while (!atomic_load(&over)) {
        const struct measured *m = measured_take(x->engine);
        assert_non_null(m);
        for (int i = 1; i < m->n_jobs - 1; i++)
            assert_true(strcmp(m->jobs[i - 1].name, m->jobs[i].name) < 0);
        measured_give(x->engine, m);
        usleep(1000);
    }
    return NULL;
}

static void test_askers(void **state)
{
    struct fixture *x = *state;
    pthread_t threads[4];
    set_secret(x, "KEY", "secret-value");
    apply_job(x, "every", "/ok", "* * * * * *", "");
    apply_job(x, "other", "/500", "* * * * * *", "'retry':{'max_attempts':1}");
    engine_up(x);
    atomic_store(&over, false);
    for (size_t i = 0; i < MEM_COUNT(threads); i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ask, x), 0);
    struct run *runs;
    wait_count(x, "every", RUN_SUCCEEDED, 3, &runs);
    atomic_store(&over, true);
    for (size_t i = 0; i < MEM_COUNT(threads); i++)
        pthread_join(threads[i], NULL);
    const struct measured *m = measured_take(x->engine);
    assert_true(m->lateness_p95_ms >= 0);
    measured_give(x->engine, m);
}

int main(void)
{
    json_init();
    small_server_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_counts, engine_open, engine_close),
        cmocka_unit_test_setup_teardown(test_history, engine_open, engine_close),
        cmocka_unit_test_setup_teardown(test_bounds, engine_open, engine_close),
        cmocka_unit_test_setup_teardown(test_askers, engine_open, engine_close),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    small_server_stop();
    return failed;
}
