#include "base/heap.h"

#include "base/mem.h"

/* nodes[0] is unused, so that a node's index is never 0 while it is in. */

static void place(struct heap *h, struct heap_node *n, size_t i)
{
    h->nodes[i] = n;
    n->index = i;
}

static void sift_up(struct heap *h, struct heap_node *n, size_t i)
{
    for (; i > 1 && h->nodes[i / 2]->key > n->key; i /= 2)
        place(h, h->nodes[i / 2], i);
    place(h, n, i);
}

static void sift_down(struct heap *h, struct heap_node *n, size_t i)
{
    for (size_t child; (child = i * 2) <= h->len; i = child) {
        if (child < h->len && h->nodes[child + 1]->key < h->nodes[child]->key)
            child++;
        if (h->nodes[child]->key >= n->key)
            break;
        place(h, h->nodes[child], i);
    }
    place(h, n, i);
}

static void settle(struct heap *h, struct heap_node *n, size_t i)
{
    if (i > 1 && h->nodes[i / 2]->key > n->key)
        sift_up(h, n, i);
    else
        sift_down(h, n, i);
}

void heap_put(struct heap *h, struct heap_node *n, int64_t key)
{
    n->key = key;
    if (n->index) {
        settle(h, n, n->index);
        return;
    }
    if (h->len + 1 >= h->cap) {
        h->cap = h->cap ? h->cap * 2 : 64;
        h->nodes = mem_resize(h->nodes, h->cap * sizeof *h->nodes);
    }
    sift_up(h, n, ++h->len);
}

void heap_remove(struct heap *h, struct heap_node *n)
{
    size_t i = n->index;
    if (!i)
        return;
    n->index = 0;
    struct heap_node *last = h->nodes[h->len--];
    if (last != n)
        settle(h, last, i);
}

struct heap_node *heap_first(const struct heap *h)
{
    return h->len ? h->nodes[1] : NULL;
}

void heap_free(struct heap *h)
{
    mem_free(h->nodes);
    *h = (struct heap){ 0 };
}
