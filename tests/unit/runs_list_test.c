/* Reading runs: lists of every filter, the last, the open; and pruning. */
#include "temp_alerts.h"
#include "temp_runs.h"

#include <stdlib.h>

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

/* A list at random, against what all rows say. */
static const char *const texts[] = { NULL, "WHY", "certificate", "nothing such" };
static const char *const tag_names[] = { "x", "y" };

static struct runs_filter random_filter(int i)
{
    static const char *const jobs[] = { NULL, NULL, "a", "b", "gone", "none" }, *const tags[] = { NULL, NULL, "x",
                                                                                                  "y" };
    static const unsigned outcomes[] = { 0, 0, RUN_BIT(OUTCOME_OK), RUN_BIT(OUTCOME_TLS) | RUN_BIT(OUTCOME_DNS) };
    struct runs_filter f = RUNS_FILTER_INIT;
    f.jobs.job = jobs[rand() % 6];
    f.jobs.tag = tags[rand() % 4];
    f.jobs.target = rand() % 5 ? NULL : "prod";
    f.jobs.tags = tag_names;
    f.jobs.n_tags = rand() % 4 ? 0 : 1 + rand() % 2;
    f.states = rand() % 2 ? 0 : (unsigned)rand() & (RUN_BIT(RUN_STATE_COUNT) - 1);
    f.outcomes = outcomes[rand() % 4];
    f.triggers = rand() % 4 ? 0 : RUN_BIT(TRIGGER_API);
    f.text = texts[rand() % 4];
    f.since = rand() % 3 ? WALL_NONE : AFTER((rand() % 200 - 50) * 600000LL);
    f.until = rand() % 3 ? WALL_NONE : AFTER((rand() % 200 - 50) * 600000LL);
    f.order = (enum runs_order)(i % 4);
    f.limit = i % 3 ? 1 + rand() % 9 : 1000;
    return f;
}

static bool job_fits(const struct job_scope *w, const char *job)
{
    bool a = strcmp(job, "a") == 0, b = strcmp(job, "b") == 0; /* a: x, y, prod; b: y */
    return (!w->job || strcmp(w->job, job) == 0) && (!w->tag || a || (b && *w->tag == 'y')) && (!w->target || a) &&
           (!w->n_tags || a || (b && w->n_tags == 2));
}

static bool run_fits(const struct runs_filter *f, const struct run *r)
{
    return job_fits(&f->jobs, r->job) && (!f->states || (f->states & RUN_BIT(r->state))) &&
           (!f->outcomes || (r->outcome != OUTCOME_NONE && (f->outcomes & RUN_BIT(r->outcome)))) &&
           (!f->triggers || (f->triggers & RUN_BIT(r->trigger))) && (!f->text || strcasestr(r->message, f->text)) &&
           r->scheduled_for.ms >= f->since.ms && (wall_is_none(f->until) || r->scheduled_for.ms < f->until.ms);
}

static int64_t value_of(const struct runs_filter *f, const struct run *r)
{
    return f->order == RUNS_LONGEST ? r->duration_ms : r->lateness_ms;
}

/* All pages; every row fits, none comes twice, and they are in order. Returns how many. */
static int list_all(struct store *s, struct runs_filter f, int *pages)
{
    struct err e;
    int total = 0;
    bool ranked = f.order == RUNS_LONGEST || f.order == RUNS_MOST_LATE;
    struct run before = { .id = "" };
    do {
        struct run *r;
        int n;
        const char *next;
        assert_ok(runs_list(s, &f, run_arena, &r, &n, &next, &e), e);
        for (int i = 0; i < n; before = r[i++]) {
            assert_true(run_fits(&f, &r[i]));
            int order = *before.id ? strcmp(before.id, r[i].id) : 0;
            if (ranked && *before.id)
                assert_true(value_of(&f, &before) > value_of(&f, &r[i]) ||
                            (value_of(&f, &before) == value_of(&f, &r[i]) && order > 0));
            else if (*before.id)
                assert_true(f.order == RUNS_OLDEST ? order < 0 : order > 0);
        }
        total += n;
        ++*pages;
        f.cursor = next;
    } while (f.cursor);
    return total;
}

static int count_fitting(const struct runs_filter *f, const struct run *all, int n)
{
    int found = 0;
    for (int i = 0; i < n; i++) {
        bool has = f->order < RUNS_LONGEST || value_of(f, &all[i]) >= 0;
        found += has && run_fits(f, &all[i]);
    }
    return f->order >= RUNS_LONGEST && found > f->limit ? f->limit : found;
}

/* Some of them long after their occurrence, as after a downtime; some that succeeded have something to say. */
static void fill_at_random(struct store *s, int n)
{
    static const char *const jobs[] = { "a", "b", "c", "gone" };
    put_target(s, "prod", "");
    put_job(s, "a", ", \"tags\": [\"x\", \"y\"], \"target\": \"prod\", \"request\": {\"url\": \"/f\"}");
    put_job(s, "b", ", \"tags\": [\"y\"]");
    put_job(s, "c", "");
    for (int i = 0; i < n; i++) {
        static const enum outcome failures[] = { OUTCOME_TLS, OUTCOME_DNS, OUTCOME_TIMEOUT };
        enum run_state state = (enum run_state)(rand() % RUN_STATE_COUNT);
        bool direct = run_start_allowed(state);
        struct run r = run_of(jobs[rand() % 4], rand() % 2 ? TRIGGER_API : TRIGGER_MANUAL, direct ? state : RUN_RUNNING,
                              AFTER(rand() % 100 * 600000LL));
        if (rand() % 4 == 0) {
            r.created_at.ms += rand() % 20 * 600000LL;
            id_new(r.created_at, r.id);
        }
        r.lateness_ms = r.state == RUN_RUNNING ? rand() % 50 : -1;
        assert_true(run_insert(s, &r));
        struct err e;
        enum outcome outcome = state == RUN_SUCCEEDED ? OUTCOME_OK : failures[rand() % 3];
        if (!direct)
            assert_ok(run_end(s, r.id, 1, state, outcome, AFTER(90000000), &e), e);
        if (rand() % 3 == 0)
            continue;
        mem_auto char *message =
            mem_printf("UPDATE runs SET message = '%s', duration_ms = CASE WHEN duration_ms IS NOT "
                       "NULL THEN %d END WHERE created_at = %lld",
                       rand() % 2 ? "" : "the Certificate", rand() % 90, (long long)r.created_at.ms);
        execute_sql(s, message);
    }
}

static void test_random_filters(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct runs_filter every = RUNS_FILTER_INIT;
    struct run *all;
    int n, found = 0, pages = 0;
    const char *next;
    srand(3);
    fill_at_random(t->s, 400);
    every.limit = 1000;
    assert_ok(runs_list(t->s, &every, run_arena, &all, &n, &next, &e), e);
    assert_int_equal(400, n);
    assert_int_equal(400, count_of(t->s, "SELECT count(*) FROM runs"));
    assert_true(
        count_of(t->s, "SELECT count(*) FROM runs INDEXED BY runs_late WHERE created_at > scheduled_for + 3600000") >
        20);
    for (int i = 0; i < 1500; i++) {
        struct runs_filter f = random_filter(i);
        int expected = count_fitting(&f, all, n);
        assert_int_equal(expected, list_all(t->s, f, &pages));
        found += expected;
    }
    if (found < 5000)
        fail_msg("only %d rows were found: the filters are too narrow", found);
}

/* A filter that finds little: many pages, each after a bounded look, and nothing lost. */
static void test_what_is_looked_at_is_bounded(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    execute_sql(t->s, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000) "
                      "INSERT INTO runs (id, job, trigger, scheduled_for, created_at, state, finished_at, duration_ms) "
                      "SELECT unhex(printf('%012x7%03x8%015x', 1795302000000 + i, 0, i)), 'j', CASE i WHEN 17 THEN "
                      "'manual' ELSE 'schedule' END, 1795302000000 + i, 1795302000000 + i, 'succeeded', i, i FROM n");
    for (enum runs_order order = RUNS_NEWEST; order <= RUNS_OLDEST; order++) {
        struct runs_filter f = RUNS_FILTER_INIT;
        int pages = 0;
        f.triggers = RUN_BIT(TRIGGER_MANUAL);
        f.order = order;
        assert_int_equal(1, list_all(t->s, f, &pages));
        assert_in_range(pages, 3, 8);
    }
    struct runs_filter f = RUNS_FILTER_INIT;
    struct run *r;
    int n;
    const char *next;
    f.order = RUNS_LONGEST;
    assert_int_equal(-ERR_INVALID, runs_list(t->s, &f, run_arena, &r, &n, &next, &e));
    assert_string_equal("/sort", e.pointer);
    f.since = AFTER(39000);
    f.jobs.job = "none";
    assert_ok(runs_list(t->s, &f, run_arena, &r, &n, &next, &e), e);
    f.cursor = "0193a2c4-7f00-7abc-8def-0123456789ab";
    assert_int_equal(-ERR_INVALID, runs_list(t->s, &f, run_arena, &r, &n, &next, &e));
    assert_string_equal("/cursor", e.pointer);
}

/* Messages are few among many runs, and found by their jobs: of channels that are there, that are gone, and that have sent nothing yet. */
static void test_messages_are_found_at_once(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct run *r;
    const char *next;
    char id[ID_TEXT_SIZE];
    int n;
    execute_sql(t->s, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000) "
                      "INSERT INTO runs (id, job, trigger, scheduled_for, created_at, state, finished_at) "
                      "SELECT unhex(printf('%012x7%03x8%015x', 1795302000000 + i, 0, i)), CASE i % 10000 WHEN 1 THEN "
                      "'alert:gone' WHEN 2 THEN 'alert:ops' WHEN 3 THEN 'alert;' ELSE 'j' || i % 20 END, CASE WHEN i % "
                      "10000 IN (1, 2) AND i < 30000 THEN 'alert' WHEN i % 10000 IN (1, 2) THEN 'manual' ELSE "
                      "'schedule' END, 1795302000000 + i, 1795302000000 + i, 'succeeded', i FROM n");
    struct runs_filter f = RUNS_FILTER_INIT;
    f.triggers = RUN_BIT(TRIGGER_ALERT);
    assert_ok(runs_list(t->s, &f, run_arena, &r, &n, &next, &e), e);
    assert_int_equal(6, n);
    assert_null(next); /* one page */
    put_channel(t->s, "ops", "");
    put_channel(t->s, "new", "");
    assert_ok(alert_request(t->s, "new", "{}", TRIGGER_ALERT, AFTER(50000), id, &e), e);
    assert_ok(alert_request(t->s, "ops", "{}", TRIGGER_ALERT, AFTER(50001), id, &e), e);
    assert_ok(runs_list(t->s, &f, run_arena, &r, &n, &next, &e), e);
    assert_int_equal(8, n);
    assert_string_equal("alert:ops", r[0].job);
    assert_string_equal("alert:new", r[1].job);
    for (int i = 0; i < n; i++) {
        assert_int_equal(TRIGGER_ALERT, r[i].trigger);
        assert_true(i == 0 || strcmp(r[i].id, r[i - 1].id) < 0);
    }
    f.states = RUN_BIT(RUN_SUCCEEDED);
    f.limit = 4;
    int pages = 0;
    assert_int_equal(6, list_all(t->s, f, &pages));
    assert_int_equal(2, pages);
    f.jobs.job = "alert:gone";
    assert_int_equal(3, list_all(t->s, f, &pages));
    f.jobs.job = "j1";
    assert_ok(runs_list(t->s, &f, run_arena, &r, &n, &next, &e), e);
    assert_int_equal(0, n);
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
    assert_ok(runs_open(t->s, NULL, 1000, run_arena, &r, &n, &e), e);
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_runs_open, temp_runs_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_lists_of_every_filter),
        TEST(test_random_filters),
        TEST(test_what_is_looked_at_is_bounded),
        TEST(test_messages_are_found_at_once),
        TEST(test_list_refuses),
        TEST(test_last_and_open),
        TEST(test_occurrences),
        TEST(test_planned_goes_back_when_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
