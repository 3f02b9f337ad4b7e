#include "store/spare.h"

#include "base/log.h"
#include "base/mem.h"
#include "store/upkeep.h"
#include "store/wal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define ROOM 4 /* times its size are to be free */

static bool room_for(const char *dir)
{
    struct statvfs fs;
    return statvfs(dir, &fs) == 0 && (int64_t)fs.f_bavail * (int64_t)fs.f_frsize >= (int64_t)ROOM * SPARE_BYTES;
}

void spare_make(const char *dir)
{
    mem_auto char *path = mem_printf("%s/" STORE_SPARE_FILE, dir);
    struct stat st;
    if ((stat(path, &st) == 0 && st.st_size == SPARE_BYTES) || !room_for(dir))
        return;
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    if (posix_fallocate(fd, 0, SPARE_BYTES))
        unlink(path);
    close(fd);
}

/* A WAL that was cut short, as after a start, has no room of its own for what deleting writes. */
static bool room_in_wal(const char *dir)
{
    struct stat st;
    struct statvfs fs;
    mem_auto char *path = mem_printf("%s/edgecron.db-wal", dir);
    int64_t room = stat(path, &st) == 0 ? st.st_size : 0;
    if (statvfs(dir, &fs) == 0)
        room += (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
    return room >= SPARE_BYTES / 4;
}

void spare_use(struct store *s)
{
    int left;
    mem_auto char *path = mem_printf("%s/" STORE_SPARE_FILE, s->dir);
    if ((wal_checkpoint(s->db, &left) == SQLITE_OK && room_in_wal(s->dir)) || unlink(path))
        return;
    log_warn("the disk is full: the spare file is given up, for what retention may delete", L_STR("file", path));
    wal_checkpoint(s->db, &left);
}
