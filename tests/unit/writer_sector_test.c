/* The writing thread when a page of the store cannot be read: only the ops that need it fail. */
#include "temp_store.h"

#include "base/fault.h"
#include "store/writer.h"

#include <stdlib.h>
#include <unistd.h>

enum act { ACT_INSERT, ACT_CONFLICT, ACT_SECTOR, ACT_OWN_WORDS, ACT_SILENT };

struct op {
    struct write_op op;
    enum act act;
    int number;
};

static int exec(struct store *s, struct write_op *op, struct err *e)
{
    struct op *o = (struct op *)op;
    bool inserted;
    if (o->act >= ACT_OWN_WORDS) {
        int rc = sqlite3_exec(s->db, "SELECT * FROM sector", NULL, NULL, NULL);
        bool says = rc && o->act == ACT_OWN_WORDS;
        if (rc)
            store_fail(s, rc, e);
        *e = (struct err){ 0 };
        return says ? err_set(e, ERR_CONFLICT, "in words of its own") : 0;
    }
    if (o->act == ACT_CONFLICT)
        return runs_set_message(s, "00000000-0000-7000-8000-000000000000", "", e);
    if (o->act == ACT_SECTOR) {
        int rc = sqlite3_exec(s->db, "SELECT * FROM sector", NULL, NULL, NULL);
        return rc ? store_fail(s, rc, e) : 0;
    }
    struct run r = run_of("j", TRIGGER_MANUAL, RUN_RUNNING, AFTER(o->number));
    return runs_insert(s, &r, &inserted, e);
}

/* The table `sector` cannot be read from here on; what is submitted while it is made waits, and becomes one group. */
static struct writer *begin(struct temp_store *t, struct mailbox *box, struct op *ops, int n, bool damaged)
{
    struct err e;
    struct writer *w;
    execute_sql(t->s, "CREATE TABLE sector (x); INSERT INTO sector VALUES (1); PRAGMA wal_checkpoint(TRUNCATE)");
    fault_arm(&(struct fault){ .kind = FAULT_READ,
                               .page = count_of(t->s, "SELECT rootpage FROM sqlite_schema WHERE name = 'sector'"),
                               .damaged = damaged });
    assert_ok(writer_start(&w, t->dir, &e), e);
    assert_ok(store_begin(t->s, &e), e);
    for (int i = 0; i < n; i++) {
        ops[i].op.exec = exec;
        ops[i].op.reply = box;
        ops[i].number = i;
        writer_submit(w, &ops[i].op);
    }
    usleep(20000);
    store_rollback(t->s);
    return w;
}

static int collect(struct mailbox *box, struct op *ops, int n)
{
    int kept = 0;
    for (int i = 0; i < n;)
        for (struct mail *m = mailbox_wait(box, -1), *next; m; m = next, i++) {
            next = m->next;
            assert_ptr_equal(&ops[i].op.mail, m);
            kept += ops[i].op.status == 0;
        }
    return kept;
}

/* It costs the transaction of all; the others are executed again, but for what may not be. */
static void who_needs_it_fails(struct temp_store *t, bool damaged)
{
    enum { N = 60 };
    struct op ops[N] = { 0 };
    struct mailbox *box = mailbox_new();
    int64_t before = count_of(t->s, "SELECT count(*) FROM runs");
    for (int i = 0; i < N; i++) {
        ops[i].op.repeatable = i != 1;
        ops[i].act = i % 20 == 7 ? ACT_SECTOR : i == 30 ? ACT_CONFLICT : ACT_INSERT;
    }
    struct writer *w = begin(t, box, ops, N, damaged);
    int kept = collect(box, ops, N);
    for (int i = 2; i < N; i++) { /* the first may have been taken before the others came */
        bool bad = ops[i].act == ACT_SECTOR;
        int expected = bad ? (damaged ? -ERR_STORE : -ERR_IO) : i == 30 ? -ERR_NOT_FOUND : 0;
        if (ops[i].op.status != expected || ops[i].op.alone != (bad || i == 30))
            fail_msg("op %d: %d, alone %d: '%s'", i, ops[i].op.status, ops[i].op.alone, ops[i].op.err.text);
    }
    assert_false(ops[1].op.alone);
    assert_int_equal(count_of(t->s, "SELECT count(*) FROM runs") - before, kept);
    assert_true(kept >= N - 5);
    fault_arm(NULL);
    writer_stop(w);
    mailbox_free(box);
    execute_sql(t->s, "DROP TABLE sector");
}

static void test_who_needs_it_fails(void **state)
{
    who_needs_it_fails(*state, false);
    who_needs_it_fails(*state, true);
}

/* What it is called by the op that meets it makes no difference to the others, nor that it is not told at all: what SQLite undid
 * is never said to be durable. */
static void test_in_other_words(void **state)
{
    struct temp_store *t = *state;
    enum { N = 30 };
    for (int damaged = 0; damaged < 2; damaged++) {
        struct op ops[N] = { 0 };
        struct mailbox *box = mailbox_new();
        int64_t before = count_of(t->s, "SELECT count(*) FROM runs");
        for (int i = 0; i < N; i++) {
            ops[i].op.repeatable = i != 20; /* alone in its savepoint */
            ops[i].act = i == 10 ? ACT_OWN_WORDS : i == 15 || i == 20 ? ACT_SILENT : ACT_INSERT;
        }
        struct writer *w = begin(t, box, ops, N, damaged);
        int kept = collect(box, ops, N);
        for (int i = 1; i < N; i++) {
            bool silent = ops[i].act == ACT_SILENT;
            if (silent ? ops[i].op.status == 0 : ops[i].op.status != (i == 10 ? -ERR_CONFLICT : 0))
                fail_msg("op %d: %d, '%s'", i, ops[i].op.status, ops[i].op.err.text);
        }
        assert_int_equal(count_of(t->s, "SELECT count(*) FROM runs") - before, kept);
        fault_arm(NULL);
        writer_stop(w);
        mailbox_free(box);
        execute_sql(t->s, "DROP TABLE sector");
    }
}

/* As many as there may be: the others are kept. */
static void test_many_need_it(void **state)
{
    struct temp_store *t = *state;
    enum { N = 600 };
    struct op *ops = calloc(N, sizeof *ops);
    struct mailbox *box = mailbox_new();
    for (int i = 0; i < N; i++) {
        ops[i].op.repeatable = true;
        ops[i].act = i < 5 || i > 580 || i % 7 == 3 ? ACT_INSERT : ACT_SECTOR;
    }
    struct writer *w = begin(t, box, ops, N, false);
    int kept = collect(box, ops, N);
    for (int i = 1; i < N; i++) {
        assert_int_equal(ops[i].op.status, ops[i].act == ACT_SECTOR ? -ERR_IO : 0);
        assert_int_equal(ops[i].op.alone, ops[i].act == ACT_SECTOR);
    }
    assert_int_equal(count_of(t->s, "SELECT count(*) FROM runs"), kept);
    fault_arm(NULL);
    writer_stop(w);
    mailbox_free(box);
    free(ops);
}

/* Then it may be the store that fails: nothing shows that it takes writes. */
static void test_all_need_it(void **state)
{
    struct temp_store *t = *state;
    enum { N = 30 };
    struct op ops[N] = { 0 };
    struct err e;
    struct mailbox *box = mailbox_new();
    for (int i = 0; i < N; i++) {
        ops[i].op.repeatable = i != 20;
        ops[i].act = ACT_SECTOR;
    }
    struct writer *w = begin(t, box, ops, N, false);
    assert_int_equal(collect(box, ops, N), 0);
    for (int i = 0; i < N; i++) {
        assert_false(ops[i].op.alone);
        assert_int_equal(ops[i].op.status, -ERR_IO);
    }
    struct op one = { .op = { .exec = exec, .repeatable = true }, .act = ACT_SECTOR };
    assert_int_equal(writer_do(w, &one.op, &e), -ERR_IO);
    assert_false(one.op.alone);
    fault_arm(NULL);
    assert_ok(writer_do(w, &one.op, &e), e);
    writer_stop(w);
    mailbox_free(box);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, temp_store_open, temp_store_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_who_needs_it_fails),
        TEST(test_in_other_words),
        TEST(test_many_need_it),
        TEST(test_all_need_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
