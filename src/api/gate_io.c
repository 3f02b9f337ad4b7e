/* gate_io.c - bytes of a connection, plain or TLS. */
#include "api/gate_state.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static enum io_status failed(int why)
{
    return why == EAGAIN || why == EWOULDBLOCK || why == EINTR ? IO_AGAIN : IO_BROKEN;
}

static enum io_status of_tls(enum tls_status status)
{
    switch (status) {
    case TLS_OK:
        return IO_DONE;
    case TLS_WANT_READ:
    case TLS_WANT_WRITE:
        return IO_AGAIN;
    case TLS_EOF:
        return IO_EOF;
    default:
        return IO_BROKEN;
    }
}

enum io_status client_read(struct client *c, char *data, size_t max, size_t *ret_len)
{
    *ret_len = 0;
    if (c->tls)
        return of_tls(tls_stream_read(c->tls, data, max, ret_len));
    ssize_t n = recv(c->watch.fd, data, max, 0);
    if (n < 0)
        return failed(errno);
    *ret_len = (size_t)n;
    return n ? IO_DONE : IO_EOF;
}

enum io_status client_write(struct client *c, const char *data, size_t len, size_t *ret_len)
{
    *ret_len = 0;
    if (c->stuck)
        return IO_BROKEN;
    if (c->tls)
        return of_tls(tls_stream_write(c->tls, data, len, ret_len));
    ssize_t n = send(c->watch.fd, data, len, MSG_NOSIGNAL);
    if (n < 0)
        return failed(errno);
    *ret_len = (size_t)n;
    return IO_DONE;
}

void client_io_end(struct client *c)
{
    if (c->tls)
        tls_stream_close(c->tls);
    shutdown(c->watch.fd, SHUT_WR);
}

static void begin_handshake(struct client *c)
{
    struct gate *g = c->gate;
    struct err e = { 0 };
    if (g->n_tls >= g->limits->tls_connections && !gate_evict(g, true)) {
        client_close(c);
        return;
    }
    c->tls = tls_server_accept(g->tls, c->watch.fd, &e);
    if (!c->tls) {
        client_close(c);
        return;
    }
    g->n_tls++;
    client_enter(c, CLIENT_HANDSHAKE, GATE_TLS_PEERS);
    loop_timer_set(g->loop, &c->timer, (struct mono){ loop_now(g->loop).us + g->limits->handshake_ms * INT64_C(1000) });
    client_shake(c);
}

/* TLS begins with a record of type 22. Whoever speaks HTTP without it is told so: browsers do when a link lacks the s. */
void client_knock(struct client *c)
{
    struct err e = { 0 };
    unsigned char first;
    ssize_t n = recv(c->watch.fd, &first, 1, MSG_PEEK);
    if (n < 0 && failed(errno) == IO_AGAIN)
        return;
    if (n == 1 && first == 0x16) {
        begin_handshake(c);
    } else if (n == 1 && first >= 'A' && first <= 'z') {
        err_set(&e, ERR_MALFORMED, GATE_SPEAKS_HTTPS ", and plain http was sent to it: use https://");
        client_refuse(c, &e);
    } else {
        client_close(c);
    }
}

static void shaken(void *ctx, enum tls_status status, bool done)
{
    struct client *c = ctx;
    struct loop *l = c->gate->loop;
    c->handshake = NULL;
    if (loop_add(l, &c->watch, NULL) < 0 || (status != TLS_OK && status != TLS_WANT_READ && status != TLS_WANT_WRITE)) {
        client_log(c, "TLS handshake failed", tls_stream_reason(c->tls));
        client_close(c);
        return;
    }
    if (done) {
        client_next(c);
        return;
    }
    loop_mod(l, &c->watch, status == TLS_WANT_WRITE ? EPOLLOUT : EPOLLIN);
}

/* The arithmetic is for a thread of its own: others are not to wait for it. */
void client_shake(struct client *c)
{
    loop_remove(c->gate->loop, &c->watch);
    c->handshake = tls_thread_put(c->gate->handshakers, c->tls, c->watch.fd, shaken, c);
}
