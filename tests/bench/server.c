/* server.c - the function that every benchmark calls: HTTP/1.1, keep-alive, one thread, one epoll.
 *
 *   server [DELAY_MS]
 *
 * Prints the port it picked. Answers every request with 200 and a small JSON body, DELAY_MS later. GET /stats gives
 * the number of requests and when the others came, in ms after ?base=MS (since the epoch); GET /reset forgets them. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { FDS = 65536, IN_MAX = 16384, EVENTS = 512, ARRIVALS = 1 << 20, QUEUE = 1 << 17 };

struct conn {
    bool open;
    uint32_t generation; /* tells a delayed answer whether its connection is still the same */
    size_t len;
    char in[IN_MAX];
};
struct answer {
    int fd;
    uint32_t generation;
    int64_t due;
};

static struct conn *conns[FDS];
static int64_t arrivals[ARRIVALS];
static size_t n_arrivals;
static struct answer queue[QUEUE]; /* a constant delay keeps it in order */
static size_t head, tail;
static int64_t delay_ms;
static int epoll_fd;

static const char ok[] =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n{\"ok\":true,\"n\":3}";

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void drop(int fd)
{
    struct conn *c = conns[fd];
    c->open = false;
    c->generation++;
    close(fd);
}

/* Answers are far smaller than any send buffer: a short write means a peer that does not read. */
static bool answer_now(int fd, const char *text, size_t len)
{
    if (send(fd, text, len, MSG_NOSIGNAL) == (ssize_t)len)
        return true;
    drop(fd);
    return false;
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int64_t percentile(double p)
{
    return n_arrivals ? arrivals[(size_t)((double)(n_arrivals - 1) * p)] : 0;
}

static bool answer_stats(int fd, const char *request)
{
    const char *base_text = strstr(request, "base=");
    int64_t base = base_text ? strtoll(base_text + 5, NULL, 10) : 0;
    qsort(arrivals, n_arrivals, sizeof *arrivals, by_value);
    char body[256], text[512];
    int n = snprintf(body, sizeof body, "{\"count\":%zu,\"first\":%lld,\"p50\":%lld,\"p99\":%lld,\"last\":%lld}",
                     n_arrivals, (long long)(percentile(0) - base), (long long)(percentile(0.5) - base),
                     (long long)(percentile(0.99) - base), (long long)(percentile(1) - base));
    int len = snprintf(text, sizeof text,
                       "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", n, body);
    return answer_now(fd, text, (size_t)len);
}

static bool serve_request(int fd, const char *request)
{
    if (!strncmp(request, "GET /stats", 10))
        return answer_stats(fd, request);
    if (!strncmp(request, "GET /reset", 10))
        n_arrivals = 0;
    else if (n_arrivals < ARRIVALS)
        arrivals[n_arrivals++] = now_ms();
    if (!delay_ms)
        return answer_now(fd, ok, sizeof ok - 1);
    queue[tail++ % QUEUE] = (struct answer){ fd, conns[fd]->generation, now_ms() + delay_ms };
    return true;
}

/* Length of the first whole request in the buffer; 0 when more is needed. */
static size_t request_length(const char *in, size_t len)
{
    const char *end = memmem(in, len, "\r\n\r\n", 4);
    if (!end)
        return 0;
    size_t total = (size_t)(end - in) + 4;
    for (const char *p = in; p < end; p = (const char *)memchr(p, '\n', (size_t)(end - p) + 2) + 1)
        if (!strncasecmp(p, "content-length:", 15))
            total += (size_t)strtoull(p + 15, NULL, 10);
    return total <= len ? total : 0;
}

static void readable(int fd)
{
    struct conn *c = conns[fd];
    ssize_t n = recv(fd, c->in + c->len, IN_MAX - 1 - c->len, 0);
    if (n <= 0) {
        if (n == 0 || errno != EAGAIN)
            drop(fd);
        return;
    }
    c->len += (size_t)n;
    c->in[c->len] = 0;
    size_t used = 0, length;
    while (used < c->len && (length = request_length(c->in + used, c->len - used)) > 0) {
        if (!serve_request(fd, c->in + used))
            return;
        used += length;
    }
    if (!used && c->len == IN_MAX - 1) {
        drop(fd);
        return;
    }
    memmove(c->in, c->in + used, c->len - used);
    c->len -= used;
}

static void accept_all(int listener)
{
    int fd, one = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        if (fd >= FDS || (!conns[fd] && !(conns[fd] = calloc(1, sizeof *conns[fd])))) {
            close(fd);
            continue;
        }
        conns[fd]->open = true;
        conns[fd]->len = 0;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &(struct epoll_event){ .events = EPOLLIN, .data.fd = fd });
    }
}

/* Sends what is due; returns how long to wait for the next (-1: for ever). */
static int answer_due(void)
{
    int64_t now = now_ms();
    for (; head != tail; head++) {
        struct answer *a = &queue[head % QUEUE];
        if (a->due > now)
            return (int)(a->due - now);
        if (conns[a->fd]->open && conns[a->fd]->generation == a->generation)
            answer_now(a->fd, ok, sizeof ok - 1);
    }
    return -1;
}

static int listen_on_loopback(void)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, len) || listen(fd, 4096) ||
        getsockname(fd, (struct sockaddr *)&a, &len)) {
        perror("server");
        exit(1);
    }
    printf("%d\n", ntohs(a.sin_port));
    fflush(stdout);
    return fd;
}

int main(int argc, char **argv)
{
    delay_ms = argc > 1 ? strtoll(argv[1], NULL, 10) : 0;
    struct rlimit r;
    if (!getrlimit(RLIMIT_NOFILE, &r)) {
        r.rlim_cur = r.rlim_max;
        setrlimit(RLIMIT_NOFILE, &r);
    }
    int listener = listen_on_loopback();
    epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &(struct epoll_event){ .events = EPOLLIN, .data.fd = listener });
    for (;;) {
        struct epoll_event events[EVENTS];
        int n = epoll_wait(epoll_fd, events, EVENTS, answer_due());
        for (int i = 0; i < n; i++) {
            if (events[i].data.fd == listener)
                accept_all(listener);
            else if (conns[events[i].data.fd]->open)
                readable(events[i].data.fd);
        }
    }
}
