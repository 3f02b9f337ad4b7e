/* loop.h - one thread's event loop: file descriptors (epoll), timers, and tasks for later.
 *
 * A turn: wait, hand out descriptor events, fire due timers, run the tasks put off. The wait is exact (nanosecond time-outs where the
 * kernel has them) and ends only for a reason: an idle loop never wakes up.
 *
 * Everything here belongs to the loop's own thread; other threads reach it through a mailbox whose mailbox_fd it watches.
 * Callbacks may add, change and remove any descriptor, timer or task, their own included, and may free what embeds
 * them once removed: nothing removed is called any more, not even in the turn under way. */
#ifndef EDGECRON_NET_LOOP_H
#define EDGECRON_NET_LOOP_H

#include "base/clock.h"
#include "base/err.h"
#include "base/heap.h"

#include <stdbool.h>
#include <stdint.h>

struct loop;

struct loop *loop_new(struct err *e);
void loop_free(struct loop *l); /* what is still registered is forgotten, not closed */

/* Descriptors. Level-triggered. fd, events (EPOLLIN | ...), fn and ctx are set before loop_add and stay the caller's. */
typedef void (*loop_fd_fn)(void *ctx, uint32_t events);
struct loop_fd {
    int fd;
    uint32_t events; /* watched for; EPOLLERR and EPOLLHUP always are */
    loop_fd_fn fn;
    void *ctx;
    int place; /* the loop's own: 1-based place in the turn under way */
};
int loop_add(struct loop *l, struct loop_fd *w, struct err *e);    /* ERR_IO */
void loop_mod(struct loop *l, struct loop_fd *w, uint32_t events); /* no system call when nothing changes */
void loop_remove(struct loop *l, struct loop_fd *w);               /* before the descriptor is closed */

/* Timers: once, at or just after `when`. Zeroed but for fn and ctx they are valid and not set. */
struct loop_timer {
    struct heap_node node;
    void (*fn)(void *ctx);
    void *ctx;
};
void loop_timer_set(struct loop *l, struct loop_timer *t, struct mono when); /* also moves a set one */
void loop_timer_clear(struct loop *l, struct loop_timer *t);                 /* fine when it is not set */
static inline bool loop_timer_is_set(const struct loop_timer *t)
{
    return heap_has(&t->node);
}

/* Tasks: once, at the end of this turn (the next, when put off by a task). Waiting tasks keep the loop from sleeping. */
struct loop_task {
    void (*fn)(void *ctx);
    void *ctx;
    struct loop_task *prev, *next; /* the loop's own; NULL when not waiting */
};
void loop_later(struct loop *l, struct loop_task *t); /* fine when it waits already */
void loop_later_clear(struct loop *l, struct loop_task *t);

void loop_run(struct loop *l);              /* until loop_stop */
void loop_stop(struct loop *l);             /* ends loop_run after this turn */
struct mono loop_now(const struct loop *l); /* read once a turn, after the wait */
/* Any thread: how long the turn under way has been going on, in microseconds; 0 while the loop waits or does not run. */
int64_t loop_busy_us(const struct loop *l);

#endif
