/* writer.c - the one writing thread (writer.h).
 *
 * Invariants:
 *  1. An op is handed back exactly once, and never before the commit of its group has returned.
 *  2. Ops leave in the order in which they came.
 *  3. After a group, whatever became of it, no transaction is open.
 *  4. What one op did and another undid was the failing op's own (a savepoint), or is done again.
 *  5. Nothing that the store answers ends the thread: only the stop message does, after all that was submitted before
 *  it.
 */
#include "store/writer.h"

#include "base/log.h"
#include "base/mem.h"
#include "store/spare.h"
#include "store/statement.h"
#include "store/wal.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

/* Another process may hold the database for as long as its transaction takes (a large apply): store_begin waits 5 s,
 * this often. */
#define BEGIN_TRIES 12
#define GATHER_US 500 /* how long a group may grow by what comes while it is executed */
#define IDLE_MS 10000 /* without work for so long, the cache of pages is given back */

struct writer {
    struct mailbox *box;
    struct store *store;
    pthread_t thread;
    struct mail stop;        /* the last message */
    struct mail *waiting;    /* taken from the box, not yet executed */
    struct write_op *guilty; /* the op that cost the transaction; NULL: none did */
    bool failing;            /* the last group was lost: logged once, not each time */
    atomic_int_fast64_t commits, ops, failed_commits, last_commit_us, max_commit_us;
    atomic_int_fast64_t busy_since_us; /* 0: no group is under way */
    atomic_int_fast64_t submitted, handed_back;
    struct metrics_histogram commit_us;
    struct writer_watch watch;
    bool keep_wal;
    atomic_int wal_pages;   /* after the last commit */
    int wal_asked;          /* how many there were when somebody was asked to move them; 0: not yet */
    atomic_bool wal_finish; /* most were moved: the rest is the writer's */
    struct mono wal_waited; /* when readers were last waited for */
};

const struct metrics_bounds writer_commit_bounds = { .n = 14,
                                                     .per_unit = 1000000,
                                                     .at = { 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000,
                                                             100000, 250000, 500000, 1000000, 5000000 } };

static struct write_op *op_of(struct mail *m)
{
    return MEM_CONTAINER(m, struct write_op, mail);
}

/* Those in a row that go to the same mailbox go together. */
static void hand_back(struct write_op **group, int n)
{
    for (int i = 0, next; i < n; i = next) {
        struct mailbox *reply = group[i]->reply;
        struct mail *first = &group[i]->mail, *last = first;
        for (next = i + 1; reply && next < n && group[next]->reply == reply; next++)
            last = last->next = &group[next]->mail;
        if (reply)
            mailbox_put_list(reply, first, last);
        else if (group[i]->discard)
            group[i]->discard(group[i]);
    }
}

static void fail_op(struct write_op *op, const struct err *e)
{
    op->status = -(int)e->code;
    op->err = *e;
}

/* SQLite rolls it back on a full disk or an I/O error, and commits nothing of it once it met damage. */
static bool lost_transaction(const struct store *s)
{
    return !store_in_transaction(s) || s->damaged;
}

/* The transaction went with this op, which may not say so. */
static bool blame(struct writer *w, struct write_op *op, struct err *lost)
{
    if (op->status == 0)
        op->status =
            err_set(&op->err, ERR_STORE, "a part of the store could not be read, which undid what was written");
    w->guilty = op;
    *lost = op->err;
    return false;
}

/* Executes one op in a savepoint. False when that cost the whole transaction, or when the op could not be undone alone; *lost says why. */
static bool execute(struct writer *w, struct write_op *op, struct err *lost)
{
    struct store *s = w->store;
    op->err = (struct err){ 0 };
    store_actor_set(s, NULL); /* an op that acts for someone says so */
    op->status = store_savepoint(s, &op->err);
    if (op->status == 0) {
        op->status = op->exec(s, op, &op->err);
        if (op->status && op->err.code == ERR_NONE)
            op->err.code = (enum err_code) - op->status;
        if (lost_transaction(s))
            return blame(w, op, lost);
        struct err undo;
        if (store_release(s, op->status == 0, &undo) == 0)
            return true;
        if (op->status == 0)
            fail_op(op, &undo);
        return blame(w, op, lost);
    }
    *lost = op->err;
    return false;
}

static bool more_waits(struct writer *w, int n, struct mono start)
{
    if (!w->waiting && clock_mono().us - start.us < GATHER_US)
        w->waiting = mailbox_take(w->box);
    return n < WRITER_GROUP_MAX && w->waiting && w->waiting != &w->stop;
}

bool writer_wanted(struct writer *w)
{
    if (!w->waiting)
        w->waiting = mailbox_take(w->box);
    return w->waiting;
}

static struct write_op *take(struct writer *w, struct write_op **group, int *n)
{
    struct write_op *op = group[(*n)++] = op_of(w->waiting);
    w->waiting = w->waiting->next;
    op->alone = false;
    return op;
}

/* Executes the repeatable ops that wait, as one. False as `execute`. */
static bool execute_batch(struct writer *w, struct write_op **group, int *n, struct mono start, struct err *lost)
{
    int first = *n;
    bool failed = false;
    if (store_savepoint(w->store, lost))
        return false;
    store_actor_set(w->store, NULL);
    while (!failed && more_waits(w, *n, start) && op_of(w->waiting)->repeatable) {
        struct write_op *op = take(w, group, n);
        op->err = (struct err){ 0 };
        op->status = op->exec(w->store, op, &op->err);
        failed = op->status != 0;
    }
    struct write_op *last = *n > first ? group[*n - 1] : NULL;
    if (last && lost_transaction(w->store))
        return blame(w, last, lost);
    if (store_release(w->store, !failed, lost))
        return failed ? blame(w, last, lost) : false;
    for (int i = first; failed && i < *n; i++)
        if (!execute(w, group[i], lost))
            return false;
    return true;
}

static int begin(struct store *s, struct err *e)
{
    int result = -(int)ERR_BUSY;
    for (int i = 0; i < BEGIN_TRIES && result == -(int)ERR_BUSY; i++)
        result = store_begin(s, e);
    return result;
}

/* Executes up to WRITER_GROUP_MAX of the waiting ops, and of those that come meanwhile; group[0..n) are those that were tried.
 * False with *why when the transaction is gone. */
static bool execute_group(struct writer *w, struct write_op **group, int *n, struct err *why)
{
    *n = 0;
    if (begin(w->store, why)) {
        while (*n < WRITER_GROUP_MAX && w->waiting && w->waiting != &w->stop)
            take(w, group, n);
        return false;
    }
    struct mono start = clock_mono();
    while (more_waits(w, *n, start)) {
        if (op_of(w->waiting)->repeatable ? !execute_batch(w, group, n, start, why)
                                          : !execute(w, take(w, group, n), why))
            return false;
    }
    return true;
}

/* --- what cannot be read -----------------------------------------------------------------------------------------
 *
 * A page that cannot be read costs the whole transaction, and whoever needs it comes again with it. So what needs it fails alone: those before
 * it are executed once more and committed, it is passed over, and the rest follows. Each op is executed twice at most. What may not be
 * executed again fails with it. */

/* group[from, to) once more, and committed. */
static bool execute_again(struct writer *w, struct write_op **group, int from, int to, struct err *why)
{
    const struct err cause = *why;
    if (begin(w->store, why))
        return false;
    for (int i = from; i < to; i++) {
        if (!group[i]->repeatable)
            fail_op(group[i], &cause);
        else if (!execute(w, group[i], why))
            return false;
    }
    return store_commit(w->store, why) == 0;
}

/* The same from `from` on, with what waits. */
static bool execute_rest(struct writer *w, struct write_op **group, int from, int *n, struct err *why)
{
    const struct err cause = *why;
    const int before = *n;
    struct mono start = clock_mono();
    if (from == before && !(more_waits(w, from, start) && op_of(w->waiting)->repeatable))
        return true;
    if (begin(w->store, why))
        return false;
    for (int i = from; i < before || (more_waits(w, i, start) && op_of(w->waiting)->repeatable); i++) {
        if (i == *n)
            take(w, group, n);
        if (!group[i]->repeatable)
            fail_op(group[i], &cause);
        else if (!execute(w, group[i], why))
            return false;
    }
    return store_commit(w->store, why) == 0;
}

/* Returns how many of the group are dealt with: group[0, that) are committed or failed by themselves. */
static int spare_others(struct writer *w, struct write_op **group, int *n, struct err *why)
{
    int from = 0, at;
    while (w->guilty && why->code != ERR_DISK_FULL) {
        for (at = from; group[at] != w->guilty;)
            at++;
        w->guilty = NULL;
        store_rollback(w->store);
        if (at > from && !execute_again(w, group, from, at, why))
            continue;
        group[at]->alone = true; /* with its own error */
        from = at + 1;
        if (execute_rest(w, group, from, n, why))
            return *n;
    }
    return from;
}

/* Of those that are dealt with. That others were committed is what tells a page that cannot be read from a store that takes no writes. `again`:
 * what would have had to be executed once more did not fail by itself. Returns how many were committed. */
static int tell_alone(struct write_op **group, int n, bool again)
{
    int kept = 0;
    for (int i = 0; i < n; i++)
        kept += group[i]->status == 0;
    for (int i = 0; i < n; i++)
        group[i]->alone = kept && group[i]->status && (group[i]->alone || group[i]->repeatable || !again);
    return kept;
}

/* --- the WAL (wal.h) --------------------------------------------------------------------------------------------- */

static int wal_grown(void *ctx, sqlite3 *db, const char *name, int pages)
{
    struct writer *w = ctx;
    (void)db, (void)name;
    atomic_store(&w->wal_pages, pages);
    return SQLITE_OK;
}

static void ask_for_checkpoint(struct writer *w)
{
    int pages = atomic_load(&w->wal_pages);
    if (pages < w->wal_asked) /* it began anew */
        w->wal_asked = 0;
    if (!w->watch.wal || pages < w->wal_asked + WAL_PAGES)
        return;
    w->wal_asked = pages;
    w->watch.wal(w->watch.ctx);
}

/* Between two commits. When readers held it for long, they are waited for a little. */
static void finish_wal(struct writer *w)
{
    int left;
    struct mono now = clock_mono();
    if (!atomic_exchange(&w->wal_finish, false))
        return;
    if (atomic_load(&w->wal_pages) < WAL_PAGES_LARGE || now.us - w->wal_waited.us < 1000000) {
        wal_checkpoint(w->store->db, &left);
        return;
    }
    wal_restart(w->store->db, &left);
    w->wal_waited = clock_mono();
}

void writer_wal_finish(struct writer *w)
{
    atomic_store(&w->wal_finish, true);
}

void writer_watch(struct writer *w, const struct writer_watch *watch, bool keep_wal)
{
    w->watch = *watch;
    w->keep_wal = keep_wal;
    if (keep_wal)
        wal_keep(w->store->db);
    sqlite3_wal_hook(w->store->db, wal_grown, w); /* takes the place of automatic checkpoints */
}

static void count_commit(struct writer *w, int n, struct mono start)
{
    int64_t us = clock_mono().us - start.us;
    atomic_fetch_add(&w->commits, 1);
    atomic_fetch_add(&w->ops, n);
    atomic_store(&w->last_commit_us, us);
    metrics_observe(&w->commit_us, &writer_commit_bounds, us);
    if (us > atomic_load(&w->max_commit_us))
        atomic_store(&w->max_commit_us, us);
    if (w->failing)
        log_info("the store takes writes again");
    w->failing = false;
}

/* Nothing of these is kept: each op fails with the reason, also one that had an error of its own, as it may have found what another op of
 * the group left and what is now undone. The kind of error that one op made of the reason is for itself alone. */
static void lose_group(struct writer *w, struct write_op **group, int n, const struct err *why)
{
    struct err others = *why;
    if (why->code != ERR_IO && why->code != ERR_DISK_FULL && why->code != ERR_BUSY)
        others.code = ERR_STORE;
    store_rollback(w->store);
    for (int i = 0; i < n; i++) {
        bool own = group[i]->status == -(int)why->code && !strcmp(group[i]->err.text, why->text);
        if (!own)
            fail_op(group[i], &others);
        group[i]->alone = false;
    }
    atomic_fetch_add(&w->failed_commits, 1);
    if (!w->failing)
        log_error("writes were not kept", L_STR("error", why->text), L_INT("ops", n));
    w->failing = true;
    if (why->code != ERR_DISK_FULL || !w->watch.full)
        return;
    if (!w->keep_wal)
        spare_use(w->store);
    w->watch.full(w->watch.ctx);
}

/* Executes and commits what waits; group[0, *n) is to be handed back. */
static void do_group(struct writer *w, struct write_op **group, int *n)
{
    struct err why = { 0 };
    w->guilty = NULL;
    bool alive = execute_group(w, group, n, &why);
    struct mono start = clock_mono();
    if (alive && store_commit(w->store, &why) == 0) {
        count_commit(w, *n, start);
        tell_alone(group, *n, false);
        return;
    }
    int done = spare_others(w, group, n, &why), kept = tell_alone(group, done, true);
    if (kept)
        count_commit(w, kept, start);
    else
        done = 0;
    if (done < *n)
        lose_group(w, group + done, *n - done, &why);
}

static void run_group(struct writer *w)
{
    struct write_op *group[WRITER_GROUP_MAX];
    int n;
    atomic_store(&w->busy_since_us, clock_mono().us);
    do_group(w, group, &n);
    atomic_store(&w->busy_since_us, 0);
    hand_back(group, n);
    atomic_fetch_add(&w->handed_back, n);
    finish_wal(w);
    ask_for_checkpoint(w);
}

static void *writer_main(void *arg)
{
    struct writer *w = arg;
    bool idle = false;
    pthread_setname_np(pthread_self(), "writer");
    for (;;) {
        w->waiting = mailbox_wait(w->box, idle ? -1 : IDLE_MS);
        idle = !w->waiting;
        if (idle)
            sqlite3_db_release_memory(w->store->db);
        while (w->waiting && w->waiting != &w->stop)
            run_group(w);
        if (w->waiting == &w->stop)
            return NULL;
    }
}

/* Signals are the main thread's. */
static int start_thread(struct writer *w)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&w->thread, NULL, writer_main, w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}

int writer_start(struct writer **ret, const char *dir, struct err *e)
{
    struct store *s;
    int result = store_open(&s, dir, STORE_WRITE, e);
    if (result)
        return result;
    struct writer *w = mem_alloc(sizeof *w);
    w->store = s;
    w->box = mailbox_new();
    int rc = start_thread(w);
    if (rc) {
        store_close(s);
        mailbox_free(w->box);
        mem_free(w);
        return err_set(e, ERR_INTERNAL, "cannot start the writer's thread: %s", strerror(rc));
    }
    *ret = w;
    return 0;
}

void writer_submit(struct writer *w, struct write_op *op)
{
    atomic_fetch_add(&w->submitted, 1);
    mailbox_put(w->box, &op->mail);
}

void writer_submit_list(struct writer *w, struct mail *first, struct mail *last)
{
    int64_t n = 1;
    for (const struct mail *m = first; m != last; m = m->next)
        n++;
    atomic_fetch_add(&w->submitted, n);
    mailbox_put_list(w->box, first, last);
}

int writer_do(struct writer *w, struct write_op *op, struct err *e)
{
    struct mailbox *box = mailbox_new();
    op->reply = box;
    writer_submit(w, op);
    while (!mailbox_wait(box, -1))
        ; /* interrupted by a signal */
    mailbox_free(box);
    op->reply = NULL;
    if (op->status && e)
        *e = op->err;
    return op->status;
}

void writer_stats(struct writer *w, struct writer_stats *ret)
{
    int64_t since_us = atomic_load(&w->busy_since_us);
    *ret = (struct writer_stats){
        .commits = atomic_load(&w->commits),
        .ops = atomic_load(&w->ops),
        .failed_commits = atomic_load(&w->failed_commits),
        .last_commit_us = atomic_load(&w->last_commit_us),
        .max_commit_us = atomic_load(&w->max_commit_us),
        .busy_us = since_us ? clock_mono().us - since_us : 0,
        .wal_pages = atomic_load(&w->wal_pages),
        .handed_back = atomic_load(&w->handed_back),
        .submitted = atomic_load(&w->submitted),
    };
    metrics_read(&w->commit_us, &ret->commit_us);
}

/* The WAL is emptied into the database, so that what remains is one file. */
void writer_stop(struct writer *w)
{
    if (!w)
        return;
    mailbox_put(w->box, &w->stop);
    pthread_join(w->thread, NULL);
    if (!w->keep_wal)
        sqlite3_wal_checkpoint_v2(w->store->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    store_close(w->store);
    mailbox_free(w->box);
    mem_free(w);
}
