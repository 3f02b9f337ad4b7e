#include "api/events.h"

#include "api/events_check.h"
#include "api/events_listener.h"
#include "api/events_status.h"
#include "api/events_text.h"
#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct events {
    const struct service *service;
    struct feed *feed;
    int wake_fd;
    pthread_t thread;

    pthread_mutex_t lock;
    struct listener *known[EVENTS_MAX]; /* every one that has a place */
    int n_known;
    struct listener *arriving; /* attached, for the thread to take; newest first */
    bool listening;            /* the feed is on */
    bool stopping;

    /* the thread's */
    struct listener *live[EVENTS_MAX];
    int n_live;
    struct mono left_at; /* when the last of them left */
    uint64_t seen;       /* the newest entry that was looked at */
    struct mono round_at;
    struct events_status status;
    struct buf text; /* of one event */
    struct feed_entry batch[FEED_READ_MAX];
};

/* --- places ------------------------------------------------------------------------------------------------------ */

static int count_of(const struct events *ev, const struct events_want *w)
{
    int n = 0;
    for (int i = 0; i < ev->n_known; i++)
        n += ev->known[i]->want.kind == w->kind && !strcmp(ev->known[i]->want.name, w->name);
    return n;
}

/* It hears all that happens from here on, before its first word: what it reads elsewhere from then on leaves no gap. */
static struct listener *give_place(struct events *ev, const struct events_want *w)
{
    struct listener *l = listener_new(ev, w);
    if (!ev->listening)
        feed_begin(ev->feed, ev->wake_fd);
    ev->listening = true;
    l->position = feed_last(ev->feed);
    ev->known[ev->n_known++] = l;
    return l;
}

struct listener *events_open(struct events *ev, const struct events_want *w, struct err *e)
{
    struct listener *l = NULL;
    pthread_mutex_lock(&ev->lock);
    if (ev->stopping)
        err_set(e, ERR_UNAVAILABLE, "the server is stopping");
    else if (ev->n_known == EVENTS_MAX)
        err_set(e, ERR_TOO_MANY, "%d listeners are connected, which is all there may be: close one, or wait",
                EVENTS_MAX);
    else if (count_of(ev, w) >= EVENTS_MAX_EACH)
        err_set(e, ERR_TOO_MANY, "%s%s has %d listeners connected, which is all it may have: close one, or wait",
                w->kind == AUDIT_TOKEN ? "token " : "the administrator", w->name, EVENTS_MAX_EACH);
    else
        l = give_place(ev, w);
    pthread_mutex_unlock(&ev->lock);
    return l;
}

static void give_place_back(struct listener *l)
{
    struct events *ev = l->events;
    pthread_mutex_lock(&ev->lock);
    for (int i = 0; i < ev->n_known; i++)
        if (ev->known[i] == l) {
            ev->known[i] = ev->known[--ev->n_known];
            break;
        }
    pthread_mutex_unlock(&ev->lock);
    listener_free(l);
}

void events_attach(void *listener, int fd)
{
    struct listener *l = listener;
    struct events *ev = l->events;
    l->fd = fd;
    pthread_mutex_lock(&ev->lock);
    bool welcome = fd >= 0 && !ev->stopping;
    if (welcome) {
        l->next = ev->arriving;
        ev->arriving = l;
    }
    pthread_mutex_unlock(&ev->lock);
    if (!welcome)
        give_place_back(l);
    eventfd_write(ev->wake_fd, 1);
}

/* --- arrival ----------------------------------------------------------------------------------------------------- */

static void add_reset(struct events *ev, struct listener *l, const char *reason, struct mono now)
{
    l->position = feed_last(ev->feed);
    l->overrun = false;
    l->reset_at = now;
    events_text_reset(&l->out, feed_epoch(ev->feed), l->position, reason);
}

static void greet(struct events *ev, struct listener *l, struct mono now)
{
    uint64_t epoch, number;
    const char *last_id = l->want.last_id;
    bool known = last_id && events_id_parse(last_id, &epoch, &number) && epoch == feed_epoch(ev->feed);
    l->moved = l->spoke = l->checked = now;
    if (known && feed_holds(ev->feed, number))
        l->position = number;
    events_text_hello(&l->out, feed_epoch(ev->feed), l->position);
    if (last_id && (!known || l->position != number))
        add_reset(ev, l, known ? "too_old" : "restarted", now);
    events_status_tell(&ev->status, l);
    listener_flush(l, now);
}

static void take_arrivals(struct events *ev, struct mono now)
{
    pthread_mutex_lock(&ev->lock);
    struct listener *l = ev->arriving;
    bool stop = ev->stopping;
    ev->arriving = NULL;
    pthread_mutex_unlock(&ev->lock);
    if (!l)
        return;
    events_status_look(&ev->status, ev->service->engine, stop, now);
    for (struct listener *next; l; l = next) {
        next = l->next;
        greet(ev, l, now);
        ev->live[ev->n_live++] = l;
    }
}

/* --- a round ----------------------------------------------------------------------------------------------------- */

static bool behind(const struct events *ev, const struct listener *l)
{
    return !l->overrun && listener_room(l) && l->position < ev->seen;
}

static struct listener *furthest_behind(const struct events *ev)
{
    struct listener *least = NULL;
    for (int i = 0; i < ev->n_live; i++)
        if (behind(ev, ev->live[i]) && (!least || ev->live[i]->position < least->position))
            least = ev->live[i];
    return least;
}

/* In arrears, the newest state of a run will do. */
static bool passes_over(const struct events *ev, const struct feed_entry *x)
{
    return x->superseded && ev->seen - x->number >= FEED_READ_MAX;
}

static void add_entry(struct events *ev, struct listener *l, const struct feed_entry *x)
{
    enum listener_wish wish = listener_wish(l, x);
    l->position = x->number;
    if (wish == LISTENER_PASS || passes_over(ev, x))
        return;
    if (wish == LISTENER_TAKE_REMOVED) {
        events_text_entry(&l->out, feed_epoch(ev->feed), x, true);
        return;
    }
    if (ev->text.len == 0) /* the same for all who take it */
        events_text_entry(&ev->text, feed_epoch(ev->feed), x, false);
    buf_add(&l->out, ev->text.data, ev->text.len);
}

/* To each who is just before it, and has room for it. */
static void pass_on(struct events *ev, const struct feed_entry *x)
{
    buf_clear(&ev->text);
    for (int i = 0; i < ev->n_live; i++)
        if (ev->live[i]->position + 1 == x->number && behind(ev, ev->live[i]))
            add_entry(ev, ev->live[i], x);
}

static void distribute(struct events *ev)
{
    feed_mark(ev->feed);
    ev->seen = feed_last(ev->feed);
    for (struct listener *l; (l = furthest_behind(ev));) {
        int n = feed_read(ev->feed, l->position, ev->batch);
        l->overrun = n == 0; /* as there is more, it is gone */
        for (int i = 0; i < n; i++)
            pass_on(ev, &ev->batch[i]);
        feed_release(ev->batch, n);
    }
}

static void tend(struct events *ev, struct listener *l, struct mono now)
{
    if (l->overrun && listener_room(l) && mono_ms_since(l->reset_at, now) >= LISTENER_RESET_MS)
        add_reset(ev, l, "overrun", now);
    events_status_tell(&ev->status, l);
    if (l->out.len == 0 && mono_ms_since(l->spoke, now) >= LISTENER_BEAT_MS)
        events_text_beat(&l->out, feed_epoch(ev->feed), l->position);
    listener_flush(l, now);
    if (!l->gone && mono_ms_since(l->checked, now) >= LISTENER_CHECK_MS) {
        l->checked = now;
        l->gone = !events_check(ev->service, l);
    }
}

/* Whoever has a place may be on the way. */
static void end_feed_of_nobody(struct events *ev)
{
    pthread_mutex_lock(&ev->lock);
    if (ev->listening && !ev->n_known)
        feed_end(ev->feed);
    ev->listening = ev->n_known > 0;
    pthread_mutex_unlock(&ev->lock);
}

static void see_off(struct events *ev, struct mono now)
{
    int n = 0;
    for (int i = 0; i < ev->n_live; i++)
        if (ev->live[i]->gone)
            give_place_back(ev->live[i]);
        else
            ev->live[n++] = ev->live[i];
    if (ev->n_live && !n)
        ev->left_at = now;
    ev->n_live = n;
    if (!n && mono_ms_since(ev->left_at, now) >= EVENTS_LINGER_MS)
        end_feed_of_nobody(ev);
}

static void go_round(struct events *ev, struct mono now)
{
    ev->round_at = now;
    if (ev->n_live && mono_ms_since(ev->status.at, now) >= EVENTS_STATUS_MS)
        events_status_look(&ev->status, ev->service->engine, false, now);
    distribute(ev);
    for (int i = 0; i < ev->n_live; i++)
        tend(ev, ev->live[i], now);
}

/* --- the thread -------------------------------------------------------------------------------------------------- */

static bool stopping(struct events *ev)
{
    pthread_mutex_lock(&ev->lock);
    bool stop = ev->stopping;
    pthread_mutex_unlock(&ev->lock);
    return stop;
}

/* How long to wait: not at all, when what is to be done can be done, else until something comes, or the next look at the status. */
static int wait_ms(struct events *ev, struct mono now)
{
    if (!ev->n_live) {
        int64_t left = EVENTS_LINGER_MS - mono_ms_since(ev->left_at, now);
        return left > 0 ? (int)left : -1;
    }
    bool more = furthest_behind(ev) || !feed_sleep(ev->feed, ev->seen);
    int64_t since = mono_ms_since(ev->round_at, now);
    int64_t left = (more ? EVENTS_ROUND_MS : EVENTS_STATUS_MS) - since;
    return left > 0 ? (int)left : 0;
}

static void hear(struct listener *l, short what, struct mono now)
{
    if (what & (POLLIN | POLLHUP | POLLERR | POLLNVAL))
        listener_read(l);
    if (what & POLLOUT)
        listener_flush(l, now);
}

static struct mono wait_for_more(struct events *ev)
{
    struct pollfd fds[EVENTS_MAX + 1] = { { .fd = ev->wake_fd, .events = POLLIN } };
    eventfd_t ignored;
    for (int i = 0; i < ev->n_live; i++) {
        const struct listener *l = ev->live[i];
        fds[i + 1] = (struct pollfd){ .fd = l->fd, .events = (short)(POLLIN | (l->out.len ? POLLOUT : 0)) };
    }
    int ready = poll(fds, (nfds_t)ev->n_live + 1, wait_ms(ev, clock_mono()));
    struct mono now = clock_mono();
    if (ready > 0 && fds[0].revents)
        eventfd_read(ev->wake_fd, &ignored);
    for (int i = 0; ready > 0 && i < ev->n_live; i++)
        hear(ev->live[i], fds[i + 1].revents, now);
    return now;
}

/* The descriptors hold what was written to them after they are closed. */
static void say_farewell(struct events *ev)
{
    struct mono now = clock_mono();
    take_arrivals(ev, now);
    events_status_look(&ev->status, ev->service->engine, true, now);
    for (int i = 0; i < ev->n_live; i++) {
        events_status_tell(&ev->status, ev->live[i]);
        listener_flush(ev->live[i], now);
        ev->live[i]->gone = true;
    }
    see_off(ev, now);
    feed_end(ev->feed);
}

static void *events_main(void *ctx)
{
    struct events *ev = ctx;
    pthread_setname_np(pthread_self(), "events");
    while (!stopping(ev)) {
        struct mono now = wait_for_more(ev);
        take_arrivals(ev, now);
        if (mono_ms_since(ev->round_at, now) >= EVENTS_ROUND_MS)
            go_round(ev, now);
        see_off(ev, now);
    }
    say_farewell(ev);
    return NULL;
}

/* --- life -------------------------------------------------------------------------------------------------------- */

struct events *events_start(const struct service *s, struct err *e)
{
    struct events *ev = mem_alloc(sizeof *ev);
    ev->service = s;
    ev->feed = engine_feed(s->engine);
    pthread_mutex_init(&ev->lock, NULL);
    ev->text = BUF_INIT(EVENTS_TEXT_MAX);
    events_status_init(&ev->status);
    ev->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (ev->wake_fd >= 0 && !pthread_create(&ev->thread, NULL, events_main, ev))
        return ev;
    err_set(e, ERR_INTERNAL, "the thread for events cannot be started: %s", strerror(errno));
    ev->stopping = true;
    events_free(ev);
    return NULL;
}

void events_stop(struct events *ev)
{
    if (!ev)
        return;
    pthread_mutex_lock(&ev->lock);
    bool stopped = ev->stopping;
    ev->stopping = true;
    pthread_mutex_unlock(&ev->lock);
    if (stopped)
        return;
    eventfd_write(ev->wake_fd, 1);
    pthread_join(ev->thread, NULL);
}

void events_free(struct events *ev)
{
    if (!ev)
        return;
    buf_free(&ev->text);
    events_status_free(&ev->status);
    if (ev->wake_fd >= 0)
        close(ev->wake_fd);
    pthread_mutex_destroy(&ev->lock);
    mem_free(ev);
}
