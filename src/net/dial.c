/* dial.c - see dial.h.
 *
 *   RESOLVING --answer--> RACING --a socket connects--> DONE
 *       |                    \--all failed------------> DONE (outcome CONNECT)
 *       \--no answer (DNS), all refused (BLOCKED)-----> DONE */
#include "net/dial.h"

#include "base/mem.h"
#include "net/conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct attempt {
    struct loop_fd watch; /* fd -1: not under way */
    struct dial *dial;
    struct address address;
};

struct dial {
    struct loop *loop;
    struct dns *dns;
    struct dial_request request;
    struct dns_query query;
    struct mono started, resolved, connected;
    bool looked_up, tried;
    bool starting; /* inside dial_start: the end is told later */
    bool done;
    struct loop_task tell;
    int count, next, running; /* attempts: all, the one to start next, under way */
    struct loop_timer stagger;
    int fd; /* the winner, or -1 */
    struct address address;
    enum outcome outcome;
    char detail[256];
    struct attempt attempts[]; /* count */
};

static void stop_attempt(struct attempt *a, bool keep_socket)
{
    if (a->watch.fd < 0)
        return;
    loop_remove(a->dial->loop, &a->watch);
    if (!keep_socket)
        close(a->watch.fd);
    a->watch.fd = -1;
    a->dial->running--;
}

static void finish(struct dial *d, enum outcome outcome)
{
    d->outcome = outcome;
    d->done = true;
    d->connected = loop_now(d->loop);
    loop_timer_clear(d->loop, &d->stagger);
    for (int i = 0; i < d->count; i++)
        stop_attempt(&d->attempts[i], false);
    if (d->starting)
        loop_later(d->loop, &d->tell);
    else
        d->request.done(d->request.ctx, d);
}

static void tell(void *ctx)
{
    struct dial *d = ctx;
    d->request.done(d->request.ctx, d);
}

/* "ADDRESS: REASON", one after the other as far as there is room. */
static void note(struct dial *d, const struct address *a, const char *reason)
{
    size_t used = strlen(d->detail);
    char peer[64];
    conn_peer(a, d->request.port, peer);
    snprintf(d->detail + used, sizeof(d->detail) - used, "%s%s: %s", used ? "; " : "", peer, reason);
}

static void win(struct attempt *a)
{
    struct dial *d = a->dial;
    d->fd = a->watch.fd;
    d->address = a->address;
    d->detail[0] = '\0';
    stop_attempt(a, true);
    finish(d, OUTCOME_NONE);
}

static void try_next(struct dial *d);

static void lose(struct attempt *a, int error)
{
    struct dial *d = a->dial;
    stop_attempt(a, false);
    note(d, &a->address, conn_error_text(error));
    try_next(d);
}

static void attempt_ready(void *ctx, uint32_t events)
{
    struct attempt *a = ctx;
    int error = 0;
    socklen_t len = sizeof(error);
    (void)events;
    if (getsockopt(a->watch.fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
        error = errno;
    if (error)
        lose(a, error);
    else
        win(a);
}

static bool is_ipv4(const struct address *a)
{
    static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
    return memcmp(a->bytes, mapped, sizeof(mapped)) == 0;
}

static socklen_t socket_address(const struct address *a, uint16_t port, struct sockaddr_storage *ret)
{
    memset(ret, 0, sizeof(*ret));
    if (is_ipv4(a)) {
        struct sockaddr_in *in = (struct sockaddr_in *)ret;
        in->sin_family = AF_INET;
        in->sin_port = htons(port);
        memcpy(&in->sin_addr, a->bytes + 12, 4);
        return sizeof(*in);
    }
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)ret;
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(port);
    memcpy(&in6->sin6_addr, a->bytes, 16);
    return sizeof(*in6);
}

static int open_socket(struct dial *d, int family)
{
    for (;;) {
        int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), yes = 1;
        if (fd >= 0) {
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
            setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof(yes));
            return fd;
        }
        if ((errno != EMFILE && errno != ENFILE) || !d->request.make_room || !d->request.make_room(d->request.ctx))
            return -1;
    }
}

/* Returns 0 when it is under way or has won, else an errno. */
static int start_attempt(struct attempt *a)
{
    struct dial *d = a->dial;
    struct sockaddr_storage to;
    socklen_t len = socket_address(&a->address, d->request.port, &to);
    int fd = open_socket(d, to.ss_family);
    struct err e;
    if (fd < 0)
        return errno;
    d->tried = true;
    d->address = a->address;
    if (connect(fd, (struct sockaddr *)&to, len) < 0 && errno != EINPROGRESS) {
        int error = errno;
        close(fd);
        return error;
    }
    a->watch = (struct loop_fd){ .fd = fd, .events = EPOLLOUT, .fn = attempt_ready, .ctx = a };
    if (loop_add(d->loop, &a->watch, &e) < 0) {
        close(fd);
        a->watch.fd = -1;
        return ENOMEM;
    }
    d->running++;
    return 0;
}

/* Starts the next address that can be started; ends the dial when none is left and none is under way. */
static void try_next(struct dial *d)
{
    while (d->next < d->count) {
        struct attempt *a = &d->attempts[d->next++];
        int error = start_attempt(a);
        if (error) {
            note(d, &a->address, conn_error_text(error));
            continue;
        }
        if (d->next < d->count)
            loop_timer_set(d->loop, &d->stagger, (struct mono){ loop_now(d->loop).us + DIAL_STAGGER_MS * 1000 });
        return;
    }
    loop_timer_clear(d->loop, &d->stagger);
    if (d->running == 0)
        finish(d, OUTCOME_CONNECT);
}

static void stagger_over(void *ctx)
{
    try_next(ctx);
}

static void refuse(struct dial *d, const struct address *a, enum egress rule)
{
    _Static_assert(sizeof d->detail >= EGRESS_TEXT_SIZE, "the reason fits");
    if (!d->detail[0])
        egress_explain(a, rule, d->detail);
}

/* The addresses of the answer that may be called. */
static void race(struct dial *d, const struct dns_answer *answer)
{
    const struct dial_request *r = &d->request;
    d->resolved = loop_now(d->loop);
    for (int i = 0; i < answer->count; i++) {
        enum egress rule = egress_check(&answer->addresses[i], r->allowed, r->n_allowed);
        if (rule != EGRESS_OK) {
            refuse(d, &answer->addresses[i], rule);
            continue;
        }
        d->attempts[d->count] = (struct attempt){ .watch.fd = -1, .dial = d, .address = answer->addresses[i] };
        d->count++;
    }
    if (d->count > 0) {
        d->detail[0] = '\0';
        try_next(d);
    } else if (answer->count > 0) {
        finish(d, OUTCOME_BLOCKED);
    } else {
        snprintf(d->detail, sizeof(d->detail), "looking up '%.100s': %s", r->host, answer->reason);
        finish(d, OUTCOME_DNS);
    }
}

static void resolved(struct dns_query *q, const struct dns_answer *answer)
{
    struct dial *d = q->ctx;
    d->looked_up = true;
    race(d, answer);
}

struct dial *dial_start(struct loop *l, struct dns *dns, const struct dial_request *r)
{
    struct dial *d = mem_alloc(sizeof(*d) + DNS_ADDRESSES_MAX * sizeof(struct attempt));
    struct dns_answer answer;
    struct address literal;
    d->loop = l;
    d->dns = dns;
    d->request = *r;
    d->fd = -1;
    d->started = loop_now(l);
    d->query = (struct dns_query){ .done = resolved, .ctx = d };
    d->stagger = (struct loop_timer){ .fn = stagger_over, .ctx = d };
    d->tell = (struct loop_task){ .fn = tell, .ctx = d };
    d->starting = true;
    d->looked_up = !address_parse(r->host, &literal);
    if (dns_ask(dns, r->host, &d->query, &answer))
        race(d, &answer);
    d->starting = false;
    return d;
}

void dial_free(struct dial *d)
{
    if (!d)
        return;
    dns_cancel(d->dns, &d->query);
    loop_timer_clear(d->loop, &d->stagger);
    loop_later_clear(d->loop, &d->tell);
    for (int i = 0; i < d->count; i++)
        stop_attempt(&d->attempts[i], false);
    if (d->fd >= 0)
        close(d->fd);
    mem_free(d);
}

int dial_take(struct dial *d)
{
    int fd = d->fd;
    d->fd = -1;
    return fd;
}

enum outcome dial_outcome(const struct dial *d)
{
    return d->outcome;
}

const char *dial_detail(const struct dial *d)
{
    return d->detail;
}

const struct address *dial_address(const struct dial *d)
{
    return d->tried ? &d->address : NULL;
}

int64_t dial_dns_ms(const struct dial *d)
{
    if (!d->looked_up)
        return -1;
    return mono_ms_since(d->started, d->resolved.us ? d->resolved : loop_now(d->loop));
}

int64_t dial_connect_ms(const struct dial *d)
{
    if (!d->tried)
        return -1;
    return mono_ms_since(d->resolved, d->done ? d->connected : loop_now(d->loop));
}
