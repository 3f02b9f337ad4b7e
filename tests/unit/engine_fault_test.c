/* What an engine meets at bad moments: stopped while claims are being written, planned again after a crash, a clock that is set back,
 * keys that change under a call. */
#include "engine_fixture.h"

#include "base/fault.h"
#include "base/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Time ran up while attempts were being committed: nobody canceled those, and they go again at the next start. */
static void test_out_of_time_is_interrupted(void **state)
{
    struct fixture *x = *state;
    struct run *runs;
    x->drain_timeout_ms = 0;
    set_secret(x, "KEY", "a-very-secret-value");
    apply_job(x, "most", "/slow-5000", NEVER, "'delivery':'at_most_once'");
    apply_job(x, "least", "/slow-5000", NEVER, "");
    for (int round = 0; round < 15; round++) {
        char id[ID_TEXT_SIZE];
        execute_sql(x->store, "DELETE FROM runs");
        engine_up(x);
        ask_run(x, "least", id);
        ask_run(x, "most", id);
        usleep((useconds_t)(round * 400));
        engine_down(x);
        int n = list_runs(x, NULL, -1, &runs);
        for (int i = 0; i < n; i++)
            if (runs[i].outcome == OUTCOME_CANCELED ||
                (runs[i].state == RUN_FAILED && runs[i].outcome != OUTCOME_INTERRUPTED))
                fail_msg("round %d: %s is %s, %s: %s", round, runs[i].job, run_state_name(runs[i].state),
                         outcome_name(runs[i].outcome), runs[i].message);
    }
}

static void set_clock(struct fixture *x, int64_t offset_ms)
{
    char path[80], next[80];
    snprintf(path, sizeof path, "%s/clock", x->dir);
    snprintf(next, sizeof next, "%s/clock.next", x->dir);
    setenv("EDGECRON_TEST_CLOCK_FILE", path, 1);
    FILE *f = fopen(next, "w");
    assert_non_null(f);
    fprintf(f, "%lld", (long long)offset_ms);
    fclose(f);
    assert_int_equal(rename(next, path), 0);
}

static int close_with_clock(void **state)
{
    unsetenv("EDGECRON_TEST_CLOCK_FILE");
    return engine_close(state);
}

/* Waits for a run of the job that is meant for a time in (from, from + ms]. */
static void wait_occurrence(struct fixture *x, const char *job, struct wall from, int64_t ms)
{
    struct run *runs;
    for (int i = 0; i < 1000; i++, usleep(10000))
        for (int n = list_runs(x, job, RUN_SUCCEEDED, &runs); n-- > 0;)
            if (runs[n].scheduled_for.ms > from.ms && runs[n].scheduled_for.ms <= from.ms + ms)
                return;
    fail_msg("no run of '%s' for the time that the clock tells now", job);
}

#define HOUR_MS 3600000

/* A clock that was an hour ahead for a while: schedules go on from where it is, what waits for a retry is not an hour late. */
static void test_clock_set_back(void **state)
{
    struct fixture *x = *state;
    struct run *runs;
    struct attempt *a;
    char id[ID_TEXT_SIZE];
    int n;
    set_secret(x, "KEY", "a-very-secret-value");
    set_clock(x, HOUR_MS);
    apply_job(x, "tick", "/ok", "* * * * * *", "");
    apply_job(x, "flaky", "/fail-twice", NEVER, "'retry':{'initial_ms':3000,'multiplier':1}");
    engine_up(x);
    wait_count(x, "tick", RUN_SUCCEEDED, 2, &runs);
    ask_run(x, "flaky", id);
    wait_state(x, id, RUN_RETRYING, &a, &n);
    struct wall before = clock_wall();
    set_clock(x, 0);
    before.ms -= HOUR_MS;
    wait_occurrence(x, "tick", before, 60000);
    wait_state(x, id, RUN_SUCCEEDED, &a, &n);
    struct engine_status s;
    engine_status(x->engine, &s);
    assert_false(s.clock_ok);
    /* the mark went back, too: what a server finds that starts now */
    engine_down(x);
    struct wall until;
    assert_int_equal(runs_get_planned_until(x->store, &until, NULL), 0);
    assert_true(until.ms < before.ms + 60000);
}

/* The same while nothing ran: the next start is no different from any other. */
static void test_clock_behind_at_start(void **state)
{
    struct fixture *x = *state;
    set_secret(x, "KEY", "a-very-secret-value");
    apply_job(x, "tick", "/ok", "* * * * * *", "");
    execute_sql(x->store, "UPDATE planner SET planned_until = 4000000000000");
    struct wall before = clock_wall();
    engine_up(x);
    wait_occurrence(x, "tick", before, 60000);
}

/* What is planned again after a crash, as the mark lags behind, is no run that others are skipped for, or that cancels. */
static void test_planned_again(void **state)
{
    struct fixture *x = *state;
    struct run *runs;
    set_secret(x, "KEY", "a-very-secret-value");
    apply_job(x, "skips", "/ok", "* * * * * *", "");
    apply_job(x, "queues", "/ok", "* * * * * *", "'overlap':'queue'");
    apply_job(x, "cancels", "/slow-700", "* * * * * *", "'overlap':'cancel_running'");
    for (int round = 0; round < 3; round++) {
        engine_up(x);
        wait_count(x, "skips", RUN_SUCCEEDED, 2 + 2 * round, &runs);
        engine_down(x);
        execute_sql(x->store, "UPDATE planner SET planned_until = planned_until - 8000");
        usleep(1100000); /* an occurrence that has no row yet */
    }
    for (int n = list_runs(x, "skips", RUN_SKIPPED, &runs); n-- > 0;) {
        const char *other = strstr(runs[n].message, "run ");
        mem_auto char *sql =
            mem_printf("SELECT count(*) FROM runs WHERE lower(hex(id)) = replace('%.36s', '-', '')", other + 4);
        if (count_of(x->store, sql) != 1)
            fail_msg("skipped for a run that there never was: %s", runs[n].message);
    }
}

/* A job may come to a running server later than its first occurrences: a large apply takes its time. */
static void test_late_to_the_roster(void **state)
{
    struct fixture *x = *state;
    struct run *runs;
    set_secret(x, "KEY", "a-very-secret-value");
    apply_job(x, "tick", "/ok", "* * * * * *", "");
    engine_up(x);
    wait_count(x, "tick", RUN_SUCCEEDED, 2, &runs);
    x->applied_ms_ago = 5000;
    struct wall now = clock_wall();
    apply_job(x, "late", "/ok", "* * * * * *", "'overlap':'allow','catch_up':{'policy':'all'}");
    int n = wait_count(x, "late", RUN_SUCCEEDED, 5, &runs);
    int64_t first = now.ms;
    while (n-- > 0)
        first = runs[n].scheduled_for.ms < first ? runs[n].scheduled_for.ms : first;
    assert_true(first < now.ms - 3000);
}

/* A job that cannot be read was not removed: its runs wait for its repair, and nobody says otherwise. */
static void test_unreadable_job(void **state)
{
    struct fixture *x = *state;
    struct attempt *a;
    char id[ID_TEXT_SIZE];
    int n;
    set_secret(x, "KEY", "a-very-secret-value");
    apply_job(x, "broken", "/ok", NEVER, "");
    execute_sql(x->store, "UPDATE jobs SET spec = '{\"name\":\"broken\"}'");
    ask_run(x, "broken", id);
    engine_up(x);
    usleep(300000);
    assert_int_equal(get_run(x, id, &a, &n)->state, RUN_QUEUED);
    apply_job(x, "broken", "/ok", NEVER, "");
    wait_state(x, id, RUN_SUCCEEDED, &a, &n);
}

/* What could not be read of runs that wait for a job's repair is read again. */
static void test_open_runs_are_read_again(void **state)
{
    struct fixture *x = *state;
    struct attempt *a;
    char id[ID_TEXT_SIZE];
    int n;
    set_secret(x, "KEY", "a-very-secret-value");
    apply_job(x, "broken", "/ok", NEVER, "");
    apply_job(x, "other", "/ok", NEVER, "");
    ask_run(x, "broken", id);
    execute_sql(x->store, "UPDATE runs SET trigger = 'schedule'; UPDATE jobs SET spec = '{}' WHERE name = 'broken'");
    engine_up(x);
    execute_sql(x->store, "PRAGMA wal_checkpoint(TRUNCATE)");
    fault_arm(
        &(struct fault){ .kind = FAULT_READ,
                         .page = count_of(x->store, "SELECT rootpage FROM sqlite_schema WHERE name = 'runs_open'") });
    apply_job(x, "broken", "/ok", NEVER, "");
    store_announce(x->dir);
    usleep(300000);
    assert_true(fault_hits() > 0);
    fault_arm(NULL);
    assert_int_equal(get_run(x, id, &a, &n)->state, RUN_QUEUED);
    store_announce(x->dir);
    wait_state(x, id, RUN_SUCCEEDED, &a, &n);
}

/* The answer echoes a value that was changed while the call was under way. */
static void test_secret_changed_under_a_call(void **state)
{
    struct fixture *x = *state;
    struct attempt *a;
    char id[ID_TEXT_SIZE];
    int n;
    engine_up(x);
    set_secret(x, "KEY", "the-value-before");
    apply_job(x, "echo", "/slow-1500", NEVER, "");
    ask_run(x, "echo", id);
    for (int i = 0; i < 1000 && small_server_count() == 0; i++)
        usleep(10000);
    set_secret(x, "KEY", "the-value-after");
    wait_state(x, id, RUN_SUCCEEDED, &a, &n);
    assert_non_null(strstr(small_server_last(), "the-value-before"));
    assert_null(strstr(a->response_body, "the-value-before"));
    assert_non_null(strstr(a->response_body, "[redacted:KEY]"));
}

#define REFUSE_BAD "CREATE TRIGGER t1 BEFORE INSERT ON runs WHEN NEW.job = 'bad' BEGIN "
#define REFUSE_END \
    "CREATE TRIGGER t2 BEFORE UPDATE ON runs WHEN NEW.job = 'worse' AND NEW.finished_at IS NOT NULL BEGIN "

/* Every second of [first, last] has one run of the job. */
static void assert_each_second(struct fixture *x, const char *job, struct wall first, struct wall last)
{
    struct run *runs;
    int n = list_runs(x, job, -1, &runs);
    for (int64_t at = (first.ms + 999) / 1000 * 1000; at <= last.ms; at += 1000) {
        int there = 0;
        for (int i = 0; i < n; i++)
            there += runs[i].scheduled_for.ms == at;
        if (there != 1)
            fail_msg("'%s' has %d runs for a second, %lld ms after the first", job, there, (long long)(at - first.ms));
    }
}

static int64_t wait_refused(struct fixture *x, int64_t n)
{
    struct engine_status s = { .refused = -1 };
    for (int i = 0; i < 3000; i++, usleep(10000)) {
        engine_status(x->engine, &s);
        if (s.refused == n)
            return n;
    }
    fail_msg("%lld are refused, not %lld", (long long)s.refused, (long long)n);
    return -1;
}

/* Runs of one job, and the end of another's, are refused; then no more. */
static void refused_and_taken(struct fixture *x, const char *why, void (*mend)(struct fixture *x), bool restart)
{
    struct run *runs;
    struct engine_status s;
    char id[ID_TEXT_SIZE], ended[ID_TEXT_SIZE];
    struct attempt *a;
    int n;
    engine_up(x);
    ask_run(x, "worse", ended);
    struct wall first = clock_wall();
    first.ms += 1000;
    wait_refused(x, 2);
    wait_count(x, "good", RUN_SUCCEEDED, 4, &runs);
    ask_run(x, "good", id);
    wait_state(x, id, RUN_SUCCEEDED, &a, &n);
    assert_int_equal(list_runs(x, "bad", -1, &runs), 0);
    assert_int_equal(get_run(x, ended, &a, &n)->state, RUN_RUNNING);
    engine_status(x->engine, &s);
    assert_true(s.store_ok);
    assert_int_equal(s.refused, 2);
    if (!strstr(s.refused_why, why))
        fail_msg("'%s' does not say '%s'", s.refused_why, why);
    int calls = small_server_count();
    if (restart)
        engine_down(x);
    mend(x);
    if (restart)
        engine_up(x);
    wait_state(x, ended, RUN_SUCCEEDED, &a, &n);
    assert_int_equal(a[0].number, 1);
    assert_int_equal(n, restart ? 2 : 1); /* kept, it is written as it was; else it was interrupted */
    struct wall now = clock_wall();
    wait_occurrence(x, "bad", now, 60000);
    wait_refused(x, 0);
    assert_true(small_server_count() > calls);
    assert_each_second(x, "bad", first, now);
    assert_each_second(x, "good", first, now);
}

static void apply_refused(struct fixture *x)
{
    const char *all = "'overlap':'allow','catch_up':{'policy':'all','window_s':3600}";
    set_secret(x, "KEY", "a-very-secret-value");
    apply_job(x, "good", "/ok", "* * * * * *", all);
    apply_job(x, "bad", "/ok", "* * * * * *", all);
    apply_job(x, "worse", "/ok", NEVER, "");
}

static void drop_triggers(struct fixture *x)
{
    execute_sql(x->store, "DROP TRIGGER t1; DROP TRIGGER t2");
}

/* A mistake of ours: no other job waits for it, and nothing is forgotten, be it mended under the server or before the next start. */
static void test_refused_rows_come_back(void **state)
{
    apply_refused(*state);
    for (int restart = 0; restart < 2; restart++) {
        execute_sql(((struct fixture *)*state)->store,
                    "DELETE FROM runs; " REFUSE_BAD "SELECT RAISE(ABORT, 'no'); END;" REFUSE_END
                    "SELECT RAISE(ABORT, 'no'); END");
        refused_and_taken(*state, "no", drop_triggers, restart);
        engine_down(*state);
    }
}

static void end_fault(struct fixture *x)
{
    (void)x;
    fault_arm(NULL);
}

/* The same when what they need lies on a page that cannot be read: SQLite undoes all that shared their commit. */
static void test_a_bad_sector(void **state)
{
    struct fixture *x = *state;
    apply_refused(x);
    for (int damaged = 0; damaged < 2; damaged++) {
        execute_sql(x->store,
                    "DELETE FROM runs; DROP TRIGGER IF EXISTS t1; DROP TRIGGER IF EXISTS t2;"
                    "DROP TABLE IF EXISTS sector; CREATE TABLE sector (x); INSERT INTO sector VALUES (1);" REFUSE_BAD
                    "SELECT * FROM sector; END;" REFUSE_END "SELECT * FROM sector; END");
        execute_sql(x->store, "PRAGMA wal_checkpoint(TRUNCATE)");
        fault_arm(
            &(struct fault){ .kind = FAULT_READ,
                             .page = count_of(x->store, "SELECT rootpage FROM sqlite_schema WHERE name = 'sector'"),
                             .damaged = damaged });
        refused_and_taken(x, damaged ? "damaged" : "I/O error", end_fault, damaged);
        engine_down(x);
    }
}

/* A row that is tried again is on its way while an older claim is answered: the mark does not pass what has no row yet. */
static void test_a_row_under_way_is_none(void **state)
{
    struct fixture *x = *state;
    struct run *runs;
    struct wall until = WALL_NONE, first = clock_wall();
    struct err e = { 0 };
    apply_refused(x);
    execute_sql(x->store, REFUSE_BAD "SELECT RAISE(ABORT, 'no'); END");
    engine_up(x);
    first.ms = (first.ms + 999) / 1000 * 1000;
    wait_refused(x, 1);
    for (int i = 0; i < 3; i++, usleep(100000)) {
        assert_ok(store_begin(x->store, &e), e); /* claims pile up */
        usleep(1200000);
        store_rollback(x->store);
    }
    wait_count(x, "good", RUN_SUCCEEDED, 4, &runs);
    assert_int_equal(runs_get_planned_until(x->store, &until, NULL), 0);
    struct wall now = clock_wall();
    engine_down(x);
    execute_sql(x->store, "DROP TRIGGER t1; UPDATE jobs SET effective_from = effective_from - 3600000"); /* not fresh */
    engine_up(x);
    wait_occurrence(x, "bad", now, 60000);
    assert_each_second(x, "bad", first, now);
    assert_true(wall_is_none(until) || until.ms < first.ms);
}

/* What the store refuses always is left alone at a stop, and no other job waits for it. */
static void test_a_refused_write_holds_nobody_up(void **state)
{
    struct fixture *x = *state;
    struct run *runs;
    char id[ID_TEXT_SIZE], ended[ID_TEXT_SIZE];
    struct attempt *a;
    int n;
    set_secret(x, "KEY", "a-very-secret-value");
    apply_job(x, "good", "/ok", "* * * * * *", "'overlap':'allow'");
    apply_job(x, "bad", "/ok", "* * * * * *", "'overlap':'allow'");
    apply_job(x, "worse", "/ok", NEVER, "");
    execute_sql(x->store,
                "CREATE TRIGGER t1 BEFORE INSERT ON runs WHEN NEW.job = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END;"
                "CREATE TRIGGER t2 BEFORE UPDATE ON runs WHEN NEW.job = 'worse' AND NEW.finished_at IS NOT NULL"
                " BEGIN SELECT RAISE(ABORT, 'no end'); END");
    engine_up(x);
    ask_run(x, "worse", ended);
    wait_count(x, "good", RUN_SUCCEEDED, 4, &runs);
    ask_run(x, "good", id);
    wait_state(x, id, RUN_SUCCEEDED, &a, &n);
    assert_int_equal(list_runs(x, "bad", -1, &runs), 0);
    struct engine_status s;
    engine_status(x->engine, &s);
    assert_true(s.store_ok);
    assert_int_equal(s.refused, 2);
    /* its row says that it runs: the next start finds it interrupted, and it goes again */
    assert_int_equal(get_run(x, ended, &a, &n)->state, RUN_RUNNING);
    engine_down(x);
    execute_sql(x->store, "DROP TRIGGER t1; DROP TRIGGER t2");
    engine_up(x);
    wait_state(x, ended, RUN_SUCCEEDED, &a, &n);
    wait_count(x, "bad", RUN_SUCCEEDED, 1, &runs);
}

/* Told at once, tried more and more seldom, and over when it is over. Nothing new is called meanwhile. */
static void test_damage_holds_until_it_is_over(void **state)
{
    struct fixture *x = *state;
    struct run *runs;
    struct engine_status s;
    set_secret(x, "KEY", "a-very-secret-value");
    apply_job(x, "good", "/ok", "* * * * * *", "'overlap':'allow'");
    engine_up(x);
    wait_count(x, "good", RUN_SUCCEEDED, 1, &runs);
    fault_arm(&(struct fault){ .kind = FAULT_WRITE, .nth = 1, .lasting = true, .damaged = true });
    for (int i = 0; i < 1000; i++, usleep(10000)) {
        engine_status(x->engine, &s);
        if (!s.store_ok)
            break;
    }
    assert_false(s.store_ok);
    assert_non_null(strstr(s.store_error, "damaged"));
    usleep(300000); /* calls that were recorded before */
    int called = small_server_count();
    usleep(1500000);
    assert_int_equal(small_server_count(), called);
    fault_arm(NULL);
    int done = list_runs(x, "good", RUN_SUCCEEDED, &runs);
    wait_count(x, "good", RUN_SUCCEEDED, done + 2, &runs);
    engine_status(x->engine, &s);
    assert_true(s.store_ok);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, engine_open, engine_close)

int main(void)
{
    json_init();
    small_server_start();
    const struct CMUnitTest tests[] = {
        TEST(test_out_of_time_is_interrupted),
        cmocka_unit_test_setup_teardown(test_clock_set_back, engine_open, close_with_clock),
        TEST(test_clock_behind_at_start),
        TEST(test_planned_again),
        TEST(test_late_to_the_roster),
        TEST(test_unreadable_job),
        TEST(test_open_runs_are_read_again),
        TEST(test_secret_changed_under_a_call),
        TEST(test_a_refused_write_holds_nobody_up),
        TEST(test_refused_rows_come_back),
        TEST(test_a_row_under_way_is_none),
        TEST(test_a_bad_sector),
        TEST(test_damage_holds_until_it_is_over),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    small_server_stop();
    return failed;
}
