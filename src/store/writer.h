/* writer.h - the one writing thread of a server: group commit.
 *
 * Ops are executed in the order of submission; all that waits, or comes meanwhile, is put into one transaction (up to
 * WRITER_GROUP_MAX ops), committed with one sync, and only then handed back through each op's reply mailbox: an op that
 * comes back with status 0 is durable. An op whose exec fails is undone alone (savepoint) and handed back with its error; a
 * commit that fails undoes and fails all of its group. Where exec meets a page that cannot be read, SQLite undoes the whole group: then the
 * `repeatable` ones of the others are executed once more, so that only those that need that page fail (`alone`).
 *
 * A savepoint makes SQLite copy each page that the op touches, which costs as much as the op: `repeatable` ops in a row share one,
 * and when one of them fails all of them are undone and executed again, each with its own. */
#ifndef EDGECRON_STORE_WRITER_H
#define EDGECRON_STORE_WRITER_H

#include "base/err.h"
#include "base/mailbox.h"
#include "base/metrics.h"
#include "store/store.h"

#define WRITER_GROUP_MAX 1024

struct write_op {
    struct mail mail;
    /* Runs on the writer thread inside the transaction; must only use the store and the op's own memory. */
    int (*exec)(struct store *s, struct write_op *op, struct err *e);
    bool repeatable; /* exec may be undone and run again: it leaves nothing behind but what it wrote and its results */
    struct mailbox *reply; /* where the op goes when it is done; NULL: nobody waits, `discard` is called instead */
    void (*discard)(struct write_op *op);
    int status;     /* 0, or the error's negative code */
    bool alone;     /* it failed by itself: others of its group were committed, so the store takes writes */
    struct err err; /* when status is not 0 */
};

struct writer;
struct writer_stats {
    int64_t commits, ops, failed_commits;
    int64_t last_commit_us, max_commit_us;
    struct metrics_histogram_values commit_us; /* in writer_commit_bounds */
    int64_t busy_us;                           /* how long the group under way has been going on; 0: there is none */
    int64_t wal_pages;                         /* in the WAL, after the last commit */
    int64_t submitted, handed_back; /* ops since the start: a difference that stays is a writer that is stuck */
};
extern const struct metrics_bounds writer_commit_bounds;

int writer_start(struct writer **ret, const char *dir, struct err *e);
void writer_submit(struct writer *w, struct write_op *op); /* any thread; ownership goes to the writer */
/* The same for ops linked by mail.next, in their order. */
void writer_submit_list(struct writer *w, struct mail *first, struct mail *last);
bool writer_wanted(struct writer *w); /* in an op's exec: does another wait? Then it is kind to come to an end */
/* Convenience for API threads: submits and waits for the answer. Returns op->status, *e filled. */
int writer_do(struct writer *w, struct write_op *op, struct err *e);
void writer_stats(struct writer *w, struct writer_stats *ret); /* any thread */
void writer_stop(struct writer *w);                            /* executes all that was submitted, checkpoints, joins */

/* For upkeep.h, which from then on looks after the WAL. On the writer's thread: `wal` is called each time that the WAL has grown by
 * WAL_PAGES, `full` when a group was lost as the disk is full. Set before
 * anything is submitted, once. */
struct writer_watch {
    void (*wal)(void *ctx);
    void (*full)(void *ctx);
    void *ctx;
};
void writer_watch(struct writer *w, const struct writer_watch *watch, bool keep_wal);
void writer_wal_finish(struct writer *w); /* a checkpoint has been made: the writer is to move the rest. Any thread */

#endif
