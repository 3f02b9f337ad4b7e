/* backup_file.c - looking through a backup. Its format may be an older one, so SQL here names only what every format has. */
#include "store/backup_file.h"

#include "base/mem.h"
#include "store/home.h"
#include "store/look.h"
#include "store/master_key.h"
#include "store/migration.h"
#include "store/vault.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEADER_SIZE 100 /* of a database file (SQLite file format, section 1.3): 60 user version, 68 application id */
#define STEPS_BETWEEN_LOOKS 10000 /* of SQLite's machine: a few milliseconds */
#define HEADER_MAGIC "SQLite format 3"

struct looked {
    const char *path;
    struct store *store; /* the file, opened alone: no queries are prepared until its format is known */
};

static uint32_t big_endian(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool read_header(const char *path, uint8_t header[HEADER_SIZE], struct stat *st)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    bool ok = fstat(fd, st) == 0 && S_ISREG(st->st_mode) && pread(fd, header, HEADER_SIZE, 0) == HEADER_SIZE;
    close(fd);
    return ok;
}

bool backup_file_format(const char *path, int64_t *ret_format, struct wall *ret_changed)
{
    uint8_t header[HEADER_SIZE];
    struct stat st;
    if (!read_header(path, header, &st) || memcmp(header, HEADER_MAGIC, sizeof HEADER_MAGIC) ||
        big_endian(header + 68) != STORE_APPLICATION_ID)
        return false;
    *ret_format = big_endian(header + 60);
    *ret_changed = (struct wall){ (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000 };
    return true;
}

static int fail(const struct looked *l, int rc, struct err *e)
{
    const char *why = sqlite3_errmsg(l->store->db);
    if ((rc & 0xff) == SQLITE_CANTOPEN || (rc & 0xff) == SQLITE_IOERR)
        return err_set(e, ERR_IO, "'%s' cannot be read: %s", l->path, why);
    return err_set(e, ERR_STORE, "'%s' is damaged (%s): it cannot be restored, take another backup", l->path, why);
}

static int query_int(const struct looked *l, const char *sql, int64_t *ret, struct err *e)
{
    sqlite3_stmt *q;
    int rc = sqlite3_prepare_v2(l->store->db, sql, -1, &q, NULL);
    if (rc)
        return fail(l, rc, e);
    rc = sqlite3_step(q);
    *ret = rc == SQLITE_ROW && sqlite3_column_type(q, 0) != SQLITE_NULL ? sqlite3_column_int64(q, 0) : WALL_NONE.ms;
    int result = rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : fail(l, rc, e);
    sqlite3_finalize(q);
    return result;
}

/* One that is open, or was not closed in order, has part of what it holds in its WAL. */
static int check_alone(const char *path, struct err *e)
{
    struct stat st;
    mem_auto char *wal = mem_printf("%s-wal", path);
    if (stat(wal, &st) || st.st_size == 0)
        return 0;
    return err_set(e, ERR_STORE,
                   "'%s' is no backup but part of a store: '%s' belongs to it; make a backup of that store with "
                   "'edgecron backup FILE --data DIR'",
                   path, wal);
}

static int check_kind(const char *path, struct backup_facts *f, struct err *e)
{
    uint8_t header[HEADER_SIZE];
    struct stat st;
    if (stat(path, &st))
        return err_set(e, errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND : ERR_IO, "'%s' cannot be read: %s", path,
                       strerror(errno));
    if (!S_ISREG(st.st_mode))
        return err_set(e, ERR_STORE, "'%s' is not a file: give the file that 'edgecron backup' wrote", path);
    if (access(path, R_OK))
        return err_set(e, ERR_IO, "'%s' cannot be read by user id %d: %s", path, (int)geteuid(), strerror(errno));
    if (!read_header(path, header, &st) || memcmp(header, HEADER_MAGIC, sizeof HEADER_MAGIC))
        return err_set(e, ERR_STORE, "'%s' is not a database, so no backup: give the file that 'edgecron backup' wrote",
                       path);
    if (!backup_file_format(path, &f->format, &f->made_at) || f->format == 0)
        return err_set(e, ERR_STORE,
                       "'%s' is a database of another program: give the file that 'edgecron backup' wrote", path);
    if (f->format > (int64_t)migration_count)
        return err_set(e, ERR_STORE,
                       "'%s' was made by a newer edgecron (format %" PRId64
                       ", this one knows %zu): use that version, or a newer one",
                       path, f->format, migration_count);
    f->bytes = st.st_size;
    return check_alone(path, e);
}

/* --- its insides ------------------------------------------------------------------------------------------------- */

static int first_damage(const struct looked *l, const char *sql, const char *what, struct err *e)
{
    sqlite3_stmt *q;
    int rc = sqlite3_prepare_v2(l->store->db, sql, -1, &q, NULL);
    if (rc)
        return fail(l, rc, e);
    rc = sqlite3_step(q);
    const char *text = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(q, 0) : NULL;
    int result = 0;
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        result = fail(l, rc, e);
    else if (look_could_not_read(text))
        result = err_set(e, ERR_IO, "'%s' cannot be read (%s): look at the disk that it is on", l->path, text);
    else if (text && strcmp(text, "ok") != 0)
        result = err_set(e, ERR_STORE, "'%s' is damaged (%s%s): it cannot be restored, take another backup", l->path,
                         what, text);
    sqlite3_finalize(q);
    return result;
}

static int count(const struct looked *l, struct backup_facts *f, struct err *e)
{
    const struct {
        const char *sql;
        int64_t *into;
    } figures[] = {
        { "SELECT count(*) FROM jobs", &f->jobs },
        { "SELECT count(*) FROM targets", &f->targets },
        { "SELECT count(*) FROM secrets", &f->secrets },
        { "SELECT count(*) FROM runs", &f->runs },
        { "SELECT created_at FROM runs ORDER BY id DESC LIMIT 1", &f->newest_run.ms },
    };
    int result = 0;
    for (size_t i = 0; result == 0 && i < MEM_COUNT(figures); i++)
        result = query_int(l, figures[i].sql, figures[i].into, e);
    return result;
}

/* What the copy says itself (home.h). */
static int read_made(const struct looked *l, struct backup_facts *f, struct err *e)
{
    struct wall at;
    int result = f->format >= HOME_FORMAT ? query_int(l, "SELECT copied_at FROM home", &at.ms, e) : 0;
    if (result == 0 && f->format >= HOME_FORMAT && !wall_is_none(at))
        f->made_at = at;
    return result;
}

struct opened {
    const char *path;
    struct err *e;
    int result;
};

static void look_at_secret(void *ctx, const struct secret_version *x)
{
    struct opened *o = ctx;
    if (!x->value && o->result == 0)
        o->result = err_set(o->e, ERR_SEALED, "in '%s', version %" PRId64 " of a secret does not open: %s", o->path,
                            x->version, x->why->text);
}

static int open_secrets(const struct looked *l, const uint8_t key[CRYPTO_KEY_SIZE], const char *key_file, struct err *e)
{
    struct vault *v = NULL;
    struct opened o = { .path = l->path, .e = e };
    int result = statement_prepare_all(l->store, e);
    if (result == 0)
        result = vault_open_with(&v, l->store, key, e);
    if (result == -(int)ERR_SEALED)
        return err_set(e, ERR_SEALED,
                       "the key in '%s' is not the one that '%s' was sealed with: name the right one with "
                       "--master-key-file (the one that its server had when the backup was made)",
                       key_file, l->path);
    if (result == 0)
        result = vault_each(v, l->store, look_at_secret, &o, e);
    vault_close(v);
    return result ? result : o.result;
}

static int try_key(const struct looked *l, const char *key_file, struct backup_facts *f, struct err *e)
{
    uint8_t key[CRYPTO_KEY_SIZE];
    f->key = f->secrets ? BACKUP_KEY_UNKNOWN : BACKUP_KEY_NONE;
    if (!key_file || !f->secrets || f->format != (int64_t)migration_count)
        return 0;
    int result = master_key_read(key_file, key, e);
    if (result == -(int)ERR_NOT_FOUND)
        return 0;
    if (result == 0)
        result = open_secrets(l, key, key_file, e);
    mem_wipe(key, sizeof key);
    if (result == 0)
        f->key = BACKUP_KEY_FITS;
    return result;
}

static int look_inside(const struct looked *l, const char *key_file, struct backup_facts *f, struct err *e)
{
    int result = first_damage(l, "PRAGMA integrity_check(1)", "", e);
    if (result == 0)
        result = first_damage(l, "PRAGMA foreign_key_check", "a row without the one it belongs to, in ", e);
    if (result == 0)
        result = count(l, f, e);
    if (result == 0)
        result = read_made(l, f, e);
    return result ? result : try_key(l, key_file, f, e);
}

static int is_stopped(void *stop)
{
    return atomic_load((atomic_bool *)stop);
}

static int check(const char *path, const char *key_file, atomic_bool *stop, struct backup_facts *ret, struct err *e)
{
    struct backup_facts f = { .newest_run = WALL_NONE };
    int result = check_kind(path, &f, e);
    if (result)
        return result;
    struct looked l = { path, look_file(path) };
    if (stop)
        sqlite3_progress_handler(l.store->db, STEPS_BETWEEN_LOOKS, is_stopped, stop);
    result = l.store->db && sqlite3_errcode(l.store->db) == SQLITE_OK
                 ? look_inside(&l, key_file, &f, e)
                 : err_set(e, ERR_IO, "'%s' cannot be opened", path);
    store_close(l.store);
    if (result == 0)
        *ret = f;
    return result;
}

int backup_file_check(const char *path, const char *key_file, struct backup_facts *ret, struct err *e)
{
    return check(path, key_file, NULL, ret, e);
}

int backup_file_verify(const char *path, atomic_bool *stop, struct err *e)
{
    struct backup_facts unused;
    int result = check(path, NULL, stop, &unused, e);
    return result && stop && atomic_load(stop)
               ? err_set(e, ERR_BUSY, "'%s' was not looked through: edgecron stops", path)
               : result;
}
