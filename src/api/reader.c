#include "api/reader.h"

#include "base/mem.h"

#include <errno.h>
#include <semaphore.h>
#include <stdatomic.h>

struct readers {
    sem_t free; /* how many are not lent */
    atomic_bool lent[READERS_MAX];
    struct reader readers[READERS_MAX];
};

struct store *reader_store(struct reader *r, struct err *e)
{
    if (r->store)
        return r->store;
    if (!store_open(&r->store, r->data_dir, STORE_READ, e))
        return r->store;
    r->store = NULL;
    /* A store that is not there is the server's trouble, not a resource that was asked for in vain. */
    if (e->code == ERR_NOT_FOUND)
        e->code = ERR_UNAVAILABLE;
    return NULL;
}

struct zones *reader_zones(struct reader *r)
{
    if (!r->zones)
        r->zones = zones_open();
    return r->zones;
}

void reader_drop_store(struct reader *r)
{
    store_close(r->store);
    r->store = NULL;
}

struct readers *readers_new(const char *data_dir)
{
    struct readers *all = mem_alloc(sizeof *all);
    sem_init(&all->free, 0, READERS_MAX);
    for (int i = 0; i < READERS_MAX; i++)
        all->readers[i].data_dir = data_dir;
    return all;
}

void readers_free(struct readers *all)
{
    if (!all)
        return;
    for (int i = 0; i < READERS_MAX; i++) {
        reader_drop_store(&all->readers[i]);
        if (all->readers[i].zones)
            zones_close(all->readers[i].zones);
    }
    sem_destroy(&all->free);
    mem_free(all);
}

struct reader *readers_take(struct readers *all)
{
    while (sem_wait(&all->free) && errno == EINTR)
        continue;
    /* The semaphore was passed, so one is free, though others may race for the same: go round until one is had. */
    for (int i = 0;; i = (i + 1) % READERS_MAX) {
        bool free = false;
        if (atomic_compare_exchange_strong(&all->lent[i], &free, true))
            return &all->readers[i];
    }
}

void readers_give(struct readers *all, struct reader *r)
{
    atomic_store(&all->lent[r - all->readers], false);
    sem_post(&all->free);
}
