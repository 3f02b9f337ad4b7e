/* stats_fold.h - inside src/store alone: counts the runs of a store from before they were counted as they end. Once, when
 * it is opened for writing; nothing later. */
#ifndef EDGECRON_STORE_STATS_FOLD_H
#define EDGECRON_STORE_STATS_FOLD_H

#include "store/stats.h"

int stats_count_history(struct store *s, struct err *e);

#endif
