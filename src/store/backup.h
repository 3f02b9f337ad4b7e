/* backup.h - a copy of the whole store in one file, as one moment had it, while others go on reading and writing.
 *
 * It holds what the store holds: secrets sealed (the master key is not in it), hashes of tokens and of the password. It says of itself that
 * it is a backup, and when it was made (home.h). See store.h for threads. */
#ifndef EDGECRON_STORE_BACKUP_H
#define EDGECRON_STORE_BACKUP_H

#include "store/store.h"

#include <stdatomic.h>

#define BACKUP_ROOM (16 * 1024 * 1024) /* left free beside the copy: whoever works on the store goes on writing */
#define BACKUP_SENT \
    "edgecron.db.sent" /* in the data directory: one that is made to be sent, without a name once it is */

struct backup_options {
    bool replace; /* whatever is there under that name */
    bool verify;  /* look the whole copy through first (backup_file.h) */
    bool
        gentle; /* for a server at work: in small steps, each synced and followed by a pause, so that no commit waits long for the disk */
    bool unmarked;     /* of a format that cannot say that it is a backup */
    int64_t format;    /* ERR_BUSY when the store is of another by now; 0: whatever it is */
    atomic_bool *stop; /* gives up when it becomes true; NULL: never */
};
/* Of a store for reading. Writes the copy beside `path` and renames it there, synced: the file is whole or was not made. Only its owner
 * may read it. ERR_CONFLICT when there is a file of that name, unless `replace`; ERR_DISK_FULL, ERR_IO, ERR_STORE. */
int store_backup(struct store *s, const char *path, const struct backup_options *o, int64_t *ret_bytes, struct err *e);

#endif
