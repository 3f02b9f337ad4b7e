/* Runs that ended are told one by one, in the order in which they did, exactly once, with all that is known of them. */
#include "temp_runs.h"

#include "store/run_ended.h"
#include "store/stats_note.h"

#include <stdio.h>

struct told {
    struct watch_end all[64];
    char jobs[64][JOB_NAME_MAX + 1], metrics[64][64];
    int n, refuse_at; /* -1: none */
    struct store *writes;
};

static int hear(void *ctx, const struct watch_end *x, struct err *e)
{
    struct told *t = ctx;
    if (t->writes)
        execute_sql(t->writes, "INSERT INTO alert_mutes (scope, name) SELECT 'job', count(*) FROM alert_mutes");
    if (t->n == t->refuse_at)
        return err_set(e, ERR_INTERNAL, "enough");
    t->all[t->n] = *x;
    snprintf(t->jobs[t->n], sizeof t->jobs[0], "%s", x->job);
    snprintf(t->metrics[t->n], sizeof t->metrics[0], "%.*s", (int)x->metrics_len, x->metrics ? x->metrics : "");
    assert_string_equal("", x->target);
    t->n++;
    return 0;
}

static void fold(struct store *s, struct told *t)
{
    struct err e;
    bool more;
    *t = (struct told){ .refuse_at = -1 };
    assert_ok(stats_fold_telling(s, hear, t, &more, &e), e);
    assert_false(more);
}

static void test_all_is_told(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct told x;
    put_job(t->s, "j", "");
    struct run r = run_insert_new(t->s, "j", TRIGGER_SCHEDULE, RUN_RUNNING, AFTER(1000));
    r.state = RUN_SUCCEEDED;
    r.scheduled_for = AFTER(-86400000);
    r.started_at = AFTER(1003);
    r.finished_at = AFTER(3000);
    r.lateness_ms = 7;
    r.duration_ms = 1997;
    r.outcome = OUTCOME_OK;
    r.metrics = "{\"sent\":3}";
    struct attempt a = { .number = 1, .started_at = AFTER(1000), .finished_at = AFTER(3000), .outcome = OUTCOME_OK };
    assert_ok(runs_attempt_end(t->s, &r, &a, &e), e);
    fold(t->s, &x);
    assert_int_equal(1, x.n);
    assert_string_equal("j", x.jobs[0]);
    assert_string_equal(r.id, x.all[0].run);
    assert_int_equal(RUN_SUCCEEDED, x.all[0].state);
    assert_int_equal(AFTER(3000).ms, x.all[0].at.ms);
    assert_int_equal(AFTER(-86400000).ms, x.all[0].scheduled_for.ms);
    assert_int_equal(1, x.all[0].occurrences);
    assert_int_equal(7, x.all[0].lateness_ms);
    assert_int_equal(1997, x.all[0].duration_ms);
    assert_string_equal("{\"sent\":3}", x.metrics[0]);
    assert_false(x.all[0].edited);
    fold(t->s, &x);
    assert_int_equal(0, x.n);
}

/* The job, the occurrence and what was edited are looked up for those who do not know them. */
static void test_what_is_not_said_is_looked_up(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct told x;
    char id[ID_TEXT_SIZE];
    put_job(t->s, "j", "");
    assert_ok(runs_request_edited(t->s, "j", TRIGGER_MANUAL, "{}", NOW, id, &e), e);
    assert_ok(runs_attempt_begin(t->s, id, 1, AFTER(1), 0, &e), e);
    assert_ok(run_end(t->s, id, 1, RUN_FAILED, OUTCOME_CONNECT, AFTER(2), &e), e);
    fold(t->s, &x);
    assert_int_equal(1, x.n);
    assert_string_equal("j", x.jobs[0]);
    assert_true(x.all[0].edited);
    assert_int_equal(NOW.ms, x.all[0].scheduled_for.ms);
    assert_null(x.all[0].metrics);
}

/* Each way in which a run can end. */
static void test_in_the_order_in_which_they_ended(void **state)
{
    static const enum run_state states[] = { RUN_MISSED,   RUN_SKIPPED,  RUN_CANCELED, RUN_SUCCEEDED,
                                             RUN_CANCELED, RUN_CANCELED, RUN_FAILED };
    struct temp_store *t = *state;
    struct err e;
    struct told x;
    int64_t n;
    put_job(t->s, "j", "");
    put_job(t->s, "gone", "");
    put_job(t->s, "once", ", \"delivery\": \"at_most_once\"");
    struct run last = run_insert_new(t->s, "once", TRIGGER_SCHEDULE, RUN_RUNNING, AFTER(-50));
    struct run first = run_insert_new(t->s, "j", TRIGGER_SCHEDULE, RUN_RUNNING, AFTER(-10));
    struct run missed = run_of("j", TRIGGER_CATCH_UP, RUN_MISSED, AFTER(-9000));
    missed.created_at = AFTER(5);
    missed.occurrences = 3;
    assert_true(run_insert(t->s, &missed));
    struct run skipped = run_insert_new(t->s, "j", TRIGGER_SCHEDULE, RUN_SKIPPED, AFTER(6));
    struct run waits = run_insert_new(t->s, "j", TRIGGER_SCHEDULE, RUN_QUEUED, AFTER(7));
    struct run goes = run_insert_new(t->s, "gone", TRIGGER_SCHEDULE, RUN_QUEUED, AFTER(8));
    struct run goes_too = run_insert_new(t->s, "gone", TRIGGER_SCHEDULE, RUN_QUEUED, AFTER(9));
    assert_ok(runs_finish(t->s, waits.id, RUN_CANCELED, OUTCOME_CANCELED, "", AFTER(10), &e), e);
    assert_ok(run_end(t->s, first.id, 1, RUN_SUCCEEDED, OUTCOME_OK, AFTER(11), &e), e);
    assert_ok(jobs_remove(t->s, "gone", -1, AFTER(12), &e), e);
    assert_ok(runs_recover(t->s, AFTER(13), &n, &e), e);
    fold(t->s, &x);
    const char *const expected[] = { missed.id, skipped.id, waits.id, first.id, goes.id, goes_too.id, last.id };
    assert_int_equal(MEM_COUNT(states), x.n);
    for (int i = 0; i < x.n; i++) {
        assert_string_equal(expected[i], x.all[i].run);
        assert_int_equal(states[i], x.all[i].state);
    }
    assert_int_equal(AFTER(5).ms, x.all[0].at.ms);
    assert_int_equal(AFTER(-9000).ms, x.all[0].scheduled_for.ms);
    assert_int_equal(3, x.all[0].occurrences);
    assert_int_equal(-1, x.all[0].lateness_ms);
    assert_int_equal(-1, x.all[0].duration_ms);
    assert_int_equal(AFTER(12).ms, x.all[5].at.ms);
    assert_int_equal(AFTER(13).ms, x.all[6].at.ms);
    assert_string_equal("once", x.jobs[6]);
}

/* What was written along is undone with it, and told again. */
static void test_an_error_undoes_all(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    bool more;
    struct told x = { .refuse_at = 2, .writes = t->s };
    put_job(t->s, "j", "");
    for (int i = 0; i < 4; i++)
        run_insert_new(t->s, "j", TRIGGER_SCHEDULE, RUN_MISSED, AFTER(i));
    assert_int_equal(-ERR_INTERNAL, stats_fold_telling(t->s, hear, &x, &more, &e));
    assert_string_equal("enough", e.text);
    assert_int_equal(2, x.n);
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM alert_mutes"));
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM run_counts"));
    assert_int_equal(4, count_of(t->s, "SELECT count(*) FROM run_ends"));
    x = (struct told){ .refuse_at = -1, .writes = t->s };
    assert_ok(stats_fold_telling(t->s, hear, &x, &more, &e), e);
    assert_int_equal(4, x.n);
    assert_int_equal(4, count_of(t->s, "SELECT count(*) FROM alert_mutes"));
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM run_ends"));
    /* One of many ops in a transaction. */
    run_insert_new(t->s, "j", TRIGGER_SCHEDULE, RUN_MISSED, AFTER(9));
    assert_ok(store_begin(t->s, &e), e);
    assert_ok(store_savepoint(t->s, &e), e);
    x = (struct told){ .refuse_at = 1, .writes = t->s };
    assert_ok(stats_fold_telling(t->s, hear, &x, &more, &e), e);
    assert_ok(store_release(t->s, false, &e), e);
    assert_ok(store_commit(t->s, &e), e);
    assert_int_equal(4, count_of(t->s, "SELECT count(*) FROM alert_mutes"));
    assert_int_equal(1, count_of(t->s, "SELECT count(*) FROM run_ends"));
}

/* As format 11 wrote them: no mark, no id. */
static void pack_old(struct buf *out, const char *job, struct wall at, enum run_state state)
{
    pack_text(out, job, strlen(job));
    pack_uint(out, (uint64_t)at.ms);
    pack_uint(out, (uint64_t)state);
    pack_uint(out, (uint64_t)OUTCOME_OK);
    pack_uint(out, 1);
    pack_uint(out, 4);
    pack_uint(out, 41);
    pack_text(out, "{\"sent\":2}", 10);
}

static int64_t runs_counted(struct store *s, const char *job)
{
    struct err e;
    struct stats v = { 0 };
    struct window w;
    assert_true(window_parse("24h", NOW, &w));
    assert_ok(stats_read(s, &(struct job_scope){ .job = job }, &w, &v, &e), e);
    int64_t n = tally_runs(&v.total);
    stats_free(&v);
    return n;
}

static void test_rows_of_before_count_and_are_told_to_nobody(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct told x;
    buf_auto struct buf old = BUF_INIT(1000);
    put_job(t->s, "j", "");
    pack_old(&old, "j", AFTER(-1000), RUN_SUCCEEDED);
    pack_old(&old, "j", AFTER(-900), RUN_FAILED);
    struct statement q = statement_begin(t->s, Q_RUN_END_PUT);
    statement_blob(&q, old.data, old.len);
    assert_ok(statement_run(&q, &e), e);
    struct run skipped = run_insert_new(t->s, "j", TRIGGER_SCHEDULE, RUN_SKIPPED, AFTER(-500));
    assert_int_equal(3, runs_counted(t->s, "j")); /* before they are folded, and after */
    fold(t->s, &x);
    assert_int_equal(1, x.n);
    assert_string_equal(skipped.id, x.all[0].run);
    assert_int_equal(3, runs_counted(t->s, "j"));
}

/* A row that is damaged: what is before it counts, what comes after is left out, loudly, and nothing stops. */
static void test_damaged_rows(void **state)
{
    struct temp_store *t = *state;
    struct told x;
    put_job(t->s, "j", "");
    for (int i = 0; i < 40; i++) {
        struct run r = run_insert_new(t->s, "j", TRIGGER_SCHEDULE, RUN_SKIPPED, AFTER(i));
        mem_auto char *sql =
            mem_printf("UPDATE run_ends SET data = substr(data, 1, %d) WHERE id = (SELECT max(id) FROM "
                       "run_ends)",
                       i);
        execute_sql(t->s, sql);
        (void)r;
    }
    execute_sql(
        t->s,
        "INSERT INTO run_ends (data) VALUES (x'00'), (x'0002ffffff'), (x'00ff'), (zeroblob(50)), (x'ffffffffff')");
    run_insert_new(t->s, "j", TRIGGER_SCHEDULE, RUN_SKIPPED, AFTER(100));
    fold(t->s, &x);
    assert_true(x.n >= 1);
    assert_int_equal(AFTER(100).ms, x.all[x.n - 1].scheduled_for.ms);
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM run_ends"));
}

/* Random runs, packed and read back, many in a row. */
static void test_there_and_back(void **state)
{
    static const char *const texts[] = { NULL, "", "{\"a\":1}", "{\"very_long_name_of_a_metric\":123456789.25}" };
    struct run runs[200];
    buf_auto struct buf row = BUF_INIT(100000);
    struct stats_note note;
    uint64_t seed = 42;
    (void)state;
    for (int i = 0; i < 200; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        enum run_state s = (enum run_state)(RUN_SUCCEEDED + (seed >> 33) % 5);
        runs[i] = run_of(i % 2 ? "j" : "a-job-of-a-longer-name", TRIGGER_SCHEDULE, s,
                         AFTER((int64_t)(seed >> 20) % 100000000 - 50000000));
        runs[i].finished_at = i % 7 ? AFTER((int64_t)(seed >> 40)) : WALL_NONE;
        runs[i].lateness_ms = (int64_t)(seed >> 50) - 1;
        runs[i].duration_ms = i % 3 ? (int64_t)(seed >> 30) : -1;
        runs[i].occurrences = i % 5 ? 1 : 1000;
        runs[i].outcome = (enum outcome)(seed % OUTCOME_COUNT);
        runs[i].edited = seed >> 60 & 1;
        runs[i].metrics = texts[i % 4];
        stats_note_pack(&runs[i], &row);
    }
    struct stats_notes x = stats_notes_begin(row.data, row.len);
    for (int i = 0; i < 200; i++) {
        const struct run *r = &runs[i];
        char id[ID_TEXT_SIZE];
        assert_true(stats_notes_next(&x, &note));
        id_from_bytes(note.id, id);
        assert_string_equal(r->id, id);
        assert_int_equal((r->finished_at.ms == WALL_NONE.ms ? r->created_at : r->finished_at).ms, note.ended_at.ms);
        assert_int_equal(r->scheduled_for.ms, note.scheduled_for.ms);
        assert_int_equal(r->state, note.run.state);
        assert_int_equal(r->outcome, note.run.outcome);
        assert_int_equal(r->edited, note.edited);
        assert_int_equal(r->lateness_ms, note.run.lateness_ms);
        assert_int_equal(r->duration_ms, note.run.duration_ms);
        assert_int_equal(r->occurrences, note.run.occurrences);
        assert_int_equal(r->metrics ? strlen(r->metrics) : 0, note.run.metrics_len);
        bool called = r->state != RUN_SKIPPED && r->state != RUN_MISSED;
        assert_int_equal(called ? note.ended_at.ms : r->scheduled_for.ms, note.at.ms);
    }
    assert_false(stats_notes_next(&x, &note));
    assert_false(x.u.bad);
    x = stats_notes_begin(row.data, row.len - 1);
    int n = 0;
    while (stats_notes_next(&x, &note))
        n++;
    assert_int_equal(199, n);
    assert_true(x.u.bad);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_runs_open, temp_runs_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_all_is_told),
        TEST(test_what_is_not_said_is_looked_up),
        TEST(test_in_the_order_in_which_they_ended),
        TEST(test_an_error_undoes_all),
        TEST(test_rows_of_before_count_and_are_told_to_nobody),
        TEST(test_damaged_rows),
        cmocka_unit_test(test_there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
