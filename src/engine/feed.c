#include "engine/feed.h"

#include "base/crypto.h"
#include "base/mem.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/eventfd.h>

#define MARKS (2 * FEED_ENTRIES) /* a power of two */

/* --- tags -------------------------------------------------------------------------------------------------------- */

struct feed_tags {
    atomic_int refs;
    int n;
    char *names[];
};

struct feed_tags *feed_tags_new(const char *const *names, int n)
{
    if (n == 0)
        return NULL;
    struct feed_tags *t = mem_alloc(sizeof *t + (size_t)n * sizeof *t->names);
    atomic_init(&t->refs, 1);
    for (t->n = 0; t->n < n; t->n++)
        t->names[t->n] = mem_strdup(names[t->n]);
    return t;
}

struct feed_tags *feed_tags_ref(struct feed_tags *t)
{
    if (t)
        atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
    return t;
}

void feed_tags_unref(struct feed_tags *t)
{
    if (!t || atomic_fetch_sub_explicit(&t->refs, 1, memory_order_acq_rel) > 1)
        return;
    for (int i = 0; i < t->n; i++)
        mem_free(t->names[i]);
    mem_free(t);
}

bool feed_tags_have(const struct feed_tags *t, const char *const *names, int n)
{
    for (int i = 0; t && i < t->n; i++)
        for (int k = 0; k < n; k++)
            if (!strcmp(t->names[i], names[k]))
                return true;
    return false;
}

/* --- the ring ---------------------------------------------------------------------------------------------------- */

/* Entry `number` is in entries[number % FEED_ENTRIES]. Under the lock, but for `on` and what the reader alone uses. */
struct feed {
    pthread_mutex_t lock;
    atomic_bool on;
    uint64_t epoch;
    struct feed_entry *entries; /* NULL: nobody listens */
    uint64_t first, next;       /* numbers of the oldest that is kept, and of the one to come; equal: none is kept */
    bool asleep;
    int wake_fd;
    uint64_t *marks; /* the reader's: number of the newest entry of a run, by a hash of its id */
    uint64_t marked; /* the reader's: up to here */
};

struct feed *feed_new(void)
{
    struct feed *f = mem_alloc(sizeof *f);
    pthread_mutex_init(&f->lock, NULL);
    f->first = f->next = 1;
    f->wake_fd = -1;
    crypto_random(&f->epoch, sizeof f->epoch);
    return f;
}

static struct feed_entry *at(struct feed *f, uint64_t number)
{
    return &f->entries[number & (FEED_ENTRIES - 1)];
}

static void forget(struct feed_entry *x)
{
    feed_tags_unref(x->tags);
    feed_tags_unref(x->tags_before);
    x->tags = x->tags_before = NULL;
}

static void forget_all(struct feed *f)
{
    for (; f->entries && f->first < f->next; f->first++)
        forget(at(f, f->first));
    mem_free(f->entries);
    mem_free(f->marks);
    f->entries = NULL;
    f->marks = NULL;
}

void feed_free(struct feed *f)
{
    if (!f)
        return;
    forget_all(f);
    pthread_mutex_destroy(&f->lock);
    mem_free(f);
}

bool feed_on(const struct feed *f)
{
    return atomic_load_explicit(&f->on, memory_order_relaxed);
}

/* *ret_gone: the tags of the entry that gives way. */
static void append(struct feed *f, const struct feed_entry *x, struct feed_entry *ret_gone)
{
    struct feed_entry *to = at(f, f->next);
    if (f->next - f->first == FEED_ENTRIES) {
        ret_gone->tags = to->tags;
        ret_gone->tags_before = to->tags_before;
        f->first++;
    }
    *to = *x;
    to->number = f->next++;
    to->superseded = false;
}

void feed_put(struct feed *f, const struct feed_entry *x)
{
    struct feed_entry gone;
    gone.tags = gone.tags_before = NULL;
    pthread_mutex_lock(&f->lock);
    if (f->entries) {
        append(f, x, &gone);
    } else {
        gone.tags = x->tags;
        gone.tags_before = x->tags_before;
    }
    int wake_fd = f->asleep ? f->wake_fd : -1;
    f->asleep = false;
    pthread_mutex_unlock(&f->lock);
    forget(&gone);
    if (wake_fd >= 0)
        eventfd_write(wake_fd, 1);
}

void feed_message(struct feed_run *r, const char *message)
{
    static const char more[] = "...";
    size_t len = message ? strlen(message) : 0, most = sizeof r->message - sizeof more;
    if (len < sizeof r->message) {
        memcpy(r->message, message ? message : "", len + 1);
        return;
    }
    while (most > 0 && ((unsigned char)message[most] & 0xc0) == 0x80)
        most--; /* within a character of UTF-8 */
    memcpy(r->message, message, most);
    memcpy(r->message + most, more, sizeof more);
}

/* --- the reader's side ------------------------------------------------------------------------------------------- */

void feed_begin(struct feed *f, int wake_fd)
{
    pthread_mutex_lock(&f->lock);
    if (!f->entries) {
        f->entries = mem_resize(NULL, FEED_ENTRIES * sizeof *f->entries); /* no memory before it is used */
        f->marks = mem_alloc(MARKS * sizeof *f->marks);
        f->first = ++f->next; /* a number that no entry has: whoever was up to date is told of a gap */
        f->marked = f->next - 1;
    }
    f->wake_fd = wake_fd;
    f->asleep = false;
    pthread_mutex_unlock(&f->lock);
    atomic_store(&f->on, true);
}

void feed_end(struct feed *f)
{
    atomic_store(&f->on, false);
    pthread_mutex_lock(&f->lock);
    forget_all(f);
    f->first = f->next;
    f->asleep = false;
    f->wake_fd = -1;
    pthread_mutex_unlock(&f->lock);
}

uint64_t feed_epoch(const struct feed *f)
{
    return f->epoch;
}

uint64_t feed_last(struct feed *f)
{
    pthread_mutex_lock(&f->lock);
    uint64_t last = f->next - 1;
    pthread_mutex_unlock(&f->lock);
    return last;
}

bool feed_holds(struct feed *f, uint64_t number)
{
    pthread_mutex_lock(&f->lock);
    bool holds = f->entries && number + 1 >= f->first && number < f->next;
    pthread_mutex_unlock(&f->lock);
    return holds;
}

int feed_read(struct feed *f, uint64_t number, struct feed_entry *out)
{
    int n = 0;
    pthread_mutex_lock(&f->lock);
    if (f->entries && number + 1 >= f->first)
        for (uint64_t i = number + 1; i < f->next && n < FEED_READ_MAX; i++, n++) {
            out[n] = *at(f, i);
            feed_tags_ref(out[n].tags);
            feed_tags_ref(out[n].tags_before);
        }
    pthread_mutex_unlock(&f->lock);
    return n;
}

void feed_release(struct feed_entry *x, int n)
{
    for (int i = 0; i < n; i++)
        forget(&x[i]);
}

/* FNV-1a. The table only remembers; whether two entries are of one run is decided by their ids. */
static size_t mark_of(const char *id)
{
    uint64_t hash = 14695981039346656037u;
    for (; *id; id++)
        hash = (hash ^ (unsigned char)*id) * 1099511628211u;
    return (size_t)((hash ^ (hash >> 32)) & (MARKS - 1));
}

static void mark(struct feed *f, const struct feed_entry *x)
{
    uint64_t *newest = &f->marks[mark_of(x->run.id)];
    if (*newest >= f->first && *newest < x->number && !strcmp(at(f, *newest)->run.id, x->run.id))
        at(f, *newest)->superseded = true;
    *newest = x->number;
}

void feed_mark(struct feed *f)
{
    bool more = true;
    while (more) {
        pthread_mutex_lock(&f->lock);
        if (f->marked + 1 < f->first)
            f->marked = f->first - 1;
        for (int i = 0; i < FEED_READ_MAX && f->entries && f->marked + 1 < f->next; i++)
            if (at(f, ++f->marked)->kind == FEED_RUN)
                mark(f, at(f, f->marked));
        more = f->entries && f->marked + 1 < f->next;
        pthread_mutex_unlock(&f->lock);
    }
}

bool feed_sleep(struct feed *f, uint64_t number)
{
    pthread_mutex_lock(&f->lock);
    f->asleep = f->next - 1 <= number;
    bool asleep = f->asleep;
    pthread_mutex_unlock(&f->lock);
    return asleep;
}
