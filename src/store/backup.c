#include "store/backup.h"

#include "base/mem.h"
#include "store/jobs.h"
#include "store/look.h"
#include "store/statement.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define PAGES_A_STEP 1024
#define SPARE_BYTES (16 * 1024 * 1024) /* left free beside the copy: whoever works on the store goes on writing */

/* As one's own, before SQLite opens it: nobody else may read it for a moment. */
static int create(const char *path, struct err *e)
{
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set(e, ERR_IO, "cannot write '%s': %s", path, strerror(errno));
    close(fd);
    return 0;
}

static int room_for(struct store *s, const char *path, struct err *e)
{
    mem_auto char *db = mem_printf("%s/" STORE_FILE, s->dir);
    struct stat st;
    struct statvfs fs;
    if (stat(db, &st) || statvfs(path, &fs))
        return 0; /* writing will tell */
    int64_t free_bytes = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
    if (free_bytes >= st.st_size + SPARE_BYTES)
        return 0;
    return err_set(e, ERR_DISK_FULL,
                   "a backup takes %lld MiB and 16 more, and the disk of '%s' has %lld left: free some space, or write "
                   "it to another disk",
                   (long long)(st.st_size >> 20), path, (long long)(free_bytes >> 20));
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
    int64_t jobs;
    int result = store_begin(s, e);
    return result ? result : jobs_count(s, &jobs, e);
}

static int copy_pages(struct store *s, sqlite3 *to, const char *path, struct err *e)
{
    int rc;
    sqlite3_backup *b = sqlite3_backup_init(to, "main", s->db, "main");
    if (!b)
        return fail(to, path, sqlite3_errcode(to), e);
    do
        rc = sqlite3_backup_step(b, PAGES_A_STEP);
    while (rc == SQLITE_OK);
    int finished = sqlite3_backup_finish(b);
    return rc == SQLITE_DONE && finished == SQLITE_OK ? 0 : fail(to, path, rc == SQLITE_DONE ? finished : rc, e);
}

struct looked {
    bool ok, unread;
};

static int take_answer(void *ctx, int n, char **texts, char **names)
{
    struct looked *x = ctx;
    (void)names;
    x->ok = n == 1 && texts[0] && !strcmp(texts[0], "ok");
    x->unread |= n == 1 && look_could_not_read(texts[0]);
    return 0;
}

static int look_through(sqlite3 *to, const char *path, struct err *e)
{
    struct looked x = { false };
    int rc = sqlite3_exec(to, "PRAGMA quick_check(1)", take_answer, &x, NULL);
    if (rc)
        return fail(to, path, rc, e);
    if (x.unread)
        return err_set(e, ERR_IO, "the copy '%s' cannot be read back: look at the disk, and write it to another", path);
    return x.ok ? 0
                : err_set(e, ERR_STORE, "the copy '%s' is damaged, and so may the store be: 'edgecron doctor' looks",
                          path);
}

/* Synced once, when it is whole: a copy that is cut short is thrown away. */
static int copy(struct store *s, const char *path, bool verify, struct err *e)
{
    sqlite3 *to = NULL;
    int rc = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    int result = rc ? fail(to, path, rc, e) : 0;
    if (!result)
        sqlite3_exec(to, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF", NULL, NULL, NULL);
    if (!result)
        result = copy_pages(s, to, path, e);
    if (!result && verify)
        result = look_through(to, path, e);
    sqlite3_close(to);
    return result;
}

static int copy_snapshot(struct store *s, const char *path, bool verify, struct err *e)
{
    int result = hold_snapshot(s, e);
    if (!result)
        result = copy(s, path, verify, e);
    store_rollback(s);
    return result;
}

static int publish(const char *beside, const char *path, int64_t *ret_bytes, struct err *e)
{
    struct stat st;
    int fd = open(beside, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && fsync(fd) == 0 && fstat(fd, &st) == 0 && rename(beside, path) == 0;
    int why = errno;
    if (fd >= 0)
        close(fd);
    if (!ok)
        return err_set(e, why == ENOSPC ? ERR_DISK_FULL : ERR_IO, "cannot write '%s': %s", path, strerror(why));
    *ret_bytes = st.st_size;
    return 0;
}

int store_backup(struct store *s, const char *path, const struct backup_options *o, int64_t *ret_bytes, struct err *e)
{
    mem_auto char *beside = mem_printf("%s.part", path);
    if (!o->replace && access(path, F_OK) == 0)
        return err_set(e, ERR_CONFLICT, "'%s' is there already: give another name, or remove it", path);
    int result = create(beside, e);
    if (result)
        return result;
    result = room_for(s, beside, e);
    if (!result)
        result = copy_snapshot(s, beside, o->verify, e);
    if (!result)
        result = publish(beside, path, ret_bytes, e);
    if (result)
        unlink(beside);
    return result;
}
