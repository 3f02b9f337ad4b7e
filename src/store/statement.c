#include "store/statement.h"

#include "base/crypto.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static int prepare(struct store *s, enum query query, sqlite3_stmt **ret, struct err *e)
{
    int rc = sqlite3_prepare_v3(s->db, query_table[query].sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL);
    if (rc == 0)
        return 0;
    int result = store_fail(s, rc, e);
    err_wrap(e, "query '%s'", query_table[query].name);
    return result;
}

/* A reader is spared the memory of statements that it cannot use. */
static bool for_reader(enum query query)
{
    const char *sql = query_table[query].sql;
    return strncmp(sql, "SELECT", 6) == 0 || query == Q_STORE_BEGIN_READ || query == Q_STORE_COMMIT ||
           query == Q_STORE_ROLLBACK;
}

int statement_prepare_all(struct store *s, struct err *e)
{
    for (int i = 0; i < Q_COUNT; i++) {
        if (s->mode != STORE_WRITE && !for_reader((enum query)i))
            continue;
        int result = prepare(s, (enum query)i, &s->statements[i], e);
        if (result)
            return result;
    }
    return 0;
}

void statement_finalize_all(struct store *s)
{
    for (int i = 0; i < Q_COUNT; i++) {
        sqlite3_finalize(s->statements[i]);
        s->statements[i] = NULL;
    }
}

struct statement statement_begin(struct store *s, enum query query)
{
    struct statement q = { .store = s, .stmt = s->statements[query] };
    if (q.stmt && sqlite3_stmt_busy(q.stmt)) {
        prepare(s, query, &q.stmt, NULL);
        q.own = true;
    }
    return q;
}

void statement_text(struct statement *q, const char *text)
{
    sqlite3_bind_text(q->stmt, ++q->bound, text, -1, SQLITE_STATIC);
}

void statement_int(struct statement *q, int64_t n)
{
    sqlite3_bind_int64(q->stmt, ++q->bound, n);
}

void statement_int_or_null(struct statement *q, int64_t n, int64_t null_value)
{
    if (n == null_value)
        sqlite3_bind_null(q->stmt, ++q->bound);
    else
        statement_int(q, n);
}

void statement_wall(struct statement *q, struct wall t)
{
    statement_int_or_null(q, t.ms, WALL_NONE.ms);
}

void statement_id(struct statement *q, const char *id)
{
    uint8_t bytes[ID_SIZE];
    if (id && id_to_bytes(id, bytes))
        sqlite3_bind_blob(q->stmt, ++q->bound, bytes, ID_SIZE, SQLITE_TRANSIENT);
    else
        sqlite3_bind_null(q->stmt, ++q->bound);
}

void statement_real(struct statement *q, double n)
{
    sqlite3_bind_double(q->stmt, ++q->bound, n);
}

void statement_blob(struct statement *q, const void *data, size_t len)
{
    sqlite3_bind_blob64(q->stmt, ++q->bound, data, len, SQLITE_STATIC);
}

int statement_row(struct statement *q, struct err *e)
{
    if (!q->stmt)
        return q->own ? store_fail(q->store, sqlite3_errcode(q->store->db), e)
                      : err_set(e, ERR_INTERNAL, "the store is open for reading only");
    assert(q->bound == sqlite3_bind_parameter_count(q->stmt));
    int rc = sqlite3_step(q->stmt);
    q->column = 0;
    if (rc == SQLITE_ROW)
        return 1;
    int result = rc == SQLITE_DONE ? 0 : store_fail(q->store, rc, e);
    statement_end(q);
    return result;
}

int statement_run(struct statement *q, struct err *e)
{
    int rc;
    while ((rc = statement_row(q, e)) > 0)
        ;
    return rc;
}

int64_t statement_changes(const struct statement *q)
{
    return sqlite3_changes64(q->store->db);
}

void statement_end(struct statement *q)
{
    if (!q->stmt)
        return;
    if (q->own) {
        sqlite3_finalize(q->stmt);
        q->stmt = NULL;
        return;
    }
    sqlite3_reset(q->stmt);
    sqlite3_clear_bindings(q->stmt);
    q->bound = 0;
}

const char *next_text(struct statement *q)
{
    return (const char *)sqlite3_column_text(q->stmt, q->column++);
}

char *next_text_copy(struct statement *q, struct arena *a)
{
    return arena_strdup(a, next_text(q));
}

int64_t next_int(struct statement *q)
{
    return sqlite3_column_int64(q->stmt, q->column++);
}

int64_t next_int_or(struct statement *q, int64_t null_value)
{
    bool null = sqlite3_column_type(q->stmt, q->column) == SQLITE_NULL;
    int64_t n = next_int(q);
    return null ? null_value : n;
}

double next_real(struct statement *q)
{
    return sqlite3_column_double(q->stmt, q->column++);
}

struct wall next_wall(struct statement *q)
{
    return (struct wall){ next_int_or(q, WALL_NONE.ms) };
}

const void *next_blob(struct statement *q, size_t *ret_len)
{
    const void *data = sqlite3_column_blob(q->stmt, q->column);
    *ret_len = (size_t)sqlite3_column_bytes(q->stmt, q->column++);
    return data;
}

void id_from_bytes(const uint8_t id[ID_SIZE], char out[ID_TEXT_SIZE])
{
    static const char DIGITS[] = "0123456789abcdef";
    char *p = out;
    for (int i = 0; i < ID_SIZE; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *p++ = '-';
        *p++ = DIGITS[id[i] >> 4];
        *p++ = DIGITS[id[i] & 15];
    }
    *p = '\0';
}

bool next_id(struct statement *q, char out[ID_TEXT_SIZE])
{
    size_t len;
    const void *data = next_blob(q, &len);
    out[0] = '\0';
    if (!data || len != ID_SIZE)
        return false;
    id_from_bytes(data, out);
    return true;
}

bool id_to_bytes(const char *id, uint8_t out[ID_SIZE])
{
    char hex[2 * ID_SIZE + 1];
    int n = 0;
    if (!id_valid(id))
        return false;
    for (const char *p = id; *p; p++)
        if (*p != '-')
            hex[n++] = *p;
    hex[n] = '\0';
    return crypto_unhex(hex, out, ID_SIZE);
}

bool store_no_space(int os_error)
{
    return os_error == ENOSPC || os_error == EDQUOT || os_error == EFBIG;
}

int store_fail(struct store *s, int rc, struct err *e)
{
    const char *why = sqlite3_errmsg(s->db);
    int os_error = sqlite3_system_errno(s->db);
    switch (rc & 0xff) {
    case SQLITE_FULL:
        return err_set(e, ERR_DISK_FULL,
                       "no space left for '%s/" STORE_FILE "': free some; a running server then goes on by itself",
                       s->dir);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return err_set(e, ERR_BUSY, "another process is writing to '%s/" STORE_FILE "' and did not finish in time",
                       s->dir);
    case SQLITE_NOTADB:
        return err_set(e, ERR_STORE,
                       "'%s/" STORE_FILE "' is not a database: restore a backup, or give another --data directory",
                       s->dir);
    case SQLITE_CORRUPT:
        s->damaged = true;
        return err_set(e, ERR_STORE, "'%s/" STORE_FILE "' is damaged (%s): stop edgecron and restore a backup", s->dir,
                       why);
    case SQLITE_READONLY:
        return err_set(e, ERR_IO,
                       "'%s/" STORE_FILE "' cannot be written: check its owner, its mode and the file system", s->dir);
    case SQLITE_CANTOPEN:
        return err_set(e, ERR_IO, "'%s/" STORE_FILE "' cannot be opened%s%s", s->dir, os_error ? ": " : "",
                       os_error ? strerror(os_error) : "");
    case SQLITE_IOERR:
        if (store_no_space(os_error))
            return err_set(e, ERR_DISK_FULL,
                           "no space left for '%s/" STORE_FILE
                           "' (%s): free some; a running server then goes on by itself",
                           s->dir, strerror(os_error));
        return err_set(e, ERR_IO, "'%s/" STORE_FILE "': %s%s%s", s->dir, why, os_error ? ": " : "",
                       os_error ? strerror(os_error) : "");
    case SQLITE_CONSTRAINT:
    case SQLITE_ERROR:
    case SQLITE_MISMATCH:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
    case SQLITE_TOOBIG: /* the statement's own fault, or its values': others are none the worse for it */
        return err_set(e, ERR_INTERNAL, "'%s/" STORE_FILE "' refuses what was to be written: %s", s->dir, why);
    default:
        return err_set(e, ERR_STORE, "'%s/" STORE_FILE "': %s", s->dir, why);
    }
}
