#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 65536

int file_drain(int fd, struct buf *out)
{
    for (;;) {
        size_t room = out->max - out->len < CHUNK ? out->max - out->len : CHUNK;
        char *to = room ? buf_reserve(out, room) : NULL;
        char extra;
        ssize_t n = to ? read(fd, to, room) : read(fd, &extra, 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n > 0 && !to)
            errno = EFBIG;
        if (n < 0 || (n > 0 && !to))
            return -1;
        if (n == 0)
            return 0;
        out->len += (size_t)n;
        out->data[out->len] = '\0';
    }
}

int file_read(const char *path, struct buf *out)
{
    struct stat st;
    int result = -1, fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return -1;
    if (fstat(fd, &st) == 0) {
        if (S_ISREG(st.st_mode))
            result = file_drain(fd, out);
        else
            errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
    }
    int saved = errno;
    close(fd);
    errno = saved;
    return result;
}
