/* hand_over.c - civetweb, and what hand_over.h says. Compiled with -w: most of it is civetweb's own. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

/* The thread that would accept connections has no port to watch: it sleeps here until the end. Upstream waits for two seconds at a time.
 * A request that was handed over has no socket: whoever wants more of one than is there already gets an error, at once. */
static pthread_mutex_t idle_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t idle_end = PTHREAD_COND_INITIALIZER;
static int stopping; /* contexts that are being stopped */

static int idle_poll(struct pollfd *fds, nfds_t n, int ms)
{
    if (n == 1 && fds[0].fd < 0) {
        errno = EBADF;
        return -1;
    }
    if (n > 0)
        return poll(fds, n, ms);
    pthread_mutex_lock(&idle_lock);
    while (!stopping)
        pthread_cond_wait(&idle_end, &idle_lock);
    pthread_mutex_unlock(&idle_lock);
    usleep(500); /* it may be another context that ends */
    return 0;
}

struct mg_context;
struct socket;
static int take_over(struct mg_context *ctx, struct socket *so); /* in place of consume_socket */

#define poll(fds, n, ms) idle_poll(fds, n, ms)
#include "civetweb.c"
#undef poll

#include "hand_over.h"

/* The addresses say nothing, as there is no socket. What nobody reads of them keeps the tag. */
_Static_assert(sizeof(void *) <= sizeof(((struct sockaddr_in *)0)->sin_zero), "a tag fits");

/* Waking a thread costs more than most requests do. So one at a time is woken, and when it comes it wakes the next before it begins, if there is more:
 * short requests are done by the few that are awake, and behind a long one nothing waits. The signal comes after the lock is given back,
 * as who is woken wants it first of all. */
static void leave_queue(struct mg_context *ctx)
{
    int wake = ctx->sq_head != ctx->sq_tail && ctx->sq_idle > 0 && !ctx->sq_waking;
    if (wake)
        ctx->sq_waking = 1;
    pthread_mutex_unlock(&ctx->thread_mutex);
    if (wake)
        pthread_cond_signal(&ctx->sq_full);
}

static int take_over(struct mg_context *ctx, struct socket *so)
{
    pthread_mutex_lock(&ctx->thread_mutex);
    while (ctx->sq_head == ctx->sq_tail && STOP_FLAG_IS_ZERO(&ctx->stop_flag)) {
        ctx->sq_idle++;
        pthread_cond_wait(&ctx->sq_full, &ctx->thread_mutex);
        ctx->sq_idle--;
        ctx->sq_waking = 0;
    }
    int more = STOP_FLAG_IS_ZERO(&ctx->stop_flag);
    if (more) {
        *so = ctx->squeue[ctx->sq_tail++ % ctx->sq_size];
        if (ctx->sq_tail == ctx->sq_size) {
            ctx->sq_tail = 0;
            ctx->sq_head -= ctx->sq_size;
        }
        pthread_cond_signal(&ctx->sq_empty);
    }
    leave_queue(ctx);
    return more;
}

void mg_hand_over(struct mg_context *ctx, void *tag)
{
    struct socket so;
    memset(&so, 0, sizeof so);
    so.sock = INVALID_SOCKET; /* which civetweb does not close */
    so.lsa.sin.sin_family = AF_INET;
    memcpy(so.lsa.sin.sin_zero, &tag, sizeof tag);
    pthread_mutex_lock(&ctx->thread_mutex);
    while (STOP_FLAG_IS_ZERO(&ctx->stop_flag) && ctx->sq_head - ctx->sq_tail >= ctx->sq_size)
        pthread_cond_wait(&ctx->sq_empty, &ctx->thread_mutex);
    if (ctx->sq_head - ctx->sq_tail < ctx->sq_size)
        ctx->squeue[ctx->sq_head++ % ctx->sq_size] = so;
    leave_queue(ctx);
}

void mg_feed(struct mg_connection *conn, const char *head, size_t len)
{
    size_t room = (size_t)conn->buf_size;
    conn->data_len = (int)(len < room ? len : room);
    memcpy(conn->buf, head, (size_t)conn->data_len);
}

void *mg_tag(const struct mg_connection *conn)
{
    void *tag;
    memcpy(&tag, conn->client.lsa.sin.sin_zero, sizeof tag);
    return tag;
}

void mg_forget(struct mg_connection *conn)
{
    if (conn->buf && conn->data_len > 0)
        explicit_bzero(conn->buf, (size_t)(conn->data_len < conn->buf_size ? conn->data_len + 1 : conn->buf_size));
}

void mg_stop_now(struct mg_context *ctx)
{
    pthread_mutex_lock(&idle_lock);
    stopping++;
    pthread_cond_broadcast(&idle_end);
    pthread_mutex_unlock(&idle_lock);
    mg_stop(ctx);
    pthread_mutex_lock(&idle_lock);
    stopping--;
    pthread_mutex_unlock(&idle_lock);
}
