/* leftovers.h - what a crash leaves beside a store: halves of copies, which nobody takes for a whole one and nobody would remove.
 *
 * Not one that a process is writing just now. Backups by schedule have a folder and see to it themselves (engine/backups.h). */
#ifndef EDGECRON_STORE_LEFTOVERS_H
#define EDGECRON_STORE_LEFTOVERS_H

/* Changes nothing. Any thread. */
void leftovers_each(const char *dir, void (*each)(void *ctx, const char *path), void *ctx);
/* Removes them. By whoever holds the server's lock (store_lock_server). */
void leftovers_remove(const char *dir);

#endif
