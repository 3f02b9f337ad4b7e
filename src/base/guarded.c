#include "base/guarded.h"

#include "base/mem.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

#define REGION_BYTES 65536
#define ALIGN 16

struct region {
    struct region *next;
    size_t size, used; /* bytes, with this */
    size_t blocks;     /* given out */
    bool locked;
    _Alignas(ALIGN) unsigned char data[];
};

struct block {
    struct region *region;
    size_t size; /* usable */
};
_Static_assert(sizeof(struct block) % ALIGN == 0, "blocks are aligned");

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct region *regions; /* newest first */
static size_t swappable;

static struct region *region_new(size_t at_least)
{
    size_t size = sizeof(struct region) + at_least;
    size = (size + REGION_BYTES - 1) / REGION_BYTES * REGION_BYTES;
    struct region *r = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (r == MAP_FAILED)
        return NULL;
    bool locked = mlock(r, size) == 0;
    madvise(r, size, MADV_DONTDUMP);
    madvise(r, size, MADV_WIPEONFORK);
    *r = (struct region){ .next = regions, .size = size, .used = sizeof *r, .locked = locked };
    swappable += locked ? 0 : size;
    return regions = r;
}

static void region_drop(struct region *gone)
{
    struct region **at = &regions;
    while (*at != gone)
        at = &(*at)->next;
    *at = gone->next;
    swappable -= gone->locked ? 0 : gone->size;
    munmap(gone, gone->size); /* all blocks are wiped; unlocks */
}

static struct region *region_with(size_t room)
{
    for (struct region *r = regions; r; r = r->next)
        if (r->size - r->used >= room)
            return r;
    return region_new(room);
}

void *guarded_alloc(size_t size)
{
    if (size > (size_t)-1 / 2)
        mem_die();
    size = (size + ALIGN - 1) / ALIGN * ALIGN;
    pthread_mutex_lock(&lock);
    struct region *r = region_with(sizeof(struct block) + size);
    if (!r)
        mem_die();
    struct block *b = (struct block *)((unsigned char *)r + r->used);
    *b = (struct block){ r, size };
    r->used += sizeof *b + size;
    r->blocks++;
    pthread_mutex_unlock(&lock);
    return b + 1;
}

char *guarded_strndup(const char *s, size_t len)
{
    char *p = guarded_alloc(len + 1);
    memcpy(p, s, len);
    return p;
}

void guarded_free(void *p)
{
    if (!p)
        return;
    struct block *b = (struct block *)p - 1;
    struct region *r = b->region;
    size_t size = b->size;
    mem_wipe(b, sizeof *b + size);
    pthread_mutex_lock(&lock);
    if ((unsigned char *)p + size == (unsigned char *)r + r->used) /* the newest: its place is free again */
        r->used -= sizeof *b + size;
    if (--r->blocks == 0)
        region_drop(r);
    pthread_mutex_unlock(&lock);
}

size_t guarded_swappable(void)
{
    pthread_mutex_lock(&lock);
    size_t n = swappable;
    pthread_mutex_unlock(&lock);
    return n;
}
