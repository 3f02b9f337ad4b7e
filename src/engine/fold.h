/* fold.h - statistics: what ended is taken into the counts by hour and day, a few seconds later and a little at a time, so that it
 * costs the end of a run nothing (store/stats.h). Internal to src/engine. */
#ifndef EDGECRON_ENGINE_FOLD_H
#define EDGECRON_ENGINE_FOLD_H

#include "engine/state.h"

void fold_init(struct engine *g);

#endif
