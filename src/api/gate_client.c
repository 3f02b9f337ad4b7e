/* gate_client.c - a connection of the gate: its states, its deadlines, its end. */
#include "api/gate_state.h"

#include "api/request.h"
#include "base/log.h"

#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINGER_MAX (4 * 1024 * 1024) /* bytes that nobody wants, read so that the peer gets to see the answer */

static void unlink_client(struct client *c)
{
    struct client_list *l = &c->gate->lists[c->list];
    *(c->prev ? &c->prev->next : &l->first) = c->next;
    *(c->next ? &c->next->prev : &l->last) = c->prev;
    if (c->gate->stopping && !c->gate->lists[GATE_BUSY].first)
        loop_stop(c->gate->loop);
}

static void link_client(struct client *c)
{
    struct client_list *l = &c->gate->lists[c->list];
    c->next = NULL;
    c->prev = l->last;
    *(l->last ? &l->last->next : &l->first) = c;
    l->last = c;
}

static void discard(struct client *c)
{
    size_t n;
    enum io_status status = client_read(c, c->gate->scratch, GATE_READ, &n);
    if (status == IO_AGAIN)
        return;
    if (status != IO_DONE || (c->unwanted += (int64_t)n) > LINGER_MAX)
        client_close(c);
}

/* More requests, or an end: there is time for those later. What is told whatever is watched for, a reset, cannot wait. */
static void not_now(struct client *c, uint32_t events)
{
    if (events & (EPOLLERR | EPOLLHUP))
        client_close(c);
    else
        loop_mod(c->gate->loop, &c->watch, 0);
}

static void on_event(void *ctx, uint32_t events)
{
    struct client *c = ctx;
    switch (c->state) {
    case CLIENT_KNOCK:
        client_knock(c);
        break;
    case CLIENT_HANDSHAKE:
        client_shake(c);
        break;
    case CLIENT_HEAD:
    case CLIENT_BODY:
        client_readable(c);
        break;
    case CLIENT_WORK:
        not_now(c, events);
        break;
    case CLIENT_ANSWER:
        client_pump(c);
        break;
    case CLIENT_STREAM:
        if (events & ~(uint32_t)EPOLLOUT)
            discard(c); /* an end is noticed; more requests are not answered */
        else
            client_pump(c);
        break;
    case CLIENT_LINGER:
        discard(c);
        break;
    }
}

static void on_time(void *ctx)
{
    struct client *c = ctx;
    struct err e = { 0 };
    switch (c->state) {
    case CLIENT_HEAD:
        if (!http1_intake_begun(&c->in)) {
            client_close(c);
            return;
        }
        err_set(&e, ERR_SLOW, "the request's headers took more than %d s", c->gate->limits->head_ms / 1000);
        client_refuse(c, &e);
        break;
    case CLIENT_BODY:
        client_body_tick(c);
        break;
    case CLIENT_ANSWER:
    case CLIENT_STREAM:
        client_answer_tick(c);
        break;
    default:
        client_close(c);
    }
}

/* In WORK and ANSWER what is watched for stays as it was: mostly nothing comes, and the next request needs no system call then. */
void client_enter(struct client *c, enum client_state state, enum gate_list list)
{
    c->state = state;
    if (state != CLIENT_WORK && state != CLIENT_ANSWER)
        loop_mod(c->gate->loop, &c->watch, EPOLLIN);
    if (list == c->list)
        return;
    unlink_client(c);
    c->list = list;
    c->since = loop_now(c->gate->loop);
    link_client(c);
}

static void set_timer(struct client *c, int ms)
{
    loop_timer_set(c->gate->loop, &c->timer, (struct mono){ loop_now(c->gate->loop).us + ms * INT64_C(1000) });
}

void client_new(struct gate *g, int fd, const struct address *peer)
{
    struct client *c = mem_alloc(sizeof *c);
    bool plain = g->tls == NULL;
    c->gate = g;
    c->watch = (struct loop_fd){ .fd = fd, .events = EPOLLIN, .fn = on_event, .ctx = c };
    c->timer = (struct loop_timer){ .fn = on_time, .ctx = c };
    c->peer = *peer;
    c->stream.fd = -1;
    c->state = plain ? CLIENT_HEAD : CLIENT_KNOCK;
    c->list = GATE_PEERS;
    c->since = loop_now(g->loop);
    http1_intake_init(&c->in);
    c->body = BUF_SECRET(REQUEST_BODY_MAX);
    c->ahead = BUF_SECRET(GATE_SCRATCH);
    if (loop_add(g->loop, &c->watch, NULL) < 0) {
        close(fd);
        mem_free(c);
        return;
    }
    link_client(c);
    g->n_clients++;
    set_timer(c, g->limits->idle_ms);
}

static void forget_body(struct client *c)
{
    c->gate->bodies_bytes -= (int64_t)c->body.len;
    buf_wipe(&c->body);
}

void client_close(struct client *c)
{
    struct gate *g = c->gate;
    unlink_client(c);
    loop_timer_clear(g->loop, &c->timer);
    client_answer_drop(c);
    if (!c->handshake)
        loop_remove(g->loop, &c->watch);
    g->n_tls -= c->tls != NULL;
    if (c->handshake) {
        tls_thread_give_up(c->handshake); /* stream and descriptor are the thread's now */
    } else {
        tls_stream_free(c->tls);
        close(c->watch.fd);
    }
    forget_body(c);
    http1_intake_free(&c->in);
    buf_wipe(&c->ahead);
    buf_free(&c->out);
    g->n_clients--;
    mem_free(c);
}

void client_next(struct client *c)
{
    struct buf ahead = c->ahead;
    c->ahead = BUF_SECRET(GATE_SCRATCH);
    client_enter(c, CLIENT_HEAD, c->tls ? GATE_TLS_PEERS : GATE_PEERS);
    set_timer(c, c->gate->limits->idle_ms);
    if (ahead.len)
        client_feed(c, ahead.data, ahead.len);
    buf_wipe(&ahead);
}

void client_log(const struct client *c, const char *what, const char *why)
{
    char text[64], *from = text;
    address_format(&c->peer, text);
    log_debug(what, L_STR("from", from), L_STR("why", why));
}

void client_refuse(struct client *c, const struct err *why)
{
    struct handover *h = handover_new();
    forget_body(c);
    h->client = c;
    h->tls = c->tls != NULL;
    c->handover = h;
    client_log(c, "request refused", why->text);
    http_refuse_early(h, why);
    client_answer(c);
}

void client_linger(struct client *c)
{
    client_io_end(c);
    client_enter(c, CLIENT_LINGER, c->tls ? GATE_TLS_PEERS : GATE_PEERS);
    set_timer(c, c->gate->limits->linger_ms);
}
