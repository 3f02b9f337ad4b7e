/* guarded.h - memory for keys and secrets' values: not swapped out (mlock(2), as far as the process may), in no core dump,
 * not in a child's copy, and wiped before it is given back.
 *
 * Regions of 64 KiB that are filled from the front and given back when their last block goes: values are read together and
 * forgotten together. What cannot be locked (RLIMIT_MEMLOCK) is given out all the same, and counted. Thread: any. */
#ifndef EDGECRON_BASE_GUARDED_H
#define EDGECRON_BASE_GUARDED_H

#include <stddef.h>

void *guarded_alloc(size_t size); /* zeroed, aligned for any type; size 0 gives a unique pointer */
char *guarded_strndup(const char *s, size_t len);
void guarded_free(void *p);     /* wipes all of it; NULL is fine */
size_t guarded_swappable(void); /* bytes in use now that the system may write to its swap space */

#endif
