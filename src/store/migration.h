/* migration.h - inside src/store alone: brings a database to the format that this edgecron knows.
 *
 * The format's number is SQLite's user_version; application_id says that the file is ours. All migrations that are to be made are one
 * transaction. */
#ifndef EDGECRON_STORE_MIGRATION_H
#define EDGECRON_STORE_MIGRATION_H

#include "store/statement.h"

#define STORE_APPLICATION_ID 0x4543524e /* "ECRN" */

/* Touches nothing. ERR_STORE: another program's database, damaged, or of a newer edgecron; for a store opened for
 * reading also one of an older format. ERR_NOT_FOUND: opened for reading, and empty. */
int migration_check(struct store *s, struct err *e);
int migration_run(struct store *s, struct err *e);

#endif
