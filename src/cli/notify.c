#include "cli/notify.h"

#include "base/clock.h"
#include "base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define LINES_MAX 1024
#define PATIENCE_S 5 /* while systemd is busy, or being restarted */

/* *ret_len: of the address. False when nobody asked to be told. */
static bool address_of(struct sockaddr_un *to, socklen_t *ret_len)
{
    const char *path = getenv("NOTIFY_SOCKET");
    size_t len = path ? strlen(path) : 0;
    *to = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if (len < 2 || len >= sizeof to->sun_path || !strchr("/@", path[0]))
        return false;
    memcpy(to->sun_path, path, len);
    if (path[0] == '@')
        to->sun_path[0] = '\0'; /* the abstract name space, which has no terminator */
    *ret_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    return true;
}

bool notify_wanted(void)
{
    struct sockaddr_un to;
    socklen_t len;
    return address_of(&to, &len);
}

/* A socket for each datagram: systemd may have been restarted, and its socket be another one. */
static int send_to(const struct sockaddr_un *to, socklen_t to_len, const char *lines, int attached)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control = { 0 };
    struct iovec text = { (char *)lines, strlen(lines) };
    struct msghdr m = { .msg_name = (void *)to, .msg_namelen = to_len, .msg_iov = &text, .msg_iovlen = 1 };
    if (attached >= 0) {
        m.msg_control = &control;
        m.msg_controllen = sizeof control.room;
        control.head.cmsg_level = SOL_SOCKET;
        control.head.cmsg_type = SCM_RIGHTS;
        control.head.cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(&control.head), &attached, sizeof attached);
    }
    const struct timeval patience = { .tv_sec = PATIENCE_S };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    ssize_t sent = sendmsg(fd, &m, MSG_NOSIGNAL);
    int saved = errno;
    close(fd);
    errno = saved;
    return sent < 0 ? -1 : 0;
}

void notify_send_fd(int fd, const char *lines)
{
    struct sockaddr_un to;
    socklen_t len;
    if (address_of(&to, &len) && send_to(&to, len, lines, fd) < 0)
        log_warn("cannot tell systemd", L_STR("state", lines), L_STR("why", strerror(errno)));
}

void notify_send(const char *fmt, ...)
{
    char lines[LINES_MAX];
    va_list args;
    va_start(args, fmt);
    vsnprintf(lines, sizeof lines, fmt, args);
    va_end(args);
    notify_send_fd(-1, lines);
}

void notify_reloading(void)
{
    notify_send("RELOADING=1\nMONOTONIC_USEC=%" PRId64 "\nSTATUS=reading files again", clock_mono().us);
}

static int64_t number_of(const char *name)
{
    const char *text = getenv(name);
    char *end;
    long long n = text && *text ? strtoll(text, &end, 10) : 0;
    return text && *text && !*end && n > 0 ? n : 0;
}

int64_t notify_watchdog_us(void)
{
    int64_t pid = number_of("WATCHDOG_PID");
    return notify_wanted() && (!pid || pid == getpid()) ? number_of("WATCHDOG_USEC") : 0;
}
