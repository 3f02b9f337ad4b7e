/* gate_answer.c - what goes out: head, then text, a file, or what comes through a stream, as fast as the peer reads. */
#include "api/gate_state.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define APPEND_MAX 8192       /* a body that goes out along with its head */
#define PART 32768            /* of a file or stream, held for the peer */
#define PER_TURN (256 * 1024) /* then the others have theirs */

static void set_tick(struct client *c)
{
    struct gate *g = c->gate;
    c->moved_before = c->moved;
    loop_timer_set(g->loop, &c->timer, (struct mono){ loop_now(g->loop).us + g->limits->tick_ms * INT64_C(1000) });
}

static void on_stream(void *ctx, uint32_t events)
{
    (void)events;
    client_pump(ctx);
}

static void watch_stream(struct client *c)
{
    c->stream = (struct loop_fd){ .fd = c->handover->stream, .events = EPOLLIN, .fn = on_stream, .ctx = c };
    if (loop_add(c->gate->loop, &c->stream, NULL) < 0)
        c->stream.fd = -1;
}

/* Slow readers of large answers hold memory: over the limit, the one that has had its answer the longest gives way. */
static void keep_within(struct gate *g, struct client *newest)
{
    struct client *c = g->lists[GATE_BUSY].first, *next;
    for (; c && g->answers_bytes > g->limits->answers_bytes; c = next) {
        next = c->next;
        if (c->state == CLIENT_ANSWER && c != newest && c->answer_size > APPEND_MAX)
            client_close(c);
    }
}

void client_answer(struct client *c)
{
    struct handover *h = c->handover;
    struct reply *p = &h->reply;
    struct gate *g = c->gate;
    bool body = strcmp(h->method, "HEAD") != 0;
    c->answer_size = (int64_t)handover_size(h);
    g->answers_bytes += c->answer_size;
    c->moved = 0;
    client_enter(c, h->stream >= 0 ? CLIENT_STREAM : CLIENT_ANSWER, GATE_BUSY);
    keep_within(g, c);
    c->out = h->answer; /* moved */
    h->answer = BUF_INIT(0);
    c->out.max = SIZE_MAX / 8;
    c->out_at = 0;
    c->data = body && p->file < 0 ? p->data : NULL;
    c->data_left = c->data ? p->len : 0;
    c->file_left = body && p->file >= 0 ? p->file_len : 0;
    if (c->data_left <= APPEND_MAX) {
        buf_add(&c->out, c->data, c->data_left);
        c->data_left = 0;
    }
    if (h->stream >= 0)
        watch_stream(c);
    set_tick(c);
    client_pump(c);
}

void client_answer_drop(struct client *c)
{
    if (!c->handover)
        return;
    if (c->stream.fd >= 0)
        loop_remove(c->gate->loop, &c->stream);
    c->stream.fd = -1;
    c->gate->answers_bytes -= c->answer_size;
    c->answer_size = 0;
    if (c->state == CLIENT_WORK)
        gate_withdraw(c->gate, c->handover);
    else
        handover_free(c->handover);
    c->handover = NULL;
    c->data = NULL;
    c->data_left = 0;
    c->file_left = 0;
    buf_free(&c->out);
}

/* More of a file or stream. IO_AGAIN: there is none yet. */
static enum io_status refill(struct client *c)
{
    bool file = c->file_left > 0;
    int fd = file ? c->handover->reply.file : c->handover->stream;
    size_t want = file && c->file_left < PART ? (size_t)c->file_left : PART;
    buf_clear(&c->out);
    c->out_at = 0;
    char *at = buf_reserve(&c->out, want);
    ssize_t n = read(fd, at, want);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? IO_AGAIN : IO_BROKEN;
    if (n == 0)
        return file ? IO_BROKEN : IO_EOF; /* the file is shorter than it was: what was announced will not come */
    c->out.len = (size_t)n;
    c->file_left -= file ? n : 0;
    return IO_DONE;
}

static void finish(struct client *c)
{
    bool keep = c->handover->keep && !c->gate->stopping;
    client_answer_drop(c);
    if (keep)
        client_next(c);
    else
        client_linger(c);
}

static enum io_status put(struct client *c, const char *data, size_t len, size_t *ret_sent)
{
    enum io_status status = client_write(c, data, len, ret_sent);
    if (status == IO_DONE)
        c->moved += (int64_t)*ret_sent;
    return status;
}

/* Writes some of what is at hand, or gets more to hand. */
static enum io_status move_on(struct client *c)
{
    size_t sent = 0;
    enum io_status status;
    if (c->out_at < c->out.len) {
        status = put(c, c->out.data + c->out_at, c->out.len - c->out_at, &sent);
        c->out_at += sent;
        return status;
    }
    if (c->data_left > 0) {
        status = put(c, c->data, c->data_left, &sent);
        c->data += sent;
        c->data_left -= sent;
        return status;
    }
    return c->file_left > 0 || c->handover->stream >= 0 ? refill(c) : IO_EOF;
}

static bool nothing_at_hand(const struct client *c)
{
    return c->out_at >= c->out.len && !c->data_left;
}

/* A stream is watched while there is nothing for the peer, the peer while there is. */
static void wait_for(struct client *c)
{
    struct loop *l = c->gate->loop;
    bool idle = nothing_at_hand(c);
    uint32_t in = c->state == CLIENT_STREAM ? EPOLLIN : 0;
    loop_mod(l, &c->watch, in | (idle && c->file_left == 0 ? 0 : EPOLLOUT));
    if (c->stream.fd >= 0)
        loop_mod(l, &c->stream, idle ? EPOLLIN : 0);
}

void client_pump(struct client *c)
{
    enum io_status status = IO_DONE;
    int64_t begin = c->moved;
    while (status == IO_DONE && c->moved - begin < PER_TURN)
        status = move_on(c);
    bool sent = nothing_at_hand(c) && c->file_left == 0 && c->handover->stream < 0; /* all of it, in one turn */
    if (status == IO_EOF || (status == IO_DONE && sent))
        finish(c);
    else if (status == IO_BROKEN)
        client_close(c);
    else
        wait_for(c);
}

/* A stream with nothing to say may be silent for as long as it likes. */
void client_answer_tick(struct client *c)
{
    bool idle_stream = c->state == CLIENT_STREAM && nothing_at_hand(c);
    if (idle_stream || c->moved - c->moved_before >= c->gate->limits->tick_bytes)
        set_tick(c);
    else
        client_close(c);
}
