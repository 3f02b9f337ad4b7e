/* run_ended.h - runs that ended, one by one and in the order in which they did, for whoever watches them: the notes that statistics are made of
 * (stats_note.h), as they are folded. */
#ifndef EDGECRON_STORE_RUN_ENDED_H
#define EDGECRON_STORE_RUN_ENDED_H

#include "core/watch.h"
#include "store/stats.h"

/* Of x all but `target` is filled; its texts live until it returns. An error ends the fold, undone. */
typedef int (*run_ended_each)(void *ctx, const struct watch_end *x, struct err *e);

/* stats_fold, which tells `each` of every run in it first, in the same transaction: what `each` writes is kept exactly when the run counts as
 * folded. Messages (runs of channels) are not told, nor are runs that ended before an upgrade to the first edgecron that watches. */
int stats_fold_telling(struct store *s, run_ended_each each, void *ctx, bool *more, struct err *e);

#endif
