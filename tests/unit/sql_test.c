/* Every named query: it prepares, its plan scans no table, and `SELECT *` gives the columns that run_row.c reads. */
#include "temp_store.h"

#include "store/retention.h"
#include "store/run_row.h"

#include <stdio.h>

/* Queries whose plan may hold a SCAN, and why. */
/* A step ends at a time. */
static bool time_is_up(void *ctx)
{
    const struct mono *until = ctx;
    return clock_mono().us >= until->us;
}

static const struct {
    enum query query;
    const char *why;
} SCANS[] = {
    { Q_JOB_COUNT, "counts all, in an index" },
    { Q_FAILING_EACH, "gives all of a table that holds failing jobs alone" },
    { Q_JOB_REVISIONS, "gives all, from an index that holds just what it gives" },
    { Q_SCHEDULE_EACH, "gives all that are active, in order of name" },
    { Q_TARGET_REVISIONS, "gives all; targets are few" },
    { Q_TARGET_EACH, "gives all, in order of name" },
    { Q_ALERT_EACH, "gives all, in order of name" },
    { Q_ALERT_REVISIONS, "gives all; rules are at most ALERT_RULES_MAX" },
    { Q_ALERT_COUNT, "counts all, in an index" },
    { Q_ALERT_NAMING, "looks in all; rules are at most ALERT_RULES_MAX" },
    { Q_CHANNEL_EACH, "gives all, in order of name" },
    { Q_CHANNEL_REVISIONS, "gives all; channels are at most CHANNELS_MAX" },
    { Q_CHANNEL_COUNT, "counts all, in an index" },
    { Q_CHANNEL_JOBS, "looks in all jobs, when a channel is removed" },
    { Q_MUTE_EACH, "gives all, in order of their key" },
    { Q_MUTE_PRUNE, "looks at all, which are few, each hour" },
    { Q_WATCH_STATE_EACH, "gives all, in order of their key" },
    { Q_SECRET_EACH, "gives all, in order of name" },
    { Q_SECRET_INFO_EACH, "gives all, in order of name" },
    { Q_SECRET_MARK_EACH, "gives all; secrets are few" },
    { Q_SECRET_TARGET_EACH, "gives all, in order of name" },
    { Q_SECRET_ANY, "stops at the first row" },
    { Q_FIGURES_SECRET_EACH, "gives all, in order of name" },
    { Q_TOKEN_EACH, "gives all, in order of name" },
    { Q_SESSION_EACH, "gives all, in order; sessions are at most SESSIONS_MAX" },
    { Q_SESSION_COUNT, "counts all; sessions are few" },
    { Q_SESSION_DELETE_OTHERS, "deletes all but one; sessions are few" },
    { Q_SESSION_DELETE_OLD, "sessions are few" },
    { Q_SESSION_DELETE_MOST, "walks all in order of their key; sessions are few" },
    { Q_RUN_LEFT_JOBS, "counts all of a partial index that holds occurrences that wait, from it alone" },
    { Q_RUN_ASKED_COUNT_JOB, "counts, up to a limit, what an index gives of a job" },
    { Q_RUN_ASKED_COUNT, "counts, up to a limit, a partial index that holds open runs asked for by hand" },
    { Q_RUN_RECOVERABLE, "gives all of that partial index" },
    { Q_RUN_REQUESTED, "gives all of a partial index that holds requested runs alone" },
    { Q_RUN_CANCEL_REQUESTED, "gives all of a partial index that holds runs to cancel alone" },
    { Q_RUN_OPEN_JOBS, "gives all of the partial index of open runs, from it alone" },
    { Q_RUN_FINISH_JOB, "walks the partial index of open runs" },
    { Q_RUN_LAST, "one of its six arms walks the partial index of open runs" },
};

static const char *scan_allowed(enum query query)
{
    for (size_t i = 0; i < MEM_COUNT(SCANS); i++)
        if (SCANS[i].query == query)
            return SCANS[i].why;
    return NULL;
}

/* "SCAN runs" walks a whole table, "SCAN runs USING INDEX x" an index. NULL: the step is fine. */
static const char *step_wrong(enum query query, const char *step)
{
    bool scan = strncmp(step, "SCAN ", 5) == 0;
    if (strncmp(step, "USE TEMP B-TREE", 15) == 0)
        return "sorts";
    if (scan && !scan_allowed(query))
        return "scans";
    if (scan && strstr(step, "runs") && !strstr(step, " USING "))
        return "scans the whole table";
    return NULL;
}

static int explain(struct store *s, enum query query, bool *scans)
{
    sqlite3_stmt *stmt;
    int steps = 0;
    mem_auto char *sql = mem_printf("EXPLAIN QUERY PLAN %s", query_table[query].sql);
    if (sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL))
        fail_msg("%s: %s", query_table[query].name, sqlite3_errmsg(s->db));
    for (; sqlite3_step(stmt) == SQLITE_ROW; steps++) {
        const char *step = (const char *)sqlite3_column_text(stmt, 3);
        if (step_wrong(query, step))
            fail_msg("query '%s' %s: %s", query_table[query].name, step_wrong(query, step), step);
        *scans = *scans || strncmp(step, "SCAN ", 5) == 0;
    }
    sqlite3_finalize(stmt);
    return steps;
}

static void test_no_query_scans(void **state)
{
    struct temp_store *t = *state;
    int steps = 0;
    for (int i = 0; i < Q_COUNT; i++) {
        bool scans = false;
        steps += explain(t->s, (enum query)i, &scans);
        if (scan_allowed((enum query)i) && !scans)
            fail_msg("query '%s' is on the list of those that scan, but does not", query_table[i].name);
    }
    assert_true(steps > 30);
}

/* The same with statistics of a history in which one job and one state are nearly all: the plans must not turn. */
static void test_no_query_scans_with_statistics(void **state)
{
    struct temp_store *t = *state;
    execute_sql(t->s, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
                      "INSERT INTO runs (id, job, trigger, scheduled_for, created_at, state, finished_at) "
                      "SELECT randomblob(16), CASE WHEN i % 100 THEN 'most' ELSE 'job-' || i END, 'schedule', i, i, "
                      "CASE WHEN i % 50 THEN 'succeeded' ELSE 'failed' END, i FROM n");
    execute_sql(t->s, "ANALYZE");
    test_no_query_scans(state);
}

/* Statements are prepared once, statistics or not: new values must not make new plans. */
static void test_statements_are_prepared_once(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    int64_t n;
    test_no_query_scans_with_statistics(state);
    store_close(t->s);
    assert_ok(store_open(&t->s, t->dir, STORE_WRITE, &e), e);
    struct arena *a = arena_new(0);
    struct retention_batch b;
    for (int i = 0; i < 50; i++) {
        struct run *r, fresh = run_of(i % 2 ? "most" : "job-100", TRIGGER_SCHEDULE, RUN_RUNNING, AFTER(i));
        int count;
        bool inserted;
        const char *next;
        struct runs_filter f = { { .job = fresh.job },
                                 .states = i % 3 ? RUN_BIT(RUN_FAILED) : 0,
                                 .since = AFTER(i),
                                 WALL_NONE,
                                 .limit = 1 + i };
        assert_ok(runs_last(t->s, fresh.job, a, &r, &e), e);
        assert_ok(runs_list(t->s, &f, a, &r, &count, &next, &e), e);
        assert_ok(runs_insert(t->s, &fresh, &inserted, &e), e);
        for (struct retention_pass p = { .settings = SETTINGS_DEFAULTS, .now = AFTER(i) };
             (n = retention_next(t->s, &p, &b, &e)) > 0;)
            assert_ok(retention_delete(t->s, &b, (struct retention_end){ time_is_up, &(struct mono){ 0 } }, &e), e);
        assert_int_equal(0, n);
    }
    arena_free(a);
    for (int i = 0; i < Q_COUNT; i++)
        if (sqlite3_stmt_status(t->s->statements[i], SQLITE_STMTSTATUS_REPREPARE, 0) > 0)
            fail_msg("query '%s' was prepared again", query_table[i].name);
}

/* The detector itself must be able to fail. */
static void test_a_scan_is_seen(void **state)
{
    struct temp_store *t = *state;
    sqlite3_stmt *stmt;
    const char *sql = "EXPLAIN QUERY PLAN SELECT * FROM runs WHERE message = 'x'";
    assert_int_equal(0, sqlite3_prepare_v2(t->s->db, sql, -1, &stmt, NULL));
    assert_int_equal(SQLITE_ROW, sqlite3_step(stmt));
    const char *step = (const char *)sqlite3_column_text(stmt, 3);
    assert_string_equal("scans", step_wrong(Q_RUN_WALK, step));
    assert_string_equal("scans the whole table", step_wrong(Q_RUN_RECOVERABLE, step));
    sqlite3_finalize(stmt);
}

static void check_columns(struct store *s, enum query query, const char *const *expected)
{
    sqlite3_stmt *stmt = s->statements[query];
    int n = 0;
    for (; expected[n]; n++)
        assert_string_equal(expected[n], sqlite3_column_name(stmt, n));
    assert_int_equal(n, sqlite3_column_count(stmt));
}

static void test_rows_are_read_in_the_order_of_the_table(void **state)
{
    struct temp_store *t = *state;
    int n = 0;
    for (int i = 0; i < Q_COUNT; i++) {
        if (strncmp(query_table[i].sql, "SELECT * FROM runs", 18) != 0)
            continue;
        check_columns(t->s, (enum query)i, RUN_COLUMNS);
        n++;
    }
    assert_true(n >= 8);
    const struct {
        enum run_column column;
        const char *name;
    } named[] = {
        { RUN_COLUMN_ID, "id" },
        { RUN_COLUMN_JOB, "job" },
        { RUN_COLUMN_TRIGGER, "trigger" },
        { RUN_COLUMN_SCHEDULED_FOR, "scheduled_for" },
        { RUN_COLUMN_STATE, "state" },
        { RUN_COLUMN_LATENESS_MS, "lateness_ms" },
        { RUN_COLUMN_DURATION_MS, "duration_ms" },
        { RUN_COLUMN_OUTCOME, "outcome" },
        { RUN_COLUMN_MESSAGE, "message" },
    };
    for (size_t i = 0; i < MEM_COUNT(named); i++)
        assert_string_equal(named[i].name, RUN_COLUMNS[named[i].column]);
    check_columns(t->s, Q_ATTEMPT_EACH, ATTEMPT_COLUMNS);
}

/* Each enumeration of the program passes the schema's CHECK, and nothing else does. */
static void test_checks_match_the_enumerations(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    for (int i = 0; i < TRIGGER_COUNT; i++) {
        struct run r = run_of("j", (enum trigger)i, RUN_QUEUED, AFTER(i));
        bool inserted;
        assert_ok(runs_insert(t->s, &r, &inserted, &e), e);
        assert_true(inserted);
    }
    for (int i = 0; i < RUN_STATE_COUNT; i++) {
        mem_auto char *sql =
            mem_printf("UPDATE runs SET state = '%s', finished_at = %s", run_state_name((enum run_state)i),
                       run_state_final((enum run_state)i) ? "1" : "NULL");
        execute_sql(t->s, sql);
    }
    for (int i = OUTCOME_NONE + 1; i < OUTCOME_COUNT; i++) {
        mem_auto char *sql = mem_printf("UPDATE runs SET outcome = '%s'", outcome_name((enum outcome)i));
        execute_sql(t->s, sql);
    }
    const char *const wrong[] = { "state = 'done'", "outcome = 'fine'", "trigger = 'cron'", "finished_at = NULL",
                                  "id = x'00'" };
    for (size_t i = 0; i < MEM_COUNT(wrong); i++) {
        mem_auto char *sql = mem_printf("UPDATE runs SET %s", wrong[i]);
        assert_int_equal(SQLITE_CONSTRAINT_CHECK, sqlite3_exec(t->s->db, sql, NULL, NULL, NULL));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_no_query_scans, temp_store_open, temp_store_close),
        cmocka_unit_test_setup_teardown(test_no_query_scans_with_statistics, temp_store_open, temp_store_close),
        cmocka_unit_test_setup_teardown(test_statements_are_prepared_once, temp_store_open, temp_store_close),
        cmocka_unit_test_setup_teardown(test_a_scan_is_seen, temp_store_open, temp_store_close),
        cmocka_unit_test_setup_teardown(test_rows_are_read_in_the_order_of_the_table, temp_store_open,
                                        temp_store_close),
        cmocka_unit_test_setup_teardown(test_checks_match_the_enumerations, temp_store_open, temp_store_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
