/* memory.h - inside src/store alone: SQLite's memory, with small caches of freed blocks in front of malloc.
 *
 * Why: a savepoint takes and gives back some 25 blocks of 1 KB, and the C library of the release (musl) returns each
 * such group to the system at once: 15 mmap and munmap calls an op, 5,000 claims a second where 25,000 are possible
 * (measured). Caches are per thread, so there is no lock; each is bounded, and freed with its thread. */
#ifndef EDGECRON_STORE_MEMORY_H
#define EDGECRON_STORE_MEMORY_H

/* Before SQLite is first used; again is harmless. Thread: any. */
void memory_setup(void);

#endif
