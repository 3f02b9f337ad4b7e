/* backup_plan.h - backups by schedule: what they are called, when the next one is due, which are to go. Pure. */
#ifndef EDGECRON_CORE_BACKUP_PLAN_H
#define EDGECRON_CORE_BACKUP_PLAN_H

#include "core/cron.h"

#include <stddef.h>

#define BACKUP_NAME_SIZE 32            /* "edgecron-20261120T021500Z.db" */
#define BACKUP_AGAIN_MS (10 * 60000LL) /* after one that failed */

/* The name of one that was begun at `at`, to the second. Returns out. */
char *backup_name(struct wall at, char out[BACKUP_NAME_SIZE]);
/* When the file of that name was begun. False: it is not the name of such a backup, and is left alone. */
bool backup_name_time(const char *name, struct wall *ret);

/* When the next one is due; a schedule is in UTC. `last`: the newest there is (WALL_NONE: none, and the first occurrence after `since`, when the
 * schedule was taken up, is meant); one that lies in the future counts as made now. An occurrence that passed since then is due at once, once.
 * `failed`: when the last try failed (WALL_NONE: it did not); the next is a while later, whatever is due. */
struct wall backup_due(const struct cron *c, struct wall last, struct wall failed, struct wall since, struct wall now);

/* Sorts by name, which is by time, and returns how many of the first are to go for `keep` to be left. */
size_t backups_to_go(char (*names)[BACKUP_NAME_SIZE], size_t n, int64_t keep);

#endif
