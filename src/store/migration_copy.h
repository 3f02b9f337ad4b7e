/* migration_copy.h - inside src/store alone: before a store of an older format is brought up to date, a copy of it is put beside it, for those who
 * want to go back. */
#ifndef EDGECRON_STORE_MIGRATION_COPY_H
#define EDGECRON_STORE_MIGRATION_COPY_H

#include "store/statement.h"

#define MIGRATION_COPIES_KEPT 2

/* DIR/edgecron.db.before-VERSION, VERSION being this edgecron's: durable, 0600, looked through. One from an earlier try is replaced; of others
 * the newest stay, MIGRATION_COPIES_KEPT with this one, and older ones go. The store is of format `version`; when another process brings it up to date meanwhile, that one makes the copy. ERR_DISK_FULL says how to do without. */
int migration_copy(struct store *s, int64_t version, struct err *e);

/* The newest such copy of a format that is known here; the caller frees. NULL: none. */
char *migration_copy_find(const char *dir);

/* Each such copy, of whatever format. */
void migration_copy_each(const char *dir, void (*each)(void *ctx, const char *path, int64_t bytes), void *ctx);
bool migration_copy_half(const char *name); /* the name of one that is being made, or was cut short */

#endif
