/* run_ended.h - runs that ended, one by one and in the order in which they did, for whoever watches them: the notes that statistics are made of
 * (stats_note.h), as they are folded. */
#ifndef EDGECRON_STORE_RUN_ENDED_H
#define EDGECRON_STORE_RUN_ENDED_H

#include "core/watch.h"
#include "store/stats.h"

/* stats_fold, which tells `each` of every run in it first, in the same transaction: what `each` writes is kept exactly when the run counts as folded. Of x all but
 * `target` is filled; its texts live until `each` returns. Runs of channels are not told. An error of `each` ends the fold, undone. */
int stats_fold_telling(struct store *s, int (*each)(void *ctx, const struct watch_end *x, struct err *e), void *ctx,
                       bool *more, struct err *e);

#endif
