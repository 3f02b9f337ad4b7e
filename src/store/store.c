/* store.c - opening and closing a store; transactions.
 *
 * The database file is never opened but by SQLite once it exists: closing any descriptor of it would drop the locks
 * that other connections of this process hold (fcntl(2), "advisory record locking"). */
#include "store/store.h"

#include "base/crash.h"
#include "store/look.h"
#include "store/memory.h"
#include "store/migration.h"
#include "store/statement.h"
#include "store/stats_fold.h"
#include "store/stats_note.h"
#include "store/wal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOTES_MAX ((size_t)256 * 1024 * 1024) /* what one transaction may end: some five million runs */

/* The cache of pages: a writer keeps the leaves that runs of many jobs end in, a reader a few pages of a list.
 * Checkpoints of 16 MB of WAL write such a leaf once for many of its changes. */
#define SETTINGS_BOTH "PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0; "
static const char *const CONNECTION_SETTINGS[] = {
    [STORE_WRITE] = SETTINGS_BOTH "PRAGMA synchronous = FULL; PRAGMA cache_size = -8192; PRAGMA secure_delete = FAST; "
                                  "PRAGMA journal_size_limit = 33554432; PRAGMA wal_autocheckpoint = 4000;",
    [STORE_READ] = SETTINGS_BOTH "PRAGMA query_only = ON; PRAGMA cache_size = -1024;",
    [STORE_LOOK] = SETTINGS_BOTH "PRAGMA query_only = ON; PRAGMA cache_size = -1024;",
};

int store_make_directory(const char *dir, struct err *e)
{
    if (mkdir(dir, 0700) == 0)
        return 0;
    int os_error = errno;
    struct stat st;
    if (os_error == ENOENT)
        return err_set(e, ERR_IO,
                       "data directory '%s' cannot be made: the directory that it is to be in does not exist", dir);
    if (os_error != EEXIST)
        return err_set(e, ERR_IO,
                       "data directory '%s' cannot be made by user id %d: %s; make it for that user, or name another",
                       dir, (int)geteuid(), strerror(os_error));
    if (stat(dir, &st) || !S_ISDIR(st.st_mode))
        return err_set(e, ERR_IO, "data directory '%s' is not a directory", dir);
    return 0;
}

/* Only what was just made, which no link can be in the place of. */
static void give(int fd, const char *dir)
{
    struct stat st;
    if (geteuid() == 0 && stat(dir, &st) == 0 && (st.st_uid || st.st_gid) && fchown(fd, st.st_uid, st.st_gid))
        fchmod(fd, 0600); /* on a file system without owners: nobody else's, all the same */
}

int store_open_file(const char *dir, const char *path, int flags)
{
    int fd = open(path, flags | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return open(path, flags | O_CLOEXEC);
    if (fd >= 0)
        give(fd, dir);
    return fd;
}

/* Makes the file itself, so that it (and with it the WAL, which takes after it) is never readable by others, whatever
 * the umask. */
static int make_file(const char *dir, const char *path, struct err *e)
{
    if (store_make_directory(dir, e))
        return -(int)ERR_IO;
    if (access(dir, W_OK | X_OK))
        return err_set(e, ERR_IO,
                       "data directory '%s' cannot be written by user id %d: %s; change its owner, or run as that one",
                       dir, (int)geteuid(), strerror(errno));
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno != EEXIST)
        return err_set(e, store_no_space(errno) ? ERR_DISK_FULL : ERR_IO, "'%s' cannot be made: %s", path,
                       strerror(errno));
    if (fd >= 0) {
        give(fd, dir);
        close(fd);
    }
    if (access(path, R_OK | W_OK))
        return err_set(e, ERR_IO, "'%s' cannot be written by user id %d: %s", path, (int)geteuid(), strerror(errno));
    return 0;
}

int store_empty(const char *dir, struct err *e)
{
    return err_set(e, ERR_NOT_FOUND,
                   "there is no edgecron data in '%s': give the right directory with --data, or put the first job, "
                   "target or secret there",
                   dir);
}

static int find_file(const char *dir, const char *path, struct err *e)
{
    if (access(path, R_OK) == 0)
        return 0;
    if (errno == ENOTDIR)
        return err_set(e, ERR_NOT_FOUND, "data directory '%s' is not a directory", dir);
    if (errno == ENOENT)
        return store_empty(dir, e);
    return err_set(e, ERR_IO, "'%s' cannot be read: %s", path, strerror(errno));
}

static int connect_shared(struct store *s, const char *path, struct err *e)
{
    int flags = SQLITE_OPEN_NOMUTEX | (s->mode == STORE_WRITE ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
    int rc = sqlite3_open_v2(path, &s->db, flags, NULL);
    return rc ? store_fail(s, rc, e) : 0;
}

static int connect_file(struct store *s, const char *path, struct err *e)
{
    int result = s->mode == STORE_LOOK ? look_connect(s, path, e) : connect_shared(s, path, e);
    if (result)
        return result;
    sqlite3_extended_result_codes(s->db, 1);
    sqlite3_busy_timeout(s->db, STORE_BUSY_TIMEOUT_MS);
    /* Plans hang on the schema alone. Else, once there are statistics, each new value bound means a new plan: the
     * statement is prepared again every time it runs (measured: 65 us instead of 8). */
    sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL);
    result = migration_check(s, e);
    if (result == 0 && s->mode == STORE_WRITE)
        result = migration_run(s, e);
    if (result)
        return result;
    int rc = sqlite3_exec(s->db, CONNECTION_SETTINGS[s->mode], NULL, NULL, NULL);
    if (rc)
        return store_fail(s, rc, e);
    result = statement_prepare_all(s, e);
    return result || s->mode != STORE_WRITE ? result : stats_count_history(s, e);
}

static int open_store(struct store **ret, const char *dir, enum store_mode mode, bool no_copy, struct err *e)
{
    mem_auto char *path = mem_printf("%s/" STORE_FILE, dir);
    int result = mode == STORE_WRITE ? make_file(dir, path, e) : find_file(dir, path, e);
    if (result)
        return result;
    memory_setup();
    struct store *s = mem_alloc(sizeof *s);
    s->mode = mode;
    s->no_copy = no_copy;
    s->look_fd = -1;
    s->notes = BUF_INIT(NOTES_MAX);
    s->dir = mem_strdup(dir);
    result = connect_file(s, path, e);
    if (result) {
        store_close(s);
        return result;
    }
    *ret = s;
    return 0;
}

int store_open(struct store **ret, const char *dir, enum store_mode mode, struct err *e)
{
    return open_store(ret, dir, mode, false, e);
}

int store_open_without_copy(struct store **ret, const char *dir, struct err *e)
{
    return open_store(ret, dir, STORE_WRITE, true, e);
}

void store_close(struct store *s)
{
    if (!s)
        return;
    statement_finalize_all(s);
    if (s->mode == STORE_WRITE && s->db)
        sqlite3_exec(s->db, "PRAGMA busy_timeout = 0; PRAGMA optimize;", NULL, NULL, NULL);
    sqlite3_close(s->db);
    if (s->look_fd >= 0)
        close(s->look_fd);
    buf_free(&s->notes);
    mem_free(s->dir);
    mem_free(s);
}

static int run_plain(struct store *s, enum query query, struct err *e)
{
    struct statement q = statement_begin(s, query);
    return statement_run(&q, e);
}

void store_keep_wal(struct store *s)
{
    wal_keep(s->db);
}

int store_begin(struct store *s, struct err *e)
{
    s->damaged = false;
    return run_plain(s, s->mode == STORE_WRITE ? Q_STORE_BEGIN : Q_STORE_BEGIN_READ, e);
}

/* A commit that failed leaves nothing open: what it held is undone. */
int store_commit(struct store *s, struct err *e)
{
    int result = stats_notes_write(s, e);
    crash_here(CRASH_BEFORE_COMMIT);
    if (result == 0)
        result = run_plain(s, Q_STORE_COMMIT, e);
    crash_here(CRASH_AFTER_COMMIT);
    if (result)
        store_rollback(s);
    return result;
}

void store_rollback(struct store *s)
{
    stats_notes_drop(s);
    if (store_in_transaction(s))
        run_plain(s, Q_STORE_ROLLBACK, NULL);
}

bool store_in_transaction(const struct store *s)
{
    return !sqlite3_get_autocommit(s->db);
}

int store_savepoint(struct store *s, struct err *e)
{
    int result = stats_notes_lighten(s, e);
    stats_notes_mark(s);
    return result ? result : run_plain(s, Q_STORE_SAVEPOINT, e);
}

int store_release(struct store *s, bool keep, struct err *e)
{
    if (!keep)
        stats_notes_undo(s);
    int result = keep ? 0 : run_plain(s, Q_STORE_ROLLBACK_TO, e);
    return result ? result : run_plain(s, Q_STORE_RELEASE, e);
}

int store_enter(struct store *s, bool *own, struct err *e)
{
    *own = !store_in_transaction(s);
    return *own ? store_begin(s, e) : 0;
}

int store_enter_read(struct store *s, bool *own, struct err *e)
{
    *own = !store_in_transaction(s);
    return *own ? run_plain(s, Q_STORE_BEGIN_READ, e) : 0;
}

int store_leave(struct store *s, bool own, int result, struct err *e)
{
    if (!own)
        return result;
    if (result == 0)
        return store_commit(s, e);
    store_rollback(s);
    return result;
}

const char *store_sqlite_version(void)
{
    return sqlite3_libversion();
}
