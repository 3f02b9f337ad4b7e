/* figures.h - what a monitoring system wants to know of a store, cheaply: its size, how its jobs fared, how old its secrets are.
 *
 * See store.h for threads. */
#ifndef EDGECRON_STORE_FIGURES_H
#define EDGECRON_STORE_FIGURES_H

#include "store/store.h"

/* Bytes; -1: not known. Any thread, no store needed. */
struct figures_space {
    int64_t database, wal;
    int64_t free, total; /* of the file system: free to this user */
};
void figures_space(const char *dir, struct figures_space *ret);

/* A job's history so far: when its newest successful run ended (WALL_NONE: none is kept), and how many failed or were missed since it began
 * to fail (failing.h). Edited runs do not count. */
int figures_streak(struct store *s, const char *job, struct wall *ret_succeeded, int64_t *ret_failed, struct err *e);

/* The first `most` secrets in order of name. due_at: when the value is to be rotated; WALL_NONE: never. */
int figures_secrets(struct store *s, int most,
                    void (*each)(void *ctx, const char *name, struct wall updated_at, struct wall due_at), void *ctx,
                    struct err *e);

#endif
