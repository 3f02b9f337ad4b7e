/* backup.h - a copy of the whole store in one file, as one moment had it, while others go on reading and writing.
 *
 * It holds what the store holds: secrets sealed (the master key is not in it), hashes of tokens and of the password. See store.h for
 * threads. */
#ifndef EDGECRON_STORE_BACKUP_H
#define EDGECRON_STORE_BACKUP_H

#include "store/store.h"

/* Of a store for reading. Writes the copy beside `path` and renames it there, synced: the file is whole or was not made. Only its owner
 * may read it. With `verify` the whole copy is looked through first. ERR_CONFLICT when there is a file of that name, unless
 * `replace`; ERR_DISK_FULL, ERR_IO. */
struct backup_options {
    bool replace, verify;
};
int store_backup(struct store *s, const char *path, const struct backup_options *o, int64_t *ret_bytes, struct err *e);

#endif
