/* memory.c - preloaded into a dynamically linked build: the n-th allocation of the process finds no memory, or each one from there
 * on. Of all that is in it: ours, SQLite's, mbedTLS's, cJSON's, civetweb's and the C library's.
 *
 * MEMORY_FAILS="N" or "N lasting". At its end the process says on standard error how many there were. */
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);

static atomic_long seen;
static long fails_at;
static int lasting;

__attribute__((constructor)) static void begin(void)
{
    const char *text = getenv("MEMORY_FAILS");
    atomic_store(&seen, 0);
    fails_at = text ? atol(text) : 0;
    lasting = text && strstr(text, "lasting") != NULL;
    unsetenv("LD_PRELOAD"); /* not for what it starts */
}

__attribute__((destructor)) static void end(void)
{
    char text[64];
    int n = snprintf(text, sizeof text, "allocations: %ld\n", atomic_load(&seen));
    if (write(STDERR_FILENO, text, (size_t)n) != n)
        return;
}

static int strikes(void)
{
    long n = atomic_fetch_add(&seen, 1) + 1;
    if (fails_at == 0 || (lasting ? n < fails_at : n != fails_at))
        return 0;
    errno = ENOMEM;
    return 1;
}

__attribute__((visibility("default"))) void *malloc(size_t size)
{
    return strikes() ? NULL : __libc_malloc(size);
}

__attribute__((visibility("default"))) void *calloc(size_t n, size_t size)
{
    return strikes() ? NULL : __libc_calloc(n, size);
}

__attribute__((visibility("default"))) void *realloc(void *p, size_t size)
{
    return strikes() ? NULL : __libc_realloc(p, size);
}
