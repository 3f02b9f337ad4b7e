/* backup_file.h - a backup that lies somewhere: is it whole, whose is it, and what does it hold?
 *
 * The file is read as one that nobody writes: no lock is taken, nothing is made beside it. Any thread. */
#ifndef EDGECRON_STORE_BACKUP_FILE_H
#define EDGECRON_STORE_BACKUP_FILE_H

#include "base/clock.h"
#include "base/err.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum backup_key {
    BACKUP_KEY_NONE,    /* no secret is in it: none is needed */
    BACKUP_KEY_UNKNOWN, /* not tried: there is no key file, or the format is older than secrets can be read in */
    BACKUP_KEY_FITS     /* every version of every secret was opened */
};

struct backup_facts {
    int64_t format; /* see migration.h */
    int64_t bytes;
    int64_t jobs, targets, secrets, runs;
    struct wall newest_run; /* when it was made; WALL_NONE: there are none */
    struct wall
        made_at; /* of the copy; the file's own time when the copy does not say (older formats, a copied store) */
    enum backup_key key;
};

/* Looks through the whole file: that it is ours, of a format known here, PRAGMA integrity_check, foreign keys, and with `key_file` (NULL: not
 * tried) that its secrets can be read. ERR_NOT_FOUND: no such file. ERR_STORE: not a database, not ours, of a newer edgecron, damaged, or
 * a store that is in use. ERR_SEALED: the key is not the one, or cannot be read; one that is missing is no error. */
int backup_file_check(const char *path, const char *key_file, struct backup_facts *ret, struct err *e);

/* The same, of a copy just made: no key is tried, and ERR_BUSY as soon as *stop (NULL: never) is true. */
int backup_file_verify(const char *path, atomic_bool *stop, struct err *e);

/* The format and the file's time without looking through it; false when it is no file of ours. */
bool backup_file_format(const char *path, int64_t *ret_format, struct wall *ret_changed);

#endif
