#include "store/memory.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Sizes are rounded up to a class: multiples of 64 up to 1 KB (journal chunks, cursors), then of 512 up to 8 KB
 * (pages). */
#define SMALL_STEP 64
#define SMALL_MAX 1088 /* a memory journal's chunk has 1,032 bytes */
#define LARGE_STEP 512
#define LARGE_MAX 8192
#define SMALL_CLASSES (SMALL_MAX / SMALL_STEP)
#define CLASSES (SMALL_CLASSES + LARGE_MAX / LARGE_STEP)
#define CLASS_BYTES_MAX 65536 /* kept of one class by one thread */

/* In front of each block; 16 bytes, so that what follows is aligned for anything. */
struct block {
    size_t size;        /* usable bytes, a class's size or more than LARGE_MAX */
    struct block *next; /* in a cache */
};
_Static_assert(sizeof(struct block) % 16 == 0, "blocks keep malloc's alignment");

struct cache {
    struct block *first[CLASSES];
    size_t bytes[CLASSES];
    int registered; /* for the thread's end */
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

static size_t round_up(size_t size)
{
    size_t step = size <= SMALL_MAX ? SMALL_STEP : size <= LARGE_MAX ? LARGE_STEP : 16;
    size = size ? size : 1;
    return (size + step - 1) / step * step;
}

static void drop_cache(void *arg)
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
    c->registered = 0;
}

static void *memory_take(int wanted)
{
    size_t size = round_up(wanted > 0 ? (size_t)wanted : 0);
    size_t i = size <= LARGE_MAX ? class_of(size) : CLASSES;
    struct block *b = i < CLASSES ? cache.first[i] : NULL;
    if (b) {
        cache.first[i] = b->next;
        cache.bytes[i] -= size;
        return b + 1;
    }
    b = malloc(sizeof *b + size);
    if (!b)
        return NULL; /* SQLite reports it; its callers end in store_fail */
    b->size = size;
    return b + 1;
}

static void memory_give(void *p)
{
    struct block *b = (struct block *)p - 1;
    size_t i = b->size <= LARGE_MAX ? class_of(b->size) : CLASSES;
    if (i == CLASSES || cache.bytes[i] + b->size > CLASS_BYTES_MAX) {
        free(b);
        return;
    }
    if (!cache.registered) {
        pthread_setspecific(cache_key, &cache);
        cache.registered = 1;
    }
    b->next = cache.first[i];
    cache.first[i] = b;
    cache.bytes[i] += b->size;
}

static int memory_size(void *p)
{
    return p ? (int)((struct block *)p - 1)->size : 0;
}

static void *memory_resize(void *p, int wanted)
{
    if ((size_t)wanted <= ((struct block *)p - 1)->size)
        return p;
    void *q = memory_take(wanted);
    if (!q)
        return NULL;
    memcpy(q, p, (size_t)memory_size(p));
    memory_give(p);
    return q;
}

static int memory_round(int wanted)
{
    return (int)round_up((size_t)wanted);
}

static int memory_init(void *arg)
{
    (void)arg;
    return pthread_key_create(&cache_key, drop_cache) ? SQLITE_NOMEM : SQLITE_OK;
}

static void memory_shutdown(void *arg)
{
    (void)arg;
    drop_cache(&cache);
    pthread_key_delete(cache_key);
}

static void configure(void)
{
    static const sqlite3_mem_methods METHODS = {
        memory_take, memory_give, memory_resize, memory_size, memory_round, memory_init, memory_shutdown, NULL,
    };
    sqlite3_config(SQLITE_CONFIG_MALLOC, &METHODS);
    sqlite3_initialize();
}

/* Under a sanitizer SQLite uses malloc itself, so that a use after free is seen. */
void memory_setup(void)
{
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    pthread_once(&once, configure);
#else
    (void)configure;
    (void)once;
#endif
}
