/* statement.h - inside src/store alone: the open store, and one way to bind, step and read its prepared statements.
 *
 *     struct statement q = statement_begin(s, Q_RUN_STATE);
 *     statement_id(&q, id);                          parameters in the order in which they first appear in the SQL
 *     while ((rc = statement_row(&q, e)) > 0)
 *         ... next_text(&q) ...                      columns from left to right
 *
 * What was bound is borrowed until the statement ends; text that was read lives until the next row. A statement ends
 * by itself when there are no more rows or on an error, else with statement_end: an open one holds a snapshot, and
 * with it the WAL. */
#ifndef EDGECRON_STORE_STATEMENT_H
#define EDGECRON_STORE_STATEMENT_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/id.h"
#include "base/mem.h"
#include "queries.h"
#include "store/audit.h"
#include "store/store.h"

#include <sqlite3.h>

#define STORE_FILE "edgecron.db"
#define STORE_LOCK_FILE "edgecron.lock"
#define STORE_BUSY_TIMEOUT_MS 5000
#define ID_SIZE 16 /* bytes of a run id as kept */

struct store {
    sqlite3 *db;
    enum store_mode mode;
    char *dir;
    bool no_copy; /* STORE_WRITE: none is made before the format changes */
    bool damaged; /* met in the open transaction, of which SQLite then commits nothing */
    int look_fd;  /* STORE_LOOK: a lock (look.c); else -1 */
    struct audit_actor actor;
    uint8_t audit_last[ID_SIZE];       /* id of the entry added last */
    struct buf notes;                  /* of runs that ended in the open transaction (stats_note.h) */
    size_t notes_mark;                 /* how many octets of them are from before the savepoint */
    sqlite3_stmt *statements[Q_COUNT]; /* NULL: not for this mode */
};

struct statement {
    struct store *store;
    sqlite3_stmt *stmt;
    bool own;   /* not the store's (that one is busy further up the stack): finalized at the end */
    int bound;  /* parameters bound */
    int column; /* next to read */
};

/* Opens a file of the directory, made 0600 when it is not there. Root makes it for the directory's owner, as whom a service runs, and which could
 * not open it else. -1 with errno. */
int store_open_file(const char *dir, const char *path, int flags);
int store_make_directory(const char *dir, struct err *e); /* 0700; fine when it is there */
int store_sync_folder(const char *path,
                      struct err *e); /* the one that `path` is in: a name given or taken away is durable then */
int statement_prepare_all(struct store *s, struct err *e);
void statement_finalize_all(struct store *s);

struct statement statement_begin(struct store *s, enum query query);
void statement_text(struct statement *q, const char *text); /* NULL: null */
void statement_int(struct statement *q, int64_t n);
void statement_int_or_null(struct statement *q, int64_t n, int64_t null_value); /* null when n is null_value */
void statement_real(struct statement *q, double n);
void statement_wall(struct statement *q, struct wall t); /* WALL_NONE: null */
void statement_id(struct statement *q, const char *id);  /* a run's, as text; NULL, or not an id: null */
void statement_blob(struct statement *q, const void *data, size_t len);

int statement_row(struct statement *q, struct err *e); /* 1: a row; 0: no more; or negative */
int statement_run(struct statement *q, struct err *e); /* runs it to its end: 0, or negative */
int64_t statement_changes(const struct statement *q);  /* rows changed by the statement just run */
void statement_end(struct statement *q);               /* fine when it has ended */

const char *next_text(struct statement *q); /* NULL: null */
char *next_text_copy(struct statement *q, struct arena *a);
int64_t next_int(struct statement *q);
int64_t next_int_or(struct statement *q, int64_t null_value);
double next_real(struct statement *q);
struct wall next_wall(struct statement *q);
const void *next_blob(struct statement *q, size_t *ret_len);
bool next_id(struct statement *q, char out[ID_TEXT_SIZE]); /* false, and "": null */

bool id_to_bytes(const char *id, uint8_t out[ID_SIZE]); /* false: not an id */
void id_from_bytes(const uint8_t in[ID_SIZE], char out[ID_TEXT_SIZE]);

bool store_no_space(int os_error); /* ENOSPC and its like */
/* Turns SQLite's last error into ours: a full disk, a busy or damaged database; ERR_INTERNAL for what is wrong with the statement alone.
 * `rc` is SQLite's code. */
int store_fail(struct store *s, int rc, struct err *e);
/* ERR_NOT_FOUND: there is a directory, and nothing of ours in it. */
int store_empty(const char *dir, struct err *e);

/* A transaction of one's own unless the caller has one open. *own says whether; give it to store_leave with the
 * result so far, which commits (0) or rolls back, and returns that result or the commit's. */
int store_enter(struct store *s, bool *own, struct err *e);
int store_enter_read(struct store *s, bool *own, struct err *e); /* the same, of one snapshot to read */
int store_leave(struct store *s, bool own, int result, struct err *e);

#endif
