#include "store/leftovers.h"

#include "base/log.h"
#include "base/mem.h"
#include "store/backup.h"
#include "store/migration_copy.h"
#include "store/restore.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Whoever writes one holds a lock on it (backup.c). */
static bool is_written(const char *path)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool held = fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    if (fd >= 0)
        close(fd);
    return held;
}

static bool is_left(const char *dir, const char *name, const char *path)
{
    if (!strcmp(name, RESTORE_WORKSHOP))
        return store_server_pid(dir) == 0 || store_server_pid(dir) == getpid(); /* who restores holds that lock */
    if (!migration_copy_half(name) && strcmp(name, BACKUP_SENT ".part") != 0 && strcmp(name, BACKUP_SENT) != 0)
        return false;
    return !is_written(path);
}

void leftovers_each(const char *dir, void (*each)(void *ctx, const char *path), void *ctx)
{
    DIR *folder = opendir(dir);
    for (const struct dirent *x; folder && (x = readdir(folder));) {
        mem_auto char *path = mem_printf("%s/%s", dir, x->d_name);
        if (is_left(dir, x->d_name, path))
            each(ctx, path);
    }
    if (folder)
        closedir(folder);
}

static void remove_one(void *ctx, const char *path)
{
    (void)ctx;
    bool gone = unlink(path) == 0 || store_restore_clear(path);
    if (gone)
        log_info("half of a copy, which a crash left, was removed", L_STR("file", path));
    else
        log_warn("half of a copy, which a crash left, cannot be removed", L_STR("file", path));
}

void leftovers_remove(const char *dir)
{
    leftovers_each(dir, remove_one, NULL);
}
