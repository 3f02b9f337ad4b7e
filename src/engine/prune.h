/* prune.h - retention: runs older than settings.retention_days are deleted, a few at a time. Internal to src/engine. */
#ifndef EDGECRON_ENGINE_PRUNE_H
#define EDGECRON_ENGINE_PRUNE_H

#include "engine/state.h"

void prune_init(struct engine *g); /* the first look is soon after the start, then every hour */

#endif
