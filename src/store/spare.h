/* spare.h - inside src/store alone: a file of SPARE_BYTES beside the database that is given up when the disk is full. */
#ifndef EDGECRON_STORE_SPARE_H
#define EDGECRON_STORE_SPARE_H

#include "store/store.h"

#define SPARE_BYTES (32 * 1024 * 1024) /* what a WAL may have, all of it for new pages (journal_size_limit) */

/* Makes it when it is not there, and there is plenty of room (four times its size). */
void spare_make(const char *dir);
/* On a full disk, with the writer's store and no transaction: moves the WAL into the database, for which the file may have to grow, and makes sure that
 * deletions have room to write to, in the WAL's file: where either has none, the spare is given up. */
void spare_use(struct store *s);

#endif
