/* seal.h - the engine without the right master key. Internal to src/engine.
 *
 * Sealed is "not taken up": the page and the API are there, but the engine has read no job and no run, so that nothing is
 * planned, claimed or called, and planned_until stays where it is. Settings are read: backups by schedule need no key. The key file is looked at every second and at each
 * announcement, and a key may be handed over by the API (engine_unseal). Then the engine takes up its work as at a start
 * after a downtime: what was due meanwhile is each job's catch_up policy's matter, open runs and those asked for by hand
 * go on. */
#ifndef EDGECRON_ENGINE_SEAL_H
#define EDGECRON_ENGINE_SEAL_H

#include "engine/state.h"

/* At the start, with a store for writing: opens the vault. 0 also when that is sealed: then g->vault is NULL and
 * g->seal_error says why. */
int seal_open(struct engine *g, struct store *s, struct err *e);
void seal_watch(struct engine *g); /* sealed: begins to look for the key */
void seal_look(struct engine *g);  /* looks now; fine when not sealed */
void seal_free(struct engine *g);
/* The store has another data key than the one held (rekey --data-key): it is opened. ERR_SEALED when the key file does
 * not open it. */
int seal_renew(struct engine *g, struct err *e);

#endif
