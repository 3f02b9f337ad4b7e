/* wal.h - inside src/store alone: when and by whom the WAL is moved into the database.
 *
 * A checkpoint of some thousand pages takes as long as the disk likes, so it is not the writer's: it asks once the WAL has WAL_PAGES, and a
 * thread with a connection of its own does it, while the writer goes on. What the writer appended meanwhile keeps the WAL from being
 * begun anew, so that it would grow for as long as there is work: hence the writer itself moves these last pages, between two
 * commits (wal_finish). A reader that has been reading since before keeps both from it; that is tried again as the WAL grows. */
#ifndef EDGECRON_STORE_WAL_H
#define EDGECRON_STORE_WAL_H

#include "store/statement.h"

#define WAL_PAGES 4000                  /* 16 MB: a leaf that changed often since is written once */
#define WAL_PAGES_LARGE (4 * WAL_PAGES) /* a reader holds it: nothing is deleted meanwhile */
#define WAL_WAIT_MS 20                  /* so long, and once a second at most, the writer then waits for readers */

/* A connection that does nothing but checkpoints. */
int wal_connect(const char *dir, sqlite3 **ret, struct err *e);
/* Moves what can be moved without waiting for anybody; *ret_left: pages that were left. ERR_DISK_FULL, ERR_IO. */
int wal_checkpoint(sqlite3 *db, int *ret_left);
/* The same, and waits up to WAL_WAIT_MS for readers, so that the WAL begins anew with the next commit. */
int wal_restart(sqlite3 *db, int *ret_left);
/* For a connection that is to leave the WAL alone, also when it is the last one. */
void wal_keep(sqlite3 *db);

#endif
