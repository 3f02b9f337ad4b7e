/* loop.c - see loop.h.
 *
 * Removal in mid-turn: the events of a turn sit in an array of pointers; each watched descriptor knows its place there, so
 * removing it takes its event away. */
#include "net/loop.h"

#include "base/mem.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define EVENTS_PER_TURN 256

struct loop {
    int epoll;
    bool stopped;
    bool coarse; /* the kernel has no epoll_pwait2: whole milliseconds */
    struct mono now;
    atomic_int_fast64_t busy_since_us; /* 0: waits */
    struct heap timers;
    struct loop_task tasks; /* head of a ring */
    struct epoll_event events[EVENTS_PER_TURN];
};

struct loop *loop_new(struct err *e)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct loop *l;
    if (epoll < 0) {
        err_set(e, ERR_IO, "cannot make an event loop: %s", strerror(errno));
        return NULL;
    }
    l = mem_alloc(sizeof(*l));
    l->epoll = epoll;
    l->now = clock_mono();
    l->tasks.next = l->tasks.prev = &l->tasks;
    return l;
}

void loop_free(struct loop *l)
{
    if (!l)
        return;
    heap_free(&l->timers);
    close(l->epoll);
    mem_free(l);
}

int loop_add(struct loop *l, struct loop_fd *w, struct err *e)
{
    struct epoll_event event = { .events = w->events, .data.ptr = w };
    w->place = 0;
    if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, w->fd, &event) < 0)
        return err_set(e, ERR_IO, "cannot watch a descriptor: %s", strerror(errno));
    return 0;
}

void loop_mod(struct loop *l, struct loop_fd *w, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = w };
    if (w->events == events)
        return;
    w->events = events;
    epoll_ctl(l->epoll, EPOLL_CTL_MOD, w->fd, &event);
}

void loop_remove(struct loop *l, struct loop_fd *w)
{
    if (w->place > 0)
        l->events[w->place - 1].data.ptr = NULL;
    w->place = 0;
    epoll_ctl(l->epoll, EPOLL_CTL_DEL, w->fd, NULL);
}

void loop_timer_set(struct loop *l, struct loop_timer *t, struct mono when)
{
    heap_put(&l->timers, &t->node, when.us);
}

void loop_timer_clear(struct loop *l, struct loop_timer *t)
{
    heap_remove(&l->timers, &t->node);
}

void loop_later(struct loop *l, struct loop_task *t)
{
    if (t->next)
        return;
    t->prev = l->tasks.prev;
    t->next = &l->tasks;
    t->prev->next = t;
    l->tasks.prev = t;
}

void loop_later_clear(struct loop *l, struct loop_task *t)
{
    (void)l;
    if (!t->next)
        return;
    t->prev->next = t->next;
    t->next->prev = t->prev;
    t->prev = t->next = NULL;
}

/* Microseconds that the loop may sleep; -1: for ever. */
static int64_t patience_us(const struct loop *l)
{
    const struct heap_node *first = heap_first(&l->timers);
    if (l->tasks.next != &l->tasks || l->stopped)
        return 0;
    if (!first)
        return -1;
    int64_t left = first->key - clock_mono().us;
    return left > 0 ? left : 0;
}

static int wait_exact(struct loop *l, int64_t us)
{
    struct timespec t = { .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 };
#ifdef SYS_epoll_pwait2
    return (int)syscall(SYS_epoll_pwait2, l->epoll, l->events, EVENTS_PER_TURN, us < 0 ? NULL : &t, NULL, 0);
#else
    (void)t;
    (void)l;
    errno = ENOSYS;
    return -1;
#endif
}

/* Rounds up: rather half a millisecond late than spinning through the last one. */
static int wait_coarse(struct loop *l, int64_t us)
{
    int64_t ms = us < 0 ? -1 : (us + 999) / 1000;
    return epoll_wait(l->epoll, l->events, EVENTS_PER_TURN, (int)(ms > 3600000 ? 3600000 : ms));
}

static int wait_events(struct loop *l)
{
    int64_t us = patience_us(l);
    int n = l->coarse || us <= 0 ? wait_coarse(l, us) : wait_exact(l, us);
    if (n < 0 && !l->coarse && us > 0 && (errno == ENOSYS || errno == EPERM)) {
        l->coarse = true; /* before Linux 5.11, or a sandbox that does not know it */
        n = wait_coarse(l, us);
    }
    return n > 0 ? n : 0;
}

static void hand_out_events(struct loop *l, int n)
{
    for (int i = 0; i < n; i++)
        ((struct loop_fd *)l->events[i].data.ptr)->place = i + 1;
    for (int i = 0; i < n; i++) {
        struct loop_fd *w = l->events[i].data.ptr;
        if (!w)
            continue;
        w->place = 0;
        w->fn(w->ctx, l->events[i].events);
    }
}

static void fire_timers(struct loop *l)
{
    struct heap_node *n;
    while ((n = heap_first(&l->timers)) && n->key <= l->now.us) {
        struct loop_timer *t = MEM_CONTAINER(n, struct loop_timer, node);
        heap_remove(&l->timers, n);
        t->fn(t->ctx);
    }
}

/* Only those waiting now: a task put off by a task waits for the next turn, so that descriptors get theirs. */
static void run_tasks(struct loop *l)
{
    struct loop_task last = { 0 };
    if (l->tasks.next == &l->tasks)
        return;
    loop_later(l, &last);
    while (l->tasks.next != &last) {
        struct loop_task *t = l->tasks.next;
        loop_later_clear(l, t);
        t->fn(t->ctx);
    }
    loop_later_clear(l, &last);
}

void loop_run(struct loop *l)
{
    l->stopped = false;
    while (!l->stopped) {
        int n = wait_events(l);
        l->now = clock_mono();
        atomic_store_explicit(&l->busy_since_us, l->now.us, memory_order_relaxed);
        hand_out_events(l, n);
        fire_timers(l);
        run_tasks(l);
        atomic_store_explicit(&l->busy_since_us, 0, memory_order_relaxed);
    }
}

int64_t loop_busy_us(const struct loop *l)
{
    int64_t since_us = atomic_load_explicit(&l->busy_since_us, memory_order_relaxed);
    return since_us ? clock_mono().us - since_us : 0;
}

void loop_stop(struct loop *l)
{
    l->stopped = true;
}

struct mono loop_now(const struct loop *l)
{
    return l->now;
}
