/* memory.h - inside src/store alone: SQLite's memory comes from base/block.h, which tells why. */
#ifndef EDGECRON_STORE_MEMORY_H
#define EDGECRON_STORE_MEMORY_H

/* Before SQLite is first used; again is harmless. Thread: any. */
void memory_setup(void);

#endif
