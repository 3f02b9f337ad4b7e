/* What a monitoring system is told of a store: sizes, how jobs fared before, how old secrets are; and of the process. */
#include "temp_runs.h"

#include "base/metrics_process.h"
#include "store/figures.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static void ended(struct store *s, const char *job, enum run_state state, int64_t at_ms)
{
    struct err e;
    struct run r = run_insert_new(s, job, TRIGGER_SCHEDULE, RUN_RUNNING, AFTER(at_ms));
    assert_ok(
        run_end(s, r.id, 1, state, state == RUN_SUCCEEDED ? OUTCOME_OK : OUTCOME_HTTP_STATUS, AFTER(at_ms + 7), &e), e);
}

static void assert_streak(struct store *s, const char *job, struct wall succeeded, int64_t failed)
{
    struct err e;
    struct wall at;
    int64_t n;
    assert_ok(figures_streak(s, job, &at, &n, &e), e);
    assert_int_equal(at.ms, succeeded.ms);
    assert_int_equal(n, failed);
}

static void test_streak(void **state)
{
    struct temp_store *t = *state;
    put_job(t->s, "bad", "");
    put_job(t->s, "turns", "");
    assert_streak(t->s, "new", WALL_NONE, 0);
    ended(t->s, "bad", RUN_FAILED, 0);
    ended(t->s, "bad", RUN_FAILED, 1000);
    assert_streak(t->s, "bad", WALL_NONE, 2);
    ended(t->s, "turns", RUN_FAILED, 0);
    ended(t->s, "turns", RUN_SUCCEEDED, 1000);
    assert_streak(t->s, "turns", AFTER(1007), 0);
    ended(t->s, "turns", RUN_FAILED, 2000);
    struct run missed = run_of("turns", TRIGGER_SCHEDULE, RUN_MISSED, AFTER(3000));
    missed.finished_at = AFTER(3001);
    assert_true(run_insert(t->s, &missed));
    run_insert_new(t->s, "turns", TRIGGER_SCHEDULE, RUN_RUNNING, AFTER(4000)); /* not over: counts as nothing */
    assert_streak(t->s, "turns", AFTER(1007), 2);
}

/* --- secrets ----------------------------------------------------------------------------------------------------- */

struct seen {
    int n;
    char names[4][16];
    struct wall updated_at[4], due_at[4];
};

static void see(void *ctx, const char *name, struct wall updated_at, struct wall due_at)
{
    struct seen *x = ctx;
    snprintf(x->names[x->n], sizeof x->names[0], "%s", name);
    x->updated_at[x->n] = updated_at;
    x->due_at[x->n++] = due_at;
}

static void test_secrets(void **state)
{
    struct temp_store *t = *state;
    struct seen x = { 0 };
    struct err e;
    execute_sql(t->s, "INSERT INTO secrets (name, version, created_at, updated_at, rotate_every_s) "
                      "VALUES ('C', 1, 5, 5, 0), ('A', 1, 5, 1000, 60), ('B', 2, 5, 2000, 0)");
    assert_ok(figures_secrets(t->s, 2, see, &x, &e), e);
    assert_int_equal(x.n, 2);
    assert_string_equal(x.names[0], "A");
    assert_int_equal(x.updated_at[0].ms, 1000);
    assert_int_equal(x.due_at[0].ms, 61000);
    assert_string_equal(x.names[1], "B");
    assert_true(wall_is_none(x.due_at[1]));
}

static void test_space(void **state)
{
    struct temp_store *t = *state;
    struct figures_space x;
    figures_space(t->dir, &x);
    assert_true(x.database >= 512 && x.wal > 512);
    assert_true(x.free > 0 && x.total >= x.free);
    figures_space("/nowhere/at/all", &x);
    assert_int_equal(x.database, -1);
    assert_int_equal(x.free, -1);
}

static void test_process(void **state)
{
    (void)state;
    struct metrics_process x, y;
    int64_t now_ms = clock_wall().ms;
    metrics_process_open();
    metrics_process_read(&x);
    assert_in_range(x.resident_bytes, 100000, 1LL << 40);
    assert_true(x.virtual_bytes >= x.resident_bytes);
    assert_int_equal(x.threads, 1);
    assert_true(x.started_at.ms <= now_ms + 1000 && x.started_at.ms > now_ms - 600000);
    assert_true(x.descriptors >= 3 && x.descriptors_max >= x.descriptors);
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    metrics_process_read(&y);
    assert_int_equal(y.descriptors, x.descriptors + 1);
    assert_true(y.cpu_s >= x.cpu_s);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_streak, temp_runs_open, temp_runs_close),
        cmocka_unit_test_setup_teardown(test_secrets, temp_store_open, temp_store_close),
        cmocka_unit_test_setup_teardown(test_space, temp_store_open, temp_store_close),
        cmocka_unit_test(test_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
