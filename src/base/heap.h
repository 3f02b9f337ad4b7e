/* heap.h - an intrusive binary min-heap: timers, due times. Not thread-safe. */
#ifndef EDGECRON_BASE_HEAP_H
#define EDGECRON_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_node {
    int64_t key;  /* smallest first; equal keys in no particular order */
    size_t index; /* 1-based place in the heap, 0 when not in one; zeroed memory is a valid node */
};

struct heap {
    struct heap_node **nodes;
    size_t len, cap;
};

void heap_free(struct heap *h);                                  /* frees the array, not the nodes */
void heap_put(struct heap *h, struct heap_node *n, int64_t key); /* inserts, or moves when it is in */
void heap_remove(struct heap *h, struct heap_node *n);           /* fine when it is not in */
struct heap_node *heap_first(const struct heap *h);              /* NULL when empty */
static inline bool heap_has(const struct heap_node *n)
{
    return n->index != 0;
}

#endif
