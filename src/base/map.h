/* map.h - string keys to pointers: open addressing, keyed hash. Keys are borrowed from the values, which must
 * outlive their place in the map. Not thread-safe. */
#ifndef EDGECRON_BASE_MAP_H
#define EDGECRON_BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

struct map_slot {
    const char *key; /* NULL: free */
    void *value;
    uint32_t hash;
};
struct map {
    struct map_slot *slots;
    size_t len, cap;
};

void map_free(struct map *m);                               /* the table, not the values */
void *map_get(const struct map *m, const char *key);        /* NULL when absent */
void *map_put(struct map *m, const char *key, void *value); /* returns the value replaced, or NULL */
void *map_remove(struct map *m, const char *key);           /* returns the value removed, or NULL */
/* Walks all: start with *pos = 0; NULL at the end. The map must not change in between. */
void *map_each(const struct map *m, size_t *pos);

#endif
