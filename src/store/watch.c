/* watch.c - commands tell a running server that something changed (store.h).
 *
 * An announcement is the closing of a file that was opened for writing: it needs no space on the disk, and as only
 * that file is watched, the server's own writes to the database wake nobody. */
#include "store/store.h"

#include "base/mem.h"
#include "store/statement.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define WATCH_FILE "edgecron.changed"

static int touch(const char *dir, const char *path)
{
    int fd = store_open_file(dir, path, O_WRONLY);
    return fd < 0 ? -1 : close(fd);
}

void store_announce(const char *dir)
{
    mem_auto char *path = mem_printf("%s/" WATCH_FILE, dir);
    touch(dir, path);
}

int store_watch(const char *dir, int *ret_fd, struct err *e)
{
    mem_auto char *path = mem_printf("%s/" WATCH_FILE, dir);
    if (touch(dir, path))
        return err_set(e, errno == ENOSPC ? ERR_DISK_FULL : ERR_IO, "'%s' cannot be written: %s", path,
                       strerror(errno));
    int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (fd < 0)
        return err_set(e, ERR_IO, "inotify: %s", strerror(errno));
    if (inotify_add_watch(fd, path, IN_CLOSE_WRITE) < 0) {
        int os_error = errno;
        close(fd);
        return err_set(e, ERR_IO, "'%s' cannot be watched: %s", path, strerror(os_error));
    }
    *ret_fd = fd;
    return 0;
}

bool store_watch_drain(int fd)
{
    char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    bool any = false;
    while (read(fd, events, sizeof events) > 0)
        any = true;
    return any;
}
