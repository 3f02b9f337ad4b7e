/* lock.c - one server per data directory (store.h).
 *
 * An open-file-description lock: it goes with the process however that dies, so a stale file is harmless, and asking
 * who holds it (F_OFD_GETLK) disturbs nobody. The file's text, the pid, is for messages alone. */
#include "store/store.h"

#include "base/mem.h"
#include "store/statement.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct flock whole_file(void)
{
    return (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET };
}

static pid_t read_pid(int fd)
{
    char text[32];
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    return (pid_t)strtol(text, NULL, 10);
}

static int write_pid(int fd)
{
    char text[32];
    int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    return ftruncate(fd, 0) || pwrite(fd, text, (size_t)n, 0) != n ? -1 : 0;
}

static int fail(const char *path, struct err *e)
{
    int os_error = errno;
    if (store_no_space(os_error))
        return err_set(e, ERR_DISK_FULL, "no space left for '%s' (%s): free some", path, strerror(os_error));
    return err_set(e, ERR_IO, "'%s' cannot be opened by user id %d: %s; run as the directory's owner", path,
                   (int)geteuid(), strerror(os_error));
}

static int take(int fd, const char *path, struct err *e)
{
    struct flock lock = whole_file();
    if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
        return write_pid(fd) ? fail(path, e) : 0;
    if (errno == EAGAIN || errno == EACCES)
        return err_set(
            e, ERR_CONFLICT,
            "another edgecron server (pid %ld) runs on this data directory: '%s' is locked; stop that one, or "
            "give this one a directory of its own with --data",
            (long)read_pid(fd), path);
    return err_set(e, ERR_IO, "'%s' cannot be locked: %s", path, strerror(errno));
}

int store_lock_server(const char *dir, int *ret_fd, struct err *e)
{
    mem_auto char *path = mem_printf("%s/" STORE_LOCK_FILE, dir);
    int made =
        store_make_directory(dir, e); /* the lock comes before the store, so on a first start there may be none */
    if (made)
        return made;
    int fd = store_open_file(dir, path, O_RDWR);
    if (fd < 0)
        return fail(path, e);
    int result = take(fd, path, e);
    if (result)
        close(fd);
    else
        *ret_fd = fd;
    return result;
}

void store_unlock_server(int fd)
{
    if (fd >= 0)
        close(fd);
}

/* A server that has just locked may not have written its pid yet: asked again for a moment. */
pid_t store_server_pid(const char *dir)
{
    mem_auto char *path = mem_printf("%s/" STORE_LOCK_FILE, dir);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    pid_t pid = 0;
    if (fd < 0)
        return 0;
    for (int i = 0; i < 20; i++) {
        struct flock lock = whole_file();
        if (fcntl(fd, F_OFD_GETLK, &lock) || lock.l_type == F_UNLCK) {
            pid = 0;
            break;
        }
        pid = read_pid(fd);
        if (pid > 0)
            break;
        pid = -1;
        usleep(5000);
    }
    close(fd);
    return pid;
}
