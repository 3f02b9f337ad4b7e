/* Retention on a real store: what goes is what a second, slow way of asking says; in pieces, and begun again in the middle. */
#include "temp_alerts.h"

#include "store/retention.h"
#include "store/runs.h"

#include <stdlib.h>
#include <unistd.h>

#define DAY_MS (24 * 3600000LL)
#define HISTORY                                                                                                      \
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d - 1), "                             \
    "r(i, at, state, took) AS (SELECT i, %lld - (%d - i) * %lld, "                                                   \
    " CASE WHEN i %% 211 = 0 THEN 'queued' WHEN i %% 13 = 0 THEN 'failed' WHEN i %% 29 = 0 THEN 'missed' "           \
    "      WHEN i %% 31 = 0 THEN 'skipped' WHEN i %% 37 = 0 THEN 'canceled' ELSE 'succeeded' END, "                  \
    " CASE WHEN i %% 17 = 0 THEN i %% 5 * 40000000 ELSE i %% 900 END FROM n) "                                       \
    "INSERT INTO runs (id, job, trigger, scheduled_for, created_at, state, attempts, finished_at) "                  \
    "SELECT unhex(format('%%012X', at) || format('7%%03X8%%015X', i %% 4096, i)), "                                  \
    " CASE WHEN i %% 7 = 0 THEN 'gone' WHEN i %% 1009 = 1 THEN 'rare' WHEN i %% 997 = 2 THEN 'alert:ops' WHEN i %% " \
    "991 = 3 THEN 'alert:gone' ELSE 'job-' || (i %% 3) END, 'manual', at, at, "                                      \
    " state, CASE WHEN state IN ('missed', 'skipped') THEN 0 WHEN i %% 97 = 0 THEN 9 ELSE 1 + i %% 2 END, "          \
    " CASE WHEN state = 'queued' THEN NULL ELSE at + took END FROM r"
#define ATTEMPTS                                                                                                     \
    "WITH RECURSIVE k(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM k WHERE number < 9) "                    \
    "INSERT INTO attempts (run_id, number, started_at, finished_at, request_method, request_headers, request_body, " \
    " response_headers, response_body, response_size) "                                                              \
    "SELECT id, number, created_at, coalesce(finished_at, created_at), 'POST', 'A: b', '{}', 'C: d', "               \
    " CASE WHEN number = 3 THEN printf('%%.9000c', 'x') ELSE '{\"ok\":true}' END, 11 "                               \
    "FROM k CROSS JOIN runs WHERE number <= attempts"

/* `n` runs, one every `step_ms`, up to now. */
/* A step ends at a time. */
static bool time_is_up(void *ctx)
{
    const struct mono *until = ctx;
    return clock_mono().us >= until->us;
}

static void fill(struct store *s, int n, int64_t step_ms)
{
    mem_auto char *runs = mem_printf(HISTORY, n, (long long)NOW.ms, n, (long long)step_ms);
    execute_sql(s, "PRAGMA synchronous = OFF"); /* a piece may be a single run */
    put_job(s, "job-0", "");
    put_job(s, "job-1", "");
    put_job(s, "job-2", "");
    put_job(s, "rare", "");
    put_channel(s, "ops", "");
    execute_sql(s, "BEGIN");
    execute_sql(s, runs);
    mem_auto char *attempts = mem_printf(ATTEMPTS);
    execute_sql(s, attempts);
    execute_sql(s, "COMMIT");
}

/* Goes through all of a pass, or through so many batches. Some pieces have no time at all. */
static int sweep(struct temp_store *t, const struct settings *v, struct wall now, int batches)
{
    struct retention_pass p = { .settings = *v, .now = now };
    struct retention_batch b;
    struct err e = { 0 };
    int rc = 1, pieces = 0;
    while (batches-- != 0 && (rc = retention_next(t->s, &p, &b, &e)) > 0)
        do {
            struct mono until = { clock_mono().us + (pieces++ % 3 ? 5000 : 0) };
            int before = b.done;
            assert_ok(retention_delete(t->s, &b, (struct retention_end){ time_is_up, &until }, &e), e);
            assert_true(b.done > before || b.n == 0 || b.runs[b.done].attempts > 1);
        } while (b.done < b.n);
    if (rc < 0)
        fail_msg("%s", e.text);
    return pieces;
}

/* What should be left, asked in another way: by ranks and times, of a copy of all. */
static void expect(struct store *s, const struct settings *v, struct wall now)
{
    execute_sql(s, "CREATE TABLE expected AS SELECT id, job, state, finished_at, created_at, "
                   " row_number() OVER (PARTITION BY job, state ORDER BY id DESC) AS rank FROM runs");
    mem_auto char *old = mem_printf(
        "DELETE FROM expected WHERE finished_at IS NOT NULL AND (rank > %lld OR (finished_at < %lld - 86400000 * "
        "CASE WHEN state IN ('failed', 'missed') THEN max(%lld, %lld) ELSE %lld END AND (rank > 1 OR job IN ('gone', "
        "'alert:gone'))))",
        v->retention_runs ? (long long)v->retention_runs : 1LL << 60, (long long)now.ms, (long long)v->retention_days,
        (long long)v->retention_failed_days, (long long)v->retention_days);
    execute_sql(s, old);
}

static void assert_left(struct store *s, const struct settings *v, struct wall now)
{
    assert_int_equal(0, count_of(s, "SELECT count(*) FROM (SELECT id FROM runs EXCEPT SELECT id FROM expected)"));
    assert_int_equal(0, count_of(s, "SELECT count(*) FROM (SELECT id FROM expected EXCEPT SELECT id FROM runs)"));
    assert_int_equal(0, count_of(s, "SELECT count(*) FROM attempts WHERE run_id NOT IN (SELECT id FROM runs)"));
    long long before = now.ms - v->retention_bodies_days * DAY_MS;
    mem_auto char *early =
        mem_printf("SELECT count(*) FROM attempts a JOIN runs r ON r.id = a.run_id WHERE bodies_removed "
                   "AND (r.finished_at IS NULL OR r.finished_at >= %lld)",
                   before);
    mem_auto char *late = mem_printf("SELECT count(*) FROM attempts a JOIN runs r ON r.id = a.run_id WHERE "
                                     "bodies_removed IS NULL AND r.finished_at < %lld",
                                     before - DAY_MS);
    assert_int_equal(0, count_of(s, early));
    assert_int_equal(0, count_of(s, late));
    assert_int_equal(0,
                     count_of(s, "SELECT count(*) FROM attempts WHERE (bodies_removed IS NULL) <> (request_headers IS "
                                 "NOT NULL AND request_body IS NOT NULL AND response_headers IS NOT NULL AND "
                                 "response_body IS NOT NULL)"));
    execute_sql(s, "DROP TABLE expected");
}

static void assert_whole(struct store *s)
{
    mem_auto char *integrity = text_of(s, "PRAGMA integrity_check");
    assert_string_equal("ok", integrity);
}

static void test_what_goes(void **state)
{
    struct temp_store *t = *state;
    struct settings v = { .retention_days = 40, .retention_failed_days = 90, .retention_bodies_days = 10 };
    fill(t->s, 6000, DAY_MS / 48); /* 125 days */
    expect(t->s, &v, NOW);
    assert_true(count_of(t->s, "SELECT count(*) FROM expected WHERE job = 'rare'") > 0);
    assert_true(count_of(t->s, "SELECT count(*) FROM expected WHERE job = 'alert:ops'") > 0);
    assert_true(count_of(t->s, "SELECT count(*) FROM runs WHERE job = 'alert:gone'") > 0);
    sweep(t, &v, NOW, 3); /* cut short, as by a crash */
    sweep(t, &v, NOW, 7);
    sweep(t, &v, NOW, -1);
    assert_left(t->s, &v, NOW);
    assert_true(count_of(t->s, "SELECT count(*) FROM attempts WHERE bodies_removed") > 100);
    int64_t changes = sqlite3_total_changes64(t->s->db);
    sweep(t, &v, NOW, -1); /* nothing is left to do, or done twice */
    assert_int_equal(changes, sqlite3_total_changes64(t->s->db));
}

static void test_by_number_in_each_state(void **state)
{
    struct temp_store *t = *state;
    struct settings v = {
        .retention_days = 1000, .retention_failed_days = 1000, .retention_bodies_days = 1000, .retention_runs = 300
    };
    fill(t->s, 6000, 60000);
    expect(t->s, &v, NOW);
    sweep(t, &v, NOW, -1);
    assert_left(t->s, &v, NOW);
    assert_int_equal(300, count_of(t->s, "SELECT count(*) FROM runs WHERE job = 'job-1' AND state = 'succeeded'"));
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM attempts WHERE bodies_removed"));
}

/* Over ten years, looked at at random times, with settings that change. */
static void test_ten_years(void **state)
{
    struct temp_store *t = *state;
    fill(t->s, 5000, DAY_MS * 3 / 4);
    srandom(8);
    struct wall now = { NOW.ms - 3650 * DAY_MS };
    for (int i = 0; i < 40; i++, now.ms += random() % 180 * DAY_MS + random() % DAY_MS) {
        struct settings v = { .retention_days = 1 + random() % 400,
                              .retention_failed_days = 1 + random() % 900,
                              .retention_bodies_days = 1 + random() % 60,
                              .retention_runs = random() % 2 ? 0 : 40 };
        mem_auto char *young = mem_printf("DELETE FROM runs WHERE created_at > %lld", (long long)now.ms);
        if (now.ms > NOW.ms)
            break;
        execute_sql(t->s, "SAVEPOINT future"); /* what is later is not there yet */
        execute_sql(t->s, young);
        expect(t->s, &v, now);
        sweep(t, &v, now, -1);
        mem_auto char *rest = mem_printf("SELECT count(*) FROM runs r WHERE id NOT IN (SELECT id FROM expected)");
        assert_int_equal(0, count_of(t->s, rest));
        assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM expected WHERE id NOT IN (SELECT id FROM runs)"));
        execute_sql(t->s, "DROP TABLE expected; ROLLBACK TO future; RELEASE future");
    }
}

static void test_open_runs_and_their_bodies_stay(void **state)
{
    struct temp_store *t = *state;
    struct settings v = {
        .retention_days = 1, .retention_failed_days = 1, .retention_bodies_days = 1, .retention_runs = 1
    };
    fill(t->s, 3000, DAY_MS / 10);
    int64_t open = count_of(t->s, "SELECT count(*) FROM runs WHERE finished_at IS NULL");
    int64_t tried = count_of(t->s, "SELECT count(*) FROM attempts JOIN runs ON id = run_id WHERE state = 'queued'");
    assert_true(open > 5 && tried > 5);
    sweep(t, &v, (struct wall){ NOW.ms + 4000 * DAY_MS }, -1);
    assert_int_equal(open, count_of(t->s, "SELECT count(*) FROM runs WHERE finished_at IS NULL"));
    assert_int_equal(tried,
                     count_of(t->s, "SELECT count(*) FROM attempts JOIN runs ON id = run_id WHERE state = 'queued' "
                                    "AND request_headers IS NOT NULL AND bodies_removed IS NULL"));
    /* They end at last, long after their turn: then these go too. */
    execute_sql(t->s, "UPDATE runs SET state = 'canceled', finished_at = created_at + 90000000 WHERE state = 'queued'");
    sweep(t, &v, (struct wall){ NOW.ms + 4000 * DAY_MS }, -1);
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM attempts WHERE bodies_removed IS NULL"));
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM runs WHERE job = 'gone'"));
}

/* A clock that was ahead, or a time that was shorter, leaves the mark beyond what is due: what comes between is not forgotten. */
static void test_the_mark_comes_back(void **state)
{
    struct temp_store *t = *state;
    struct settings v = { .retention_days = 3650, .retention_failed_days = 3650, .retention_bodies_days = 1 };
    sweep(t, &v, (struct wall){ NOW.ms + 9000 * DAY_MS }, -1);
    fill(t->s, 300, DAY_MS / 10);
    execute_sql(t->s, "UPDATE retention SET bodies_until = unhex('FF000000000000000000000000000000')");
    sweep(t, &v, (struct wall){ NOW.ms - 20 * DAY_MS }, -1);
    expect(t->s, &v, NOW);
    sweep(t, &v, NOW, -1);
    assert_true(count_of(t->s, "SELECT count(*) FROM attempts WHERE bodies_removed") > 100);
    execute_sql(t->s, "DROP TABLE expected");
}

static int64_t file_bytes(struct temp_store *t)
{
    sqlite3_wal_checkpoint_v2(t->s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    return count_of(t->s, "PRAGMA page_count") * 4096;
}

/* Bodies of a few hundred bytes lie within the rows' own pages: these must come free too. */
static void test_space_comes_back(void **state)
{
    struct temp_store *t = *state;
    struct settings v = { .retention_days = 3650, .retention_failed_days = 3650, .retention_bodies_days = 1 };
    struct err e;
    int64_t pages, free_pages, n = 1;
    fill(t->s, 20000, 1000);
    execute_sql(t->s, "UPDATE attempts SET response_body = printf('%.800c', 'y')");
    int64_t before = file_bytes(t);
    sweep(t, &v, (struct wall){ NOW.ms + 3 * DAY_MS }, -1);
    assert_ok(retention_space(t->s, &pages, &free_pages, &e), e);
    assert_true(free_pages > pages / 2);
    while (n > 0)
        assert_ok(retention_shrink(t->s, 500,
                                   (struct retention_end){ time_is_up, &(struct mono){ clock_mono().us + 3000 } }, &n,
                                   &e),
                  e);
    assert_true(file_bytes(t) < before * 6 / 10);
    v.retention_days = v.retention_failed_days = 1;
    sweep(t, &v, (struct wall){ NOW.ms + 3 * DAY_MS }, -1);
    do
        assert_ok(
            retention_shrink(t->s, 1 << 30, (struct retention_end){ time_is_up, &(struct mono){ INT64_MAX } }, &n, &e),
            e);
    while (n > 0);
    assert_true(file_bytes(t) < before / 20);
    assert_whole(t->s);
}

static void test_no_step_walks_the_table(void **state)
{
    struct temp_store *t = *state;
    struct settings v = SETTINGS_DEFAULTS;
    fill(t->s, 5000, DAY_MS / 20);
    v.retention_runs = 100;
    sweep(t, &v, NOW, -1);
    for (int i = 0; i < Q_COUNT; i++)
        if (strncmp(query_table[i].name, "retention_", 10) == 0)
            assert_int_equal(0, sqlite3_stmt_status(t->s->statements[i], SQLITE_STMTSTATUS_FULLSCAN_STEP, 0));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_store_open, temp_store_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_goes),
        TEST(test_by_number_in_each_state),
        TEST(test_ten_years),
        TEST(test_open_runs_and_their_bodies_stay),
        TEST(test_the_mark_comes_back),
        TEST(test_space_comes_back),
        TEST(test_no_step_walks_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
