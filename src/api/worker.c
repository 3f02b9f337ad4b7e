#include "api/worker.h"

struct store *worker_store(struct worker *w, struct err *e)
{
    if (!w->store && store_open(&w->store, w->data_dir, STORE_READ, e))
        w->store = NULL;
    return w->store;
}

struct zones *worker_zones(struct worker *w)
{
    if (!w->zones)
        w->zones = zones_open();
    return w->zones;
}

void worker_drop_store(struct worker *w)
{
    store_close(w->store);
    w->store = NULL;
}

void worker_close(struct worker *w)
{
    worker_drop_store(w);
    if (w->zones)
        zones_close(w->zones);
    w->zones = NULL;
}
