#include "api/worker.h"

struct store *worker_store(struct worker *w, struct err *e)
{
    if (w->store)
        return w->store;
    if (!store_open(&w->store, w->data_dir, STORE_READ, e))
        return w->store;
    w->store = NULL;
    /* A store that is not there is the server's trouble, not a resource that was asked for in vain. */
    if (e->code == ERR_NOT_FOUND)
        e->code = ERR_UNAVAILABLE;
    return NULL;
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
