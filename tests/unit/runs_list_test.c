/* Reading runs: lists of every filter, the last, the open; and pruning. */
#include "temp_runs.h"

/* 60 runs of three jobs in all states, one a second. */
static void fill(struct store *s)
{
    struct err e;
    for (int i = 0; i < 60; i++) {
        char job[2] = { (char)('a' + i % 3), '\0' };
        enum run_state state = (enum run_state)(i / 3 % RUN_STATE_COUNT);
        bool direct = run_start_allowed(state);
        struct run r = run_insert_new(s, job, TRIGGER_SCHEDULE, direct ? state : RUN_RUNNING, AFTER(1000 * i));
        if (!direct)
            assert_ok(run_end(s, r.id, 1, state, OUTCOME_OK, AFTER(1000 * i + 40), &e), e);
    }
}

/* Pages through with `limit`; checks order and filter; returns how many. */
static int page_through(struct store *s, struct runs_filter f)
{
    struct err e;
    int total = 0;
    int64_t before = INT64_MAX;
    do {
        struct run *r;
        int n;
        const char *next;
        assert_ok(runs_list(s, &f, run_arena, &r, &n, &next, &e), e);
        for (int i = 0; i < n; i++) {
            assert_true(r[i].created_at.ms < before);
            before = r[i].created_at.ms;
            assert_true(!f.jobs.job || strcmp(r[i].job, f.jobs.job) == 0);
            assert_true(!f.states || (f.states & RUN_BIT(r[i].state)));
            assert_true(wall_is_none(f.since) || r[i].scheduled_for.ms >= f.since.ms);
            assert_true(wall_is_none(f.until) || r[i].scheduled_for.ms < f.until.ms);
        }
        assert_true(n > 0 || !next);
        total += n;
        f.cursor = next;
    } while (f.cursor);
    return total;
}

static const char *state_of(const struct runs_filter *f)
{
    return f->states ? run_state_name((enum run_state)__builtin_ctz(f->states)) : "";
}

static int expected(struct store *s, const struct runs_filter *f)
{
    mem_auto char *sql = mem_printf("SELECT count(*) FROM runs WHERE ('%s' = '' OR job = '%s') AND ('%s' = '' OR state "
                                    "= '%s') AND scheduled_for >= %lld "
                                    "AND scheduled_for < %lld",
                                    f->jobs.job ? f->jobs.job : "", f->jobs.job ? f->jobs.job : "", state_of(f),
                                    state_of(f), wall_is_none(f->since) ? 0LL : (long long)f->since.ms,
                                    wall_is_none(f->until) ? 4102444800000LL : (long long)f->until.ms);
    return (int)count_of(s, sql);
}

static void test_lists_of_every_filter(void **state)
{
    struct temp_store *t = *state;
    const char *const jobs[] = { NULL, "a", "b", "none" };
    const struct wall ends[][2] = { { WALL_NONE, WALL_NONE },
                                    { AFTER(10000), WALL_NONE },
                                    { WALL_NONE, AFTER(30000) },
                                    { AFTER(10000), AFTER(11000) } };
    const int limits[] = { 1, 7, 1000 };
    int combinations = 0, rows = 0;
    fill(t->s);
    for (size_t j = 0; j < MEM_COUNT(jobs); j++)
        for (int st = -1; st < RUN_STATE_COUNT; st++)
            for (size_t w = 0; w < MEM_COUNT(ends); w++)
                for (size_t l = 0; l < MEM_COUNT(limits); l++, combinations++) {
                    struct runs_filter f = { { .job = jobs[j] },
                                             .states = st < 0 ? 0 : RUN_BIT(st),
                                             .since = ends[w][0],
                                             .until = ends[w][1],
                                             .limit = limits[l] };
                    int n = page_through(t->s, f);
                    assert_int_equal(expected(t->s, &f), n);
                    rows += n;
                }
    assert_int_equal(4 * 9 * 4 * 3, combinations);
    assert_true(rows > 500);
}

static void test_list_refuses(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct run *r;
    int n;
    const char *next;
    struct runs_filter f = RUNS_FILTER_INIT;
    f.cursor = "nonsense";
    assert_int_equal(-ERR_INVALID, runs_list(t->s, &f, run_arena, &r, &n, &next, &e));
    assert_string_equal("/cursor", e.pointer);
    f.cursor = NULL;
    f.limit = 1001;
    assert_int_equal(-ERR_INVALID, runs_list(t->s, &f, run_arena, &r, &n, &next, &e));
    assert_string_equal("/limit", e.pointer);
    struct attempt *a;
    assert_int_equal(-ERR_NOT_FOUND, runs_get(t->s, "nonsense", run_arena, &r, &a, &n, &e));
}

static void test_last_and_open(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct run *r;
    int n;
    fill(t->s);
    assert_ok(runs_last(t->s, "none", run_arena, &r, &e), e);
    assert_null(r);
    const char *const jobs[] = { "a", "b", "c" };
    for (int i = 0; i < 3; i++) {
        assert_ok(runs_last(t->s, jobs[i], run_arena, &r, &e), e);
        assert_int_equal(AFTER(1000 * (57 + i)).ms, r->scheduled_for.ms);
    }
    assert_ok(runs_open(t->s, run_arena, &r, &n, &e), e);
    assert_int_equal(count_of(t->s, "SELECT count(*) FROM runs WHERE state IN ('queued', 'running', 'retrying')"), n);
    for (int i = 1; i < n; i++)
        assert_true(r[i].created_at.ms > r[i - 1].created_at.ms);
}

static void check_occurrence(void *ctx, const char *job, struct wall scheduled_for)
{
    struct wall *last = ctx;
    static const char *const jobs[] = { "a", "b", "c" };
    assert_true(scheduled_for.ms >= last->ms + 1000);
    assert_string_equal(jobs[(scheduled_for.ms - NOW.ms) / 1000 % 3], job);
    *last = scheduled_for;
}

static void test_occurrences(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct wall last = AFTER(30000);
    fill(t->s);
    run_insert_new(t->s, "a", TRIGGER_MANUAL, RUN_QUEUED, AFTER(99000)); /* by hand: no occurrence */
    assert_ok(runs_occurrences(t->s, last, check_occurrence, &last, &e), e);
    assert_in_range(last.ms, AFTER(57000).ms, AFTER(59000).ms);
    assert_ok(runs_occurrences(t->s, AFTER(60000), check_occurrence, &last, &e), e);
}

static void test_planned_goes_back_when_told(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct wall until;
    assert_ok(runs_set_planned_back(t->s, NOW, &e), e);
    assert_ok(runs_get_planned_until(t->s, &until, &e), e);
    assert_true(wall_is_none(until));
    assert_ok(runs_set_planned_until(t->s, AFTER(5000), &e), e);
    assert_ok(runs_set_planned_back(t->s, AFTER(6000), &e), e);
    assert_ok(runs_set_planned_until(t->s, AFTER(1000), &e), e);
    assert_ok(runs_get_planned_until(t->s, &until, &e), e);
    assert_int_equal(AFTER(5000).ms, until.ms);
    assert_ok(runs_set_planned_back(t->s, AFTER(2000), &e), e);
    assert_ok(runs_get_planned_until(t->s, &until, &e), e);
    assert_int_equal(AFTER(2000).ms, until.ms);
}

static void test_prune(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    int64_t n, total = 0;
    fill(t->s);
    int64_t open = count_of(t->s, "SELECT count(*) FROM runs WHERE finished_at IS NULL");
    int64_t old = count_of(t->s, "SELECT count(*) FROM runs WHERE finished_at < 1795302030000");
    assert_ok(runs_prune(t->s, AFTER(-1), 100, &n, &e), e);
    assert_int_equal(0, n);
    do {
        assert_ok(runs_prune(t->s, AFTER(30000), 4, &n, &e), e);
        assert_true(n <= 4);
        total += n;
    } while (n > 0);
    assert_int_equal(old, total);
    assert_int_equal(60 - old, count_of(t->s, "SELECT count(*) FROM runs"));
    assert_int_equal(open, count_of(t->s, "SELECT count(*) FROM runs WHERE finished_at IS NULL"));
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM attempts WHERE run_id NOT IN (SELECT id FROM runs)"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_runs_open, temp_runs_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_lists_of_every_filter),
        TEST(test_list_refuses),
        TEST(test_last_and_open),
        TEST(test_occurrences),
        TEST(test_planned_goes_back_when_told),
        TEST(test_prune),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
