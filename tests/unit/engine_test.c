/* The engine whole, against a real store and a small server on loopback. Deadlines are generous; nothing here is timed. */
#include "engine/engine.h"

#include "base/json.h"
#include "base/mem.h"
#include "small_server.h"
#include "store/jobs.h"
#include "store/runs.h"
#include "store/settings.h"
#include "store/vault.h"
#include "temp_store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    char dir[64], key_file[80];
    struct engine *engine;
    struct store *store; /* a second writer, as a command is */
    struct vault *vault;
    struct arena *arena;
    int64_t applied_ms_ago; /* jobs are made as if that long ago */
};

static void start(struct fixture *x)
{
    struct err e = { 0 };
    struct engine_config c = { .data_dir = x->dir, .master_key_file = x->key_file, .drain_timeout_ms = 300 };
    if (engine_start(&x->engine, &c, &e))
        fail_msg("engine_start: %s", e.text);
}

static void stop(struct fixture *x)
{
    engine_stop(x->engine);
    x->engine = NULL;
}

static int setup(void **state)
{
    struct fixture *x = mem_alloc(sizeof *x);
    struct err e = { 0 };
    snprintf(x->dir, sizeof x->dir, "/tmp/edgecron-engine-XXXXXX");
    assert_non_null(mkdtemp(x->dir));
    snprintf(x->key_file, sizeof x->key_file, "%s/master.key", x->dir);
    x->arena = arena_new(0);
    if (store_open(&x->store, x->dir, STORE_WRITE, &e) || vault_open(&x->vault, x->store, x->key_file, true, &e))
        fail_msg("%s", e.text);
    small_server_reset();
    *state = x;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *x = *state;
    char command[128];
    if (x->engine)
        stop(x);
    vault_close(x->vault);
    store_close(x->store);
    arena_free(x->arena);
    snprintf(command, sizeof command, "rm -rf '%s'", x->dir);
    if (system(command))
        fail_msg("cannot remove %s", x->dir);
    mem_free(x);
    return 0;
}

/* Applies one job on the small server; `more` is further members, with ' for ". */
static void apply(struct fixture *x, const char *name, const char *path, const char *schedule, const char *more)
{
    struct err e = { 0 };
    struct document d;
    struct apply_counts counts;
    mem_auto char *text = mem_printf("{'version':1,'targets':[{'name':'here','base_url':'http://127.0.0.1:%d','max_concurrent':2,"
                                     "'allow_private':['127.0.0.0/8'],'headers':{'X-Internal-Key':'{{secret.KEY}}'}}],"
                                     "'jobs':[{'name':'%s','schedule':'%s','target':'here','request':{'url':'%s','body':{'run':'{{run.id}}'}}%s%s}]}",
                                     small_server_port(), name, schedule, path, *more ? "," : "", more);
    for (char *p = text; *p; p++)
        if (*p == '\'')
            *p = '"';
    json_auto struct json *doc = json_parse(text, strlen(text), &e);
    if (!doc || document_parse(doc, NULL, NULL, x->arena, &d, &e) || apply_document(x->store, &d, (struct wall){ clock_wall().ms - x->applied_ms_ago }, &counts, &e))
        fail_msg("apply: %s %s", e.pointer, e.text);
    store_announce(x->dir);
}

static void set_secret(struct fixture *x, const char *name, const char *value)
{
    struct err e = { 0 };
    int64_t version;
    if (vault_set(x->vault, x->store, name, value, strlen(value), clock_wall(), &version, &e))
        fail_msg("secret: %s", e.text);
    store_announce(x->dir);
}

static void ask(struct fixture *x, const char *job, char id[ID_TEXT_SIZE])
{
    struct err e = { 0 };
    if (runs_request(x->store, job, TRIGGER_MANUAL, clock_wall(), id, &e))
        fail_msg("run: %s", e.text);
    store_announce(x->dir);
}

static struct run *get(struct fixture *x, const char *id, struct attempt **attempts, int *n)
{
    struct run *r;
    struct err e = { 0 };
    if (runs_get(x->store, id, x->arena, &r, attempts, n, &e))
        fail_msg("get: %s", e.text);
    return r;
}

static struct run *wait_state(struct fixture *x, const char *id, enum run_state state, struct attempt **attempts, int *n)
{
    struct run *r = NULL;
    for (int i = 0; i < 1000; i++, usleep(10000)) {
        r = get(x, id, attempts, n);
        if (r->state == state)
            return r;
    }
    fail_msg("run is %s, not %s: %s", run_state_name(r->state), run_state_name(state), r->message);
    return NULL;
}

static int list(struct fixture *x, const char *job, int state, struct run **ret)
{
    const char *cursor;
    struct err e = { 0 };
    int n;
    struct runs_filter f = { .job = job, .state = state, .since = WALL_NONE, .until = WALL_NONE, .limit = 1000 };
    if (runs_list(x->store, &f, x->arena, ret, &n, &cursor, &e))
        fail_msg("list: %s", e.text);
    return n;
}

static int wait_count(struct fixture *x, const char *job, enum run_state state, int least, struct run **ret)
{
    for (int i = 0; i < 1000; i++, usleep(10000)) {
        int n = list(x, job, (int)state, ret);
        if (n >= least)
            return n;
    }
    fail_msg("fewer than %d runs are %s", least, run_state_name(state));
    return 0;
}

#define NEVER "0 0 1 1 *"

static void test_run_by_hand(void **state)
{
    struct fixture *x = *state;
    char id[ID_TEXT_SIZE];
    struct attempt *a;
    int n;
    start(x);
    set_secret(x, "KEY", "a-very-secret-value");
    apply(x, "one", "/echo", NEVER, "'metrics':{'sent':'/sent'}");
    ask(x, "one", id);
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

static void test_schedule(void **state)
{
    struct fixture *x = *state;
    struct run *runs;
    set_secret(x, "KEY", "a-very-secret-value");
    apply(x, "tick", "/ok", "* * * * * *", "");
    start(x);
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
    int paused = list(x, "tick", -1, &runs);
    usleep(1500000);
    assert_int_equal(list(x, "tick", -1, &runs), paused);
    assert_int_equal(jobs_resume(x->store, "tick", clock_wall(), NULL), 0);
    store_announce(x->dir);
    for (int i = 0; i < 1000 && list(x, "tick", -1, &runs) <= paused; i++)
        usleep(10000);
    assert_int_equal(runs[0].trigger, TRIGGER_SCHEDULE);
    assert_int_equal(list(x, "tick", RUN_MISSED, &runs), 0);
}

static void test_retry(void **state)
{
    struct fixture *x = *state;
    char id[ID_TEXT_SIZE];
    struct attempt *a;
    int n;
    start(x);
    set_secret(x, "KEY", "a-very-secret-value");
    apply(x, "flaky", "/fail-twice", NEVER, "'retry':{'initial_ms':20}");
    ask(x, "flaky", id);
    struct run *r = wait_state(x, id, RUN_SUCCEEDED, &a, &n);
    assert_int_equal(n, 3);
    assert_int_equal(r->attempts, 3);
    assert_int_equal(a[0].outcome, OUTCOME_HTTP_STATUS);
    assert_int_equal(a[0].http_status, 500);
    assert_int_equal(a[2].outcome, OUTCOME_OK);
    apply(x, "broken", "/500", NEVER, "'retry':{'initial_ms':20,'max_attempts':2}");
    ask(x, "broken", id);
    r = wait_state(x, id, RUN_FAILED, &a, &n);
    assert_int_equal(n, 2);
    assert_non_null(strstr(r->message, "max_attempts"));
    apply(x, "refused", "/401", NEVER, "'retry':{'initial_ms':20}");
    ask(x, "refused", id);
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
    start(x);
    apply(x, "keyless", "/ok", NEVER, "");
    ask(x, "keyless", id);
    struct run *r = wait_state(x, id, RUN_FAILED, &a, &n);
    assert_int_equal(r->outcome, OUTCOME_SECRET);
    assert_non_null(strstr(r->message, "KEY"));
    assert_int_equal(small_server_count(), 0);
    set_secret(x, "KEY", "a-very-secret-value"); /* taken up while running */
    usleep(200000);
    ask(x, "keyless", id);
    wait_state(x, id, RUN_SUCCEEDED, &a, &n);
}

static void test_overlap(void **state)
{
    struct fixture *x = *state;
    struct run *runs;
    set_secret(x, "KEY", "a-very-secret-value");
    apply(x, "skips", "/slow-2500", "* * * * * *", "");
    apply(x, "queues", "/slow-1500", "* * * * * *", "'overlap':'queue'");
    start(x);
    wait_count(x, "skips", RUN_SKIPPED, 1, &runs);
    assert_non_null(strstr(runs[0].message, "still under way"));
    wait_count(x, "queues", RUN_SUCCEEDED, 2, &runs);
    assert_true(runs[0].started_at.ms >= runs[1].finished_at.ms); /* one after the other */
    assert_int_equal(jobs_remove(x->store, "queues", -1, clock_wall(), NULL), 0);
    apply(x, "cancels", "/slow-2500", "* * * * * *", "'overlap':'cancel_running'");
    wait_count(x, "cancels", RUN_CANCELED, 1, &runs);
    assert_non_null(strstr(runs[0].message, "cancel_running"));
}

static void test_slots(void **state)
{
    struct fixture *x = *state;
    char id[5][ID_TEXT_SIZE];
    struct attempt *a;
    int n, queued = 0;
    start(x);
    set_secret(x, "KEY", "a-very-secret-value");
    apply(x, "slow", "/slow-400", NEVER, "");
    for (int i = 0; i < 5; i++)
        ask(x, "slow", id[i]);
    usleep(200000);
    for (int i = 0; i < 5; i++)
        queued += get(x, id[i], &a, &n)->state == RUN_QUEUED;
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
    start(x);
    set_secret(x, "KEY", "a-very-secret-value");
    apply(x, "slow", "/slow-5000", NEVER, "");
    ask(x, "slow", id);
    wait_state(x, id, RUN_RUNNING, &a, &n);
    assert_int_equal(runs_request_cancel(x->store, id, false, clock_wall(), NULL), 0);
    store_announce(x->dir);
    struct run *r = wait_state(x, id, RUN_CANCELED, &a, &n);
    assert_int_equal(a[0].outcome, OUTCOME_CANCELED);
    assert_non_null(strstr(r->message, "by hand"));
    apply(x, "retries", "/500", NEVER, "'retry':{'initial_ms':60000}");
    ask(x, "retries", later);
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
    start(x);
    set_secret(x, "KEY", "a-very-secret-value");
    apply(x, "least", "/slow-once-5000", NEVER, "");
    apply(x, "most", "/slow-5000", NEVER, "'delivery':'at_most_once'");
    ask(x, "least", id);
    ask(x, "most", once);
    wait_state(x, id, RUN_RUNNING, &a, &n);
    wait_state(x, once, RUN_RUNNING, &a, &n);
    for (int i = 0; i < 500 && small_server_count() < 2; i++)
        usleep(10000);
    stop(x);
    struct run *r = get(x, id, &a, &n);
    assert_int_equal(r->state, RUN_RETRYING);
    assert_int_equal(a[0].outcome, OUTCOME_INTERRUPTED);
    r = get(x, once, &a, &n);
    assert_int_equal(r->state, RUN_FAILED);
    assert_int_equal(r->outcome, OUTCOME_INTERRUPTED);
    start(x);
    wait_state(x, id, RUN_SUCCEEDED, &a, &n);
    assert_int_equal(n, 2);
    assert_int_equal(get(x, once, &a, &n)->attempts, 1);
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
    apply(x, "latest", "/ok", "* * * * *", "");
    apply(x, "none", "/ok", "* * * * *", "'catch_up':{'policy':'none'}");
    apply(x, "all", "/ok", "* * * * *", "'overlap':'allow','catch_up':{'policy':'all','window_s':300}");
    start(x);
    wait_count(x, "latest", RUN_MISSED, 8, &runs);
    for (int i = 0; i < 1000 && list(x, "latest", RUN_SUCCEEDED, &runs) < 1; i++)
        usleep(10000);
    assert_true(runs[0].trigger == TRIGGER_CATCH_UP || runs[0].trigger == TRIGGER_SCHEDULE);
    assert_true(runs[0].lateness_ms <= 120000);
    wait_count(x, "none", RUN_MISSED, 8, &runs);
    wait_count(x, "all", RUN_SUCCEEDED, 4, &runs);
    wait_count(x, "all", RUN_MISSED, 4, &runs);
    for (int again = 0; again < 2; again++) {
        static const char *const jobs[] = { "latest", "none", "all" };
        for (int j = 0; j < 3; j++) {
            int n = list(x, jobs[j], -1, &runs);
            assert_in_range(n, 10, 12);
            assert_all_different(runs, n);
        }
        stop(x);
        execute_sql(x->store, "UPDATE planner SET planned_until = NULL");
        start(x);
        usleep(200000);
    }
}

int main(void)
{
    json_init();
    small_server_start();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_run_by_hand, setup, teardown),
        cmocka_unit_test_setup_teardown(test_schedule, setup, teardown),
        cmocka_unit_test_setup_teardown(test_retry, setup, teardown),
        cmocka_unit_test_setup_teardown(test_missing_secret, setup, teardown),
        cmocka_unit_test_setup_teardown(test_overlap, setup, teardown),
        cmocka_unit_test_setup_teardown(test_slots, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cancel_and_remove, setup, teardown),
        cmocka_unit_test_setup_teardown(test_interrupted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_catch_up, setup, teardown),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    small_server_stop();
    return failed;
}
