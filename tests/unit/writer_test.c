/* The writing thread: group commit, ops that fail alone, commits that fail together, a full disk, a kill. */
#include "temp_store.h"

#include "store/writer.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum act { ACT_INSERT, ACT_FAIL_AFTER_INSERT, ACT_CONFLICT, ACT_ABORT, ACT_BIG };

struct op {
    struct write_op op;
    enum act act;
    int number;
    char id[ID_TEXT_SIZE];
    bool *discarded;
};

static int insert(struct store *s, struct op *o, const char *message, struct err *e)
{
    bool inserted;
    struct run r = run_of("j", TRIGGER_MANUAL, RUN_RUNNING, AFTER(o->number));
    r.message = message;
    memcpy(o->id, r.id, sizeof o->id);
    return runs_insert(s, &r, &inserted, e);
}

static int exec(struct store *s, struct write_op *op, struct err *e)
{
    struct op *o = (struct op *)op;
    static char big[200000];
    if (o->act == ACT_CONFLICT)
        return runs_set_message(s, "00000000-0000-7000-8000-000000000000", "", e);
    if (!big[0])
        memset(big, 'x', sizeof big - 1);
    int result = insert(s, o, o->act == ACT_BIG ? big : "", e);
    if (o->act == ACT_FAIL_AFTER_INSERT)
        return err_set(e, ERR_INVALID, "op %d does not like it", o->number);
    if (o->act == ACT_ABORT) /* what SQLite does by itself on some errors */
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return o->act == ACT_ABORT ? err_set(e, ERR_IO, "the disk is gone") : result;
}

static struct writer *start(struct temp_store *t)
{
    struct err e;
    struct writer *w;
    assert_ok(writer_start(&w, t->dir, &e), e);
    return w;
}

/* Holds the database, so that all that is submitted meanwhile becomes one group. */
static void submit_as_one_group(struct temp_store *t, struct writer *w, struct mailbox *box, struct op *ops, int n)
{
    struct err e;
    assert_ok(store_begin(t->s, &e), e);
    for (int i = 0; i < n; i++) {
        ops[i].op.exec = exec;
        ops[i].op.reply = box;
        ops[i].number = i;
        writer_submit(w, &ops[i].op);
    }
    usleep(20000);
    store_rollback(t->s);
}

/* Waits for all, checking that they come back in order. */
static void collect(struct mailbox *box, struct op *ops, int n)
{
    for (int i = 0; i < n;)
        for (struct mail *m = mailbox_wait(box, -1), *next; m; m = next, i++) {
            next = m->next;
            assert_ptr_equal(&ops[i].op.mail, m);
        }
}

static void test_one_sync_for_many(void **state)
{
    struct temp_store *t = *state;
    enum { N = 3000 };
    struct op *ops = calloc(N, sizeof *ops);
    struct mailbox *box = mailbox_new();
    struct writer *w = start(t);
    submit_as_one_group(t, w, box, ops, N);
    collect(box, ops, N);
    for (int i = 0; i < N; i++)
        assert_int_equal(0, ops[i].op.status);
    struct writer_stats stats;
    writer_stats(w, &stats);
    assert_int_equal(N, stats.ops);
    assert_true(stats.commits >= 3 && stats.commits <= 10); /* WRITER_GROUP_MAX, and a first one that came alone */
    assert_int_equal(0, stats.failed_commits);
    int64_t timed = 0;
    for (int i = 0; i <= writer_commit_bounds.n; i++)
        timed += stats.commit_us.counts[i];
    assert_int_equal(stats.commits, timed);
    assert_true(stats.commit_us.sum >= stats.max_commit_us);
    assert_int_equal(N, count_of(t->s, "SELECT count(*) FROM runs"));
    writer_stop(w);
    mailbox_free(box);
    free(ops);
}

static void test_failing_ops_are_undone_alone(void **state)
{
    struct temp_store *t = *state;
    struct op ops[6] = { { .act = ACT_INSERT },   { .act = ACT_FAIL_AFTER_INSERT }, { .act = ACT_INSERT },
                         { .act = ACT_CONFLICT }, { .act = ACT_FAIL_AFTER_INSERT }, { .act = ACT_INSERT } };
    struct mailbox *box = mailbox_new();
    struct writer *w = start(t);
    submit_as_one_group(t, w, box, ops, 6);
    collect(box, ops, 6);
    const int expected[] = { 0, -ERR_INVALID, 0, -ERR_NOT_FOUND, -ERR_INVALID, 0 };
    for (int i = 0; i < 6; i++)
        assert_int_equal(expected[i], ops[i].op.status);
    assert_err(ops[4].op.err, ERR_INVALID, "op 4 does not like it");
    assert_int_equal(3, count_of(t->s, "SELECT count(*) FROM runs"));
    writer_stop(w);
    mailbox_free(box);
}

/* Repeatable ones in a row share a savepoint: what failed is out, what did not is in, once; others are not touched by it. */
static void test_failing_ops_among_repeatable_ones(void **state)
{
    struct temp_store *t = *state;
    enum { N = 200 };
    struct op *ops = calloc(N, sizeof *ops);
    int good = 0;
    for (int i = 0; i < N; i++) {
        ops[i].op.repeatable = i % 20 != 3;
        ops[i].act = i % 50 == 30 || i % 20 == 3 ? ACT_FAIL_AFTER_INSERT : i % 50 == 44 ? ACT_CONFLICT : ACT_INSERT;
        good += ops[i].act == ACT_INSERT;
    }
    struct mailbox *box = mailbox_new();
    struct writer *w = start(t);
    submit_as_one_group(t, w, box, ops, N);
    collect(box, ops, N);
    for (int i = 0; i < N; i++) {
        struct run *r;
        struct err e;
        int n;
        struct attempt *a;
        struct arena *arena = arena_new(0);
        const int expected[] = {
            [ACT_INSERT] = 0, [ACT_FAIL_AFTER_INSERT] = -ERR_INVALID, [ACT_CONFLICT] = -ERR_NOT_FOUND
        };
        assert_int_equal(expected[ops[i].act], ops[i].op.status);
        if (ops[i].act == ACT_INSERT)
            assert_ok(runs_get(t->s, ops[i].id, arena, &r, &a, &n, &e), e);
        arena_free(arena);
    }
    assert_int_equal(good, count_of(t->s, "SELECT count(*) FROM runs"));
    writer_stop(w);
    mailbox_free(box);
    free(ops);
}

static void test_a_transaction_lost_among_repeatable_ops(void **state)
{
    struct temp_store *t = *state;
    struct op ops[4] = { { .act = ACT_INSERT }, { .act = ACT_INSERT }, { .act = ACT_ABORT }, { .act = ACT_INSERT } };
    struct mailbox *box = mailbox_new();
    struct writer *w = start(t);
    for (int i = 0; i < 4; i++)
        ops[i].op.repeatable = true;
    submit_as_one_group(t, w, box, ops, 4);
    collect(box, ops, 4);
    int kept = 0;
    for (int i = 0; i < 4; i++)
        kept += ops[i].op.status == 0;
    assert_int_equal(-ERR_IO, ops[2].op.status);
    assert_int_equal(kept, count_of(t->s, "SELECT count(*) FROM runs"));
    writer_stop(w);
    mailbox_free(box);
}

static void test_a_lost_transaction_fails_its_group_and_no_other(void **state)
{
    struct temp_store *t = *state;
    /* the conflict, too: what it met may have been another op of the group, and that is undone */
    struct op first[5] = { { .act = ACT_INSERT },
                           { .act = ACT_INSERT },
                           { .act = ACT_CONFLICT },
                           { .act = ACT_ABORT },
                           { .act = ACT_INSERT } };
    struct mailbox *box = mailbox_new();
    struct writer *w = start(t);
    submit_as_one_group(t, w, box, first, 5);
    collect(box, first, 5);
    bool alone = first[0].op.status == 0; /* the first may have been taken before the others came */
    for (int i = alone; i < 4; i++) {
        assert_err(first[i].op.err, ERR_IO, "the disk is gone");
        assert_int_equal(-ERR_IO, first[i].op.status);
    }
    assert_int_equal(0, first[4].op.status);
    assert_int_equal(1 + alone, count_of(t->s, "SELECT count(*) FROM runs"));
    struct writer_stats stats;
    writer_stats(w, &stats);
    assert_int_equal(1, stats.failed_commits);
    writer_stop(w);
    mailbox_free(box);
}

static void test_do_waits(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct op good = { .op = { .exec = exec }, .act = ACT_INSERT },
              bad = { .op = { .exec = exec }, .act = ACT_CONFLICT };
    struct writer *w = start(t);
    assert_ok(writer_do(w, &good.op, &e), e);
    assert_int_equal(1, count_of(t->s, "SELECT count(*) FROM runs"));
    assert_int_equal(-ERR_NOT_FOUND, writer_do(w, &bad.op, &e));
    assert_err(e, ERR_NOT_FOUND, "there is no run");
    assert_int_equal(-ERR_NOT_FOUND, writer_do(w, &bad.op, NULL));
    writer_stop(w);
}

static void discard(struct write_op *op)
{
    *((struct op *)op)->discarded = true;
    free(op);
}

static void test_stop_executes_all_and_empties_the_wal(void **state)
{
    struct temp_store *t = *state;
    bool discarded[50] = { false };
    struct writer *w = start(t);
    for (int i = 0; i < 50; i++) {
        struct op *o = calloc(1, sizeof *o);
        *o = (struct op){ .op = { .exec = exec, .discard = discard }, .number = i, .discarded = &discarded[i] };
        writer_submit(w, &o->op);
    }
    store_close(t->s);
    t->s = NULL;
    writer_stop(w);
    for (int i = 0; i < 50; i++)
        assert_true(discarded[i]);
    mem_auto char *wal = mem_printf("%s/" STORE_FILE "-wal", t->dir);
    assert_int_not_equal(0, access(wal, F_OK)); /* the last connection removed it: one file remains */
    struct err e;
    assert_ok(store_open(&t->s, t->dir, STORE_READ, &e), e);
    assert_int_equal(50, count_of(t->s, "SELECT count(*) FROM runs"));
}

/* A limit on the size of files stands for the full disk. 0: all went as it must. */
static int fill_the_disk(const char *dir)
{
    struct err e;
    struct writer *w;
    struct rlimit small = { 3 * 1024 * 1024, 1024LL * 1024 * 1024 },
                  large = { 1024LL * 1024 * 1024, 1024LL * 1024 * 1024 };
    int kept = 0, lost = 0;
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &small) || writer_start(&w, dir, &e))
        return 10;
    for (int i = 0; i < 40; i++) {
        struct op o = { .op = { .exec = exec }, .act = ACT_BIG, .number = i };
        int result = writer_do(w, &o.op, &e);
        if (result == 0)
            kept++;
        else if (result == -ERR_DISK_FULL && strstr(e.text, "no space left"))
            lost++;
        else
            return 11;
    }
    struct writer_stats stats;
    writer_stats(w, &stats);
    if (kept < 2 || lost < 10 || stats.failed_commits != lost)
        return 12;
    setrlimit(RLIMIT_FSIZE, &large);
    struct op after = { .op = { .exec = exec }, .act = ACT_BIG, .number = 99 };
    if (writer_do(w, &after.op, &e)) /* it goes on by itself */
        return 13;
    writer_stop(w);
    struct store *s;
    if (store_open(&s, dir, STORE_WRITE, &e))
        return 14;
    char *integrity = text_of(s, "PRAGMA integrity_check");
    int64_t rows = count_of(s, "SELECT count(*) FROM runs");
    if (strcmp(integrity, "ok") != 0 || rows != kept + 1)
        return 15;
    mem_free(integrity);
    store_close(s);
    return 0;
}

static void test_a_full_disk_stops_writes_and_no_process(void **state)
{
    struct temp_store *t = *state;
    mem_auto char *dir = mem_printf("%s/full", t->dir);
    pid_t pid = fork();
    if (pid == 0) {
        if (!freopen("/dev/null", "w", stderr))
            _exit(9);
        _exit(fill_the_disk(dir));
    }
    int status;
    waitpid(pid, &status, 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(0, WEXITSTATUS(status));
}

/* The database itself full, within one group: the statement that meets it may cost the whole transaction. */
static void test_a_full_database(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    int result = 0, n = 0;
    execute_sql(t->s, "PRAGMA max_page_count = 120");
    assert_ok(store_begin(t->s, &e), e);
    while (result == 0 && n++ < 100) {
        struct op o = { .act = ACT_BIG, .number = n };
        result = exec(t->s, &o.op, &e);
    }
    assert_int_equal(-ERR_DISK_FULL, result);
    assert_err(e, ERR_DISK_FULL, "no space left");
    store_rollback(t->s);
    assert_false(store_in_transaction(t->s));
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM runs"));
}

static void run_until_killed(const char *dir, int fd)
{
    struct err e;
    struct writer *w;
    struct mailbox *box = mailbox_new();
    if (writer_start(&w, dir, &e))
        _exit(1);
    for (int round = 0;; round++) {
        struct op *ops = calloc(50, sizeof *ops);
        for (int i = 0; i < 50; i++) {
            ops[i] = (struct op){ .op = { .exec = exec, .reply = box }, .number = round * 50 + i };
            writer_submit(w, &ops[i].op);
        }
        for (int got = 0; got < 50;)
            for (struct mail *m = mailbox_wait(box, -1); m; m = m->next, got++)
                if (write(fd, ((struct op *)m)->id, ID_TEXT_SIZE) != ID_TEXT_SIZE)
                    _exit(1);
        free(ops);
    }
}

static void test_killed_between_groups_and_acknowledgements(void **state)
{
    struct temp_store *t = *state;
    int acknowledged = 0;
    for (int i = 0; i < 10; i++) {
        int fds[2];
        char id[ID_TEXT_SIZE];
        assert_int_equal(0, pipe(fds));
        pid_t pid = fork();
        if (pid == 0)
            run_until_killed(t->dir, fds[1]);
        close(fds[1]);
        ssize_t n = read(fds[0], id, sizeof id);
        usleep((useconds_t)(900 * i + 211));
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        for (; n == (ssize_t)sizeof id; n = read(fds[0], id, sizeof id), acknowledged++) {
            struct statement q = statement_begin(t->s, Q_RUN_STATE);
            statement_id(&q, id);
            assert_int_equal(1, statement_row(&q, NULL));
            statement_end(&q);
        }
        close(fds[0]);
        mem_auto char *integrity = text_of(t->s, "PRAGMA integrity_check");
        assert_string_equal("ok", integrity);
    }
    assert_true(acknowledged >= 10);
    assert_int_equal(0, count_of(t->s, "SELECT count(*) FROM runs WHERE state <> 'running' OR attempts <> 1"));
}

static void test_start_says_what_is_wrong(void **state)
{
    struct temp_store *t = *state;
    struct err e;
    struct writer *w;
    execute_sql(t->s, "PRAGMA user_version = 999");
    assert_int_equal(-ERR_STORE, writer_start(&w, t->dir, &e));
    assert_err(e, ERR_STORE, "newer");
    writer_stop(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_store_open, temp_store_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_one_sync_for_many),
        TEST(test_failing_ops_are_undone_alone),
        TEST(test_failing_ops_among_repeatable_ones),
        TEST(test_a_transaction_lost_among_repeatable_ops),
        TEST(test_a_lost_transaction_fails_its_group_and_no_other),
        TEST(test_do_waits),
        TEST(test_stop_executes_all_and_empties_the_wal),
        TEST(test_a_full_disk_stops_writes_and_no_process),
        TEST(test_a_full_database),
        TEST(test_killed_between_groups_and_acknowledgements),
        TEST(test_start_says_what_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
