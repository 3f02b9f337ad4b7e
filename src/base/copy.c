/* copy.c - memcpy, memmove and memcmp for the static x86-64 binary, in place of musl's.
 *
 * musl copies with `rep movsq` and the rest a byte at a time, and compares a byte at a time: that is small and right, and for the
 * 10 to 200 bytes that SQLite, mbedTLS and we copy all day it is slow (measured: 18 % of the engine's time, 6 % of the
 * writer's). These copy with two overlapping loads of the largest size that fits. Other C libraries and machines have
 * good ones of their own. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__) && !defined(__GLIBC__)

/* The compiler must not see loops in here and call memcpy for them. */
#pragma GCC optimize("no-tree-loop-distribute-patterns")

#define LARGE 1024 /* from here on `rep movsb`, which the processor does in whole cache lines */

typedef uint8_t block16 __attribute__((vector_size(16), aligned(1), may_alias));
typedef uint64_t word8 __attribute__((aligned(1), may_alias));
typedef uint32_t word4 __attribute__((aligned(1), may_alias));
typedef uint16_t word2 __attribute__((aligned(1), may_alias));

/* All loads before the first store, so that it does for memmove too. n <= 32. */
static inline void *copy_small(void *to, const void *from, size_t n)
{
    char *d = to;
    const char *s = from;
    if (n >= 16) {
        block16 a = *(const block16 *)s, b = *(const block16 *)(s + n - 16);
        *(block16 *)d = a;
        *(block16 *)(d + n - 16) = b;
    } else if (n >= 8) {
        word8 a = *(const word8 *)s, b = *(const word8 *)(s + n - 8);
        *(word8 *)d = a;
        *(word8 *)(d + n - 8) = b;
    } else if (n >= 4) {
        word4 a = *(const word4 *)s, b = *(const word4 *)(s + n - 4);
        *(word4 *)d = a;
        *(word4 *)(d + n - 4) = b;
    } else if (n >= 2) {
        word2 a = *(const word2 *)s, b = *(const word2 *)(s + n - 2);
        *(word2 *)d = a;
        *(word2 *)(d + n - 2) = b;
    } else if (n) {
        *d = *s;
    }
    return to;
}

static inline void copy_forward(char *d, const char *s, size_t n)
{
    block16 last = *(const block16 *)(s + n - 16); /* the regions may overlap: before it is written over */
    char *end = d + n - 16;
    for (; d < end; d += 16, s += 16)
        *(block16 *)d = *(const block16 *)s;
    *(block16 *)end = last;
}

static inline void copy_backward(char *d, const char *s, size_t n)
{
    block16 first = *(const block16 *)s;
    while (n > 16) {
        n -= 16;
        *(block16 *)(d + n) = *(const block16 *)(s + n);
    }
    *(block16 *)d = first;
}

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
    if (n <= 32)
        return copy_small(to, from, n);
    if (n < LARGE) {
        copy_forward(to, from, n);
    } else {
        void *d = to;
        __asm__ volatile("rep movsb" : "+D"(d), "+S"(from), "+c"(n) : : "memory");
    }
    return to;
}

void *memmove(void *to, const void *from, size_t n)
{
    if (n <= 32)
        return copy_small(to, from, n);
    if ((uintptr_t)to - (uintptr_t)from >= n) /* as unsigned: `to` is before `from`, or past its end */
        copy_forward(to, from, n);
    else
        copy_backward(to, from, n);
    return to;
}

int memcmp(const void *one, const void *other, size_t n)
{
    const unsigned char *a = one, *b = other;
    for (; n >= 8; a += 8, b += 8, n -= 8) {
        uint64_t x = *(const word8 *)a, y = *(const word8 *)b;
        if (x != y)
            return __builtin_bswap64(x) < __builtin_bswap64(y) ? -1 : 1;
    }
    for (; n; a++, b++, n--)
        if (*a != *b)
            return *a < *b ? -1 : 1;
    return 0;
}

#endif
