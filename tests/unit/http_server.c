#include "http_server.h"

#include "base/crypto.h"
#include "base/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ticket.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct worker {
    pthread_t thread;
    atomic_bool over;
    struct server_conn conn;
    struct worker *next;
};

struct server {
    int fd;
    int stop; /* an eventfd */
    uint16_t port;
    int delay_ms;
    server_fn fn;
    void *ctx;
    bool tls;
    mbedtls_ssl_config config;
    mbedtls_ssl_ticket_context tickets;
    pthread_t thread;
    struct worker *workers;
    atomic_int connections, requests;
    atomic_bool stopping;
};

static int listen_on_free_port(uint16_t *ret_port)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof(a);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, len) < 0 || listen(fd, 4096) < 0 ||
        getsockname(fd, (struct sockaddr *)&a, &len) < 0)
        abort();
    *ret_port = ntohs(a.sin_port);
    return fd;
}

uint16_t server_refusing_port(void)
{
    uint16_t port;
    close(listen_on_free_port(&port));
    return port;
}

static bool wait_for(struct server_conn *c, short events)
{
    struct pollfd p[2] = { { .fd = c->fd, .events = events }, { .fd = c->server->stop, .events = POLLIN } };
    while (poll(p, 2, -1) < 0 && errno == EINTR)
        continue;
    return !(p[1].revents & POLLIN);
}

static int ssl_send(void *ctx, const unsigned char *data, size_t len)
{
    struct server_conn *c = ctx;
    ssize_t n = wait_for(c, POLLOUT) ? send(c->fd, data, len, MSG_NOSIGNAL) : -1;
    return n < 0 ? MBEDTLS_ERR_NET_SEND_FAILED : (int)n;
}

static int ssl_recv(void *ctx, unsigned char *data, size_t len)
{
    struct server_conn *c = ctx;
    ssize_t n = wait_for(c, POLLIN) ? recv(c->fd, data, len, 0) : -1;
    return n < 0 ? MBEDTLS_ERR_NET_RECV_FAILED : (int)n;
}

static ssize_t read_some(struct server_conn *c, void *data, size_t len)
{
    if (c->ssl)
        return mbedtls_ssl_read(c->ssl, data, len);
    return wait_for(c, POLLIN) ? recv(c->fd, data, len, 0) : -1;
}

bool server_write(struct server_conn *c, const void *data, size_t len)
{
    const char *p = data;
    while (len > 0) {
        ssize_t n = c->ssl                 ? mbedtls_ssl_write(c->ssl, (const unsigned char *)p, len)
                    : wait_for(c, POLLOUT) ? send(c->fd, p, len, MSG_NOSIGNAL)
                                           : -1;
        if (n <= 0)
            return false;
        p += n;
        len -= (size_t)n;
    }
    return true;
}

bool server_say(struct server_conn *c, const char *text)
{
    return server_write(c, text, strlen(text));
}

bool server_read_request(struct server_conn *c)
{
    size_t len = 0, left;
    char sink[16384];
    for (;;) {
        if (len == sizeof(c->head) - 1)
            return false;
        if (read_some(c, c->head + len, 1) != 1)
            return false;
        c->head[++len] = '\0';
        if (len >= 4 && strcmp(c->head + len - 4, "\r\n\r\n") == 0)
            break;
    }
    const char *length = strcasestr(c->head, "content-length:");
    left = c->body_len = length ? strtoul(length + 15, NULL, 10) : 0;
    while (left > 0) {
        ssize_t n = read_some(c, sink, left < sizeof(sink) ? left : sizeof(sink));
        if (n <= 0)
            return false;
        left -= (size_t)n;
    }
    atomic_fetch_add(&c->server->requests, 1);
    return true;
}

void server_reset(struct server_conn *c)
{
    struct linger hard = { .l_onoff = 1, .l_linger = 0 };
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
}

void server_wait(struct server_conn *c)
{
    char sink[4096];
    while (wait_for(c, POLLIN) && recv(c->fd, sink, sizeof(sink), 0) > 0)
        continue;
}

static void serve_tls(struct server_conn *c)
{
    mbedtls_ssl_context ssl;
    mbedtls_ssl_init(&ssl);
    if (mbedtls_ssl_setup(&ssl, &c->server->config) != 0)
        abort();
    mbedtls_ssl_set_bio(&ssl, c, ssl_send, ssl_recv, NULL);
    c->ssl = &ssl;
    if (mbedtls_ssl_handshake(&ssl) == 0) {
        c->server->fn(c, c->server->ctx);
        mbedtls_ssl_close_notify(&ssl);
    }
    mbedtls_ssl_free(&ssl);
    c->ssl = NULL;
}

static void *worker_main(void *arg)
{
    struct worker *w = arg;
    struct server_conn *c = &w->conn;
    int yes = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    if (c->server->tls)
        serve_tls(c);
    else
        c->server->fn(c, c->server->ctx);
    close(c->fd);
    atomic_store(&w->over, true);
    return NULL;
}

static void reap(struct server *s)
{
    struct worker *w;
    for (struct worker **at = &s->workers; (w = *at);) {
        if (!atomic_load(&w->over)) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        pthread_join(w->thread, NULL);
        mem_free(w);
    }
}

static void *accept_main(void *arg)
{
    struct server *s = arg;
    struct pollfd p[2] = { { .fd = s->fd, .events = POLLIN }, { .fd = s->stop, .events = POLLIN } };
    for (;;) {
        if (poll(p, 2, -1) < 0 && errno == EINTR)
            continue;
        if (p[1].revents & POLLIN)
            return NULL;
        int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            continue;
        reap(s);
        struct worker *w = mem_alloc(sizeof(*w));
        w->conn.server = s;
        w->conn.fd = fd;
        w->conn.number = atomic_fetch_add(&s->connections, 1) + 1;
        w->next = s->workers;
        s->workers = w;
        if (pthread_create(&w->thread, NULL, worker_main, w) != 0)
            abort();
    }
}

static struct server *server_new(void)
{
    struct server *s = mem_alloc(sizeof(*s));
    s->fd = listen_on_free_port(&s->port);
    s->stop = eventfd(0, EFD_CLOEXEC);
    return s;
}

static struct server *go(struct server *s, void *(*thread_main)(void *))
{
    if (pthread_create(&s->thread, NULL, thread_main, s) != 0)
        abort();
    return s;
}

struct server *server_start(server_fn fn, void *ctx)
{
    struct server *s = server_new();
    s->fn = fn;
    s->ctx = ctx;
    return go(s, accept_main);
}

static int random_bytes(void *ctx, unsigned char *out, size_t len)
{
    (void)ctx;
    crypto_random(out, len);
    return 0;
}

struct server *server_start_tls(server_fn fn, void *ctx, const struct authority_leaf *leaf, int min, int max)
{
    static const char *protocols[] = { "http/1.1", NULL };
    struct server *s = server_new();
    mbedtls_ssl_config *k = &s->config;
    s->fn = fn;
    s->ctx = ctx;
    s->tls = true;
    mbedtls_ssl_config_init(k);
    mbedtls_ssl_ticket_init(&s->tickets);
    if (mbedtls_ssl_config_defaults(k, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_STREAM,
                                    MBEDTLS_SSL_PRESET_DEFAULT) != 0 ||
        mbedtls_ssl_conf_own_cert(k, (mbedtls_x509_crt *)&leaf->cert, (mbedtls_pk_context *)&leaf->key) != 0 ||
        mbedtls_ssl_ticket_setup(&s->tickets, random_bytes, NULL, MBEDTLS_CIPHER_AES_256_GCM, 3600) != 0)
        abort();
    mbedtls_ssl_conf_rng(k, random_bytes, NULL);
    mbedtls_ssl_conf_alpn_protocols(k, protocols);
    mbedtls_ssl_conf_min_tls_version(k, min == 13 ? MBEDTLS_SSL_VERSION_TLS1_3 : MBEDTLS_SSL_VERSION_TLS1_2);
    mbedtls_ssl_conf_max_tls_version(k, max == 13 ? MBEDTLS_SSL_VERSION_TLS1_3 : MBEDTLS_SSL_VERSION_TLS1_2);
    mbedtls_ssl_conf_session_tickets_cb(k, mbedtls_ssl_ticket_write, mbedtls_ssl_ticket_parse, &s->tickets);
    return go(s, accept_main);
}

void server_stop(struct server *s)
{
    struct worker *w;
    atomic_store(&s->stopping, true);
    eventfd_write(s->stop, 1);
    pthread_join(s->thread, NULL);
    while ((w = s->workers)) {
        s->workers = w->next;
        pthread_join(w->thread, NULL);
        mem_free(w);
    }
    close(s->fd);
    close(s->stop);
    if (s->tls) {
        mbedtls_ssl_config_free(&s->config);
        mbedtls_ssl_ticket_free(&s->tickets);
    }
    mem_free(s);
}

uint16_t server_port(const struct server *s)
{
    return s->port;
}

int server_connections(const struct server *s)
{
    return atomic_load(&s->connections);
}

int server_requests(const struct server *s)
{
    return atomic_load(&s->requests);
}

/* The epoll server: answers are put off in order of arrival, so a queue is enough. */
struct answer {
    int fd;
    int64_t due_ms;
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void accept_all(struct server *s, int epoll)
{
    int fd;
    while ((fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
        struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };
        int yes = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
        atomic_fetch_add(&s->connections, 1);
    }
}

#define QUEUE 16384

static void *epoll_main(void *arg)
{
    static const char text[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    struct server *s = arg;
    struct answer *queue = mem_alloc(QUEUE * sizeof(*queue));
    size_t first = 0, last = 0;
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event e = { .events = EPOLLIN, .data.fd = s->fd }, events[256];
    bool *open = mem_alloc(65536);
    epoll_ctl(epoll, EPOLL_CTL_ADD, s->fd, &e);
    while (!atomic_load(&s->stopping)) {
        int n = epoll_wait(epoll, events, 256, first != last ? 1 : 20);
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            char sink[8192];
            if (fd == s->fd) {
                accept_all(s, epoll);
            } else if (recv(fd, sink, sizeof(sink), 0) > 0) {
                open[fd] = true;
                atomic_fetch_add(&s->requests, 1);
                queue[last++ % QUEUE] = (struct answer){ fd, now_ms() + s->delay_ms };
            } else {
                open[fd] = false;
                close(fd);
            }
        }
        for (; first != last && queue[first % QUEUE].due_ms <= now_ms(); first++)
            if (send(queue[first % QUEUE].fd, text, sizeof(text) - 1, MSG_NOSIGNAL) < 0)
                continue;
    }
    for (int fd = 0; fd < 65536; fd++)
        if (open[fd])
            close(fd);
    close(epoll);
    mem_free(queue);
    mem_free(open);
    return NULL;
}

struct server *server_start_epoll(int delay_ms)
{
    struct server *s = server_new();
    s->delay_ms = delay_ms;
    fcntl(s->fd, F_SETFL, O_NONBLOCK);
    return go(s, epoll_main);
}
