/* store.h - the durable store: one connection with its statements prepared. All SQL is in src/store/sql/.
 *
 * A struct store belongs to one thread. In a server there is one for writing (the writer thread's, writer.h) and one
 * for reading per thread that reads; a command opens its own. WAL, synchronous=FULL: what store_commit acknowledged
 * survives power loss (promise 6). Nothing above src/store knows SQL, rowids or that the store is a file.
 *
 * Functions of jobs.h, targets.h, runs.h, vault.h, tokens.h and settings.h that write run inside the caller's
 * transaction when one is open (store_begin), else in one of their own. Times written come from the caller. */
#ifndef EDGECRON_STORE_STORE_H
#define EDGECRON_STORE_STORE_H

#include "base/clock.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct store;

enum store_mode {
    STORE_WRITE, /* creates the directory (0700) and the database (0600) when absent, migrates */
    STORE_READ,  /* ERR_NOT_FOUND when there is none yet; never writes to it */
    STORE_LOOK   /* the same, and leaves no trace in the directory either; while no server runs */
};
/* ERR_STORE with what to do when it is not a database, damaged, or from a newer edgecron; ERR_IO for directory
 * trouble. */
int store_open(struct store **ret, const char *dir, enum store_mode mode, struct err *e);
/* STORE_WRITE of a store of an older format first puts a copy of it beside it (migration_copy.h); this one does not. */
int store_open_without_copy(struct store **ret, const char *dir, struct err *e);
void store_close(struct store *s);    /* NULL is fine */
void store_keep_wal(struct store *s); /* no checkpoints by this one, also not when it is closed (upkeep.h) */

/* In a STORE_WRITE store for writing: waits up to 5 s for another process, then ERR_BUSY. Else one snapshot to read. */
int store_begin(struct store *s, struct err *e);
int store_commit(struct store *s, struct err *e);
void store_rollback(struct store *s); /* fine when none is open */
bool store_in_transaction(const struct store *s);
int store_savepoint(struct store *s, struct err *e); /* one level, for one op among a group */
int store_release(struct store *s, bool keep, struct err *e);

/* Looks through the whole database: `each` is told of damage, at most STORE_CHECK_MOST times. */
#define STORE_CHECK_MOST "5"
int store_check(struct store *s, void (*each)(void *ctx, const char *damage), void *ctx, struct err *e);

/* One server per data directory. ERR_CONFLICT naming the other's pid when it is taken. Held until store_unlock or
 * exit. */
int store_lock_server(const char *dir, int *ret_fd, struct err *e);
void store_unlock_server(int fd);
pid_t store_server_pid(const char *dir); /* 0: none is running; -1: one is, its pid cannot be read */

/* Commands tell a running server that something changed; the server watches. */
void store_announce(const char *dir);
int store_watch(const char *dir, int *ret_fd, struct err *e); /* fd to poll; close(2) it */
bool store_watch_drain(int fd);                               /* reads all; true when there was an announcement */

const char *store_sqlite_version(void);

#endif
