#include "base/block.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Sizes are rounded up to a class: multiples of 64 up to 1 KB (journal chunks, JSON nodes), then of 512 up to 8 KB
 * (pages, buffers). */
#define SMALL_STEP 64
#define SMALL_MAX 1088 /* a memory journal's chunk of SQLite has 1,032 bytes */
#define LARGE_STEP 512
#define LARGE_MAX 8192
#define SMALL_CLASSES (SMALL_MAX / SMALL_STEP)
#define CLASSES (SMALL_CLASSES + LARGE_MAX / LARGE_STEP)
#define CLASS_BYTES_MAX 65536 /* kept of one class by one thread */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CACHED false
#elif defined(__has_feature)
#define CACHED (!__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer))
#else
#define CACHED true
#endif

/* In front of each block; 16 bytes, so that what follows is aligned for anything. */
struct block {
    size_t size;        /* usable bytes: a class's size, or more than LARGE_MAX */
    struct block *next; /* in a cache */
};
_Static_assert(sizeof(struct block) % 16 == 0, "blocks keep malloc's alignment");

struct cache {
    struct block *first[CLASSES];
    size_t bytes[CLASSES];
    bool registered; /* for the thread's end */
};

static _Thread_local struct cache cache;
static pthread_key_t cache_key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static size_t class_of(size_t size)
{
    if (size <= SMALL_MAX)
        return (size + SMALL_STEP - 1) / SMALL_STEP - 1;
    return SMALL_CLASSES + (size + LARGE_STEP - 1) / LARGE_STEP - 1;
}

size_t block_round(size_t size)
{
    size_t step = size <= SMALL_MAX ? SMALL_STEP : size <= LARGE_MAX ? LARGE_STEP : 16;
    size = size ? size : 1;
    return (size + step - 1) / step * step;
}

static void drop(void *arg)
{
    struct cache *c = arg;
    for (size_t i = 0; i < CLASSES; i++) {
        while (c->first[i]) {
            struct block *b = c->first[i];
            c->first[i] = b->next;
            free(b);
        }
        c->bytes[i] = 0;
    }
    c->registered = false;
}

void block_drop_cache(void)
{
    drop(&cache);
}

static void make_key(void)
{
    pthread_key_create(&cache_key, drop);
}

void *block_take(size_t wanted)
{
    if (wanted > (size_t)-1 / 2)
        return NULL;
    size_t size = block_round(wanted);
    size_t i = size <= LARGE_MAX ? class_of(size) : CLASSES;
    struct block *b = i < CLASSES ? cache.first[i] : NULL;
    if (b) {
        cache.first[i] = b->next;
        cache.bytes[i] -= size;
        return b + 1;
    }
    b = malloc(sizeof *b + size);
    if (!b)
        return NULL;
    b->size = size;
    return b + 1;
}

void block_give(void *p)
{
    if (!p)
        return;
    struct block *b = (struct block *)p - 1;
    size_t i = CACHED && b->size <= LARGE_MAX ? class_of(b->size) : CLASSES;
    if (i == CLASSES || cache.bytes[i] + b->size > CLASS_BYTES_MAX) {
        free(b);
        return;
    }
    if (!cache.registered) {
        pthread_once(&once, make_key);
        pthread_setspecific(cache_key, &cache);
        cache.registered = true;
    }
    b->next = cache.first[i];
    cache.first[i] = b;
    cache.bytes[i] += b->size;
}

size_t block_size(const void *p)
{
    return p ? ((const struct block *)p - 1)->size : 0;
}

void *block_resize(void *p, size_t wanted)
{
    size_t had = block_size(p);
    if (p && wanted <= had)
        return p;
    if (had > LARGE_MAX) { /* large ones grow in place when the system can */
        struct block *b = realloc((struct block *)p - 1, sizeof *b + block_round(wanted));
        if (!b)
            return NULL;
        b->size = block_round(wanted);
        return b + 1;
    }
    void *q = block_take(wanted);
    if (!q)
        return NULL;
    if (p)
        memcpy(q, p, had);
    block_give(p);
    return q;
}
