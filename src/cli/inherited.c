#include "cli/inherited.h"

#include "api/listen.h"
#include "base/log.h"
#include "cli/notify.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FIRST 3 /* SD_LISTEN_FDS_START */
#define STORED "edgecron-listener"

/* How many were handed to this process; 0: none. */
static int count(void)
{
    const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
    if (!pid || !fds || strtol(pid, NULL, 10) != getpid())
        return 0;
    long n = strtol(fds, NULL, 10);
    return n > 0 && n < 1000 ? (int)n : 0;
}

/* By what they mean: an address of IPv6 can be written in many ways. */
static bool same_as_flag(const struct config *c, const char *text)
{
    struct listen_address a, b;
    return listen_parse(config_text(c, FLAG_LISTEN), &a, NULL) == 0 && listen_parse(text, &b, NULL) == 0 &&
           !memcmp(&a.socket, &b.socket, sizeof a.socket);
}

/* systemd has a duplicate, which it closes when it gets to it: until then the port would be taken, were it not for the shutdown. */
static void drop(struct inherited *h)
{
    log_info("the socket kept from before is not the one to listen on now", L_STR("kept", h->text));
    notify_send("FDSTOREREMOVE=1\nFDNAME=" STORED);
    shutdown(h->fd, SHUT_RDWR);
    close(h->fd);
    *h = (struct inherited){ 0 };
}

static int take_first(struct inherited *ret, struct err *e)
{
    struct listen_address a;
    const char *names = getenv("LISTEN_FDNAMES");
    if (listen_address_of(FIRST, &a, e) < 0) {
        e->code = ERR_USAGE;
        return err_wrap(e, "LISTEN_FDS: a .socket unit of edgecron needs one ListenStream=ADDRESS:PORT");
    }
    fcntl(FIRST, F_SETFD, FD_CLOEXEC);
    fcntl(FIRST, F_SETFL, fcntl(FIRST, F_GETFL) | O_NONBLOCK);
    *ret = (struct inherited){ .fd = FIRST, .stored = names && !strcmp(names, STORED) };
    snprintf(ret->text, sizeof ret->text, "%s", a.text);
    return 0;
}

int inherited_take(struct inherited *ret, const struct config *c, struct err *e)
{
    int n = count();
    *ret = (struct inherited){ 0 };
    if (n == 0)
        return 0;
    if (n > 1)
        return err_set(e, ERR_USAGE,
                       "LISTEN_FDS: %d sockets were handed over, and one is needed: a .socket unit of edgecron has one "
                       "ListenStream=",
                       n);
    int r = take_first(ret, e);
    if (r < 0 || !ret->stored || same_as_flag(c, ret->text))
        return r;
    drop(ret);
    return 0;
}

void inherited_keep(int fd)
{
    notify_send_fd(fd, "FDSTORE=1\nFDNAME=" STORED);
}
