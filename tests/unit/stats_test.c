/* Statistics are what going through all runs would give: after random writes, undone and lost ones among them, folded or not,
 * after a crash, of a store from before they were kept, and after runs were deleted. */
#include "temp_runs.h"

#include "store/stats.h"

#include <math.h>
#include <stdio.h>

static uint64_t seed;
static int random_below(int n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (int)((seed >> 33) % (uint64_t)n);
}

#define JOBS 5
#define OPEN_MAX 64
#define HOURS 60

static const char *job_at(int i)
{
    static const char *const names[JOBS] = { "a", "b", "c-d", "c", "gone" };
    return names[i];
}

/* Some time within the window. */
static struct wall some_time(void)
{
    return AFTER((int64_t)random_below(HOURS) * WINDOW_HOUR_MS + random_below(3600000));
}

/* Ids that may be open; undone ones stay in it, and writes to them are refused. */
struct play {
    struct temp_store *t;
    char open[OPEN_MAX][ID_TEXT_SIZE];
    int n;
};

static int play_insert(struct play *x, struct err *e)
{
    static const enum run_state states[] = { RUN_QUEUED, RUN_RUNNING, RUN_SKIPPED, RUN_MISSED };
    struct run r = run_of(job_at(random_below(JOBS)), TRIGGER_API, states[random_below(4)], some_time());
    bool inserted;
    r.lateness_ms = r.state == RUN_RUNNING ? random_below(5000) : -1;
    if (r.state == RUN_MISSED)
        r.occurrences = 1 + random_below(4);
    if (!run_state_final(r.state))
        memcpy(x->open[x->n < OPEN_MAX ? x->n++ : random_below(OPEN_MAX)], r.id, ID_TEXT_SIZE);
    return runs_insert(x->t->s, &r, &inserted, e);
}

static int play_end(struct play *x, const char *id, struct err *e)
{
    static const enum run_state states[] = { RUN_SUCCEEDED, RUN_SUCCEEDED, RUN_FAILED, RUN_RETRYING, RUN_CANCELED };
    enum run_state state = states[random_below(5)];
    struct wall at = some_time();
    char metrics[80];
    snprintf(metrics, sizeof metrics, "{\"sent\": %d, \"ratio\": %d.5}", random_below(50), random_below(9) - 4);
    struct run r = { .job = random_below(2) ? run_loaded.job : NULL,
                     .state = state,
                     .started_at = run_loaded.started_at,
                     .lateness_ms = run_loaded.lateness_ms,
                     .finished_at = at,
                     .next_attempt_at = at,
                     .duration_ms = random_below(100000),
                     .outcome = state == RUN_SUCCEEDED ? OUTCOME_OK : (enum outcome)(2 + random_below(5)),
                     .message = "",
                     .metrics = random_below(3) ? metrics : NULL };
    struct attempt a = { .number = run_loaded.attempts,
                         .started_at = run_loaded.started_at,
                         .finished_at = at,
                         .outcome = r.outcome,
                         .message = "",
                         .response_size = -1 };
    memcpy(r.id, id, ID_TEXT_SIZE);
    return runs_attempt_end(x->t->s, &r, &a, e);
}

static int play_open(struct play *x, struct err *e)
{
    const char *id = x->n ? x->open[random_below(x->n)] : "";
    struct run *r;
    struct attempt *a;
    int n;
    if (runs_get(x->t->s, id, run_arena, &r, &a, &n, NULL))
        return 0;
    run_loaded = *r;
    if (r->state == RUN_RUNNING)
        return play_end(x, id, e);
    if (random_below(2))
        return runs_attempt_begin(x->t->s, id, r->attempts + 1, some_time(), random_below(900), e);
    return runs_finish(x->t->s, id, random_below(2) ? RUN_CANCELED : RUN_SKIPPED, OUTCOME_NONE, "", some_time(), e);
}

static int play_op(struct play *x, struct err *e)
{
    int64_t n;
    bool more;
    int rc, which = random_below(40);
    if (which < 16)
        return play_insert(x, e);
    if (which < 36)
        return play_open(x, e);
    if (which == 36)
        return stats_fold(x->t->s, &more, e);
    if (which == 37)
        return runs_recover(x->t->s, some_time(), &n, e);
    if (which == 38 && (rc = jobs_remove(x->t->s, "gone", -1, some_time(), e)) != -(int)ERR_NOT_FOUND)
        return rc;
    put_job(x->t->s, "gone", "");
    return 0;
}

/* Some ops, each in a savepoint like the writer's, which may be undone; all of them may be lost. */
static void play_transaction(struct play *x)
{
    struct err e;
    assert_ok(store_begin(x->t->s, &e), e);
    for (int i = random_below(12); i > 0; i--) {
        assert_ok(store_savepoint(x->t->s, &e), e);
        struct err refused;
        bool keep = play_op(x, &refused) == 0 && random_below(5);
        assert_ok(store_release(x->t->s, keep, &e), e);
    }
    if (random_below(6))
        assert_ok(store_commit(x->t->s, &e), e);
    else
        store_rollback(x->t->s);
}

/* A process that dies, and the next one. */
static void crash(struct play *x)
{
    struct err e;
    assert_ok(store_begin(x->t->s, &e), e);
    play_op(x, &e);
    store_close(x->t->s);
    assert_ok(store_open(&x->t->s, x->t->dir, STORE_WRITE, &e), e);
}

#define ENDED "CASE WHEN state IN ('skipped', 'missed') THEN scheduled_for ELSE finished_at END"

/* What the runs themselves say, of one point. */
static int64_t sum_of(struct store *s, const char *what, const char *job, struct wall since, struct wall until)
{
    mem_auto char *sql =
        mem_printf("SELECT coalesce(sum(%s), 0) FROM runs WHERE finished_at IS NOT NULL AND ('%s' = '' OR "
                   "job = '%s') AND " ENDED " >= %lld AND " ENDED " < %lld",
                   what, job, job, (long long)since.ms, (long long)until.ms);
    return count_of(s, sql);
}

static int64_t metric_sum(const struct tally *t, const char *name)
{
    for (int i = 0; i < t->n_metrics; i++)
        if (strcmp(t->metrics[i].name, name) == 0)
            return (int64_t)t->metrics[i].sum;
    return 0;
}

static void check_point(struct store *s, const char *job, const struct tally *t, struct wall since, struct wall until)
{
    for (int i = 0; i < RUN_STATE_COUNT; i++) {
        mem_auto char *what = mem_printf("(state = '%s') * occurrences", run_state_name((enum run_state)i));
        int64_t n = run_state_final((enum run_state)i) ? sum_of(s, what, job, since, until) : 0;
        assert_int_equal(n, t->states[i]);
    }
    for (int i = OUTCOME_NONE + 1; i < OUTCOME_COUNT; i++) {
        mem_auto char *what = mem_printf("outcome IS '%s'", outcome_name((enum outcome)i));
        assert_int_equal(sum_of(s, what, job, since, until), t->outcomes[i]);
    }
    assert_int_equal(sum_of(s, "lateness_ms", job, since, until), t->lateness.sum);
    assert_int_equal(sum_of(s, "lateness_ms IS NOT NULL", job, since, until), t->lateness.count);
    assert_int_equal(sum_of(s, "duration_ms", job, since, until), t->duration.sum);
    assert_int_equal(sum_of(s, "duration_ms IS NOT NULL", job, since, until), t->duration.count);
    assert_int_equal(sum_of(s, "metrics ->> '$.sent'", job, since, until), metric_sum(t, "sent"));
    assert_int_equal(2 * sum_of(s, "metrics ->> '$.ratio'", job, since, until), 2 * metric_sum(t, "ratio"));
}

static void check_window(struct store *s, const char *job, const char *text)
{
    struct err e;
    struct stats x;
    struct window w;
    struct job_scope scope = { .job = *job ? job : NULL };
    assert_true(window_parse(text, AFTER(HOURS * WINDOW_HOUR_MS), &w));
    assert_ok(stats_read(s, &scope, &w, &x, &e), e);
    check_point(s, job, &x.total, w.since, window_end(&w));
    for (int i = 0; i < w.points; i += 5) /* every one would be slow */
        check_point(s, job, &x.points[i].tally, x.points[i].start, (struct wall){ x.points[i].start.ms + w.point_ms });
    stats_free(&x);
}

static void check_all(struct store *s)
{
    check_window(s, "", "7d");
    check_window(s, "", "30d");
    check_window(s, "", "20h");
    for (int i = 0; i < JOBS; i++)
        check_window(s, job_at(i), i % 2 ? "3d" : "9d");
}

static void test_they_are_what_the_runs_say(void **state)
{
    struct play x = { .t = *state };
    struct err e;
    bool more = true;
    for (int round = 0; round < 8; round++) {
        seed = (uint64_t)round + 11;
        for (int i = 0; i < 60; i++) {
            play_transaction(&x);
            if (i % 20 == 7)
                crash(&x);
        }
        check_all(x.t->s);
    }
    assert_true(count_of(x.t->s, "SELECT count(*) FROM runs WHERE finished_at IS NOT NULL") > 300);
    while (more)
        assert_ok(stats_fold(x.t->s, &more, &e), e);
    assert_int_equal(0, count_of(x.t->s, "SELECT count(*) FROM run_ends"));
    check_all(x.t->s);
}

static void test_a_history_from_before_is_counted_once(void **state)
{
    struct play x = { .t = *state };
    struct err e;
    seed = 5;
    for (int i = 0; i < 60; i++)
        play_transaction(&x);
    execute_sql(x.t->s, "DELETE FROM run_ends; DELETE FROM run_counts; UPDATE statistics SET counted = 0");
    for (int i = 0; i < 2; i++) {
        store_close(x.t->s);
        assert_ok(store_open(&x.t->s, x.t->dir, STORE_WRITE, &e), e);
        check_all(x.t->s);
    }
}

static int64_t runs_of(struct store *s, const char *window, struct wall now)
{
    struct err e;
    struct stats x;
    struct window w;
    const struct job_scope all = { .job = NULL };
    assert_true(window_parse(window, now, &w));
    assert_ok(stats_read(s, &all, &w, &x, &e), e);
    int64_t n = tally_runs(&x.total);
    stats_free(&x);
    return n;
}

static void test_counts_outlive_runs(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    bool more;
    char after[JOB_NAME_MAX + 1] = "";
    for (int i = 0; i < 30; i++)
        run_insert_new(t->s, job_at(i % JOBS), TRIGGER_SCHEDULE, RUN_MISSED, AFTER(i * 60000));
    assert_ok(stats_fold(t->s, &more, &e), e);
    assert_false(more);
    assert_int_equal(30, delete_runs(t->s, AFTER(WINDOW_DAY_MS)));
    assert_int_equal(30, runs_of(t->s, "1h", AFTER(0)));
    struct wall later = AFTER((STATS_DAYS - 1) * WINDOW_DAY_MS);
    int steps = 0;
    do { /* '' and five jobs, four a step */
        assert_ok(stats_prune(t->s, later, 4, after, &e), e);
        steps++;
    } while (*after);
    assert_int_equal(2, steps);
    assert_int_equal(6, count_of(t->s, "SELECT count(*) FROM run_counts WHERE hours = 1"));
    assert_int_equal(30, runs_of(t->s, "90d", AFTER(80 * WINDOW_DAY_MS)));
    assert_ok(stats_prune(t->s, AFTER((STATS_DAYS + 1) * WINDOW_DAY_MS), 100, after, &e), e);
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM run_counts"));
}

static void test_scopes(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    put_target(t->s, "prod", "");
    put_job(t->s, "a", ", \"tags\": [\"x\", \"y\"], \"target\": \"prod\", \"request\": {\"url\": \"/f\"}");
    put_job(t->s, "b", ", \"tags\": [\"y\"]");
    for (int i = 0; i < 30; i++)
        run_insert_new(t->s, i < 10 ? "a" : i < 15 ? "b" : "c", TRIGGER_SCHEDULE, RUN_SKIPPED, AFTER(i * 1000));
    static const char *const y[] = { "y", "none" }, *const x[] = { "x" };
    const struct {
        struct job_scope scope;
        int expected;
    } cases[] = {
        { { .job = NULL }, 30 },
        { { .job = "c" }, 15 },
        { { .job = "none" }, 0 },
        { { .tag = "y" }, 15 },
        { { .tag = "x" }, 10 },
        { { .target = "prod" }, 10 },
        { { .target = "none" }, 0 },
        { { .tags = y, .n_tags = 2 }, 15 },
        { { .tags = x, .n_tags = 1, .tag = "y" }, 10 },
        { { .tags = x, .n_tags = 1, .job = "b" }, 0 },
        { { .tags = x, .n_tags = 1, .job = "c" }, 0 },
    };
    struct window w;
    assert_true(window_parse("1h", NOW, &w));
    for (int folded = 0; folded < 2; folded++) {
        for (size_t i = 0; i < MEM_COUNT(cases); i++) {
            struct stats st;
            assert_ok(stats_read(t->s, &cases[i].scope, &w, &st, &e), e);
            assert_int_equal(cases[i].expected, st.total.states[RUN_SKIPPED]);
            stats_free(&st);
        }
        bool more;
        assert_ok(stats_fold(t->s, &more, &e), e);
    }
}

/* Packed numbers in stores already written depend on these. */
static void test_numbers_that_are_kept(void **state)
{
    (void)state;
    static const enum run_state states[] = { RUN_QUEUED, RUN_RUNNING,  RUN_RETRYING, RUN_SUCCEEDED,
                                             RUN_FAILED, RUN_CANCELED, RUN_SKIPPED,  RUN_MISSED };
    static const enum outcome outcomes[] = { OUTCOME_NONE,        OUTCOME_OK,      OUTCOME_HTTP_STATUS,
                                             OUTCOME_ASSERTION,   OUTCOME_TIMEOUT, OUTCOME_DNS,
                                             OUTCOME_CONNECT,     OUTCOME_TLS,     OUTCOME_PROTOCOL,
                                             OUTCOME_TOO_LARGE,   OUTCOME_BLOCKED, OUTCOME_SECRET,
                                             OUTCOME_INTERRUPTED, OUTCOME_CANCELED };
    for (size_t i = 0; i < MEM_COUNT(states); i++)
        assert_int_equal(i, states[i]);
    for (size_t i = 0; i < MEM_COUNT(outcomes); i++)
        assert_int_equal(i, outcomes[i]);
}

static void test_a_tally_packs(void **state)
{
    (void)state;
    struct tally t = { .n_metrics = 0 }, back = { .n_metrics = 0 };
    for (int i = 0; i < 100; i++) {
        char metrics[60];
        int len = snprintf(metrics, sizeof metrics, "{\"m%d\": %d, \"m\": 1e308, \"text\": \"x\"}", 99 - i, i);
        struct tally_run r = { RUN_FAILED, OUTCOME_TLS, 1, i, i * i * i, metrics, (size_t)len };
        tally_run_add(&t, &r);
    }
    assert_int_equal(TALLY_METRICS_MAX, t.n_metrics);
    assert_string_equal("m", t.metrics[0].name);
    assert_true(isfinite(t.metrics[0].sum));
    for (int i = 1; i < t.n_metrics; i++)
        assert_true(strcmp(t.metrics[i - 1].name, t.metrics[i].name) < 0);
    buf_auto struct buf b = BUF_INIT(100000);
    tally_pack(&t, &b);
    assert_true(tally_merge_packed(&back, b.data, b.len));
    assert_memory_equal(t.metrics, back.metrics, sizeof *t.metrics * (size_t)t.n_metrics);
    assert_memory_equal(&t.lateness, &back.lateness, sizeof t.lateness);
    assert_int_equal(100, back.outcomes[OUTCOME_TLS]);
    for (size_t len = 0; len < b.len; len++)
        assert_false(tally_merge_packed(&back, b.data, len));
    tally_clear(&t);
    tally_clear(&back);
}

/* Damage of a count, or of a note, stops nothing. */
static void test_damage_is_passed_over(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    bool more;
    run_insert_new(t->s, "a", TRIGGER_SCHEDULE, RUN_MISSED, AFTER(0));
    execute_sql(t->s, "INSERT INTO run_ends (data) VALUES (x'ff'), (x'0161ff'), (x'')");
    assert_int_equal(1, runs_of(t->s, "1h", NOW));
    assert_ok(stats_fold(t->s, &more, &e), e);
    execute_sql(t->s, "UPDATE run_counts SET data = x'0105' WHERE job = ''");
    runs_of(t->s, "1h", NOW);
    run_insert_new(t->s, "a", TRIGGER_SCHEDULE, RUN_MISSED, AFTER(1));
    assert_ok(stats_fold(t->s, &more, &e), e);
    assert_int_equal(1, runs_of(t->s, "1h", NOW));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_runs_open, temp_runs_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_they_are_what_the_runs_say), TEST(test_a_history_from_before_is_counted_once),
        TEST(test_counts_outlive_runs),        TEST(test_scopes),
        TEST(test_damage_is_passed_over),      cmocka_unit_test(test_numbers_that_are_kept),
        cmocka_unit_test(test_a_tally_packs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
