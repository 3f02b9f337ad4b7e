/* Lists of jobs: every filter against what is known of each job, page by page, with newest runs. */
#include "temp_runs.h"

#include "store/jobs_list.h"

#include <stdio.h>
#include <stdlib.h>

#define JOBS 60

/* What job i is, by its number. */
static bool enabled(int i)
{
    return i % 5 != 0;
}
static bool paused(int i)
{
    return i % 7 == 0;
}
static bool tagged(int i)
{
    return i % 3 == 0;
}
static bool on_target(int i)
{
    return i % 4 == 0;
}
static bool described(int i)
{
    return i % 6 == 0 && !on_target(i); /* the fixture describes those with a request of their own */
}
/* Runs of job i: i % 4 of them, the newest in the state. */
static enum run_state newest(int i)
{
    static const enum run_state states[] = { RUN_QUEUED, RUN_RUNNING, RUN_MISSED, RUN_SKIPPED };
    return states[i % 8 / 2];
}

/* All but the newest were missed, and none succeeded. */
static bool failing(int i)
{
    return i % 4 > 1 || (i % 4 == 1 && newest(i) == RUN_MISSED);
}

static void fill(struct store *s)
{
    struct err e;
    put_target(s, "prod", "");
    for (int i = 0; i < JOBS; i++) {
        char name[20];
        snprintf(name, sizeof name, "job-%02d", i);
        mem_auto char *fields =
            mem_printf(", \"enabled\": %s, \"tags\": [\"all\"%s]%s%s", enabled(i) ? "true" : "false",
                       tagged(i) ? ", \"third\"" : "", described(i) ? ", \"description\": \"The Sixth\"" : "",
                       on_target(i) ? ", \"target\": \"prod\", \"request\": {\"url\": \"/f\"}" : "");
        put_job(s, name, fields);
        if (paused(i))
            assert_ok(jobs_pause(s, name, i % 2 ? AFTER(1000) : WALL_NONE, NOW, &e), e);
        for (int n = 0; n < i % 4; n++)
            run_insert_new(s, name, TRIGGER_API, n == i % 4 - 1 ? newest(i) : RUN_MISSED, AFTER(1000 * n + i));
    }
}

static bool expected(int i, const struct jobs_filter *f, struct wall now)
{
    bool pause = paused(i) && (i % 2 == 0 || now.ms < AFTER(1000).ms);
    bool text = !f->text || !strcmp(f->text, "JOB-") || (!strcmp(f->text, "sixth") && described(i));
    return (!f->scope.tag || tagged(i)) && (!f->scope.target || on_target(i)) && (!f->scope.n_tags || tagged(i)) &&
           text && (f->enabled == JOBS_EITHER || (f->enabled == JOBS_SO) == enabled(i)) &&
           (f->paused == JOBS_EITHER || (f->paused == JOBS_SO) == pause) &&
           (f->failing == JOBS_EITHER || (f->failing == JOBS_SO) == failing(i)) &&
           (!f->last_states || (i % 4 > 0 && (f->last_states & RUN_BIT(newest(i)))));
}

static void check_runs(const struct job_row *row, int i, int recent)
{
    int n = i % 4 < recent ? i % 4 : recent;
    assert_int_equal(n, row->n_runs);
    assert_int_equal(recent > 0 && failing(i), row->failing != NULL);
    for (int k = 0; k < n; k++) {
        assert_int_equal(AFTER(1000 * (i % 4 - 1 - k) + i).ms, row->runs[k].scheduled_for.ms);
        assert_int_equal(k == 0 ? newest(i) : RUN_MISSED, row->runs[k].state);
    }
}

static void check(struct store *s, struct jobs_filter f, struct wall now)
{
    struct err e;
    int i = 0;
    do {
        struct job_row *rows;
        int n;
        const char *next;
        assert_ok(jobs_list(s, &f, now, run_arena, &rows, &n, &next, &e), e);
        assert_true(n == f.limit || !next);
        for (int k = 0; k < n; k++, i++) {
            while (i < JOBS && !expected(i, &f, now))
                i++;
            assert_true(i < JOBS);
            assert_int_equal(i, atoi(rows[k].record->job.name + 4));
            check_runs(&rows[k], i, f.recent);
        }
        jobs_list_free(rows, n);
        f.cursor = next;
    } while (f.cursor);
    for (; i < JOBS; i++)
        assert_false(expected(i, &f, now));
}

static void test_every_filter(void **state)
{
    struct temp_store *t = *state;
    static const char *const texts[] = { NULL, "sixth", "JOB-" }, *const third[] = { "third", "none" };
    static const unsigned states[] = { 0, RUN_BIT(RUN_MISSED), RUN_BIT(RUN_RUNNING) | RUN_BIT(RUN_SKIPPED) };
    static const int limits[] = { 1, 7, 100 }, recents[] = { 1, 3, 0 };
    fill(t->s);
    for (int i = 0; i < 3 * 3 * 3 * 3 * 3 * 4; i++) {
        struct jobs_filter f = JOBS_FILTER_INIT;
        f.text = texts[i % 3];
        f.enabled = (enum jobs_wanted)(i / 3 % 3);
        f.paused = (enum jobs_wanted)(i / 9 % 3);
        f.last_states = states[i / 27 % 3];
        f.scope.tag = i / 81 % 2 ? "third" : NULL;
        f.scope.target = i / 162 % 2 ? "prod" : NULL;
        f.limit = limits[i / 324 % 3];
        f.recent = recents[i % 3];
        f.failing = (enum jobs_wanted)(i / 5 % 3);
        if (i % 11 == 0) {
            f.scope.tags = third;
            f.scope.n_tags = 2;
        }
        if (f.recent > 0 || !f.last_states)
            check(t->s, f, AFTER(i % 2 ? 0 : 2000));
    }
}

static void test_runs_are_found_later(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct jobs_filter f = JOBS_FILTER_INIT;
    struct job_row *rows;
    int n;
    const char *next;
    fill(t->s);
    f.recent = 0;
    assert_ok(jobs_list(t->s, &f, NOW, run_arena, &rows, &n, &next, &e), e);
    assert_int_equal(JOBS, n);
    assert_ok(jobs_list_runs(t->s, rows, n, 2, run_arena, &e), e);
    for (int i = 0; i < n; i++)
        check_runs(&rows[i], i, 2);
    jobs_list_free(rows, n);
}

/* A page ends where it has cost enough, and the next one goes on. */
static void test_what_is_looked_at_is_bounded(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    assert_ok(store_begin(t->s, &e), e);
    for (int i = 0; i < 2000; i++) {
        char name[20];
        snprintf(name, sizeof name, "j%04d", i);
        put_job(t->s, name, i == 1999 ? ", \"description\": \"needle\"" : ", \"tags\": [\"needle\"]");
    }
    assert_ok(store_commit(t->s, &e), e);
    struct jobs_filter f = JOBS_FILTER_INIT;
    f.text = "needle";
    int pages = 0, found = 0;
    do {
        struct job_row *rows;
        int n;
        assert_ok(jobs_list(t->s, &f, NOW, run_arena, &rows, &n, &f.cursor, &e), e);
        found += n;
        pages++;
        jobs_list_free(rows, n);
    } while (f.cursor);
    assert_int_equal(1, found);
    assert_in_range(pages, 2, 3);
    f.cursor = "Not A Name";
    struct job_row *rows;
    int n;
    const char *next;
    assert_int_equal(-ERR_INVALID, jobs_list(t->s, &f, NOW, run_arena, &rows, &n, &next, &e));
    assert_string_equal("/cursor", e.pointer);
}

/* What a reader may have to hold is bounded too: a page with jobs of very many values is short. */
static void test_large_jobs_are_few_to_a_page(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    buf_auto struct buf fields = BUF_INIT(100000);
    buf_str_add(&fields, ", \"request\": {\"url\": \"http://127.0.0.1/f\", \"body\": [0");
    for (int i = 0; i < 20000; i++)
        buf_str_add(&fields, ",1");
    buf_str_add(&fields, "]}");
    for (int i = 0; i < 10; i++) {
        char name[20];
        snprintf(name, sizeof name, "large%d", i);
        put_job(t->s, name, buf_str(&fields));
    }
    struct jobs_filter f = JOBS_FILTER_INIT;
    int pages = 0, found = 0;
    do {
        struct job_row *rows;
        int n;
        assert_ok(jobs_list(t->s, &f, NOW, run_arena, &rows, &n, &f.cursor, &e), e);
        assert_in_range(n, 1, 5);
        found += n;
        pages++;
        jobs_list_free(rows, n);
    } while (f.cursor);
    assert_int_equal(10, found);
    assert_in_range(pages, 2, 10);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_runs_open, temp_runs_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_filter),
        TEST(test_runs_are_found_later),
        TEST(test_what_is_looked_at_is_bounded),
        TEST(test_large_jobs_are_few_to_a_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
