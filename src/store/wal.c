#include "store/wal.h"

#include "base/mem.h"

static int checkpoint(sqlite3 *db, int mode, int *ret_left)
{
    int pages = 0, moved = 0;
    int rc = sqlite3_wal_checkpoint_v2(db, NULL, mode, &pages, &moved);
    *ret_left = pages > moved ? pages - moved : 0;
    return rc == SQLITE_BUSY ? SQLITE_OK : rc; /* another one is at it, or a reader holds it: what was left says so */
}

int wal_connect(const char *dir, sqlite3 **ret, struct err *e)
{
    mem_auto char *path = mem_printf("%s/" STORE_FILE, dir);
    int rc = sqlite3_open_v2(path, ret, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE, NULL);
    if (rc == 0) /* the first look opens the WAL */
        rc = sqlite3_exec(*ret, "PRAGMA mmap_size = 0; PRAGMA cache_size = -64; SELECT 1 FROM sqlite_schema LIMIT 1",
                          NULL, NULL, NULL);
    if (rc == 0)
        return 0;
    sqlite3_close(*ret);
    *ret = NULL;
    return err_set(e, ERR_IO, "'%s' cannot be opened for checkpoints: %s", path, sqlite3_errstr(rc));
}

int wal_checkpoint(sqlite3 *db, int *ret_left)
{
    return checkpoint(db, SQLITE_CHECKPOINT_PASSIVE, ret_left);
}

int wal_restart(sqlite3 *db, int *ret_left)
{
    sqlite3_busy_timeout(db, WAL_WAIT_MS);
    int rc = checkpoint(db, SQLITE_CHECKPOINT_RESTART, ret_left);
    sqlite3_busy_timeout(db, STORE_BUSY_TIMEOUT_MS);
    return rc;
}

void wal_keep(sqlite3 *db)
{
    sqlite3_wal_autocheckpoint(db, 0);
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
}
