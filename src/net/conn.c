/* conn.c - see conn.h.
 *
 *     (connected socket)
 *        |          |
 *      plain       TLS
 *        |          v
 *        |     HANDSHAKE --(failure: CONN_FAILED)--> closed by the owner
 *        |          | CONN_OPENED
 *        v          v
 *      OPEN <------------> IDLE      conn_close from any of them
 *
 * An open, plain one may go back to HANDSHAKE (conn_start_tls).
 * `moves` below says the same; conn_move checks it. */
#include "net/conn.h"

#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define READING (EPOLLIN | EPOLLRDHUP)
#define TLS_JOIN 4096 /* head and body that together are at most this leave in one record */

static const bool moves[CONN_STATES][CONN_STATES] = {
    [CONN_HANDSHAKE] = { [CONN_OPEN] = true },
    [CONN_OPEN] = { [CONN_IDLE] = true, [CONN_HANDSHAKE] = true },
    [CONN_IDLE] = { [CONN_OPEN] = true },
};

void conn_move(struct conn *c, enum conn_state to)
{
    if (!moves[c->state][to]) {
        log_error("a connection made a forbidden move", L_INT("from", c->state), L_INT("to", to));
        abort();
    }
    c->state = to;
}

static void opened(struct conn *c)
{
    conn_move(c, CONN_OPEN);
    c->set->handshakes++;
    c->set->resumed += tls_stream_resumed(c->tls);
    c->ready(c->ctx, CONN_OPENED);
}

/* The thread has got as far as it could. */
static void handshake_back(void *ctx, enum tls_status status, bool done)
{
    struct conn *c = ctx;
    struct err e;
    c->handshake = NULL;
    c->watch.events = status == TLS_WANT_WRITE ? EPOLLOUT : READING;
    if (status == TLS_FAILED || status == TLS_EOF) {
        c->ready(c->ctx, CONN_FAILED);
    } else if (loop_add(c->set->loop, &c->watch, &e) < 0) {
        c->error = ENOMEM;
        c->ready(c->ctx, CONN_FAILED);
    } else if (done) {
        opened(c);
    }
}

static void go_on_handshaking(struct conn *c)
{
    c->handshake = tls_thread_put(c->set->handshakers, c->tls, c->watch.fd, handshake_back, c);
}

int conn_set_init(struct conn_set *set, struct loop *l, struct err *e)
{
    set->loop = l;
    set->handshakers = tls_thread_new(l, e);
    return set->handshakers ? 0 : -1;
}

void conn_set_free(struct conn_set *set)
{
    tls_thread_free(set->handshakers);
}

static void socket_ready(void *ctx, uint32_t events)
{
    struct conn *c = ctx;
    int told = 0;
    if (c->state == CONN_HANDSHAKE) {
        loop_remove(c->set->loop, &c->watch);
        go_on_handshaking(c);
        return;
    }
    if (events & EPOLLOUT) {
        loop_mod(c->set->loop, &c->watch, READING);
        told |= CONN_WRITABLE;
        if (c->reads_on_write)
            told |= CONN_READABLE;
        c->reads_on_write = false;
    }
    if (events & ~(uint32_t)EPOLLOUT) {
        told |= CONN_READABLE | (c->writes_on_read ? CONN_WRITABLE : 0);
        c->writes_on_read = false;
    }
    c->ready(c->ctx, told);
}

struct conn *conn_new(struct conn_set *set, int fd, const struct address *a, uint16_t port, struct tls_stream *tls,
                      conn_fn ready, void *ctx, struct err *e)
{
    struct conn *c = mem_alloc(sizeof(*c));
    c->set = set;
    c->tls = tls;
    c->state = tls ? CONN_HANDSHAKE : CONN_OPEN;
    c->ready = ready;
    c->ctx = ctx;
    c->address = *a;
    c->port = port;
    c->watch = (struct loop_fd){ .fd = fd, .events = READING, .fn = socket_ready, .ctx = c };
    if (tls) {
        go_on_handshaking(c);
    } else if (loop_add(set->loop, &c->watch, e) < 0) {
        close(fd);
        mem_free(c);
        return NULL;
    }
    set->open++;
    return c;
}

void conn_start_tls(struct conn *c, struct tls_stream *tls)
{
    conn_move(c, CONN_HANDSHAKE);
    loop_remove(c->set->loop, &c->watch);
    c->tls = tls;
    go_on_handshaking(c);
}

void conn_close(struct conn *c)
{
    c->set->open--;
    if (c->handshake) {
        tls_thread_give_up(c->handshake);
        mem_free(c);
        return;
    }
    loop_remove(c->set->loop, &c->watch);
    if (c->tls && c->state != CONN_HANDSHAKE)
        tls_stream_close(c->tls);
    tls_stream_free(c->tls);
    close(c->watch.fd);
    mem_free(c);
}

void conn_own(struct conn *c, conn_fn ready, void *ctx)
{
    c->ready = ready;
    c->ctx = ctx;
}

/* Words for what TLS said; waits for writability when TLS asks for it. */
static enum conn_status from_tls(struct conn *c, enum tls_status status, bool reading)
{
    switch (status) {
    case TLS_OK:
        return CONN_DONE;
    case TLS_EOF:
        return CONN_EOF;
    case TLS_WANT_WRITE:
        c->reads_on_write = c->reads_on_write || reading;
        loop_mod(c->set->loop, &c->watch, READING | EPOLLOUT);
        return CONN_AGAIN;
    case TLS_WANT_READ:
        c->writes_on_read = c->writes_on_read || !reading;
        return CONN_AGAIN;
    default:
        return CONN_BROKEN;
    }
}

static enum conn_status from_errno(struct conn *c)
{
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
        return CONN_AGAIN;
    c->error = errno;
    return CONN_BROKEN;
}

enum conn_status conn_read(struct conn *c, size_t *ret_len)
{
    *ret_len = 0;
    if (c->tls)
        return from_tls(c, tls_stream_read(c->tls, c->set->scratch, CONN_SCRATCH, ret_len), true);
    ssize_t n = recv(c->watch.fd, c->set->scratch, CONN_SCRATCH, 0);
    if (n < 0)
        return from_errno(c);
    *ret_len = (size_t)n;
    return n > 0 ? CONN_DONE : CONN_EOF;
}

static enum conn_status write_plain(struct conn *c, const struct iovec *parts, int n, size_t *ret_len)
{
    struct msghdr message = { .msg_iov = (struct iovec *)parts, .msg_iovlen = (size_t)n };
    ssize_t sent = n == 1 ? send(c->watch.fd, parts[0].iov_base, parts[0].iov_len, MSG_NOSIGNAL)
                          : sendmsg(c->watch.fd, &message, MSG_NOSIGNAL);
    if (sent >= 0) {
        *ret_len = (size_t)sent;
        c->written += sent;
        return CONN_DONE;
    }
    enum conn_status status = from_errno(c);
    if (status == CONN_AGAIN)
        loop_mod(c->set->loop, &c->watch, READING | EPOLLOUT);
    return status;
}

/* Joined parts depend on the parts alone, so that trying again gives TLS the same bytes. */
static enum conn_status write_tls(struct conn *c, const struct iovec *parts, int n, size_t *ret_len)
{
    char joined[TLS_JOIN];
    const char *data = parts[0].iov_base;
    size_t len = parts[0].iov_len;
    if (n == 2 && len + parts[1].iov_len <= TLS_JOIN) {
        memcpy(joined, data, len);
        memcpy(joined + len, parts[1].iov_base, parts[1].iov_len);
        data = joined;
        len += parts[1].iov_len;
    }
    enum tls_status status = tls_stream_write(c->tls, data, len, ret_len);
    c->written = tls_stream_written(c->tls);
    if (data == joined)
        mem_wipe(joined, len);
    return from_tls(c, status, false);
}

enum conn_status conn_write(struct conn *c, const struct iovec *parts, int n, size_t *ret_len)
{
    *ret_len = 0;
    return c->tls ? write_tls(c, parts, n, ret_len) : write_plain(c, parts, n, ret_len);
}

void conn_expect_more(const struct conn *c)
{
    int yes = 1;
    setsockopt(c->watch.fd, IPPROTO_TCP, TCP_QUICKACK, &yes, sizeof(yes));
}

void conn_wait_writable(struct conn *c)
{
    loop_mod(c->set->loop, &c->watch, READING | EPOLLOUT);
}

bool conn_peek_alive(const struct conn *c)
{
    char byte;
    ssize_t n = recv(c->watch.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return (n > 0 && c->tls) /* perhaps a session ticket */ || (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK));
}

static const struct {
    int error;
    const char *text;
} error_texts[] = {
    { ECONNREFUSED, "connection refused" },
    { ECONNRESET, "connection reset" },
    { EPIPE, "connection closed" },
    { ETIMEDOUT, "no answer (connection timed out)" },
    { EHOSTUNREACH, "no route to the host" },
    { ENETUNREACH, "the network is unreachable" },
    { EADDRNOTAVAIL, "no local address or port for it" },
    { EAFNOSUPPORT, "this machine has no such address family" },
    { EMFILE, "no file descriptors left" },
    { ENFILE, "no file descriptors left on this machine" },
    { EACCES, "forbidden by this machine's firewall" },
    { EPERM, "forbidden by this machine's firewall" },
};

const char *conn_error_text(int error)
{
    for (size_t i = 0; i < MEM_COUNT(error_texts); i++)
        if (error_texts[i].error == error)
            return error_texts[i].text;
    return strerror(error);
}

const char *conn_reason(const struct conn *c)
{
    if (c->tls && tls_stream_reason(c->tls)[0])
        return tls_stream_reason(c->tls);
    return c->error ? conn_error_text(c->error) : "";
}

void conn_peer(const struct address *a, uint16_t port, char out[64])
{
    char text[64];
    address_format(a, text);
    snprintf(out, 64, strchr(text, ':') ? "[%s]:%u" : "%s:%u", text, port);
}
