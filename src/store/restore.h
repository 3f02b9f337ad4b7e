/* restore.h - a backup becomes the store of a data directory that has none. */
#ifndef EDGECRON_STORE_RESTORE_H
#define EDGECRON_STORE_RESTORE_H

#include "store/backup_file.h"

#define RESTORE_WORKSHOP "restore.part" /* a folder in the data directory, where the copy is made ready */

/* Looks through `file` (backup_file_check with key_file), copies it, brings the copy to the present format, holds it (home.h) and ends what
 * its other life left open as a start after a crash does; then it is renamed into `dir` (made, 0700, when it is not there), synced. Killed at any moment
 * it leaves no store or the whole one. ERR_CONFLICT: there is a store, or part of one, or a server runs there: nothing is touched.
 * ERR_DISK_FULL, and what backup_file_check answers. *ret is of the backup. */
int store_restore(const char *file, const char *dir, const char *key_file, struct backup_facts *ret, struct err *e);
/* Removes a workshop that was left; false when it is still there. */
bool store_restore_clear(const char *shop);

#endif
