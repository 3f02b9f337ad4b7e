/* watch_facts.h - what the engine knows, put together for the op that watches (watch_op.h). The engine's thread. Internal to src/engine. */
#ifndef EDGECRON_ENGINE_WATCH_FACTS_H
#define EDGECRON_ENGINE_WATCH_FACTS_H

#include "engine/watch_op.h"

/* Between two ops: of the store nothing can be told while it lasts. */
struct watch_trouble {
    struct wall since; /* WALL_NONE: there was none */
    char why[512];
};
/* f->arena is there. The appliance's signs: what is told of them says why, also between two looks. */
void watch_facts_signs(struct engine *g, const struct watch_trouble *store, struct watch_facts *f);
/* What else is looked at. Runs that wait or go on for more than so long are among them; -1: none is. */
void watch_facts_fill(struct engine *g, int64_t late_ms, int64_t long_ms, struct watch_facts *f);

#endif
