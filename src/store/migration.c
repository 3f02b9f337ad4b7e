#include "store/migration.h"

#include "base/crash.h"
#include "base/mem.h"
#include "store/migration_copy.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* The first column of the first row. SQL here is fixed text: there are no tables yet that a prepared query could
 * name. */
static int query_int(struct store *s, const char *sql, int64_t *ret, struct err *e)
{
    sqlite3_stmt *stmt;
    int rc = sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL);
    if (rc)
        return store_fail(s, rc, e);
    rc = sqlite3_step(stmt);
    *ret = rc == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
    int result = rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : store_fail(s, rc, e);
    sqlite3_finalize(stmt);
    return result;
}

static int execute(struct store *s, const char *sql, struct err *e)
{
    int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);
    return rc ? store_fail(s, rc, e) : 0;
}

struct format {
    int64_t application_id, version, objects;
};

static int read_format(struct store *s, struct format *ret, struct err *e)
{
    if (query_int(s, "SELECT count(*) FROM sqlite_schema", &ret->objects, e) ||
        query_int(s, "PRAGMA application_id", &ret->application_id, e) ||
        query_int(s, "PRAGMA user_version", &ret->version, e))
        return e ? -(int)e->code : -(int)ERR_STORE;
    return 0;
}

static int refuse_newer(const struct store *s, const struct format *f, struct err *e)
{
    mem_auto char *copy = migration_copy_find(s->dir);
    return err_set(e, ERR_STORE,
                   "'%s/" STORE_FILE "' was written by a newer edgecron (format %" PRId64 ", this one knows %zu): "
                   "install that version again, or restore %s%s%s into an empty directory ('edgecron restore')",
                   s->dir, f->version, migration_count, copy ? "'" : "a backup from before the upgrade",
                   copy ? copy : "", copy ? "', a copy from before the upgrade," : "");
}

static int check_format(const struct store *s, const struct format *f, struct err *e)
{
    if (f->objects == 0 && f->version == 0)
        return 0;
    if (f->application_id != STORE_APPLICATION_ID)
        return err_set(e, ERR_STORE,
                       "'%s/" STORE_FILE "' is a database of another program: give another --data directory", s->dir);
    return f->version > (int64_t)migration_count ? refuse_newer(s, f, e) : 0;
}

int migration_check(struct store *s, struct err *e)
{
    struct err own = { 0 };
    struct err *x = e ? e : &own;
    struct format f;
    int result = read_format(s, &f, x);
    if (result == 0)
        result = check_format(s, &f, x);
    if (result || s->mode == STORE_WRITE)
        return result;
    if (f.objects == 0)
        return store_empty(s->dir, e);
    if (f.version < (int64_t)migration_count)
        return err_set(e, ERR_STORE,
                       "'%s/" STORE_FILE "' is of an older edgecron (format %" PRId64
                       ", this one needs %zu): start the server "
                       "once to bring it up to date",
                       s->dir, f.version, migration_count);
    return 0;
}

static int make_step(struct store *s, const struct migration *m, struct err *e)
{
    char mark[64];
    sqlite3_snprintf(sizeof mark, mark, "PRAGMA user_version = %d", m->number);
    int result = execute(s, m->sql, e);
    if (result == 0)
        result = execute(s, mark, e);
    crash_here(CRASH_IN_MIGRATION);
    return result ? err_wrap(e, "bringing the data to format %d ('%s') failed, nothing is changed", m->number, m->name)
                  : 0;
}

/* All steps in one transaction: what a crash cuts short leaves the format that the copy has, and that the edgecron before this one reads. */
static int make_steps(struct store *s, struct err *e)
{
    int64_t version;
    int result = execute(s, "BEGIN IMMEDIATE", e);
    if (result)
        return result;
    result = query_int(s, "PRAGMA user_version", &version, e); /* another process may have made them meanwhile */
    for (size_t i = 0; result == 0 && i < migration_count; i++)
        if (migration_table[i].number > version)
            result = make_step(s, &migration_table[i], e);
    if (result == 0)
        result = execute(s, "COMMIT", e);
    if (result)
        sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return result;
}

/* auto_vacuum must be chosen before the first table, and before the change to WAL writes the header. */
static int prepare_new(struct store *s, struct err *e)
{
    char mark[64];
    sqlite3_snprintf(sizeof mark, mark, "PRAGMA application_id = %d", STORE_APPLICATION_ID);
    int result = execute(s, "PRAGMA auto_vacuum = INCREMENTAL", e);
    return result ? result : execute(s, mark, e);
}

/* A server of the older edgecron would go on writing in its own format. */
static int prepare_old(struct store *s, int64_t version, struct err *e)
{
    pid_t pid = store_server_pid(s->dir);
    if (pid && pid != getpid())
        return err_set(e, ERR_CONFLICT,
                       "a server of an older edgecron (pid %ld) runs on '%s': stop it, and start this one in its place",
                       (long)pid, s->dir);
    return s->no_copy ? 0 : migration_copy(s, version, e);
}

static int use_wal(struct store *s, struct err *e)
{
    sqlite3_stmt *stmt;
    int rc = sqlite3_prepare_v2(s->db, "PRAGMA journal_mode = WAL", -1, &stmt, NULL);
    if (rc)
        return store_fail(s, rc, e);
    rc = sqlite3_step(stmt);
    bool wal = rc == SQLITE_ROW && strcmp((const char *)sqlite3_column_text(stmt, 0), "wal") == 0;
    int result = rc != SQLITE_ROW ? store_fail(s, rc, e) : 0;
    sqlite3_finalize(stmt);
    if (result == 0 && !wal)
        result = err_set(e, ERR_IO,
                         "the file system of '%s' cannot share memory between processes: keep the data on a local disk",
                         s->dir);
    return result;
}

int migration_run(struct store *s, struct err *e)
{
    int64_t version, objects;
    if (query_int(s, "PRAGMA user_version", &version, e) ||
        query_int(s, "SELECT count(*) FROM sqlite_schema", &objects, e))
        return e ? -(int)e->code : -(int)ERR_STORE;
    int result = version == 0 && objects == 0 ? prepare_new(s, e) : 0;
    if (result == 0 && version > 0 && version < (int64_t)migration_count)
        result = prepare_old(s, version, e);
    if (result == 0)
        result = use_wal(s, e);
    return result || version >= (int64_t)migration_count ? result : make_steps(s, e);
}
