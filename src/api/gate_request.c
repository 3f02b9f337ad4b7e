/* gate_request.c - what comes in: bytes to a request, a request to a worker. */
#include "api/gate_state.h"
#include "api/request.h"

#include <string.h>
#include <sys/epoll.h>

static void set_timer(struct client *c, int ms)
{
    loop_timer_set(c->gate->loop, &c->timer, (struct mono){ loop_now(c->gate->loop).us + ms * INT64_C(1000) });
}

static int too_large(struct err *e)
{
    return err_set(e, ERR_TOO_LARGE, "the body is over %d bytes, the most that is taken", REQUEST_BODY_MAX);
}

static int no_room(struct err *e)
{
    return err_set(e, ERR_UNAVAILABLE, "too many large requests are being read at the moment: try again in a second");
}

/* Large bodies together have a limit, at which the one that has been coming longest gives way: who sends quickly is never that one. */
static bool make_room(struct client *c, size_t len)
{
    struct gate *g = c->gate;
    struct err e = { 0 };
    no_room(&e);
    while (g->bodies_bytes + (int64_t)len > g->limits->bodies_bytes) {
        struct client *oldest = g->lists[GATE_BODIES].first;
        if (oldest == c)
            oldest = c->next;
        if (!oldest)
            return false;
        client_refuse(oldest, &e);
    }
    return true;
}

/* What is too much is not kept; body_fits tells, afterwards. */
static void take_body(void *ctx, const char *data, size_t len)
{
    struct client *c = ctx;
    c->moved += (int64_t)len;
    if (c->body.len + len > c->body.max || !make_room(c, len))
        c->body.full = true;
    else if (buf_add(&c->body, data, len))
        c->gate->bodies_bytes += (int64_t)len;
}

static int body_fits(const struct client *c, struct err *e)
{
    if (!c->body.full)
        return 0;
    return c->in.body_size > REQUEST_BODY_MAX ? too_large(e) : no_room(e);
}

/* Before any of the body is read. "100 Continue" (RFC 9110, section 10.1.1) is what some wait for, a second or more, before they send it. */
static int begin_body(struct client *c, bool more_is_here, struct err *e)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    size_t sent;
    if (c->in.content_length > REQUEST_BODY_MAX)
        return too_large(e);
    client_enter(c, CLIENT_BODY, GATE_BODIES);
    c->moved = c->moved_before = 0;
    set_timer(c, c->gate->limits->tick_ms);
    /* Nothing else is on its way to the peer: there is room, or it does not read what it asked for. */
    if (c->in.expects_continue && !more_is_here)
        c->stuck = client_write(c, go_on, sizeof go_on - 1, &sent) != IO_DONE || sent != sizeof go_on - 1;
    return 0;
}

static bool is_urgent(const struct http1_intake *in)
{
    static const char *const paths[] = { "/healthz", "/readyz" };
    for (size_t i = 0; i < MEM_COUNT(paths); i++)
        if (!strcmp(buf_str(&in->target), paths[i]))
            return true;
    return false;
}

static void submit(struct client *c)
{
    struct handover *h = handover_new();
    struct gate *g = c->gate;
    struct err e = { 0 };
    h->urgent = is_urgent(&c->in);
    h->client = c;
    h->peer = c->peer;
    h->tls = c->tls != NULL;
    handover_take(h, &c->in, &c->body);
    http1_intake_free(&c->in);
    http1_intake_init(&c->in);
    loop_timer_clear(g->loop, &c->timer);
    c->handover = h;
    client_enter(c, CLIENT_WORK, GATE_BUSY);
    if (gate_submit(g, h))
        return;
    err_set(&e, ERR_UNAVAILABLE, "too many requests wait to be answered: try again in a second");
    http_refuse_early(h, &e);
    client_answer(c);
}

/* One step of the request: its head, or its end. Returns bytes used. */
static int64_t step(struct client *c, const char *data, size_t len, struct err *e)
{
    bool head_was_done = c->in.head_done, had_begun = http1_intake_begun(&c->in);
    int64_t n = http1_intake_feed(&c->in, data, len, take_body, c, e);
    if (n < 0)
        return n;
    if (!had_begun)
        set_timer(c, c->gate->limits->head_ms);
    int rc = body_fits(c, e);
    if (!rc && c->in.head_done && !head_was_done && !c->in.done)
        rc = begin_body(c, (size_t)n < len, e);
    return rc ? rc : n;
}

void client_feed(struct client *c, const char *data, size_t len)
{
    struct err e = { 0 };
    while (len > 0) {
        int64_t n = step(c, data, len, &e);
        if (n < 0) {
            client_refuse(c, &e);
            return;
        }
        data += n;
        len -= (size_t)n;
        if (c->in.done) {
            buf_add(&c->ahead, data, len);
            submit(c);
            return;
        }
    }
}

void client_readable(struct client *c)
{
    size_t n = 0;
    size_t max = c->state == CLIENT_BODY && !c->tls ? GATE_SCRATCH : GATE_READ;
    switch (client_read(c, c->gate->scratch, max, &n)) {
    case IO_DONE:
        client_feed(c, c->gate->scratch, n);
        break;
    case IO_AGAIN:
        break;
    default:
        client_close(c);
    }
}

void client_body_tick(struct client *c)
{
    const struct gate_limits *k = c->gate->limits;
    struct err e = { 0 };
    bool late = mono_ms_since(c->since, loop_now(c->gate->loop)) >= k->body_ms;
    if (!late && c->moved - c->moved_before >= k->tick_bytes) {
        c->moved_before = c->moved;
        set_timer(c, k->tick_ms);
        return;
    }
    err_set(&e, ERR_SLOW, "the body came too slowly: it may take %d s, and no less than %d bytes in %d s",
            k->body_ms / 1000, k->tick_bytes, k->tick_ms / 1000);
    client_refuse(c, &e);
}
