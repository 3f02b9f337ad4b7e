#include "store/backup.h"

#include "base/crash.h"
#include "base/mem.h"
#include "store/backup_file.h"
#include "store/home.h"
#include "store/jobs.h"
#include "store/statement.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#define PAGES_A_STEP 1024
#define PAGES_GENTLE 256           /* 1 MiB: what is written between two syncs, and between two pauses */
#define GENTLE_PAUSE_MAX_US 200000 /* of a step that met a slow disk */

static bool still_named(int fd, const char *path)
{
    struct stat a, b;
    return fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

/* As one's own, before SQLite opens it: nobody else may read it for a moment. *ret_fd keeps it ours until it is closed: two that write the same
 * backup would put each other's half of it in place. The lock is on a byte that SQLite locks none of. */
static int create(const char *path, int *ret_fd, struct err *e)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    bool ours = fd >= 0 && fcntl(fd, F_OFD_SETLK, &lock) == 0 && still_named(fd, path);
    int why = errno;
    if (ours && ftruncate(fd, 0) == 0 && fchmod(fd, 0600) == 0) {
        *ret_fd = fd;
        return 0;
    }
    if (fd >= 0)
        close(fd);
    return fd >= 0 && !ours ? err_set(e, ERR_BUSY, "'%s' is being written by another process: wait for that one", path)
                            : err_set(e, ERR_IO, "cannot write '%s': %s", path, strerror(fd >= 0 ? errno : why));
}

static int64_t pragma_number(struct store *s, const char *sql)
{
    sqlite3_stmt *q;
    int64_t n = 0;
    if (sqlite3_prepare_v2(s->db, sql, -1, &q, NULL) == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW)
        n = sqlite3_column_int64(q, 0);
    sqlite3_finalize(q);
    return n;
}

/* With what is in the WAL alone. */
static int64_t store_size(struct store *s)
{
    return pragma_number(s, "PRAGMA page_count") * pragma_number(s, "PRAGMA page_size");
}

static int room_for(struct store *s, const char *path, struct err *e)
{
    struct statvfs fs;
    if (statvfs(path, &fs))
        return 0; /* writing will tell */
    int64_t free_bytes = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize, bytes = store_size(s);
    if (free_bytes >= bytes + BACKUP_ROOM)
        return 0;
    return err_set(e, ERR_DISK_FULL,
                   "a backup takes %lld MiB and 16 more, and the disk of '%s' has %lld left: free some space, or write "
                   "it to another disk",
                   (long long)(bytes >> 20), path, (long long)(free_bytes >> 20));
}

static int fail(sqlite3 *db, const char *path, int rc, struct err *e)
{
    int class = rc & 0xff;
    bool io = class == SQLITE_IOERR || class == SQLITE_CANTOPEN;
    enum err_code code = class == SQLITE_FULL ? ERR_DISK_FULL : io ? ERR_IO : ERR_STORE;
    return err_set(e, code, "the backup '%s' cannot be written: %s", path,
                   db ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
}

/* A reader's transaction has no snapshot before its first look: with one, what others commit meanwhile does not begin the copy anew. */
static int hold_snapshot(struct store *s, struct err *e)
{
    int rc = sqlite3_exec(s->db, "BEGIN; SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL);
    return rc ? store_fail(s, rc, e) : 0;
}

/* Written at once, a large copy would fill the disk's queue, and a commit's sync would wait behind it. So it goes there step by step, and the disk
 * is left alone for as long as each step took it. */
static bool pace(const struct backup_options *o, int fd, struct mono began)
{
    if (!o->gentle)
        return true;
    fdatasync(fd);
    int64_t took_us = clock_mono().us - began.us;
    int64_t pause_us = took_us < GENTLE_PAUSE_MAX_US ? took_us : GENTLE_PAUSE_MAX_US;
    const struct timespec pause = { .tv_nsec = (long)(pause_us * 1000) };
    nanosleep(&pause, NULL);
    return true;
}

static int copy_pages(struct store *s, sqlite3 *to, int fd, const char *path, const struct backup_options *o,
                      struct err *e)
{
    int rc;
    sqlite3_backup *b = sqlite3_backup_init(to, "main", s->db, "main");
    if (b) {
        struct mono began;
        do {
            began = clock_mono();
            rc = o->stop && atomic_load(o->stop) ? SQLITE_INTERRUPT
                                                 : sqlite3_backup_step(b, o->gentle ? PAGES_GENTLE : PAGES_A_STEP);
            crash_here(CRASH_IN_BACKUP);
        } while (rc == SQLITE_OK && pace(o, fd, began));
        int finished = sqlite3_backup_finish(b);
        rc = rc == SQLITE_DONE ? finished : rc;
    } else {
        rc = sqlite3_errcode(to);
    }
    return rc == SQLITE_OK ? 0 : fail(to, path, rc, e);
}

/* The copy says that it is one (home.h). Its pages say that there is a WAL; taken at their word, SQLite would make one, and what is said here would be
 * in that. */
static int mark(sqlite3 *to, const char *path, const struct backup_options *o, struct err *e)
{
    char sql[160];
    sqlite3_snprintf(sizeof sql, sql,
                     "PRAGMA journal_mode = DELETE; PRAGMA journal_mode = OFF; UPDATE home SET copied_at = %lld",
                     (long long)clock_wall().ms);
    int rc = o->unmarked ? SQLITE_OK : sqlite3_exec(to, sql, NULL, NULL, NULL);
    return rc ? fail(to, path, rc, e) : 0;
}

/* Synced once, when it is whole: a copy that is cut short is thrown away. */
static int copy(struct store *s, int fd, const char *path, const struct backup_options *o, struct err *e)
{
    sqlite3 *to = NULL;
    int rc = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    int result = rc ? fail(to, path, rc, e) : 0;
    if (!result)
        sqlite3_exec(to, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", NULL, NULL, NULL);
    if (!result)
        result = copy_pages(s, to, fd, path, o, e);
    if (!result)
        result = mark(to, path, o, e);
    sqlite3_close(to);
    return result;
}

static int copy_snapshot(struct store *s, int fd, const char *path, const struct backup_options *o, struct err *e)
{
    int result = hold_snapshot(s, e);
    if (!result && o->format && pragma_number(s, "PRAGMA user_version") != o->format)
        result = err_set(e, ERR_BUSY, "another process is bringing '%s' up to date", s->dir);
    if (!result)
        result = copy(s, fd, path, o, e);
    sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    return result;
}

int store_sync_folder(const char *path, struct err *e)
{
    mem_auto char *copy_of_path = mem_strdup(path);
    int fd = open(dirname(copy_of_path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd < 0 ? -1 : fsync(fd), why = errno;
    if (fd >= 0)
        close(fd);
    return rc ? err_set(e, ERR_IO, "the folder of '%s' cannot be synced: %s", path, strerror(why)) : 0;
}

static int publish(int fd, const char *beside, const char *path, int64_t *ret_bytes, struct err *e)
{
    struct stat st;
    crash_here(CRASH_BEFORE_PUBLISH);
    bool ok = fsync(fd) == 0 && fstat(fd, &st) == 0 && rename(beside, path) == 0;
    int why = errno;
    if (!ok)
        return err_set(e, why == ENOSPC ? ERR_DISK_FULL : ERR_IO, "cannot write '%s': %s", path, strerror(why));
    crash_here(CRASH_AFTER_PUBLISH);
    *ret_bytes = st.st_size;
    return store_sync_folder(path, e);
}

static int verify(const char *path, const struct backup_options *o, struct err *e)
{
    int result = backup_file_verify(path, o->stop, e);
    return result ? err_wrap(e, "the copy is no good, and so may the store be ('edgecron doctor' looks)") : 0;
}

int store_backup(struct store *s, const char *path, const struct backup_options *o, int64_t *ret_bytes, struct err *e)
{
    mem_auto char *beside = mem_printf("%s.part", path);
    if (!o->replace && access(path, F_OK) == 0)
        return err_set(e, ERR_CONFLICT, "'%s' is there already: give another name, or remove it", path);
    int fd = -1, result = create(beside, &fd, e); /* -1: gcc 12 with -fsanitize=thread takes it for unset */
    if (result)
        return result;
    crash_here(CRASH_BEFORE_BACKUP);
    result = room_for(s, beside, e);
    if (!result)
        result = copy_snapshot(s, fd, beside, o, e);
    crash_here(CRASH_BEFORE_VERIFY);
    if (!result && o->verify)
        result = verify(beside, o, e);
    if (!result)
        result = publish(fd, beside, path, ret_bytes, e);
    if (result)
        unlink(beside);
    close(fd);
    return result;
}
