/* worker.h - what each thread that answers requests has for itself: a read-only store and the time zones, both opened when first needed. */
#ifndef EDGECRON_API_WORKER_H
#define EDGECRON_API_WORKER_H

#include "engine/engine.h"
#include "engine/zones.h"
#include "store/store.h"

struct worker {
    const char *data_dir;
    struct engine *engine;  /* NULL when only the sample functions are served */
    bool api;               /* the API and the page are served */
    const char *sample_key; /* the sample functions are served, with this key; else NULL */
    struct store *store;    /* NULL until worker_store */
    struct zones *zones;    /* NULL until worker_zones */
};

struct store *worker_store(struct worker *w, struct err *e); /* NULL: it cannot be opened now */
struct zones *worker_zones(struct worker *w);
/* Gives the store up after a failure of it, so that the next request opens it afresh. */
void worker_drop_store(struct worker *w);
void worker_close(struct worker *w); /* closes both; does not free w */

#endif
