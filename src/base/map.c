#include "base/map.h"

#include "base/crypto.h"
#include "base/mem.h"

#include <pthread.h>
#include <string.h>

/* A key per process, so that names chosen by others cannot be made to collide. FNV-1a over it is enough for the
 * few, short, capped names that get here. */
static uint32_t map_seed;
static pthread_once_t map_seeded = PTHREAD_ONCE_INIT;

static void map_make_seed(void)
{
    crypto_random(&map_seed, sizeof map_seed);
}

static uint32_t map_hash(const char *key)
{
    pthread_once(&map_seeded, map_make_seed);
    uint32_t h = 2166136261u ^ map_seed;
    for (; *key; key++)
        h = (h ^ (unsigned char)*key) * 16777619u;
    h ^= h >> 15;
    h *= 2246822519u;
    return h ^ (h >> 13);
}

/* The slot that holds key, or the free one where it would go. */
static struct map_slot *map_find(const struct map *m, const char *key, uint32_t hash)
{
    for (size_t i = hash & (m->cap - 1);; i = (i + 1) & (m->cap - 1)) {
        struct map_slot *s = &m->slots[i];
        if (!s->key || (s->hash == hash && !strcmp(s->key, key)))
            return s;
    }
}

static void map_grow(struct map *m)
{
    struct map old = *m;
    m->cap = old.cap ? old.cap * 2 : 16;
    m->slots = mem_alloc(m->cap * sizeof *m->slots);
    for (size_t i = 0; i < old.cap; i++)
        if (old.slots[i].key)
            *map_find(m, old.slots[i].key, old.slots[i].hash) = old.slots[i];
    mem_free(old.slots);
}

void *map_get(const struct map *m, const char *key)
{
    return m->len ? map_find(m, key, map_hash(key))->value : NULL;
}

void *map_put(struct map *m, const char *key, void *value)
{
    if ((m->len + 1) * 4 > m->cap * 3)
        map_grow(m);
    uint32_t hash = map_hash(key);
    struct map_slot *s = map_find(m, key, hash);
    void *old = s->value;
    m->len += !s->key;
    *s = (struct map_slot){ key, value, hash };
    return old;
}

void *map_remove(struct map *m, const char *key)
{
    if (!m->len)
        return NULL;
    struct map_slot *s = map_find(m, key, map_hash(key));
    void *old = s->value;
    if (!s->key)
        return NULL;
    m->len--;
    /* Close the gap: move back what probed past the freed slot. */
    size_t hole = (size_t)(s - m->slots), mask = m->cap - 1;
    for (size_t i = (hole + 1) & mask; m->slots[i].key; i = (i + 1) & mask) {
        size_t home = m->slots[i].hash & mask;
        if (((i - home) & mask) >= ((i - hole) & mask)) {
            m->slots[hole] = m->slots[i];
            hole = i;
        }
    }
    m->slots[hole] = (struct map_slot){ 0 };
    return old;
}

void *map_each(const struct map *m, size_t *pos)
{
    while (*pos < m->cap) {
        struct map_slot *s = &m->slots[(*pos)++];
        if (s->key)
            return s->value;
    }
    return NULL;
}

void map_free(struct map *m)
{
    mem_free(m->slots);
    *m = (struct map){ 0 };
}
