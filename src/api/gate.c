#include "api/gate_state.h"

#include "base/crash.h"
#include "base/log.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPT_PER_TURN 64
#define LISTEN_AGAIN_MS 100
#define STACK_BYTES (256 * 1024)
#define EVICT_IDLE_MS 1000 /* who does nothing for so long gives way before who reads slowly */

const struct gate_limits gate_limits = {
    .connections = 16384,
    .tls_connections = 2048,
    .bodies_bytes = 64 << 20,
    .answers_bytes = 64 << 20,
    .handshake_ms = 10000,
    .idle_ms = 60000,
    .head_ms = 10000,
    .body_ms = 30000,
    .tick_ms = 5000,
    .tick_bytes = 1024,
    .linger_ms = 2000,
    .stop_ms = 3000,
};

/* What another thread wants of the gate. */
struct order {
    struct mail mail;
    bool stop, beat;
    struct tls_server *tls;
};

static void list_append(struct handover_list *l, struct handover *h)
{
    h->next = NULL;
    h->prev = l->last;
    *(l->last ? &l->last->next : &l->first) = h;
    l->last = h;
}

static void list_remove(struct handover_list *l, struct handover *h)
{
    *(h->prev ? &h->prev->next : &l->first) = h->next;
    *(h->next ? &h->next->prev : &l->last) = h->prev;
    h->prev = h->next = NULL;
}

static void forget_body(struct gate *g, struct handover *h)
{
    g->bodies_bytes -= (int64_t)h->body.len;
    buf_wipe(&h->body);
}

static bool worker_is_free(const struct gate *g, const struct handover *h)
{
    return g->n_handed < WORKERS_COUNT + (h->urgent ? WORKERS_SPARE : 0);
}

static void came_back(struct gate *g, struct handover *h)
{
    struct err e = { 0 };
    list_remove(&g->handed, h);
    g->n_handed--;
    forget_body(g, h);
    if (!h->client) {
        handover_free(h);
        return;
    }
    if (!h->answered) {
        err_set(&e, ERR_INTERNAL, "the request could not be answered");
        http_refuse_early(h, &e);
    }
    client_answer(h->client);
}

static void give(struct gate *g, struct handover *h)
{
    list_append(&g->handed, h);
    g->n_handed++;
    workers_give(g->workers, h);
}

static void give_waiting(struct gate *g)
{
    struct handover *h;
    while ((h = g->queue.first) && worker_is_free(g, h)) {
        list_remove(&g->queue, h);
        g->n_queue--;
        give(g, h);
    }
}

/* Health checks overtake: who asks whether the server lives must not wait behind what keeps it busy. */
bool gate_submit(struct gate *g, struct handover *h)
{
    if (g->n_queue >= GATE_QUEUE_MAX && !h->urgent)
        return false;
    h->back = g->answers;
    if (worker_is_free(g, h) && (!g->n_queue || h->urgent)) {
        give(g, h);
        return true;
    }
    list_append(&g->queue, h);
    g->n_queue++;
    return true;
}

/* The client leaves. With a worker, it comes back yet. */
void gate_withdraw(struct gate *g, struct handover *h)
{
    h->client = NULL;
    for (struct handover *with = g->handed.first; with; with = with->next)
        if (with == h)
            return;
    for (struct handover *waits = g->queue.first; waits; waits = waits->next)
        if (waits == h) {
            list_remove(&g->queue, h);
            g->n_queue--;
            break;
        }
    forget_body(g, h);
    handover_free(h);
}

static void take_answers(void *ctx, uint32_t events)
{
    struct gate *g = ctx;
    struct mail *m = mailbox_take(g->answers), *next;
    (void)events;
    for (; m; m = next) {
        next = m->next;
        crash_here(CRASH_IN_LISTENER);
        came_back(g, MEM_CONTAINER(m, struct handover, mail));
    }
    give_waiting(g);
}

static void close_all(struct gate *g, enum gate_list list)
{
    while (g->lists[list].first)
        client_close(g->lists[list].first);
}

static void stop_now(void *ctx)
{
    struct gate *g = ctx;
    loop_stop(g->loop);
}

static void begin_stop(struct gate *g)
{
    struct client *next;
    g->stopping = true;
    loop_timer_clear(g->loop, &g->listen_again);
    loop_remove(g->loop, &g->listener);
    close_all(g, GATE_PEERS);
    close_all(g, GATE_TLS_PEERS);
    close_all(g, GATE_BODIES);
    for (struct client *c = g->lists[GATE_BUSY].first; c; c = next) {
        next = c->next;
        if (c->state == CLIENT_STREAM)
            client_close(c);
    }
    if (!g->lists[GATE_BUSY].first)
        loop_stop(g->loop);
    g->stop_by = (struct loop_timer){ .fn = stop_now, .ctx = g };
    loop_timer_set(g->loop, &g->stop_by, (struct mono){ loop_now(g->loop).us + g->limits->stop_ms * INT64_C(1000) });
}

static void give_beat(struct gate *g)
{
    atomic_store(&g->beat_us, clock_mono().us);
    atomic_store(&g->beat_asked, false);
}

static void take_orders(void *ctx, uint32_t events)
{
    struct gate *g = ctx;
    struct mail *m = mailbox_take(g->orders), *next;
    (void)events;
    for (; m; m = next) {
        struct order *o = MEM_CONTAINER(m, struct order, mail);
        next = m->next;
        if (o->tls) {
            tls_server_unref(g->tls);
            g->tls = o->tls;
        }
        if (o->stop)
            begin_stop(g);
        if (o->beat)
            give_beat(g);
        mem_free(o);
    }
}

/* Of those that wait for their peer to send something. */
static struct client *oldest_of_idle(struct gate *g, bool of_tls)
{
    struct client *oldest = g->lists[GATE_TLS_PEERS].first;
    for (enum gate_list i = 0; i < GATE_BUSY && !of_tls; i++) {
        struct client *c = g->lists[i].first;
        if (c && (!oldest || c->since.us < oldest->since.us))
            oldest = c;
    }
    return oldest;
}

/* Of those that wait for their peer to take an answer. */
static struct client *oldest_of_answered(struct gate *g, bool of_tls)
{
    struct client *c = g->lists[GATE_BUSY].first;
    while (c && (c->state != CLIENT_ANSWER || (of_tls && !c->tls)))
        c = c->next;
    return c;
}

/* Who reads slowly is spared as long as others do nothing at all, but must not keep out who has just come. */
bool gate_evict(struct gate *g, bool of_tls)
{
    struct client *oldest = oldest_of_idle(g, of_tls);
    if (!oldest || mono_ms_since(oldest->since, loop_now(g->loop)) < EVICT_IDLE_MS) {
        struct client *slow = oldest_of_answered(g, of_tls);
        if (slow && (!oldest || slow->since.us < oldest->since.us))
            oldest = slow;
    }
    if (!oldest)
        return false;
    client_log(oldest, "connection gives way", "it has waited longest");
    client_close(oldest);
    return true;
}

static void take_address(const struct sockaddr_storage *from, struct address *ret)
{
    *ret = (struct address){ 0 };
    if (from->ss_family == AF_INET6) {
        memcpy(ret->bytes, &((const struct sockaddr_in6 *)from)->sin6_addr, 16);
        return;
    }
    ret->bytes[10] = ret->bytes[11] = 0xff;
    memcpy(ret->bytes + 12, &((const struct sockaddr_in *)from)->sin_addr, 4);
}

static void listen_again(void *ctx)
{
    struct gate *g = ctx;
    loop_mod(g->loop, &g->listener, EPOLLIN);
}

/* Out of descriptors (of ours, or the system's): one that waits gives way. When none does, later. */
static void accept_failed(struct gate *g, int why)
{
    if (why == EAGAIN || why == EINTR || why == ECONNABORTED)
        return;
    if ((why == EMFILE || why == ENFILE) && gate_evict(g, false))
        return;
    log_warn("connections cannot be taken for a moment", L_STR("error", strerror(why)));
    loop_mod(g->loop, &g->listener, 0);
    loop_timer_set(g->loop, &g->listen_again, (struct mono){ loop_now(g->loop).us + LISTEN_AGAIN_MS * 1000 });
}

static void accept_some(void *ctx, uint32_t events)
{
    struct gate *g = ctx;
    (void)events;
    for (int i = 0; i < ACCEPT_PER_TURN; i++) {
        struct sockaddr_storage from = { 0 };
        struct address peer;
        socklen_t len = sizeof from;
        int on = 1, fd = accept4(g->listener.fd, (struct sockaddr *)&from, &len, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0) {
            accept_failed(g, errno);
            return;
        }
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
        take_address(&from, &peer);
        if (g->n_clients >= g->limits->connections && !gate_evict(g, false))
            close(fd);
        else
            client_new(g, fd, &peer);
    }
}

static void *thread_main(void *arg)
{
    struct gate *g = arg;
    loop_run(g->loop);
    return NULL;
}

static int watch_all(struct gate *g, int fd, struct err *e)
{
    g->listener = (struct loop_fd){ .fd = fd, .events = EPOLLIN, .fn = accept_some, .ctx = g };
    g->orders_watch = (struct loop_fd){ .fd = mailbox_fd(g->orders), .events = EPOLLIN, .fn = take_orders, .ctx = g };
    g->answers_watch =
        (struct loop_fd){ .fd = mailbox_fd(g->answers), .events = EPOLLIN, .fn = take_answers, .ctx = g };
    g->listen_again = (struct loop_timer){ .fn = listen_again, .ctx = g };
    int rc = loop_add(g->loop, &g->listener, e);
    if (!rc)
        rc = loop_add(g->loop, &g->orders_watch, e);
    return rc ? rc : loop_add(g->loop, &g->answers_watch, e);
}

static int start_thread(struct gate *g, struct err *e)
{
    pthread_attr_t attr;
    sigset_t all, before;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    sigfillset(&all); /* signals are the main thread's */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&g->thread, &attr, thread_main, g);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    return rc == 0 ? 0 : err_set(e, ERR_INTERNAL, "cannot start the listener's thread: %s", strerror(rc));
}

static void gate_free(struct gate *g, int fd)
{
    tls_thread_free(g->handshakers);
    tls_server_unref(g->tls);
    mailbox_free(g->orders);
    mailbox_free(g->answers);
    loop_free(g->loop);
    close(fd);
    mem_free(g);
}

struct gate *gate_start(int fd, struct tls_server *tls, const struct http_scope *scope,
                        const struct gate_limits *limits, struct err *e)
{
    struct gate *g = mem_alloc(sizeof *g);
    g->tls = tls;
    g->limits = limits;
    g->orders = mailbox_new();
    g->answers = mailbox_new();
    g->loop = loop_new(e);
    bool ok = g->loop && watch_all(g, fd, e) == 0;
    if (ok && tls)
        ok = (g->handshakers = tls_thread_new(g->loop, e)) != NULL;
    if (ok)
        ok = (g->workers = workers_start(scope, e)) != NULL;
    if (ok && start_thread(g, e) == 0)
        return g;
    if (g->workers)
        workers_stop(g->workers);
    gate_free(g, fd);
    return NULL;
}

static void send_order(struct gate *g, struct order order)
{
    struct order *o = mem_alloc(sizeof *o);
    *o = order;
    mailbox_put(g->orders, &o->mail);
}

int gate_listener(const struct gate *g)
{
    return g->listener.fd;
}

void gate_renew(struct gate *g, struct tls_server *tls)
{
    send_order(g, (struct order){ .tls = tls });
}

/* One that nobody answered is not asked again: the gate is stuck, and memory does not grow. */
struct mono gate_beat(struct gate *g)
{
    if (!atomic_exchange(&g->beat_asked, true))
        send_order(g, (struct order){ .beat = true });
    return (struct mono){ atomic_load(&g->beat_us) };
}

void gate_stop(struct gate *g)
{
    struct mail *m, *next;
    send_order(g, (struct order){ .stop = true });
    pthread_join(g->thread, NULL);
    for (int i = 0; i < GATE_LISTS; i++)
        close_all(g, (enum gate_list)i);
    workers_stop(g->workers);
    for (m = mailbox_take(g->answers); m; m = next) {
        next = m->next;
        list_remove(&g->handed, MEM_CONTAINER(m, struct handover, mail));
        handover_free(MEM_CONTAINER(m, struct handover, mail));
    }
    while (g->handed.first) { /* given, but not begun */
        struct handover *h = g->handed.first;
        list_remove(&g->handed, h);
        handover_free(h);
    }
    take_orders(g, 0);
    gate_free(g, g->listener.fd);
}
