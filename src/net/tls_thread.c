/* tls_thread.c - see tls_thread.h. Two mailboxes: to the thread and back. */
#include "net/tls_thread.h"

#include "base/mailbox.h"
#include "base/mem.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define STACK_BYTES (256 * 1024) /* big numbers lie there */

struct tls_handshake {
    struct mail mail;
    struct tls_stream *stream;
    int fd;
    tls_thread_fn fn;
    void *ctx;
    atomic_bool given_up; /* set by the loop; saves the thread the work */
    enum tls_status status;
    bool done;
};

struct tls_thread {
    struct loop *loop;
    pthread_t thread;
    struct mailbox *work, *back;
    struct loop_fd watch;
    struct mail quit;
    atomic_bool stopping;
};

static void run(struct tls_thread *t, struct tls_handshake *h)
{
    h->status = TLS_OK;
    h->done = false;
    while (h->status == TLS_OK && !h->done && !atomic_load(&h->given_up) && !atomic_load(&t->stopping))
        h->status = tls_stream_step(h->stream, &h->done);
}

static void *thread_main(void *arg)
{
    struct tls_thread *t = arg;
    for (;;) {
        struct mail *m = mailbox_wait(t->work, -1), *next;
        for (; m; m = next) {
            next = m->next;
            if (m == &t->quit)
                return NULL;
            run(t, MEM_CONTAINER(m, struct tls_handshake, mail));
            mailbox_put(t->back, m);
        }
    }
}

static void dispose(struct tls_handshake *h)
{
    tls_stream_free(h->stream);
    close(h->fd);
    mem_free(h);
}

static void came_back(void *ctx, uint32_t events)
{
    struct tls_thread *t = ctx;
    struct mail *m = mailbox_take(t->back), *next;
    (void)events;
    for (; m; m = next) {
        struct tls_handshake *h = MEM_CONTAINER(m, struct tls_handshake, mail);
        next = m->next;
        if (atomic_load(&h->given_up)) {
            dispose(h);
            continue;
        }
        tls_stream_settle(h->stream, h->status, h->done);
        h->fn(h->ctx, h->status, h->done);
        mem_free(h);
    }
}

static int start(struct tls_thread *t, struct err *e)
{
    pthread_attr_t attr;
    sigset_t all, before;
    int rc;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    sigfillset(&all); /* signals are the main thread's */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(&t->thread, &attr, thread_main, t);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    return rc == 0 ? 0 : err_set(e, ERR_IO, "cannot start the thread for TLS handshakes: %s", strerror(rc));
}

static void free_boxes(struct tls_thread *t)
{
    loop_remove(t->loop, &t->watch);
    mailbox_free(t->work);
    mailbox_free(t->back);
    mem_free(t);
}

struct tls_thread *tls_thread_new(struct loop *l, struct err *e)
{
    struct tls_thread *t = mem_alloc(sizeof(*t));
    t->loop = l;
    t->work = mailbox_new();
    t->back = mailbox_new();
    t->watch = (struct loop_fd){ .fd = mailbox_fd(t->back), .events = EPOLLIN, .fn = came_back, .ctx = t };
    if (loop_add(l, &t->watch, e) < 0 || start(t, e) < 0) {
        free_boxes(t);
        return NULL;
    }
    return t;
}

void tls_thread_free(struct tls_thread *t)
{
    struct mail *m, *next;
    if (!t)
        return;
    atomic_store(&t->stopping, true);
    mailbox_put(t->work, &t->quit);
    pthread_join(t->thread, NULL);
    for (m = mailbox_take(t->back); m; m = next) {
        next = m->next;
        dispose(MEM_CONTAINER(m, struct tls_handshake, mail));
    }
    free_boxes(t);
}

struct tls_handshake *tls_thread_put(struct tls_thread *t, struct tls_stream *s, int fd, tls_thread_fn fn, void *ctx)
{
    struct tls_handshake *h = mem_alloc(sizeof(*h));
    h->stream = s;
    h->fd = fd;
    h->fn = fn;
    h->ctx = ctx;
    mailbox_put(t->work, &h->mail);
    return h;
}

void tls_thread_give_up(struct tls_handshake *h)
{
    atomic_store(&h->given_up, true);
}
