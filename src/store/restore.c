#include "store/restore.h"

#include "base/crash.h"
#include "base/mem.h"
#include "store/home.h"
#include "store/runs.h"
#include "store/statement.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COPY_STEP (1024 * 1024)
#define SPARE_BYTES (16 * 1024 * 1024)
#define RENAME_NOREPLACE_FLAG 1 /* RENAME_NOREPLACE of linux/fs.h */

static const char *const store_files[] = { STORE_FILE, STORE_FILE "-wal", STORE_FILE "-shm", STORE_FILE "-journal" };

/* A WAL that was left behind would be taken for the new store's. */
static int check_vacant(const char *dir, struct err *e)
{
    for (size_t i = 0; i < MEM_COUNT(store_files); i++) {
        mem_auto char *path = mem_printf("%s/%s", dir, store_files[i]);
        if (access(path, F_OK) && errno == ENOENT)
            continue;
        return err_set(e, ERR_CONFLICT,
                       "'%s' is there already, and is not overwritten: restore into another directory (--data), or "
                       "move this one's " STORE_FILE "* away first",
                       path);
    }
    return 0;
}

static int check_room(const char *dir, int64_t bytes, struct err *e)
{
    struct statvfs fs;
    if (statvfs(dir, &fs) || (int64_t)fs.f_bavail * (int64_t)fs.f_frsize >= bytes + SPARE_BYTES)
        return 0;
    return err_set(e, ERR_DISK_FULL,
                   "the store takes %lld MiB and 16 more, and the disk of '%s' has %lld left: free some space",
                   (long long)(bytes >> 20), dir, (long long)fs.f_bavail * (long long)fs.f_frsize >> 20);
}

bool store_restore_clear(const char *shop)
{
    for (size_t i = 0; i < MEM_COUNT(store_files); i++) {
        mem_auto char *path = mem_printf("%s/%s", shop, store_files[i]);
        unlink(path);
    }
    return rmdir(shop) == 0 || errno == ENOENT;
}

static int copy_bytes(int from, int to)
{
    mem_auto char *step = mem_alloc(COPY_STEP);
    for (;;) {
        ssize_t n = read(from, step, COPY_STEP);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return (int)n;
        for (ssize_t done = 0, w; done < n; done += w)
            if ((w = write(to, step + done, (size_t)(n - done))) < 0)
                return -1;
        crash_here(CRASH_IN_RESTORE);
    }
}

static int copy_file(const char *file, const char *path, struct err *e)
{
    int from = open(file, O_RDONLY | O_CLOEXEC);
    int to = from < 0 ? -1 : open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int rc = to < 0 ? -1 : copy_bytes(from, to), why = errno;
    if (from >= 0)
        close(from);
    if (to >= 0)
        close(to);
    if (rc)
        return err_set(e, why == ENOSPC || why == EDQUOT ? ERR_DISK_FULL : ERR_IO, "'%s' cannot be copied to '%s': %s",
                       file, path, strerror(why));
    return 0;
}

/* Migrated, held, and as after a crash. The claims of the other life end here, not at the first start, so that whoever looks before that sees them. */
static int make_ready(const char *shop, struct wall made_at, struct err *e)
{
    struct store *s;
    struct wall now = clock_wall();
    int64_t interrupted;
    crash_here(CRASH_BEFORE_READY);
    int result = store_open_without_copy(&s, shop, e);
    if (result)
        return result;
    crash_here(CRASH_BEFORE_HELD);
    result = home_restored(s, made_at, now, e);
    if (result == 0)
        result = runs_recover(s, now, &interrupted, e);
    store_close(s);
    return result;
}

/* Never over another, as far as the file system can promise that; else we have the lock and have looked. */
static int rename_new(const char *from, const char *to)
{
    if (syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE_FLAG) == 0)
        return 0;
    return errno == EINVAL || errno == ENOSYS ? rename(from, to) : -1;
}

/* Root restores for a service that runs as the directory's owner. */
static int give(const char *path, const char *dir)
{
    struct stat st;
    if (geteuid() != 0 || stat(dir, &st))
        return 0;
    return chown(path, st.st_uid, st.st_gid);
}

/* Closed in order, all is in one file. */
static int put_in_place(const char *shop, const char *dir, struct err *e)
{
    mem_auto char *from = mem_printf("%s/" STORE_FILE, shop), *to = mem_printf("%s/" STORE_FILE, dir);
    mem_auto char *wal = mem_printf("%s-wal", from);
    if (access(wal, F_OK) == 0)
        return err_set(e, ERR_BUSY, "another process has '%s' open: do it again", from);
    crash_here(CRASH_BEFORE_PLACE);
    int fd = open(from, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && give(from, dir) == 0 && fsync(fd) == 0 && rename_new(from, to) == 0;
    int why = errno;
    if (fd >= 0)
        close(fd);
    crash_here(CRASH_AFTER_PLACE);
    return ok ? store_sync_folder(to, e) : err_set(e, ERR_IO, "'%s' cannot be put in place: %s", to, strerror(why));
}

static int restore_into(const char *file, const char *dir, const struct backup_facts *f, struct err *e)
{
    mem_auto char *shop = mem_printf("%s/" RESTORE_WORKSHOP, dir), *path = mem_printf("%s/" STORE_FILE, shop);
    store_restore_clear(shop); /* of one that was killed */
    int result = check_room(dir, f->bytes, e);
    if (result == 0)
        result = store_make_directory(shop, e);
    if (result == 0)
        result = copy_file(file, path, e);
    if (result == 0)
        result = make_ready(shop, f->made_at, e);
    if (result == 0)
        result = put_in_place(shop, dir, e);
    store_restore_clear(shop);
    return result;
}

int store_restore(const char *file, const char *dir, const char *key_file, struct backup_facts *ret, struct err *e)
{
    mem_auto char *lock_file = mem_printf("%s/" STORE_LOCK_FILE, dir);
    int lock, result = check_vacant(dir, e);
    if (result == 0)
        result = backup_file_check(file, key_file, ret, e);
    if (result == 0)
        result = store_lock_server(dir, &lock, e);
    if (result)
        return result;
    result = check_vacant(dir, e);
    if (result == 0)
        result = restore_into(file, dir, ret, e);
    if (give(lock_file, dir) && result == 0)
        result = err_set(e, ERR_IO, "'%s' cannot be given to the directory's owner: %s", lock_file, strerror(errno));
    store_unlock_server(lock);
    return result;
}
