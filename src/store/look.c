/* look.c - a database opened without a trace (STORE_LOOK of store.h), and looked through for damage.
 *
 * A plain read-only connection makes the files of the WAL when they are not there, and leaves them. Here: without a WAL the
 * file is read as one that cannot change; with one, the WAL's index is kept in memory instead of a file that processes
 * share. Neither sees other processes' locks: so this is for when no server runs, and meanwhile a lock of our own keeps
 * a command that ends from moving its WAL into the database under our eyes. */
#include "store/look.h"

#include "base/buf.h"
#include "base/mem.h"
#include "core/url.h"
#include "store/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where SQLite's readers hold their lock (the file format's "lock byte page"). */
#define SHARED_FIRST (0x40000000 + 2)
#define SHARED_SIZE 510
#define WAIT_MS 5000

/* Held until the descriptor is closed. An open-file-description lock: closing it takes none of SQLite's away. */
static int hold(const char *path, int *ret_fd, struct err *e)
{
    struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = SHARED_FIRST, .l_len = SHARED_SIZE };
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set(e, ERR_IO, "'%s' cannot be read: %s", path, strerror(errno));
    for (int waited_ms = 0; fcntl(fd, F_OFD_SETLK, &lock); waited_ms += 10) {
        int os_error = errno;
        if (waited_ms < WAIT_MS && (os_error == EAGAIN || os_error == EACCES)) {
            usleep(10000);
            continue;
        }
        close(fd);
        return err_set(e, ERR_BUSY, "'%s' is in use by another process (%s): try again in a moment", path,
                       strerror(os_error));
    }
    *ret_fd = fd;
    return 0;
}

static bool has_wal(const char *path)
{
    struct stat st;
    mem_auto char *wal = mem_printf("%s-wal", path);
    return stat(wal, &st) == 0 && st.st_size > 0;
}

static int connect_unchanging(struct store *s, const char *path)
{
    buf_auto struct buf name = BUF_INIT(32768);
    buf_str_add(&name, "file:");
    url_encode(&name, path, strlen(path));
    buf_str_add(&name, "?immutable=1");
    return name.full ? SQLITE_CANTOPEN
                     : sqlite3_open_v2(buf_str(&name), &s->db,
                                       SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, NULL);
}

struct store *look_file(const char *path)
{
    memory_setup();
    struct store *s = mem_alloc(sizeof *s);
    s->mode = STORE_LOOK;
    s->look_fd = -1;
    s->dir = mem_strdup(path);
    connect_unchanging(s, path);
    return s;
}

/* Run by root, SQLite gives a WAL that it opens to the database's owner; whose it is now may be what is wrong. For the
 * whole process, as system calls are the library's: a process that looks writes nothing else. */
static int keep_owner(int fd, uid_t uid, gid_t gid)
{
    (void)fd, (void)uid, (void)gid;
    return 0;
}

static void change_no_owners(void)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find("unix-none");
    if (vfs && vfs->iVersion >= 3)
        vfs->xSetSystemCall(vfs, "fchown", (sqlite3_syscall_ptr)keep_owner);
}

int look_connect(struct store *s, const char *path, struct err *e)
{
    change_no_owners();
    int result = hold(path, &s->look_fd, e);
    if (result)
        return result;
    bool wal = has_wal(path);
    int rc = wal ? sqlite3_open_v2(path, &s->db, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READONLY, "unix-none")
                 : connect_unchanging(s, path);
    if (rc == 0 && wal)
        rc = sqlite3_exec(s->db, "PRAGMA locking_mode = EXCLUSIVE", NULL, NULL, NULL);
    int persist = 1; /* a WAL that holds nothing would be removed at the end: these locks keep nobody from that */
    if (rc == 0 && wal)
        rc = sqlite3_file_control(s->db, "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
    return rc ? store_fail(s, rc, e) : 0;
}

bool look_could_not_read(const char *damage)
{
    static const char *const MARKS[] = { "failed to get page", "Failed to read ptrmap", "error code=10",
                                         "error code=266" };
    for (size_t i = 0; damage && i < MEM_COUNT(MARKS); i++)
        if (strstr(damage, MARKS[i]))
            return true;
    return false;
}

int store_check(struct store *s, void (*each)(void *ctx, const char *damage), void *ctx, struct err *e)
{
    sqlite3_stmt *q;
    int rc = sqlite3_prepare_v2(s->db, "PRAGMA quick_check(" STORE_CHECK_MOST ")", -1, &q, NULL);
    if (rc)
        return store_fail(s, rc, e);
    char unread[160] = "";
    while ((rc = sqlite3_step(q)) == SQLITE_ROW) {
        const char *text = (const char *)sqlite3_column_text(q, 0);
        if (look_could_not_read(text))
            snprintf(unread, sizeof unread, "%s", text);
        else if (text && strcmp(text, "ok") != 0)
            each(ctx, text);
    }
    int result = rc == SQLITE_DONE ? 0 : store_fail(s, rc, e);
    if (!result && *unread)
        result = err_set(e, ERR_IO, "'%s/" STORE_FILE "' cannot be read to its end: look at the disk first (%s)",
                         s->dir, unread);
    sqlite3_finalize(q);
    return result;
}
