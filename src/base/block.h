/* block.h - malloc with small caches of freed blocks in front of it; what mem.h and the store's SQLite stand on.
 *
 * Why: the C library of the release (musl) gives groups of freed blocks back to the system at once. A savepoint of SQLite took 15
 * mmap and munmap calls (5,000 claims a second where 25,000 are possible), and every call and every job read had its share.
 * Caches are per thread, so there is no lock; each is bounded, and freed with its thread. A block may be given back by another
 * thread than took it. Under a sanitizer there are no caches, so that a use after free is seen. */
#ifndef EDGECRON_BASE_BLOCK_H
#define EDGECRON_BASE_BLOCK_H

#include <stddef.h>

void *block_take(size_t size);            /* at least size bytes, aligned for anything, not zeroed; NULL: no memory */
void block_give(void *p);                 /* NULL is fine */
void *block_resize(void *p, size_t size); /* like realloc; NULL: no memory, p stays */
size_t block_size(const void *p);         /* usable bytes; 0 for NULL */
size_t block_round(size_t size);          /* what block_size would be */
void block_drop_cache(void);              /* this thread's: given back to the system */

#endif
