#include "store/fault_vfs.h"

#ifdef EDGECRON_TEST_HOOKS

#include "base/crash.h"
#include "store/statement.h"

#include <errno.h>
#include <sqlite3.h>
#include <stddef.h>
#include <string.h>

#define PAGE_SIZE 4096

struct layer {
    sqlite3_file base;
    const char *path;
    sqlite3_file *real; /* behind this one */
};

static sqlite3_vfs *below;
static fault_watcher watcher;
static void *watcher_ctx;
static bool skip_sync;

static sqlite3_file *real(sqlite3_file *f)
{
    return ((struct layer *)f)->real;
}

/* What the library makes of a system call that fails so. */
static int fail_with(int os_error, enum fault_kind k, int io_code)
{
    if (!os_error)
        return 0;
    errno = os_error;
    if (os_error == EUCLEAN)
        return SQLITE_CORRUPT;
    return os_error == ENOSPC && k == FAULT_WRITE ? SQLITE_FULL : io_code;
}

static int fail(enum fault_kind k, int io_code)
{
    return fail_with(fault_strikes(k), k, io_code);
}

static bool is_store(const char *path)
{
    size_t len = path ? strlen(path) : 0, name_len = strlen(STORE_FILE);
    return len >= name_len && !strcmp(path + len - name_len, STORE_FILE);
}

static void tell(const struct fault_event *event)
{
    if (watcher && event->path)
        watcher(watcher_ctx, event);
}

static int layer_close(sqlite3_file *f)
{
    return real(f)->pMethods->xClose(real(f));
}

static int layer_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
    int rc = fail(FAULT_READ, SQLITE_IOERR_READ);
    if (!rc && is_store(((struct layer *)f)->path))
        rc = fail_with(fault_strikes_page(at / PAGE_SIZE + 1), FAULT_READ, SQLITE_IOERR_READ);
    return rc ? rc : real(f)->pMethods->xRead(real(f), to, n, at);
}

/* Pages of the store itself are written when the WAL is moved into it, and when it is made. */
static enum crash_point write_point(const char *path)
{
    return is_store(path) ? CRASH_IN_CHECKPOINT : CRASH_IN_WRITE;
}

static int layer_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
    int rc = fail(FAULT_WRITE, SQLITE_IOERR_WRITE);
    if (rc) { /* what a device does: a part of it may have got there */
        real(f)->pMethods->xWrite(real(f), from, n / 2, at);
        errno = (rc & 0xff) == SQLITE_FULL ? ENOSPC : EIO;
        return rc;
    }
    if (crash_due(write_point(((struct layer *)f)->path))) {
        real(f)->pMethods->xWrite(real(f), from, n / 2, at);
        crash_now();
    }
    rc = real(f)->pMethods->xWrite(real(f), from, n, at);
    if (!rc)
        tell(&(struct fault_event){
            .kind = FAULT_WRITE, .path = ((struct layer *)f)->path, .data = from, .offset = at, .len = n });
    return rc;
}

static int layer_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    int rc = fail(FAULT_TRUNCATE, SQLITE_IOERR_TRUNCATE);
    if (!rc)
        rc = real(f)->pMethods->xTruncate(real(f), size);
    if (!rc)
        tell(&(struct fault_event){ .kind = FAULT_TRUNCATE, .path = ((struct layer *)f)->path, .len = size });
    return rc;
}

static int layer_sync(sqlite3_file *f, int flags)
{
    int rc = fail(FAULT_SYNC, SQLITE_IOERR_FSYNC);
    crash_here(CRASH_BEFORE_SYNC);
    if (!rc && !skip_sync)
        rc = real(f)->pMethods->xSync(real(f), flags);
    if (!rc)
        tell(&(struct fault_event){ .kind = FAULT_SYNC, .path = ((struct layer *)f)->path });
    return rc;
}

static int layer_size(sqlite3_file *f, sqlite3_int64 *ret)
{
    int rc = fail(FAULT_SIZE, SQLITE_IOERR_FSTAT);
    return rc ? rc : real(f)->pMethods->xFileSize(real(f), ret);
}

static int layer_lock(sqlite3_file *f, int level)
{
    int rc = fail(FAULT_LOCK, SQLITE_IOERR_LOCK);
    return rc ? rc : real(f)->pMethods->xLock(real(f), level);
}

static int layer_unlock(sqlite3_file *f, int level)
{
    return real(f)->pMethods->xUnlock(real(f), level);
}

static int layer_check_lock(sqlite3_file *f, int *ret)
{
    int rc = fail(FAULT_LOCK, SQLITE_IOERR_CHECKRESERVEDLOCK);
    return rc ? rc : real(f)->pMethods->xCheckReservedLock(real(f), ret);
}

static int layer_control(sqlite3_file *f, int op, void *arg)
{
    return real(f)->pMethods->xFileControl(real(f), op, arg);
}

static int layer_sector(sqlite3_file *f)
{
    return real(f)->pMethods->xSectorSize(real(f));
}

static int layer_device(sqlite3_file *f)
{
    return real(f)->pMethods->xDeviceCharacteristics(real(f));
}

static int layer_shm_map(sqlite3_file *f, int region, int size, int extend, void volatile **ret)
{
    int rc = fail(FAULT_SHM_MAP, SQLITE_IOERR_SHMMAP);
    if (!rc)
        return real(f)->pMethods->xShmMap(real(f), region, size, extend, ret);
    *ret = NULL;
    return rc;
}

/* Taking a lock may fail; giving one back does not. */
static int layer_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    int rc = flags & SQLITE_SHM_LOCK ? fail(FAULT_SHM_LOCK, SQLITE_IOERR_SHMLOCK) : 0;
    return rc ? rc : real(f)->pMethods->xShmLock(real(f), offset, n, flags);
}

static void layer_shm_barrier(sqlite3_file *f)
{
    real(f)->pMethods->xShmBarrier(real(f));
}

static int layer_shm_unmap(sqlite3_file *f, int delete)
{
    return real(f)->pMethods->xShmUnmap(real(f), delete);
}

static int layer_fetch(sqlite3_file *f, sqlite3_int64 at, int n, void **ret)
{
    return real(f)->pMethods->xFetch(real(f), at, n, ret);
}

static int layer_unfetch(sqlite3_file *f, sqlite3_int64 at, void *p)
{
    return real(f)->pMethods->xUnfetch(real(f), at, p);
}

static const sqlite3_io_methods METHODS = {
    .iVersion = 3,
    .xClose = layer_close,
    .xRead = layer_read,
    .xWrite = layer_write,
    .xTruncate = layer_truncate,
    .xSync = layer_sync,
    .xFileSize = layer_size,
    .xLock = layer_lock,
    .xUnlock = layer_unlock,
    .xCheckReservedLock = layer_check_lock,
    .xFileControl = layer_control,
    .xSectorSize = layer_sector,
    .xDeviceCharacteristics = layer_device,
    .xShmMap = layer_shm_map,
    .xShmLock = layer_shm_lock,
    .xShmBarrier = layer_shm_barrier,
    .xShmUnmap = layer_shm_unmap,
    .xFetch = layer_fetch,
    .xUnfetch = layer_unfetch,
};

static int layer_open(sqlite3_vfs *vfs, sqlite3_filename path, sqlite3_file *f, int flags, int *ret_flags)
{
    struct layer *l = (struct layer *)f;
    (void)vfs;
    l->base.pMethods = NULL;
    l->path = path;
    l->real = (sqlite3_file *)(l + 1);
    int rc = fail(FAULT_OPEN, SQLITE_CANTOPEN);
    if (!rc)
        rc = below->xOpen(below, path, l->real, flags, ret_flags);
    if (rc)
        return rc;
    l->base.pMethods = &METHODS;
    tell(&(struct fault_event){
        .kind = FAULT_OPEN, .path = path, .journal = (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0 });
    return 0;
}

static int layer_delete(sqlite3_vfs *vfs, const char *path, int sync)
{
    (void)vfs;
    int rc = fail(FAULT_DELETE, SQLITE_IOERR_DELETE);
    if (!rc)
        rc = below->xDelete(below, path, skip_sync ? 0 : sync);
    if (!rc)
        tell(&(struct fault_event){ .kind = FAULT_DELETE, .path = path, .durable = sync != 0 });
    return rc;
}

static int layer_access(sqlite3_vfs *vfs, const char *path, int flags, int *ret)
{
    (void)vfs;
    int rc = fail(FAULT_ACCESS, SQLITE_IOERR_ACCESS);
    return rc ? rc : below->xAccess(below, path, flags, ret);
}

void fault_vfs_register(void)
{
    static sqlite3_vfs layer;
    below = sqlite3_vfs_find(NULL);
    layer = *below; /* whatever else there is goes straight to it: it looks at no vfs but itself */
    layer.zName = "edgecron-fault";
    layer.szOsFile = (int)sizeof(struct layer) + below->szOsFile;
    layer.pNext = NULL;
    layer.xOpen = layer_open;
    layer.xDelete = layer_delete;
    layer.xAccess = layer_access;
    sqlite3_vfs_register(&layer, 1);
}

void fault_vfs_watch(fault_watcher fn, void *ctx)
{
    watcher = fn;
    watcher_ctx = ctx;
}

void fault_vfs_skip_sync(bool skip)
{
    skip_sync = skip;
}

#endif
