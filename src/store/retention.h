/* retention.h - finds and deletes what core/retention.h lets go of. See store.h for threads and transactions.
 *
 * A pass looks with one store (a reader's) and gives batches, which another (the writer's) deletes piece by piece, each piece a
 * transaction that is over when its time is. What is deleted is the progress: a pass that is cut short, by a crash too, is made good by the
 * next. */
#ifndef EDGECRON_STORE_RETENTION_H
#define EDGECRON_STORE_RETENTION_H

#include "core/job.h"
#include "core/retention.h"
#include "store/store.h"

#define RETENTION_BATCH 256

struct retention_batch {
    bool bodies; /* headers and bodies of these runs go; else the runs */
    bool marks;  /* the bodies of all runs up to `until` have then been looked at */
    uint8_t until[16];
    int n, done; /* done: of n, deleted so far */
    struct {
        uint8_t id[16];
        int attempts;
    } runs[RETENTION_BATCH];
};

/* Zeroed but for settings and now: at its beginning. */
struct retention_pass {
    struct settings settings;
    struct wall now;
    int phase, state;
    uint8_t after[16], last[16];
    bool within; /* a list that `after` is a place in */
    char job[JOB_NAME_MAX + 1];
};

/* 1: *ret is the next batch (it may be empty), 0: the pass is over. */
int retention_next(struct store *s, struct retention_pass *p, struct retention_batch *ret, struct err *e);
/* When a step is to end: it is asked after each thing done. */
struct retention_end {
    bool (*over)(void *ctx);
    void *ctx;
};
/* Deletes of the batch until it is done or the step is over, and at least one thing. An error undoes all of this call. */
int retention_delete(struct store *s, struct retention_batch *b, struct retention_end end, struct err *e);

/* Pages of the file, and those of them that are free. */
int retention_space(struct store *s, int64_t *ret_pages, int64_t *ret_free, struct err *e);
/* Gives back at most so many free pages, and at least one if there is one. *ret: how many. */
int retention_shrink(struct store *s, int64_t pages, struct retention_end end, int64_t *ret, struct err *e);

#endif
