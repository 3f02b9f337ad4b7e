#include "store/upkeep.h"

#include "base/log.h"
#include "store/alerts.h"
#include "store/audit.h"
#include "store/idempotency.h"
#include "store/retention.h"
#include "store/settings.h"
#include "store/spare.h"
#include "store/stats.h"
#include "store/wal.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#define EVERY_MS 3600000
#define FULL_AGAIN_MS 5000 /* after a pass that could not end as the disk is full */
#define OWED 2             /* runs that a step is to delete for each write of others since the one before */
#define OTHER_ROWS 200     /* of the audit and of kept answers, a step */
#define OTHER_JOBS 10      /* whose statistics a step looks at */
#define HELD_US 500000     /* until the WAL is looked at again that a reader holds */
#define BULKS 4            /* checkpoints in a row, each of what came during the one before */
#define REST_PAGES 300     /* few enough for the writer */
#define PASSED_OVER 100    /* runs in a pass that cannot be deleted, until it is given up */
#define TRIES_FULL 100     /* of a step that a full disk undid, as others' writes were with it */
#define BEHIND_MOST 10000
#define DAY_MS (24 * 3600 * 1000LL)

enum order { ORDER_STOP = 1, ORDER_POKE = 2, ORDER_WAL = 4, ORDER_FULL = 8 };

struct upkeep {
    struct writer *writer;
    char *dir;
    struct upkeep_options options;
    sqlite3 *db; /* for checkpoints; NULL: they are not ours */
    pthread_t thread;
    struct mailbox *box;
    struct mail call;   /* says that there are orders */
    atomic_bool called; /* it is in the box */
    atomic_uint orders; /* enum order, from other threads */
    unsigned left;      /* those taken and not yet seen to */
    struct retention_pace pace;
    bool full;             /* this pass is to free space */
    int64_t others_seen;   /* ops of the writer at the last step ... */
    int64_t others_lately; /* ... and how many of them others' since the one before */
    int64_t behind;        /* runs that steps owed and had no time for; pauses are short until they are gone */
    int64_t pass_runs;     /* deleted in this pass */
    int passed_over;       /* could not be, in this pass */
    atomic_int_fast64_t passes, runs, bodies, pages, checkpoints, longest_us;
};

/* --- orders ------------------------------------------------------------------------------------------------------ */

static void order(struct upkeep *u, unsigned what)
{
    atomic_fetch_or(&u->orders, what);
    if (!atomic_exchange(&u->called, true))
        mailbox_put(u->box, &u->call);
}

static void wal_grew(void *ctx)
{
    order(ctx, ORDER_WAL);
}

static void disk_is_full(void *ctx)
{
    order(ctx, ORDER_FULL);
}

void upkeep_poke(struct upkeep *u)
{
    order(u, ORDER_POKE);
}

static void take_orders(struct upkeep *u, int64_t ms)
{
    if (mailbox_wait(u->box, (int)ms))
        atomic_store(&u->called, false);
    u->left |= atomic_exchange(&u->orders, 0);
}

/* --- checkpoints ------------------------------------------------------------------------------------------------- */

static int64_t wal_pages(struct upkeep *u)
{
    struct writer_stats w;
    writer_stats(u->writer, &w);
    return w.wal_pages;
}

static void checkpoint(struct upkeep *u)
{
    int rc = SQLITE_OK, left;
    u->left &= ~(unsigned)ORDER_WAL;
    if (!u->db)
        return;
    for (int i = 0; i < BULKS && rc == SQLITE_OK; i++) {
        int64_t before = wal_pages(u);
        rc = wal_checkpoint(u->db, &left);
        if (wal_pages(u) - before < REST_PAGES)
            break;
    }
    if (rc)
        log_warn("the WAL cannot be moved into the database", L_STR("error", sqlite3_errstr(rc)));
    else
        atomic_fetch_add(&u->checkpoints, 1);
    writer_wal_finish(u->writer);
}

/* Sleeps, but for checkpoints that are asked for. False: stop. */
static bool rest(struct upkeep *u, int64_t us)
{
    struct mono end = { clock_mono().us + us };
    for (int64_t left_us = us; left_us > 0 && !(u->left & ORDER_STOP); left_us = end.us - clock_mono().us) {
        take_orders(u, (left_us + 999) / 1000);
        if (u->left & ORDER_WAL)
            checkpoint(u);
    }
    return !(u->left & ORDER_STOP);
}

/* --- steps ------------------------------------------------------------------------------------------------------- */

struct step {
    struct write_op op;
    struct writer *writer;
    struct mono start;
    struct retention_batch *batch;
    int done_before;
    int64_t owed;  /* of the batch */
    int64_t pages; /* to give back */
    struct wall now;
    char jobs[JOB_NAME_MAX + 1]; /* whose counts were looked at last; "" when all were */
    int64_t work_us, took_us;
    bool one;  /* and no more */
    int64_t n; /* what came of it */
};

/* When its time is up, or somebody waits. But as much goes as comes, or history would grow without end where the disk is slow, and the
 * others always at work: so before that it does what it owes, in a time that nobody has to mind. */
static bool step_over(void *ctx)
{
    const struct step *x = ctx;
    int64_t us = clock_mono().us - x->start.us;
    if (us >= RETENTION_WORK_MOST_US)
        return true;
    if (x->batch && x->batch->done - x->done_before < x->owed)
        return false;
    return us >= x->work_us || writer_wanted(x->writer);
}

static struct retention_end step_begin(struct step *x)
{
    x->start = clock_mono();
    return (struct retention_end){ step_over, x };
}

static int exec_delete(struct store *s, struct write_op *op, struct err *e)
{
    struct step *x = (struct step *)op;
    x->done_before = x->batch->done;
    int rc = retention_delete(s, x->batch, step_begin(x), e);
    x->n = x->batch->done - x->done_before;
    x->took_us = clock_mono().us - x->start.us;
    return rc;
}

static int exec_shrink(struct store *s, struct write_op *op, struct err *e)
{
    struct step *x = (struct step *)op;
    int rc = retention_shrink(s, x->pages, step_begin(x), &x->n, e);
    x->took_us = clock_mono().us - x->start.us;
    return rc;
}

/* What is old of all but runs: it is little. */
static int exec_others(struct store *s, struct write_op *op, struct err *e)
{
    struct step *x = (struct step *)op;
    struct mono start = clock_mono();
    int rc = audit_prune(s, (struct wall){ x->now.ms - AUDIT_DAYS * DAY_MS }, OTHER_ROWS, e);
    if (rc == 0)
        rc = idempotency_prune(s, x->now, OTHER_ROWS, &x->n, e);
    if (rc == 0)
        rc = mutes_prune(s, x->now, e);
    if (rc == 0)
        rc = stats_prune(s, x->now, OTHER_JOBS, x->jobs, e);
    x->took_us = clock_mono().us - start.us;
    return rc;
}

/* Waits while a reader holds the WAL, which all that is deleted makes longer. */
static bool wait_for_wal(struct upkeep *u)
{
    while (u->db && !u->full && wal_pages(u) > WAL_PAGES_LARGE) {
        checkpoint(u);
        if (!rest(u, HELD_US))
            return false;
    }
    return true;
}

/* What others wrote since the last step, and how long this one's commit took. */
static bool pace(struct upkeep *u, const struct step *x)
{
    struct writer_stats w;
    writer_stats(u->writer, &w);
    if (x->took_us > atomic_load(&u->longest_us))
        atomic_store(&u->longest_us, x->took_us);
    u->others_lately = w.ops - u->others_seen - 1;
    retention_pace_next(&u->pace, x->took_us, w.last_commit_us, u->others_lately);
    u->others_seen = w.ops;
    u->behind = x->batch && x->owed > x->n ? x->owed - x->n : 0;
    u->behind = u->behind < BEHIND_MOST ? u->behind : BEHIND_MOST;
    return rest(u, u->behind ? u->pace.pause_us / 4 : u->pace.pause_us);
}

/* 0: done; 1: not now (stop, or the disk stays full); negative: it cannot be done, which is logged. */
static int step(struct upkeep *u, struct step *x, int (*exec)(struct store *, struct write_op *, struct err *))
{
    struct err e = { 0 };
    int rc = -(int)ERR_DISK_FULL, tries = u->full ? TRIES_FULL : 1;
    int batch_done = x->batch ? x->batch->done : 0;
    if (!wait_for_wal(u))
        return 1;
    for (int i = 0; rc == -(int)ERR_DISK_FULL && i < tries; i++) {
        x->op.exec = exec;
        x->writer = u->writer;
        x->work_us = x->one ? 0 : u->pace.work_us;
        x->owed = x->one ? 0 : OWED * u->others_lately + u->behind;
        if (x->batch)
            x->batch->done = batch_done;
        rc = writer_do(u->writer, &x->op, &e);
        if (!pace(u, x))
            return 1;
    }
    if (rc && rc != -(int)ERR_DISK_FULL && !u->passed_over)
        log_error("old runs cannot be deleted", L_STR("error", e.text));
    return rc == -(int)ERR_DISK_FULL ? 1 : rc;
}

/* --- a pass ------------------------------------------------------------------------------------------------------ */

/* A page that cannot be read keeps the runs on it, and no others: they are found one by one, and passed over. */
static bool pass_over(struct upkeep *u, struct retention_batch *b, int rc, bool *one)
{
    bool unreadable = rc == -(int)ERR_IO || rc == -(int)ERR_STORE;
    if (!unreadable || b->done == b->n || u->passed_over >= PASSED_OVER)
        return false;
    if (*one) {
        b->done++;
        u->passed_over++;
    }
    *one = !*one;
    return true;
}

static int delete_batch(struct upkeep *u, struct retention_batch *b)
{
    int rc = 0;
    bool one = false;
    while (rc == 0 && (b->done < b->n || b->marks)) {
        struct step x = { .batch = b, .one = one };
        bool last = b->done == b->n;
        rc = step(u, &x, exec_delete);
        if (rc && pass_over(u, b, rc, &one)) {
            rc = 0;
            continue;
        }
        atomic_fetch_add(b->bodies ? &u->bodies : &u->runs, rc ? 0 : x.n);
        u->pass_runs += rc || b->bodies ? 0 : x.n;
        b->marks = b->marks && !last && b->done < b->n;
    }
    return rc;
}

static int delete_all(struct upkeep *u, struct store *s, struct retention_pass *p)
{
    struct retention_batch *b = mem_alloc(sizeof *b);
    struct err e = { 0 };
    int rc, stopped = 0;
    while (!stopped && (rc = retention_next(s, p, b, &e)) > 0)
        stopped = delete_batch(u, b);
    if (!stopped && rc < 0)
        log_error("old runs cannot be looked for", L_STR("error", e.text));
    mem_free(b);
    return stopped || rc;
}

static int delete_others(struct upkeep *u, struct wall now)
{
    struct step x = { .now = now };
    int rc;
    do
        rc = step(u, &x, exec_others);
    while (rc == 0 && (*x.jobs || x.n == OTHER_ROWS));
    return rc;
}

static int give_back(struct upkeep *u, struct store *s)
{
    int64_t pages, free_pages;
    struct err e = { 0 };
    int rc = retention_space(s, &pages, &free_pages, &e);
    int64_t left = rc ? 0 : retention_give_back(pages, free_pages, u->full), total = left;
    while (rc == 0 && left > 0) {
        struct step x = { .pages = left };
        rc = step(u, &x, exec_shrink);
        left = x.n ? left - x.n : 0;
        atomic_fetch_add(&u->pages, rc ? 0 : x.n);
    }
    if (total)
        log_info("space was given back to the file system", L_INT("pages", total - left), L_INT("of", pages));
    return rc;
}

static int pass_with(struct upkeep *u, struct store *s)
{
    struct retention_pass p = { .now = clock_wall() };
    struct err e = { 0 };
    struct writer_stats w;
    writer_stats(u->writer, &w);
    u->others_seen = w.ops;
    if (settings_get(s, &p.settings, &e)) {
        log_error("old runs cannot be looked for", L_STR("error", e.text));
        return 1;
    }
    int rc = delete_all(u, s, &p);
    if (u->pass_runs)
        log_info("old runs were deleted", L_INT("runs", u->pass_runs),
                 L_INT("retention_days", p.settings.retention_days));
    if (u->passed_over)
        log_error("old runs cannot be deleted, as they cannot be read: restore a backup when it suits",
                  L_INT("runs", u->passed_over));
    if (rc == 0)
        rc = delete_others(u, p.now);
    return rc ? rc : give_back(u, s);
}

/* 0: it came to its end. */
static int pass(struct upkeep *u)
{
    struct store *s;
    struct err e = { 0 };
    u->full = u->left & ORDER_FULL;
    u->left &= ~(unsigned)(ORDER_FULL | ORDER_POKE);
    u->pass_runs = u->passed_over = 0;
    int rc = store_open(&s, u->dir, STORE_READ, &e);
    if (rc) {
        log_error("old runs cannot be looked for", L_STR("error", e.text));
        return rc;
    }
    rc = pass_with(u, s);
    store_close(s);
    if (!(u->left & ORDER_STOP))
        checkpoint(u); /* also makes the file shorter, where space was given back */
    if (rc == 0)
        spare_make(u->dir);
    atomic_fetch_add(&u->passes, 1);
    return rc;
}

static void *upkeep_main(void *arg)
{
    struct upkeep *u = arg;
    int64_t next_ms = u->options.first_ms;
    pthread_setname_np(pthread_self(), "upkeep");
    for (;;) {
        struct mono asleep = clock_mono();
        take_orders(u, u->left ? 0 : next_ms); /* what came during a pass is not slept over */
        next_ms -= mono_ms_since(asleep, clock_mono());
        if (u->left & ORDER_STOP)
            return NULL;
        if (u->left & ORDER_WAL)
            checkpoint(u);
        bool full = u->left & ORDER_FULL;
        if (next_ms <= 0 || u->left & (ORDER_POKE | ORDER_FULL))
            next_ms = pass(u) && full ? FULL_AGAIN_MS : EVERY_MS;
        next_ms = next_ms > 0 ? next_ms : 0;
    }
}

/* --- start and stop ---------------------------------------------------------------------------------------------- */

static int start_thread(struct upkeep *u)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&u->thread, NULL, upkeep_main, u);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}

void upkeep_free(struct upkeep *u)
{
    if (!u)
        return;
    sqlite3_close(u->db);
    mailbox_take(u->box);
    mailbox_free(u->box);
    mem_free(u->dir);
    mem_free(u);
}

int upkeep_start(struct upkeep **ret, struct writer *w, const char *dir, const struct upkeep_options *o, struct err *e)
{
    struct upkeep *u = mem_alloc(sizeof *u);
    u->writer = w;
    u->dir = mem_strdup(dir);
    u->options = *o;
    u->box = mailbox_new();
    u->pace = RETENTION_PACE_INIT;
    int rc = o->keep_wal ? 0 : wal_connect(dir, &u->db, e);
    if (!rc && start_thread(u))
        rc = err_set(e, ERR_INTERNAL, "the thread of upkeep cannot be started");
    if (rc) {
        upkeep_free(u);
        return rc;
    }
    writer_watch(w, &(struct writer_watch){ wal_grew, disk_is_full, u }, o->keep_wal);
    *ret = u;
    return 0;
}

void upkeep_stop(struct upkeep *u)
{
    if (!u)
        return;
    order(u, ORDER_STOP);
    pthread_join(u->thread, NULL);
}

void upkeep_stats(const struct upkeep *u, struct upkeep_stats *ret)
{
    *ret = (struct upkeep_stats){
        .passes = atomic_load(&u->passes),
        .runs = atomic_load(&u->runs),
        .bodies = atomic_load(&u->bodies),
        .pages = atomic_load(&u->pages),
        .checkpoints = atomic_load(&u->checkpoints),
        .longest_us = atomic_load(&u->longest_us),
    };
}
