/* roster.h - what the engine knows: jobs, targets, secrets, settings; kept up with the store. Internal to src/engine. */
#ifndef EDGECRON_ENGINE_ROSTER_H
#define EDGECRON_ENGINE_ROSTER_H

#include "engine/state.h"

/* Reads all, or all that changed; and, once the engine is up, the runs and cancels that others asked for. A failure is logged and kept for
 * the status; what was known stays. */
void roster_refresh(struct engine *g);
/* The settings and channels alone, and what hangs on them: a sealed server has no more than that. It makes backups, and tells of its state. */
void roster_sealed(struct engine *g);
void roster_reload_zones(struct engine *g); /* the time zone database is looked for again */
void roster_free(struct engine *g);

#endif
