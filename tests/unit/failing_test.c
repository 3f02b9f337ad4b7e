/* Which jobs are failing: by the end of each run, as history tells it, and after an upgrade from a store that did not keep it. */
#include "temp_runs.h"

#include "store/failing.h"
#include "store/writer.h"

#include <stdio.h>
#include <unistd.h>

static struct job_failing *failing_of(struct store *s, const char *job)
{
    struct err e;
    struct job_failing *f;
    bool is;
    assert_ok(failing_get(s, job, run_arena, &f, &e), e);
    assert_ok(failing_is(s, job, &is, &e), e);
    assert_int_equal(is, f != NULL);
    return f;
}

/* The id of a run that was called and ended so, 7 ms after it began. */
static const char *ended(struct store *s, const char *job, enum run_state state, int64_t at_ms)
{
    struct err e;
    struct run r = run_insert_new(s, job, TRIGGER_SCHEDULE, RUN_RUNNING, AFTER(at_ms));
    enum outcome outcome = state == RUN_SUCCEEDED  ? OUTCOME_OK
                           : state == RUN_CANCELED ? OUTCOME_CANCELED
                                                   : OUTCOME_TIMEOUT;
    assert_ok(run_end(s, r.id, 1, state, outcome, AFTER(at_ms + 7), &e), e);
    return arena_strdup(run_arena, r.id);
}

static const char *passed(struct store *s, const char *job, enum run_state state, int64_t at_ms)
{
    struct run r = run_of(job, TRIGGER_SCHEDULE, state, AFTER(at_ms));
    r.finished_at = AFTER(at_ms + 3);
    r.message = "passed";
    assert_true(run_insert(s, &r));
    return arena_strdup(run_arena, r.id);
}

static void assert_failing(struct store *s, const char *job, int64_t since_ms, int64_t runs, const char *run,
                           int64_t succeeded_ms)
{
    const struct job_failing *f = failing_of(s, job);
    assert_non_null(f);
    assert_int_equal(f->since.ms, AFTER(since_ms).ms);
    assert_int_equal(f->runs, runs);
    assert_string_equal(f->run, run);
    assert_int_equal(f->last_success_at.ms, succeeded_ms < 0 ? WALL_NONE.ms : AFTER(succeeded_ms).ms);
}

static void test_from_the_first_failure_to_a_success(void **state)
{
    struct temp_store *t = *state;
    put_job(t->s, "j", "");
    assert_null(failing_of(t->s, "j"));
    const char *first = ended(t->s, "j", RUN_FAILED, 0);
    assert_failing(t->s, "j", 0, 1, first, -1);
    assert_string_equal(failing_of(t->s, "j")->message, "why");
    assert_int_equal(failing_of(t->s, "j")->outcome, OUTCOME_TIMEOUT);
    const char *second = ended(t->s, "j", RUN_FAILED, 1000);
    assert_failing(t->s, "j", 0, 2, second, -1);
    run_insert_new(t->s, "j", TRIGGER_SCHEDULE, RUN_RUNNING, AFTER(1500)); /* under way */
    ended(t->s, "j", RUN_CANCELED, 2000);
    passed(t->s, "j", RUN_SKIPPED, 2500);
    assert_failing(t->s, "j", 0, 2, second, -1);
    ended(t->s, "j", RUN_SUCCEEDED, 3000);
    assert_null(failing_of(t->s, "j"));
    ended(t->s, "j", RUN_CANCELED, 4000);
    assert_null(failing_of(t->s, "j"));
    const char *missed = passed(t->s, "j", RUN_MISSED, 5000);
    assert_failing(t->s, "j", 5000, 1, missed, 3007);
    assert_string_equal(failing_of(t->s, "j")->message, "passed");
    assert_int_equal(failing_of(t->s, "j")->outcome, OUTCOME_NONE);
    assert_null(failing_of(t->s, "no-such-job"));
}

static void test_a_retry_is_not_an_end(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    put_job(t->s, "j", "");
    struct run r = run_insert_new(t->s, "j", TRIGGER_SCHEDULE, RUN_RUNNING, NOW);
    assert_ok(run_end(t->s, r.id, 1, RUN_RETRYING, OUTCOME_TIMEOUT, AFTER(7), &e), e);
    assert_null(failing_of(t->s, "j"));
    assert_ok(runs_finish(t->s, r.id, RUN_FAILED, OUTCOME_TIMEOUT, "waited too long", AFTER(900), &e), e);
    assert_failing(t->s, "j", 0, 1, r.id, -1);
    assert_string_equal(failing_of(t->s, "j")->message, "waited too long");
}

/* The occurrence that is done again may be of long ago, from before many successes. */
static void test_by_hand_counts_from_when_it_was_asked_for(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    char id[ID_TEXT_SIZE];
    put_job(t->s, "j", "");
    const char *old = ended(t->s, "j", RUN_FAILED, 0);
    ended(t->s, "j", RUN_SUCCEEDED, 1000);
    assert_ok(runs_request_retry(t->s, old, AFTER(50000), id, &e), e);
    assert_null(failing_of(t->s, "j"));
    assert_ok(runs_attempt_begin(t->s, id, 1, AFTER(50100), 100, &e), e);
    assert_ok(run_end(t->s, id, 1, RUN_FAILED, OUTCOME_CONNECT, AFTER(51000), &e), e);
    assert_failing(t->s, "j", 50000, 1, id, 1007);
}

/* With a body of its own a run tells nothing of the job: neither does it fail for it, nor mend it. */
static void test_an_edited_run_changes_nothing(void **state)
{
    struct temp_store *t = *state;
    static const enum run_state ends[] = { RUN_FAILED, RUN_SUCCEEDED };
    put_job(t->s, "j", "");
    for (int i = 0; i < 2; i++) {
        struct err e;
        char id[ID_TEXT_SIZE];
        struct attempt a = { .number = 1, .started_at = AFTER(5), .finished_at = AFTER(9), .outcome = OUTCOME_TIMEOUT };
        struct run r = { .job = "j", .edited = true, .state = ends[i], .finished_at = AFTER(9) };
        assert_ok(runs_request_edited(t->s, "j", TRIGGER_API, "{\"dry_run\":true}", AFTER(i), id, &e), e);
        assert_ok(runs_attempt_begin(t->s, id, 1, AFTER(5), 5, &e), e);
        memcpy(r.id, id, sizeof id);
        assert_ok(runs_attempt_end(t->s, &r, &a, &e), e);
        if (i == 0) {
            assert_null(failing_of(t->s, "j"));
            ended(t->s, "j", RUN_FAILED, 1000);
        }
        assert_int_equal(failing_of(t->s, "j")->runs, 1);
        assert_true(wall_is_none(failing_of(t->s, "j")->last_success_at));
    }
}

static void test_what_a_crash_left(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    int64_t n;
    put_job(t->s, "once", ", \"delivery\": \"at_most_once\"");
    put_job(t->s, "again", "");
    struct run r = run_insert_new(t->s, "once", TRIGGER_SCHEDULE, RUN_RUNNING, NOW);
    run_insert_new(t->s, "again", TRIGGER_SCHEDULE, RUN_RUNNING, NOW);
    assert_ok(runs_recover(t->s, AFTER(10), &n, &e), e);
    assert_int_equal(n, 2);
    assert_failing(t->s, "once", 0, 1, r.id, -1);
    assert_int_equal(failing_of(t->s, "once")->outcome, OUTCOME_INTERRUPTED);
    assert_null(failing_of(t->s, "again"));
}

static void test_removed_and_made_again(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    put_job(t->s, "j", "");
    ended(t->s, "j", RUN_FAILED, 0);
    struct run late = run_insert_new(t->s, "j", TRIGGER_SCHEDULE, RUN_RUNNING, AFTER(1000));
    assert_ok(jobs_remove(t->s, "j", -1, AFTER(2000), &e), e);
    assert_null(failing_of(t->s, "j"));
    assert_int_equal(count_of(t->s, "SELECT count(*) FROM job_failing"), 0);
    assert_ok(run_end(t->s, late.id, 1, RUN_FAILED, OUTCOME_TIMEOUT, AFTER(2100), &e), e); /* was under way */
    assert_int_equal(count_of(t->s, "SELECT count(*) FROM job_failing"), 0);
    put_job(t->s, "j", "");
    assert_null(failing_of(t->s, "j"));
    const char *id = ended(t->s, "j", RUN_FAILED, 3000);
    assert_failing(t->s, "j", 3000, 1, id, -1);
}

/* Its run may be pruned while a job that seldom runs is failing: that stays true. */
static void test_history_is_let_go_of(void **state)
{
    struct temp_store *t = *state;
    put_job(t->s, "j", "");
    ended(t->s, "j", RUN_SUCCEEDED, 0);
    ended(t->s, "j", RUN_FAILED, 1000);
    assert_int_equal(2, delete_runs(t->s, AFTER(10000)));
    assert_failing(t->s, "j", 1000, 1, "", 7);
    assert_string_equal(failing_of(t->s, "j")->message, "");
    const char *id = ended(t->s, "j", RUN_FAILED, 20000);
    assert_failing(t->s, "j", 1000, 2, id, 7);
    ended(t->s, "j", RUN_SUCCEEDED, 30000);
    assert_null(failing_of(t->s, "j"));
}

/* What is undone never was. */
static void test_undone_with_its_transaction(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    put_job(t->s, "j", "");
    struct run r = run_insert_new(t->s, "j", TRIGGER_SCHEDULE, RUN_RUNNING, NOW);
    assert_ok(store_begin(t->s, &e), e);
    assert_ok(store_savepoint(t->s, &e), e);
    assert_ok(run_end(t->s, r.id, 1, RUN_FAILED, OUTCOME_TIMEOUT, AFTER(7), &e), e);
    assert_non_null(failing_of(t->s, "j"));
    assert_ok(store_release(t->s, false, &e), e);
    assert_null(failing_of(t->s, "j"));
    assert_ok(run_end(t->s, r.id, 1, RUN_SUCCEEDED, OUTCOME_OK, AFTER(8), &e), e);
    assert_ok(store_commit(t->s, &e), e);
    assert_null(failing_of(t->s, "j"));
}

static void add_name(void *ctx, const char *job)
{
    buf_printf(ctx, "%s ", job);
}

static void assert_all(struct store *s, const char *names)
{
    struct err e;
    buf_auto struct buf out = BUF_INIT(4000);
    assert_ok(failing_each(s, add_name, &out, &e), e);
    assert_string_equal(buf_str(&out), names);
}

/* --- from history ------------------------------------------------------------------------------------------------ */

static const struct migration *the_migration(void)
{
    for (size_t i = 0; i < migration_count; i++)
        if (!strcmp(migration_table[i].name, "failing"))
            return &migration_table[i];
    fail_msg("there is no such migration");
    return NULL;
}

static char *kept(struct store *s)
{
    return text_of(s, "SELECT group_concat(job || ' ' || since || ' ' || runs || ' ' || hex(run) || ' ' || "
                      "coalesce(last_success_at, '-'), char(10) ORDER BY job) FROM job_failing");
}

static unsigned next_number(unsigned *seed)
{
    return *seed = *seed * 1103515245u + 12345u;
}

/* Whatever happened: what was kept on the way is what the history says. */
static void test_history_tells_the_same(void **state)
{
    struct temp_store *t = *state;
    static const enum run_state states[] = { RUN_SUCCEEDED, RUN_FAILED,  RUN_FAILED,
                                             RUN_CANCELED,  RUN_SKIPPED, RUN_MISSED };
    unsigned seed = 7;
    char name[20];
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "job-%02d", i);
        put_job(t->s, name, "");
        for (unsigned k = 0; k < (unsigned)i % 9; k++) {
            enum run_state end = states[(next_number(&seed) >> 16) % MEM_COUNT(states)];
            bool called = end != RUN_SKIPPED && end != RUN_MISSED;
            (called ? ended : passed)(t->s, name, end, i + 1000 * (int64_t)k);
        }
    }
    ended(t->s, "removed", RUN_FAILED, 5);
    mem_auto char *was = kept(t->s);
    assert_true(count_of(t->s, "SELECT count(*) FROM job_failing") > 10);
    execute_sql(t->s, "DROP TABLE job_failing");
    execute_sql(t->s, the_migration()->sql);
    mem_auto char *told = kept(t->s);
    assert_string_equal(was, told);
}

#define RUN(id, job, trigger, at, made, state, finished)                                                           \
    "INSERT INTO runs (id, job, trigger, scheduled_for, created_at, state, finished_at) VALUES ("                  \
    "x'0000000000000000000000000000" id "', '" job "', '" trigger "', " #at ", " #made ", '" state "', " #finished \
    ");"

/* A store as the version before left it. */
static void make_old_store(const char *dir)
{
    sqlite3 *db;
    mem_auto char *path = mem_printf("%s/" STORE_FILE, dir);
    assert_int_equal(0, sqlite3_open(path, &db));
    assert_int_equal(0, sqlite3_exec(db, "PRAGMA application_id = 1162039886", NULL, NULL, NULL));
    for (const struct migration *m = migration_table; m < the_migration(); m++) {
        mem_auto char *mark = mem_printf("PRAGMA user_version = %d", m->number);
        assert_int_equal(0, sqlite3_exec(db, m->sql, NULL, NULL, NULL));
        assert_int_equal(0, sqlite3_exec(db, mark, NULL, NULL, NULL));
    }
    static const char rows[] =
        "INSERT INTO jobs (name, spec, revision, created_at, updated_at, effective_from) VALUES "
        "('fails', 'damaged', 1, 1, 1, 1), ('well', '{}', 1, 1, 1, 1), ('hand', '{}', 1, 1, 1, 1), ('new', '{}', 1, 1, "
        "1, 1);" RUN("0001", "fails", "schedule", 100, 101, "failed", 102)
            RUN("0002", "fails", "schedule", 200, 201, "succeeded", 202)
                RUN("0003", "fails", "catch_up", 300, 350, "missed", 351)
                    RUN("0004", "fails", "schedule", 400, 401, "canceled", 402)
                        RUN("0005", "fails", "schedule", 500, 501, "failed", 502)
                            RUN("0006", "fails", "schedule", 600, 601, "running", NULL)
                                RUN("0007", "well", "schedule", 100, 101, "failed", 102)
                                    RUN("0008", "well", "schedule", 200, 201, "succeeded", 202)
                                        RUN("0009", "hand", "retry", 100, 901, "failed", 902)
                                            RUN("000a", "gone", "schedule", 100, 101, "failed", 102);
    assert_int_equal(0, sqlite3_exec(db, rows, NULL, NULL, NULL));
    sqlite3_close(db);
}

static void test_a_store_of_the_version_before(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    store_close(t->s);
    mem_auto char *path = mem_printf("%s/" STORE_FILE, t->dir);
    assert_int_equal(0, unlink(path));
    make_old_store(t->dir);
    assert_ok(store_open(&t->s, t->dir, STORE_WRITE, &e), e);
    assert_all(t->s, "fails hand ");
    const struct job_failing *f = failing_of(t->s, "fails");
    assert_int_equal(f->since.ms, 300);
    assert_int_equal(f->runs, 2);
    assert_int_equal(f->last_success_at.ms, 202);
    assert_string_equal(f->run, "00000000-0000-0000-0000-000000000005");
    f = failing_of(t->s, "hand");
    assert_int_equal(f->since.ms, 901);
    assert_true(wall_is_none(f->last_success_at));
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM pragma_foreign_key_check"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_runs_open, temp_runs_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_from_the_first_failure_to_a_success),
        TEST(test_a_retry_is_not_an_end),
        TEST(test_by_hand_counts_from_when_it_was_asked_for),
        TEST(test_an_edited_run_changes_nothing),
        TEST(test_what_a_crash_left),
        TEST(test_removed_and_made_again),
        TEST(test_history_is_let_go_of),
        TEST(test_undone_with_its_transaction),
        TEST(test_history_tells_the_same),
        TEST(test_a_store_of_the_version_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
