/* Format 12: the table of runs keeps its rows and takes runs of alerts. A store made anew and one brought up to date are the same. */
#include "temp_alerts.h"

#include <stdio.h>
#include <sys/stat.h>

#define ALERT_RUN                                                                                                 \
    "INSERT INTO runs (id, job, trigger, scheduled_for, created_at, state) VALUES (randomblob(16), 'alert:ops', " \
    "'alert', 1, 1, 'queued')"
#define SPEC(name, more) "'{\"name\":\"" name "\",\"schedule\":\"@daily\",\"request\":{\"url\":\"http://h/\"}" more "}'"
#define EMPTIED "{\"name\":\"j\",\"schedule\":\"@daily\",\"request\":{\"url\":\"http://h/\"},\"alerts\":[]}"

static void run_sql(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL))
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
}

static int64_t number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt;
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL))
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    int64_t n = sqlite3_step(stmt) == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : -1;
    sqlite3_finalize(stmt);
    return n;
}

/* As version 0.4 left it: some runs, a job whose alerts nobody looked at, two without. */
static sqlite3 *make_store_0_4(const char *dir)
{
    sqlite3 *db;
    mem_auto char *path = mem_printf("%s/" STORE_FILE, dir);
    assert_int_equal(0, mkdir(dir, 0700));
    assert_int_equal(0, sqlite3_open(path, &db));
    run_sql(db, "PRAGMA application_id = 1162039886; PRAGMA journal_mode = WAL; BEGIN");
    for (int i = 0; i < 11; i++)
        run_sql(db, migration_table[i].sql);
    run_sql(db, "PRAGMA user_version = 11; COMMIT");
    run_sql(db, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO runs (id, "
                "job, trigger, scheduled_for, created_at, state, finished_at) "
                "SELECT randomblob(16), 'j', 'schedule', i, i, 'succeeded', i FROM n");
    run_sql(db, "UPDATE statistics SET counted = 1");
    run_sql(db, "INSERT INTO jobs (name, spec, revision, created_at, updated_at, effective_from) VALUES "
                "('j', " SPEC(
                    "j", ",\"alerts\":[{\"x\":1},2]") ", 3, 4, 5, 6), "
                                                      "('k', " SPEC(
                                                          "k", ",\"alerts\":[]") ", 1, 2, 3, 4), "
                                                                                 "('l', " SPEC(
                                                                                     "l", ",\"description\":\"\\u00e9 "
                                                                                          "1.50\"") ", 1, 2, 3, 4)");
    return db;
}

static char *schema_of(sqlite3 *db)
{
    sqlite3_stmt *stmt;
    assert_int_equal(
        0, sqlite3_prepare_v2(db,
                              "SELECT group_concat(type || ' ' || name || ' ' || coalesce(sql, ''), x'0a' ORDER BY "
                              "type, name) FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%'",
                              -1, &stmt, NULL));
    assert_int_equal(SQLITE_ROW, sqlite3_step(stmt));
    char *text = mem_strdup((const char *)sqlite3_column_text(stmt, 0));
    sqlite3_finalize(stmt);
    return text;
}

static void note_damage(void *ctx, const char *damage)
{
    (void)ctx;
    fail_msg("%s", damage);
}

static void assert_new(struct store *s)
{
    struct err e;
    execute_sql(s, ALERT_RUN);
    assert_int_equal(1, count_of(s, "SELECT count(*) FROM runs WHERE trigger = 'alert'"));
    assert_int_equal(SQLITE_CONSTRAINT_CHECK,
                     sqlite3_exec(s->db, "UPDATE runs SET trigger = 'cron'", NULL, NULL, NULL));
    assert_int_equal(0, count_of(s, "SELECT count(*) FROM runs WHERE job = ''"));
    assert_ok(store_check(s, note_damage, NULL, &e), e);
    assert_int_equal(0, count_of(s, "PRAGMA writable_schema"));
    assert_int_equal(12, count_of(s, "PRAGMA user_version"));
}

static void test_made_anew_and_brought_up_to_date_are_the_same(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct store *s;
    mem_auto char *dir = mem_printf("%s/old", t->dir);
    sqlite3_close(make_store_0_4(dir));
    assert_ok(store_open(&s, dir, STORE_WRITE, &e), e);
    mem_auto char *fresh = schema_of(t->s->db), *now = schema_of(s->db);
    assert_string_equal(fresh, now);
    assert_non_null(strstr(now, "trigger = 'retry' OR trigger = 'alert')"));
    mem_auto char *of_fresh = text_of(t->s, "SELECT group_concat(spec ORDER BY name) FROM alerts");
    mem_auto char *of_old = text_of(s, "SELECT group_concat(spec ORDER BY name) FROM alerts");
    assert_string_equal(of_fresh, of_old);
    assert_new(t->s);
    assert_new(s);
    assert_int_equal(500, count_of(s, "SELECT count(*) FROM runs INDEXED BY runs_by_job WHERE job = 'j' AND "
                                      "state = 'succeeded' AND finished_at IS NOT NULL"));
    store_close(s);
}

static void test_alerts_that_nobody_looked_at(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct store *s;
    mem_auto char *dir = mem_printf("%s/old", t->dir);
    sqlite3 *db = make_store_0_4(dir);
    sqlite3_close(db);
    assert_ok(store_open(&s, dir, STORE_WRITE, &e), e);
    mem_auto char *j = text_of(s, "SELECT spec || revision || updated_at FROM jobs WHERE name = 'j'");
    assert_string_equal(EMPTIED "35", j);
    assert_int_equal(1, count_of(s, "SELECT count(*) FROM jobs WHERE spec = " SPEC("k", ",\"alerts\":[]")));
    assert_int_equal(
        1, count_of(s, "SELECT count(*) FROM jobs WHERE spec = " SPEC("l", ",\"description\":\"\\u00e9 1.50\"")));
    store_close(s);
}

/* A job that is failing is told of as one that failed now would be, if that much later. */
static void test_what_was_failing(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct store *s;
    mem_auto char *dir = mem_printf("%s/old", t->dir);
    sqlite3 *db = make_store_0_4(dir);
    run_sql(db, "INSERT INTO runs (id, job, trigger, scheduled_for, created_at, state, finished_at) VALUES "
                "(x'0198c0ffee007000800000000000000a', 'l', 'schedule', 1000, 1001, 'failed', 3000)");
    run_sql(db, "UPDATE jobs SET spec = json_set(spec, '$.target', 'prod') WHERE name = 'l'");
    run_sql(db, "INSERT INTO job_failing (job, since, runs, run) VALUES "
                "('l', 900, 7, x'0198c0ffee007000800000000000000a'), "
                "('k', 800, 1, x'0198c0ffee007000800000000000000b')");
    sqlite3_close(db);
    assert_ok(store_open(&s, dir, STORE_WRITE, &e), e);
    mem_auto char *kept = text_of(
        s, "SELECT group_concat(concat_ws(' ', rule, subject, kind, phase, count, since, last_at, coalesce(told_at, "
           "'untold'), hex(run), target), '; ' ORDER BY subject) FROM watch_states");
    assert_string_equal("failing k failure firing 1 800 800 untold 0198C0FFEE007000800000000000000B ; "
                        "failing l failure firing 7 900 3000 untold 0198C0FFEE007000800000000000000A prod",
                        kept);
    store_close(s);
}

/* Another process has it open meanwhile: it need not open it again. */
static void test_others_notice(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct store *s;
    sqlite3_stmt *stmt;
    mem_auto char *dir = mem_printf("%s/old", t->dir);
    sqlite3 *other = make_store_0_4(dir);
    assert_int_equal(0, sqlite3_prepare_v2(other, ALERT_RUN, -1, &stmt, NULL));
    assert_int_equal(SQLITE_CONSTRAINT, sqlite3_step(stmt));
    assert_int_equal(SQLITE_CONSTRAINT, sqlite3_reset(stmt));
    assert_ok(store_open(&s, dir, STORE_WRITE, &e), e);
    assert_int_equal(SQLITE_DONE, sqlite3_step(stmt));
    sqlite3_finalize(stmt);
    assert_int_equal(1, count_of(s, "SELECT count(*) FROM runs WHERE trigger = 'alert'"));
    sqlite3_close(other);
    store_close(s);
}

/* What ends before the commit has not been. */
static void test_undone(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct store *s;
    mem_auto char *dir = mem_printf("%s/old", t->dir);
    mem_auto char *path = mem_printf("%s/" STORE_FILE, dir);
    sqlite3 *db = make_store_0_4(dir), *other;
    mem_auto char *before = schema_of(db);
    run_sql(db, "BEGIN IMMEDIATE");
    run_sql(db, migration_table[11].sql);
    run_sql(db, ALERT_RUN);
    run_sql(db, "ROLLBACK");
    assert_int_equal(SQLITE_CONSTRAINT, sqlite3_exec(db, ALERT_RUN, NULL, NULL, NULL));
    mem_auto char *after = schema_of(db);
    assert_string_equal(before, after);
    assert_int_equal(0, number(db, "PRAGMA writable_schema"));
    assert_int_equal(0, sqlite3_open(path, &other));
    mem_auto char *elsewhere = schema_of(other);
    assert_string_equal(before, elsewhere);
    assert_int_equal(500, number(other, "SELECT count(*) FROM runs"));
    sqlite3_close(other);
    sqlite3_close(db);
    assert_ok(store_open(&s, dir, STORE_WRITE, &e), e);
    assert_new(s);
    store_close(s);
}

/* The text is not the one expected: refused, and nothing is changed. */
static void test_another_text(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct store *s;
    mem_auto char *dir = mem_printf("%s/old", t->dir);
    mem_auto char *path = mem_printf("%s/" STORE_FILE, dir);
    sqlite3 *db = make_store_0_4(dir);
    run_sql(db, "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'trigger = ''retry'')', "
                "'''retry'' = trigger)') WHERE name = 'runs'; PRAGMA writable_schema = RESET");
    sqlite3_close(db);
    assert_int_not_equal(0, store_open(&s, dir, STORE_WRITE, &e));
    assert_non_null(strstr(e.text, "nothing is changed"));
    assert_int_equal(0, sqlite3_open(path, &db));
    assert_int_equal(11, number(db, "PRAGMA user_version"));
    assert_int_equal(0, number(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'alerts'"));
    sqlite3_close(db);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_store_open, temp_store_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_made_anew_and_brought_up_to_date_are_the_same),
        TEST(test_alerts_that_nobody_looked_at),
        TEST(test_what_was_failing),
        TEST(test_others_notice),
        TEST(test_undone),
        TEST(test_another_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
