/* fault_vfs.h - inside src/store, in test builds alone: a layer over SQLite's files where they fail as base/fault.h says, and
 * where a test is told what is written, so that it can work out what a power loss would leave. */
#ifndef EDGECRON_STORE_FAULT_VFS_H
#define EDGECRON_STORE_FAULT_VFS_H
#ifdef EDGECRON_TEST_HOOKS

#include "base/fault.h"

/* Told after it was done, in the thread that did it. */
struct fault_event {
    enum fault_kind kind; /* FAULT_OPEN, _WRITE, _SYNC, _TRUNCATE or _DELETE; no others */
    const char *path;
    const void *data;    /* of a write */
    int64_t offset, len; /* of a write; of a truncation, len is the new size */
    bool journal;        /* opened as a WAL or journal: its first sync makes its name durable, too */
    bool durable;        /* a deletion that was synced */
};
typedef void (*fault_watcher)(void *ctx, const struct fault_event *event);

void fault_vfs_register(void);                          /* becomes the one that stores are opened with */
void fault_vfs_watch(fault_watcher watcher, void *ctx); /* NULL: nobody */
void fault_vfs_skip_sync(bool skip);                    /* syncs do nothing but count: for thousands of short lives */

#endif
#endif
