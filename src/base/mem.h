/* mem.h - memory with three lifetimes: scope (cleanup attribute), arena (a request, a run, a job), module.
 *
 * Out of memory aborts with a message: a restart is safe (promise 1), and everything that comes from
 * outside has a cap, so only a machine without memory gets here. Hence no NULL checks after these.
 * Thread: allocation from any thread; an arena belongs to one thread at a time. */
#ifndef EDGECRON_BASE_MEM_H
#define EDGECRON_BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>

#define MEM_COUNT(a) (sizeof(a) / sizeof((a)[0]))
/* clang-format off */
#define MEM_CONTAINER(ptr, type, member) ((type *)((char *)(ptr) - offsetof(type, member)))
/* clang-format on */

void *mem_alloc(size_t size);           /* zeroed; size 0 gives a unique pointer */
void *mem_resize(void *p, size_t size); /* like realloc; new bytes are not zeroed */
char *mem_strdup(const char *s);        /* NULL stays NULL */
char *mem_strndup(const char *s, size_t len);
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void mem_free(void *p);             /* NULL is fine */
void mem_wipe(void *p, size_t len); /* not optimised away: for secrets */
_Noreturn void mem_die(void);       /* there is no more: says so and aborts */

/* `mem_auto char *s = mem_strdup(...)`: freed when the scope ends. */
void mem_auto_free(void *pp);
#define mem_auto __attribute__((cleanup(mem_auto_free)))

/* An arena: many small allocations, freed together. First chunk small, so that 100,000 of them are cheap. */
struct arena;
struct arena *arena_new(size_t first_chunk);        /* 0: 512 bytes */
void arena_free(struct arena *a);                   /* NULL is fine */
void *arena_alloc(struct arena *a, size_t size);    /* zeroed, aligned for any type */
char *arena_strdup(struct arena *a, const char *s); /* NULL stays NULL */
char *arena_strndup(struct arena *a, const char *s, size_t len);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
size_t arena_size(const struct arena *a); /* bytes taken from the system */

#endif
