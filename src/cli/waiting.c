#include "cli/waiting.h"

#include "api/listen.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/notify.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define TRY_MS 1000
#define REQUEST_MS 200 /* for a request to arrive: nobody keeps the others waiting */

#define DETAIL                                                                                                       \
    "no space left for the store, so nothing is planned or called: free some, and the server starts by itself; the " \
    "log says where"
#define HEAD(status, type) \
    "HTTP/1.1 " status "\r\nContent-Type: " type "\r\nConnection: close\r\nRetry-After: 5\r\n\r\n"

/* Those of api/resource_health.c, as far as they can be told; strangers learn no path. */
static const struct {
    const char *path, *answer;
} answers[] = {
    { "/healthz", HEAD("200 OK", "application/json") "{\"status\":\"ok\"}" },
    { "/readyz",
      HEAD("503 Service Unavailable", "application/json") "{\"status\":\"not_ready\",\"checks\":[{\"name\":"
                                                          "\"store\",\"ok\":false,\"message\":\"" DETAIL "\"}]}" },
    { "/",
      HEAD("503 Service Unavailable", "application/problem+json") "{\"title\":\"Service Unavailable\",\"status\":503,"
                                                                  "\"code\":\"disk_full\",\"detail\":\"" DETAIL "\"}" },
};

bool waiting_wanted(const struct service *s, int result)
{
    return result == -(int)ERR_DISK_FULL && !s->engine;
}

static const char *answer_to(const char *request)
{
    const char *path = strchr(request, ' ');
    for (size_t i = 0; i + 1 < sizeof answers / sizeof *answers; i++)
        if (path && strncmp(path + 1, answers[i].path, strlen(answers[i].path)) == 0)
            return answers[i].answer;
    return answers[sizeof answers / sizeof *answers - 1].answer;
}

static void answer(int listener)
{
    const struct timeval patience = { .tv_usec = REQUEST_MS * 1000 };
    char request[4096];
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    ssize_t n = recv(fd, request, sizeof request - 1, 0);
    request[n > 0 ? n : 0] = '\0';
    const char *text = answer_to(request);
    if (n > 0 && send(fd, text, strlen(text), MSG_NOSIGNAL) > 0) {
        shutdown(fd, SHUT_WR);
        n = recv(fd, request, sizeof request, 0); /* what is unread would reset what was just said */
    }
    close(fd);
}

static int listener_of(const struct service *s, const struct config *c, const char *listen_text)
{
    struct listen_address a;
    int fd = -1, port;
    if (config_text(c, FLAG_TLS_CERT))
        return -1;
    if (s->inherited.fd)
        return fcntl(s->inherited.fd, F_DUPFD_CLOEXEC, 3);
    if (listen_parse(listen_text, &a, NULL) == 0)
        listen_open(&a, &fd, &port, NULL);
    return fd;
}

/* Answers for a second. Returns a signal that is to end the wait, or 0. */
static int wait_once(struct service *s, const struct config *c, const char *listen_text)
{
    int listener = listener_of(s, c, listen_text), got = 0;
    struct mono start = clock_mono();
    for (int64_t left; !got && (left = TRY_MS - mono_ms_since(start, clock_mono())) > 0;) {
        struct pollfd p[] = { { .fd = s->signals, .events = POLLIN }, { .fd = listener, .events = POLLIN } };
        if (poll(p, 2, (int)left) <= 0)
            continue;
        if (p[1].revents)
            answer(listener);
        got = p[0].revents ? service_signal(s, 0) : 0;
    }
    if (listener >= 0)
        close(listener);
    return got;
}

int waiting_start(struct service *s, const struct config *c, const char *listen_text, int *ret_signal, struct err *e)
{
    int r = -(int)ERR_DISK_FULL;
    log_error("the server cannot start yet: nothing is planned or called until there is space",
              L_STR("error", e->text));
    notify_send("STATUS=waiting for space on the disk of the data directory");
    while (waiting_wanted(s, r) && (*ret_signal = wait_once(s, c, listen_text)) == 0) {
        notify_send("EXTEND_TIMEOUT_USEC=30000000"); /* of the start, which this still is */
        *e = (struct err){ 0 };
        r = service_start(s, c, config_text(c, FLAG_DATA), listen_text, e);
    }
    if (r == 0)
        log_info("there is space again: the server has started");
    return *ret_signal ? 0 : r;
}
