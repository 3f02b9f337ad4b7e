/* The thread that keeps a store small: what settings say happens by itself, the WAL stays bounded, a reader and a foreign hand on the WAL are
 * respected, a full disk is made room on. */
#include "temp_store.h"

#include "base/fault.h"
#include "store/settings.h"
#include "store/spare.h"
#include "store/upkeep.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_MS (24 * 3600000LL)
#define PAGE 4096

static const char OLD_RUNS[] =
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d - 1), "
    "r(i, at) AS (SELECT i, (unixepoch() - 86400 * 400) * 1000 + i FROM n) "
    "INSERT INTO runs (id, job, trigger, scheduled_for, created_at, state, attempts, finished_at, message) "
    "SELECT unhex(format('%%012X', at) || format('7%%03X8%%015X', i %% 4096, i)), 'j', 'manual', at, at, 'succeeded', "
    "1, at, "
    "printf('%%.400c', 'm') FROM r";

struct fixture {
    struct temp_store *t;
    struct writer *w;
    struct upkeep *u;
};

static struct fixture start(struct temp_store *t, bool keep_wal)
{
    struct err e;
    struct fixture x = { .t = t };
    struct upkeep_options o = { .keep_wal = keep_wal, .first_ms = 3600000 };
    assert_ok(writer_start(&x.w, t->dir, &e), e);
    assert_ok(upkeep_start(&x.u, x.w, t->dir, &o, &e), e);
    return x;
}

static void stop(struct fixture *x)
{
    upkeep_stop(x->u);
    writer_stop(x->w);
    upkeep_free(x->u);
}

static void fill(struct store *s, int runs)
{
    mem_auto char *sql = mem_printf(OLD_RUNS, runs);
    execute_sql(s, sql);
}

static struct upkeep_stats stats_of(const struct fixture *x)
{
    struct upkeep_stats n;
    upkeep_stats(x->u, &n);
    return n;
}

/* Waits for so many passes. */
static void passes(const struct fixture *x, int64_t n)
{
    for (int i = 0; stats_of(x).passes < n; i++) {
        assert_true(i < 6000);
        usleep(10000);
    }
}

static int64_t size_of(struct temp_store *t, const char *name)
{
    struct stat st;
    mem_auto char *path = mem_printf("%s/%s", t->dir, name);
    return stat(path, &st) ? -1 : st.st_size;
}

static void assert_whole(struct store *s)
{
    mem_auto char *integrity = text_of(s, "PRAGMA integrity_check");
    assert_string_equal("ok", integrity);
}

static void test_old_runs_go_and_space_comes_back(void **state)
{
    struct temp_store *t = *state;
    fill(t->s, 60000);
    struct fixture x = start(t, false);
    upkeep_poke(x.u);
    passes(&x, 1);
    assert_int_equal(60000, stats_of(&x).runs); /* of a job that is not there: also the newest */
    assert_true(stats_of(&x).pages > 4000);
    stop(&x);
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM runs"));
    assert_true(count_of(t->s, "PRAGMA page_count") < 1500);
    assert_whole(t->s);
    assert_true(size_of(t, STORE_SPARE_FILE) == -1 || size_of(t, STORE_SPARE_FILE) == SPARE_BYTES);
}

/* Five of them need a page that cannot be read: all others go. */
static void test_a_bad_sector_keeps_its_own_runs(void **state)
{
    struct temp_store *t = *state;
    fill(t->s, 3000);
    execute_sql(
        t->s, "CREATE TABLE sector (x); INSERT INTO sector VALUES (1);"
              "UPDATE runs SET job = 'bad' WHERE id IN (SELECT id FROM runs WHERE id > (SELECT id FROM runs ORDER BY id"
              " LIMIT 1 OFFSET 1200) ORDER BY id LIMIT 5);"
              "CREATE TRIGGER t BEFORE DELETE ON runs WHEN OLD.job = 'bad' BEGIN SELECT * FROM sector; END;");
    execute_sql(t->s, "PRAGMA wal_checkpoint(TRUNCATE)");
    fault_arm(&(struct fault){ .kind = FAULT_READ,
                               .page = count_of(t->s, "SELECT rootpage FROM sqlite_schema WHERE name = 'sector'") });
    struct fixture x = start(t, false);
    upkeep_poke(x.u);
    passes(&x, 1);
    assert_int_equal(2995, stats_of(&x).runs);
    assert_int_equal(5, count_of(t->s, "SELECT count(*) FROM runs"));
    assert_int_equal(5, count_of(t->s, "SELECT count(*) FROM runs WHERE job = 'bad'"));
    fault_arm(NULL);
    upkeep_poke(x.u);
    passes(&x, 2);
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM runs"));
    stop(&x);
}

/* A write of 40 pages, as an op. */
struct fat {
    struct write_op op;
    int i;
};
static int write_fat(struct store *s, struct write_op *op, struct err *e)
{
    (void)e;
    mem_auto char *sql =
        mem_printf("UPDATE fat SET data = randomblob(163840) WHERE id = %d", ((struct fat *)op)->i % 200);
    execute_sql(s, sql);
    return 0;
}
static int add_fat(struct store *s, struct write_op *op, struct err *e)
{
    (void)op;
    int rc = sqlite3_exec(s->db, "INSERT INTO fat (data) VALUES (randomblob(30000))", NULL, NULL, NULL);
    return rc ? store_fail(s, rc, e) : 0;
}
static void make_fat(struct store *s)
{
    execute_sql(
        s, "CREATE TABLE fat (id INTEGER PRIMARY KEY, data BLOB); WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT "
           "i + 1 FROM n WHERE i < 199) INSERT INTO fat SELECT i, zeroblob(163840) FROM n");
}
static void write_pages(const struct fixture *x, int pages)
{
    struct err e;
    for (int i = 0; i < pages / 40; i++) {
        struct fat f = { .op.exec = write_fat, .i = i };
        assert_ok(writer_do(x->w, &f.op, &e), e);
    }
}

static void test_the_wal_is_bounded_under_load(void **state)
{
    struct temp_store *t = *state;
    make_fat(t->s);
    struct fixture x = start(t, false);
    write_pages(&x, 40000); /* 160 MB, without a pause */
    assert_true(size_of(t, "edgecron.db-wal") < 100 * 1024 * 1024);
    assert_true(stats_of(&x).checkpoints > 2);
    stop(&x);
}

/* Who reads holds the WAL: it grows by what is written, but nothing is deleted meanwhile, and then it is emptied. */
static void test_a_reader_that_takes_its_time(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct store *reader;
    make_fat(t->s);
    fill(t->s, 3000);
    struct fixture x = start(t, false);
    assert_ok(store_open(&reader, t->dir, STORE_READ, &e), e);
    assert_ok(store_begin(reader, &e), e);
    assert_int_equal(3000, count_of(reader, "SELECT count(*) FROM runs"));
    write_pages(&x, 18000);
    upkeep_poke(x.u);
    usleep(300000);
    assert_int_equal(0, stats_of(&x).runs);
    assert_int_equal(3000, count_of(reader, "SELECT count(*) FROM runs"));
    store_close(reader);
    write_pages(&x, 400);
    for (int i = 0; stats_of(&x).passes == 0; i++) {
        assert_true(i < 1000);
        write_pages(&x, 40);
        usleep(20000);
    }
    assert_int_equal(3000, stats_of(&x).runs);
    struct writer_stats w;
    writer_stats(x.w, &w);
    assert_true(w.wal_pages < 17000);
    stop(&x);
}

/* As Litestream does: a second process holds a read lock, copies the WAL, and alone makes checkpoints. Nothing of ours may begin the WAL anew. */
static void test_a_foreign_hand_on_the_wal(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    make_fat(t->s);
    fill(t->s, 3000);
    execute_sql(t->s, "PRAGMA wal_checkpoint(TRUNCATE)");
    store_keep_wal(t->s);
    struct fixture x = start(t, true);
    write_pages(&x, 24000);
    upkeep_poke(x.u);
    passes(&x, 1);
    assert_int_equal(3000, stats_of(&x).runs); /* retention goes on */
    assert_int_equal(0, stats_of(&x).checkpoints);
    int64_t wal = size_of(t, "edgecron.db-wal");
    assert_true(wal > 24000LL * PAGE);
    assert_int_equal(SQLITE_OK, sqlite3_exec(t->s->db, "PRAGMA wal_checkpoint(PASSIVE)", NULL, NULL, NULL));
    write_pages(&x, 400); /* now it begins anew, within the same file (cut to what is kept of it) */
    assert_true(size_of(t, "edgecron.db-wal") <= wal);
    wal = size_of(t, "edgecron.db-wal");
    struct store *other; /* the only one left, when the server has gone */
    assert_ok(store_open(&other, t->dir, STORE_WRITE, &e), e);
    store_keep_wal(other);
    stop(&x);
    store_close(other);
    assert_int_equal(wal, size_of(t, "edgecron.db-wal"));
}

/* Fills the file system to the last octet. */
static void fill_disk(const char *dir)
{
    mem_auto char *path = mem_printf("%s/filler", dir);
    static char block[65536];
    FILE *f = fopen(path, "w");
    setvbuf(f, NULL, _IONBF, 0);
    for (size_t n = sizeof block; n > 0; n /= 2)
        while (fwrite(block, 1, n, f) == n)
            ;
    fclose(f);
}

/* Writes until it cannot, and then until it can: nobody but retention makes room. */
static int write_until_full(struct writer *w)
{
    struct err e;
    for (int i = 0; i < 4000; i++) {
        struct fat f = { .op.exec = add_fat };
        if (writer_do(w, &f.op, &e))
            return e.code == ERR_DISK_FULL ? i : -1;
    }
    return -1;
}

static void test_a_full_disk_is_made_room_on(void **state)
{
    (void)state;
    struct err e;
    char dir[] = "/tmp/edgecron-full-XXXXXX";
    struct temp_store t = { 0 };
    assert_non_null(mkdtemp(dir));
    snprintf(t.dir, sizeof t.dir, "%s", dir);
    if (geteuid() != 0 || mount("tmpfs", dir, "tmpfs", 0, "size=220m")) {
        rmdir(dir);
        skip();
    }
    assert_ok(store_open(&t.s, dir, STORE_WRITE, &e), e);
    execute_sql(t.s, "CREATE TABLE fat (id INTEGER PRIMARY KEY, data BLOB)");
    struct fixture x = start(&t, false);
    upkeep_poke(x.u);
    passes(&x, 1);
    assert_int_equal(SPARE_BYTES, size_of(&t, STORE_SPARE_FILE));
    fill(t.s, 60000);
    execute_sql(t.s, "PRAGMA wal_checkpoint(TRUNCATE)");
    store_close(t.s);
    t.s = NULL;
    fill_disk(dir);
    int written = write_until_full(x.w);
    assert_true(written >= 0);
    for (int i = 0; stats_of(&x).runs < 60000; i++) {
        struct fat f = { .op.exec = add_fat }; /* as the engine, which tries each second */
        writer_do(x.w, &f.op, NULL);
        assert_true(i < 600);
        usleep(50000);
    }
    assert_int_equal(60000, stats_of(&x).runs);
    for (int i = 0, rc = 1; rc; i++) {
        struct fat f = { .op.exec = add_fat };
        rc = writer_do(x.w, &f.op, &e);
        assert_true(i < 600);
        usleep(rc ? 50000 : 0);
    }
    stop(&x);
    assert_ok(store_open(&t.s, dir, STORE_READ, &e), e);
    assert_int_equal(0, count_of(t.s, "SELECT count(*) FROM runs"));
    assert_whole(t.s);
    store_close(t.s);
    umount2(dir, MNT_DETACH);
    rmdir(dir);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_store_open, temp_store_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_old_runs_go_and_space_comes_back), TEST(test_a_bad_sector_keeps_its_own_runs),
        TEST(test_the_wal_is_bounded_under_load),    TEST(test_a_reader_that_takes_its_time),
        TEST(test_a_foreign_hand_on_the_wal),        cmocka_unit_test(test_a_full_disk_is_made_room_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
