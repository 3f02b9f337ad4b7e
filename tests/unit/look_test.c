/* A store looked at without a trace: what is read, what is left alone, what a look waits for. */
#include "temp_store.h"

#include "base/mem.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static struct store *look(const char *dir)
{
    struct err e = { 0 };
    struct store *s = NULL;
    assert_ok(store_open(&s, dir, STORE_LOOK, &e), e);
    return s;
}

static int64_t size_of(const char *dir, const char *name)
{
    struct stat st;
    mem_auto char *path = mem_printf("%s/%s", dir, name);
    return stat(path, &st) ? -1 : (int64_t)st.st_size;
}

static void reopen(struct temp_store *t)
{
    struct err e = { 0 };
    assert_ok(store_open(&t->s, t->dir, STORE_WRITE, &e), e);
}

static void test_nothing_is_made(void **state)
{
    struct temp_store *t = *state;
    int64_t n = 0;
    struct err e = { 0 };
    put_job(t->s, "a", "");
    store_close(t->s);
    struct store *s = look(t->dir);
    assert_ok(jobs_count(s, &n, &e), e);
    assert_int_equal(n, 1);
    assert_int_equal(size_of(t->dir, "edgecron.db-wal"), -1);
    assert_int_equal(size_of(t->dir, "edgecron.db-shm"), -1);
    store_close(s);
    assert_int_equal(size_of(t->dir, "edgecron.db-wal"), -1);
    assert_int_equal(size_of(t->dir, "edgecron.db-shm"), -1);
    reopen(t);
}

/* What is only in the WAL so far is seen; and a writer that ends meanwhile leaves the WAL where it is. */
static void test_the_wal_is_read_and_stays(void **state)
{
    struct temp_store *t = *state;
    int64_t n = 0;
    struct err e = { 0 };
    put_job(t->s, "a", "");
    int64_t wal = size_of(t->dir, "edgecron.db-wal"), database = size_of(t->dir, "edgecron.db");
    assert_true(wal > 0);
    struct store *s = look(t->dir);
    assert_ok(jobs_count(s, &n, &e), e);
    assert_int_equal(n, 1);
    put_job(t->s, "b", "");
    store_close(t->s);
    assert_true(size_of(t->dir, "edgecron.db-wal") >= wal);
    assert_int_equal(size_of(t->dir, "edgecron.db"), database);
    store_close(s);
    s = look(t->dir);
    assert_ok(jobs_count(s, &n, &e), e);
    assert_int_equal(n, 2);
    store_close(s);
    reopen(t);
    assert_int_equal(count_of(t->s, "SELECT count(*) FROM jobs"), 2);
}

static void test_it_cannot_write(void **state)
{
    struct temp_store *t = *state;
    store_close(t->s);
    struct store *s = look(t->dir);
    assert_int_not_equal(sqlite3_exec(s->db, "DELETE FROM jobs", NULL, NULL, NULL), 0);
    store_close(s);
    reopen(t);
}

static void test_a_name_of_a_url(void **state)
{
    struct temp_store *t = *state;
    char odd[128];
    int64_t n = 0;
    struct err e = { 0 };
    put_job(t->s, "a", "");
    store_close(t->s);
    snprintf(odd, sizeof odd, "%s?mode=rwc#50%%25 x", t->dir);
    assert_int_equal(rename(t->dir, odd), 0);
    struct store *s = look(odd);
    assert_ok(jobs_count(s, &n, &e), e);
    assert_int_equal(n, 1);
    store_close(s);
    assert_int_equal(rename(odd, t->dir), 0);
    reopen(t);
}

static void add_text(void *ctx, const char *text)
{
    (void)text;
    ++*(int *)ctx;
}

static void test_damage_is_found(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    int found = 0;
    execute_sql(t->s, "CREATE TABLE filler (x)");
    execute_sql(t->s, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) "
                      "INSERT INTO filler SELECT hex(randomblob(50)) FROM n");
    long at = (long)count_of(t->s, "SELECT (rootpage - 1) * 4096 FROM sqlite_schema WHERE name = 'filler'");
    assert_ok(store_check(t->s, add_text, &found, &e), e);
    assert_int_equal(found, 0);
    store_close(t->s);
    mem_auto char *path = mem_printf("%s/" STORE_FILE, t->dir);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    uint8_t noise[200];
    memset(noise, 0xee, sizeof noise);
    assert_int_equal(pwrite(fd, noise, sizeof noise, at), sizeof noise);
    close(fd);
    struct store *s = look(t->dir);
    int result = store_check(s, add_text, &found, &e);
    assert_true(result < 0 || found > 0);
    store_close(s);
    reopen(t);
}

struct lately {
    int n[RUN_STATE_COUNT];
    char last[64];
};

static void add_run(void *ctx, const char *job, enum run_state state, const char *message)
{
    struct lately *l = ctx;
    assert_string_equal(job, "a");
    l->n[state]++;
    snprintf(l->last, sizeof l->last, "%s", message);
}

static void test_runs_since(void **state)
{
    struct temp_store *t = *state;
    struct err e = { 0 };
    struct lately l = { 0 };
    bool inserted;
    for (int i = 0; i < 10; i++) {
        char message[16];
        struct run r = run_of("a", TRIGGER_SCHEDULE, i % 2 ? RUN_MISSED : RUN_SKIPPED, AFTER(i * 1000));
        snprintf(message, sizeof message, "run %d", i);
        r.message = message;
        assert_ok(runs_insert(t->s, &r, &inserted, &e), e);
    }
    assert_ok(runs_since(t->s, AFTER(3000), add_run, &l, &e), e);
    assert_int_equal(l.n[RUN_MISSED], 4);
    assert_int_equal(l.n[RUN_SKIPPED], 3);
    assert_string_equal(l.last, "run 9");
    assert_ok(runs_since(t->s, WALL_NONE, add_run, &l, &e), e);
    assert_int_equal(l.n[RUN_MISSED] + l.n[RUN_SKIPPED], 17);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, temp_store_open, temp_store_close)
    const struct CMUnitTest tests[] = {
        T(test_nothing_is_made), T(test_the_wal_is_read_and_stays), T(test_it_cannot_write),
        T(test_a_name_of_a_url), T(test_damage_is_found),           T(test_runs_since),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
