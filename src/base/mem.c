#include "base/mem.h"

#include "base/block.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

_Noreturn void mem_die(void)
{
    static const char text[] = "edgecron: out of memory: stopping; nothing acknowledged is lost, start it again\n";
    ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
    (void)ignored;
    abort();
}

void *mem_alloc(size_t size)
{
    void *p = block_take(size);
    if (!p)
        mem_die();
    return memset(p, 0, size);
}

void *mem_resize(void *p, size_t size)
{
    void *q = block_resize(p, size);
    if (!q)
        mem_die();
    return q;
}

char *mem_strndup(const char *s, size_t len)
{
    char *p = mem_alloc(len + 1);
    memcpy(p, s, len);
    return p;
}

char *mem_strdup(const char *s)
{
    return s ? mem_strndup(s, strlen(s)) : NULL;
}

/* printf into memory that `allocate` gives, of exactly the length needed. */
static __attribute__((format(printf, 3, 0))) char *print_into(void *ctx, void *(*allocate)(void *ctx, size_t size),
                                                              const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (n < 0)
        mem_die();
    char *p = allocate(ctx, (size_t)n + 1);
    vsnprintf(p, (size_t)n + 1, fmt, ap);
    return p;
}

static void *allocate_plain(void *ctx, size_t size)
{
    (void)ctx;
    return mem_alloc(size);
}

char *mem_printf(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *p = print_into(NULL, allocate_plain, fmt, ap);
    va_end(ap);
    return p;
}

void mem_free(void *p)
{
    block_give(p);
}

void mem_wipe(void *p, size_t len)
{
    if (!p)
        return;
    memset(p, 0, len);
    __asm__ __volatile__("" : : "r"(p) : "memory"); /* the store is seen, so it stays */
}

void mem_auto_free(void *pp)
{
    block_give(*(void **)pp);
}

#define ARENA_ALIGN 16
#define ARENA_FIRST 512
#define ARENA_LARGEST (64 * 1024) /* chunks double up to here */

struct chunk {
    struct chunk *next;
    size_t used, size;
    _Alignas(ARENA_ALIGN) unsigned char data[];
};

struct arena {
    struct chunk *chunks; /* newest first */
    size_t next_size, total;
};

struct arena *arena_new(size_t first_chunk)
{
    struct arena *a = mem_alloc(sizeof *a);
    a->next_size = first_chunk ? first_chunk : ARENA_FIRST;
    a->total = sizeof *a;
    return a;
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    for (struct chunk *c = a->chunks; c;) {
        struct chunk *next = c->next;
        block_give(c);
        c = next;
    }
    block_give(a);
}

static struct chunk *arena_grow(struct arena *a, size_t size)
{
    size_t want = size > a->next_size ? size : a->next_size;
    struct chunk *c = mem_alloc(sizeof *c + want);
    c->size = want;
    a->total += sizeof *c + want;
    if (a->next_size < ARENA_LARGEST)
        a->next_size *= 2;
    c->next = a->chunks;
    a->chunks = c;
    return c;
}

void *arena_alloc(struct arena *a, size_t size)
{
    if (size > SIZE_MAX / 2)
        mem_die();
    size = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    struct chunk *c = a->chunks;
    if (!c || c->size - c->used < size)
        c = arena_grow(a, size);
    void *p = c->data + c->used;
    c->used += size;
    return p;
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
    char *p = arena_alloc(a, len + 1);
    memcpy(p, s, len);
    return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

static void *allocate_arena(void *ctx, size_t size)
{
    return arena_alloc(ctx, size);
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *p = print_into(a, allocate_arena, fmt, ap);
    va_end(ap);
    return p;
}

size_t arena_size(const struct arena *a)
{
    return a->total;
}
