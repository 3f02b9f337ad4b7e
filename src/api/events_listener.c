#include "api/events_listener.h"

#include "api/events_text.h"
#include "base/guarded.h"
#include "base/log.h"
#include "base/mem.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char *guarded_copy(const char *s)
{
    return s ? guarded_strndup(s, strlen(s)) : NULL;
}

static void tags_free(struct listener *l)
{
    for (int i = 0; i < l->want.n_tags; i++)
        mem_free((char *)(uintptr_t)l->want.tags[i]);
    mem_free((void *)(uintptr_t)l->want.tags);
}

static const char **tags_copy(const char *const *tags, int n)
{
    const char **copy = mem_alloc((size_t)n * sizeof *copy);
    for (int i = 0; i < n; i++)
        copy[i] = mem_strdup(tags[i]);
    return copy;
}

void listener_tags_set(struct listener *l, const char *const *tags, int n)
{
    const char **fresh = tags_copy(tags, n);
    tags_free(l);
    l->want.tags = fresh;
    l->want.n_tags = n;
}

struct listener *listener_new(struct events *ev, const struct events_want *w)
{
    struct listener *l = mem_alloc(sizeof *l);
    l->events = ev;
    l->want = *w;
    l->want.job = mem_strdup(w->job);
    l->want.last_id = mem_strdup(w->last_id);
    l->want.remote = mem_strdup(w->remote);
    l->want.tags = tags_copy(w->tags, w->n_tags);
    l->want.authorization = guarded_copy(w->authorization);
    l->want.cookie = guarded_copy(w->cookie);
    l->fd = -1;
    l->out = BUF_INIT(2 * LISTENER_FILL);
    return l;
}

void listener_free(struct listener *l)
{
    if (l->fd >= 0)
        close(l->fd);
    tags_free(l);
    mem_free((char *)(uintptr_t)l->want.job);
    mem_free((char *)(uintptr_t)l->want.last_id);
    mem_free((char *)(uintptr_t)l->want.remote);
    guarded_free((char *)(uintptr_t)l->want.authorization);
    guarded_free((char *)(uintptr_t)l->want.cookie);
    buf_free(&l->out);
    mem_free(l);
}

/* --- what it hears ----------------------------------------------------------------------------------------------- */

static enum listener_wish by_tags(const struct listener *l, const struct feed_entry *x)
{
    const struct events_want *w = &l->want;
    if (w->n_tags == 0)
        return LISTENER_TAKE;
    if (x->kind != FEED_RUN && x->kind != FEED_JOB)
        return LISTENER_PASS;
    if (feed_tags_have(x->tags, w->tags, w->n_tags))
        return LISTENER_TAKE;
    return x->retagged && feed_tags_have(x->tags_before, w->tags, w->n_tags) ? LISTENER_TAKE_REMOVED : LISTENER_PASS;
}

enum listener_wish listener_wish(const struct listener *l, const struct feed_entry *x)
{
    bool of_a_job = x->kind == FEED_RUN || x->kind == FEED_JOB;
    if (!(l->want.kinds & 1u << x->kind))
        return LISTENER_PASS;
    if (of_a_job && l->want.job && strcmp(l->want.job, x->name))
        return LISTENER_PASS;
    return by_tags(l, x);
}

bool listener_wants_status(const struct listener *l)
{
    return l->want.kinds & 1u << EVENTS_STATUS;
}

/* --- its descriptor ---------------------------------------------------------------------------------------------- */

bool listener_room(const struct listener *l)
{
    return !l->gone && l->out.len - l->sent < LISTENER_FILL;
}

/* What was sent makes room for what comes. */
static void compact(struct listener *l)
{
    size_t waits = l->out.len - l->sent;
    if (waits)
        memmove(l->out.data, l->out.data + l->sent, waits);
    l->out.len = waits;
    l->sent = 0;
}

static void drop(struct listener *l, const char *why)
{
    l->gone = true;
    log_debug("a listener to events is dropped", L_STR("who", l->want.name), L_STR("from", l->want.remote),
              L_STR("reason", why));
}

void listener_flush(struct listener *l, struct mono now)
{
    while (!l->gone && l->sent < l->out.len) {
        ssize_t n = send(l->fd, l->out.data + l->sent, l->out.len - l->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n > 0) {
            l->sent += (size_t)n;
            l->moved = l->spoke = now;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            break;
        } else if (errno != EINTR) {
            drop(l, strerror(errno));
        }
    }
    compact(l);
    if (l->out.len == 0)
        l->moved = now;
    else if (!l->gone && mono_ms_since(l->moved, now) >= LISTENER_STUCK_MS)
        drop(l, "it reads too slowly");
}

void listener_read(struct listener *l)
{
    char ignored[1024];
    ssize_t n = recv(l->fd, ignored, sizeof ignored, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        drop(l, "it left");
}
