/* dns.c - see dns.h. The loop's half: cache, waiting queries, and which thread looks up what.
 *
 *   (unknown) --ask--> queued --thread free--> in flight --report--> known (good or failed)
 *   known --too old, ask--> queued ...         (the old good answer is kept for when that fails or is slow) */
#include "net/dns.h"

#include "base/map.h"
#include "base/mem.h"
#include "net/dns_lookup.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#define THREADS 2
#define LONG_AGO ((struct mono){ INT64_MIN / 2 })

struct dns_name {
    char *name;
    struct dns *dns;
    struct dns_answer good; /* the last good answer; count 0 when there never was one */
    struct mono good_at;
    char reason[160]; /* of the last failure */
    struct mono failed_at;
    struct mono asked, started; /* of the look-up under way */
    bool queued, in_flight;
    bool slow; /* the last look-up was */
    bool delivering;
    struct dns_query *waiting;
    struct loop_timer patience; /* runs while queries wait and an old answer is at hand */
    struct dns_name *next_queued;
};

struct dns {
    struct loop *loop;
    dns_lookup lookup;
    void *ctx;
    struct dns_times times;
    struct map names;
    struct dns_name *queue;
    struct dns_reports *reports;
    struct loop_fd watch;
    struct dns_thread *threads[THREADS];
    struct dns_name *busy[THREADS]; /* what a thread is looking up */
};

static bool younger(const struct dns *d, struct mono t, int64_t ms)
{
    return mono_ms_since(t, loop_now(d->loop)) < ms;
}

void dns_interleave(struct address *addresses, int count)
{
    static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
    for (int i = 1; i < count; i++) {
        bool before = memcmp(addresses[i - 1].bytes, mapped, 12) == 0;
        for (int j = i; j < count; j++) {
            if ((memcmp(addresses[j].bytes, mapped, 12) == 0) == before)
                continue;
            struct address other = addresses[j];
            memmove(&addresses[i + 1], &addresses[i], (size_t)(j - i) * sizeof(other));
            addresses[i] = other;
            break;
        }
    }
}

static void name_free(struct dns_name *n)
{
    mem_free(n->name);
    mem_free(n);
}

/* Forgets every name that nobody waits for. */
static void sweep(struct dns *d)
{
    struct dns_name *n, *gone = NULL;
    size_t pos = 0;
    while ((n = map_each(&d->names, &pos))) {
        if (n->waiting || n->queued || n->in_flight || n->delivering)
            continue;
        n->next_queued = gone;
        gone = n;
    }
    while ((n = gone)) {
        gone = n->next_queued;
        map_remove(&d->names, n->name);
        name_free(n);
    }
}

/* Gives the waiting queries `answer`. They may ask and cancel meanwhile. */
static void deliver(struct dns_name *n, const struct dns_answer *answer)
{
    struct dns_query *q;
    loop_timer_clear(n->dns->loop, &n->patience);
    n->delivering = true;
    while ((q = n->waiting)) {
        dns_cancel(n->dns, q);
        q->done(q, answer);
    }
    n->delivering = false;
}

static void patience_over(void *ctx)
{
    struct dns_name *n = ctx;
    struct dns_answer old = n->good;
    deliver(n, &old);
}

static struct dns_name *name_get(struct dns *d, const char *host)
{
    struct dns_name *n = map_get(&d->names, host);
    if (n)
        return n;
    if (d->names.len >= DNS_NAMES_MAX)
        sweep(d);
    n = mem_alloc(sizeof(*n));
    n->name = mem_strdup(host);
    n->dns = d;
    n->good_at = n->failed_at = LONG_AGO;
    n->patience.fn = patience_over;
    n->patience.ctx = n;
    map_put(&d->names, n->name, n);
    return n;
}

/* The first queued name that this thread may take; slow ones are the last thread's. */
static struct dns_name *dequeue(struct dns *d, int thread)
{
    for (struct dns_name **at = &d->queue; *at; at = &(*at)->next_queued) {
        struct dns_name *n = *at;
        if (n->slow && thread != THREADS - 1)
            continue;
        *at = n->next_queued;
        n->next_queued = NULL;
        n->queued = false;
        return n;
    }
    return NULL;
}

static void start_lookup(struct dns *d, struct dns_name *n, int thread)
{
    struct dns_job *job = mem_alloc(sizeof(*job));
    snprintf(job->name, sizeof(job->name), "%s", n->name);
    job->lookup = d->lookup;
    job->ctx = d->ctx;
    n->in_flight = true;
    n->started = loop_now(d->loop);
    d->busy[thread] = n;
    dns_thread_send(d->threads[thread], job);
}

/* The last thread first: then the other stays free for what is not slow. */
static void dispatch(struct dns *d)
{
    for (int i = THREADS - 1; i >= 0; i--) {
        struct dns_name *n = d->busy[i] ? NULL : dequeue(d, i);
        if (n)
            start_lookup(d, n, i);
    }
}

static void enqueue(struct dns *d, struct dns_name *n)
{
    struct dns_name **at = &d->queue;
    if (n->queued || n->in_flight)
        return;
    while (*at)
        at = &(*at)->next_queued;
    *at = n;
    n->queued = true;
    n->asked = loop_now(d->loop);
    dispatch(d);
}

static void reported(struct dns *d, struct dns_job *job)
{
    struct dns_name *n = map_get(&d->names, job->name); /* a name in flight stays in the map */
    struct mono now = loop_now(d->loop);
    for (int i = 0; i < THREADS; i++)
        if (d->busy[i] == n)
            d->busy[i] = NULL;
    n->in_flight = false;
    n->slow = mono_ms_since(n->started, now) >= d->times.slow;
    dispatch(d);
    if (job->answer.count > 0) {
        dns_interleave(job->answer.addresses, job->answer.count);
        n->good = job->answer;
        n->good_at = now;
        n->failed_at = LONG_AGO;
    } else {
        n->failed_at = now;
        memcpy(n->reason, job->answer.reason, sizeof(n->reason));
    }
    if (job->answer.count == 0 && n->good.count > 0 && younger(d, n->good_at, d->times.stale))
        job->answer = n->good;
    deliver(n, &job->answer);
}

static void reports_arrived(void *ctx, uint32_t events)
{
    struct dns *d = ctx;
    struct mail *m = mailbox_take(dns_reports_box(d->reports)), *next;
    (void)events;
    for (; m; m = next) {
        struct dns_job *job = MEM_CONTAINER(m, struct dns_job, mail);
        next = m->next;
        reported(d, job);
        mem_free(job);
    }
}

static bool is_localhost(const char *host)
{
    size_t len = strlen(host);
    return strcmp(host, "localhost") == 0 || (len > 10 && strcmp(host + len - 10, ".localhost") == 0);
}

/* Needs no resolver: a literal, or RFC 6761 section 6.3 ("localhost" never leaves the machine; there may be no /etc/hosts). */
static bool known_by_itself(const char *host, struct dns_answer *ret)
{
    ret->count = 0;
    ret->reason[0] = '\0';
    if (address_parse(host, &ret->addresses[0])) {
        ret->count = 1;
    } else if (is_localhost(host)) {
        address_parse("127.0.0.1", &ret->addresses[0]);
        address_parse("::1", &ret->addresses[1]);
        ret->count = 2;
    }
    return ret->count > 0;
}

/* Is the answer on its way late already? Then nobody else need wait for it. */
static bool overdue(const struct dns *d, const struct dns_name *n)
{
    return (n->queued || n->in_flight) && !younger(d, n->asked, d->times.patience);
}

/* From the cache, when it is recent enough, or must do. */
static bool cached(const struct dns *d, const struct dns_name *n, struct dns_answer *ret)
{
    if (n->good.count > 0 && younger(d, n->good_at, d->times.keep)) {
        *ret = n->good;
        return true;
    }
    bool failed = younger(d, n->failed_at, d->times.keep_failed);
    if ((failed || overdue(d, n)) && n->good.count > 0 && younger(d, n->good_at, d->times.stale)) {
        *ret = n->good;
        return true;
    }
    if (!failed)
        return false;
    ret->count = 0;
    memcpy(ret->reason, n->reason, sizeof(ret->reason));
    return true;
}

bool dns_ask(struct dns *d, const char *host, struct dns_query *q, struct dns_answer *ret)
{
    struct dns_name *n;
    if (known_by_itself(host, ret))
        return true;
    n = name_get(d, host);
    if (cached(d, n, ret))
        return true;
    q->name = n;
    q->prev = NULL;
    q->next = n->waiting;
    if (q->next)
        q->next->prev = q;
    n->waiting = q;
    if (n->good.count > 0 && younger(d, n->good_at, d->times.stale) && !loop_timer_is_set(&n->patience))
        loop_timer_set(d->loop, &n->patience, (struct mono){ loop_now(d->loop).us + d->times.patience * 1000 });
    enqueue(d, n);
    return false;
}

void dns_cancel(struct dns *d, struct dns_query *q)
{
    (void)d;
    if (!q->name)
        return;
    if (q->prev)
        q->prev->next = q->next;
    else
        q->name->waiting = q->next;
    if (q->next)
        q->next->prev = q->prev;
    q->name = NULL;
    q->prev = q->next = NULL;
}

struct dns *dns_new(struct loop *l, dns_lookup lookup, void *ctx, struct err *e)
{
    struct dns *d = mem_alloc(sizeof(*d));
    d->loop = l;
    d->lookup = lookup ? lookup : dns_lookup_system;
    d->ctx = ctx;
    d->times = (struct dns_times){ DNS_KEEP_MS, DNS_KEEP_FAILED_MS, DNS_STALE_MS, DNS_PATIENCE_MS, DNS_SLOW_MS };
    d->reports = dns_reports_new();
    d->watch = (struct loop_fd){
        .fd = mailbox_fd(dns_reports_box(d->reports)), .events = EPOLLIN, .fn = reports_arrived, .ctx = d
    };
    if (loop_add(l, &d->watch, e) < 0) {
        dns_reports_unref(d->reports);
        mem_free(d);
        return NULL;
    }
    for (int i = 0; i < THREADS; i++) {
        if (!(d->threads[i] = dns_thread_new(d->reports, e))) {
            dns_free(d);
            return NULL;
        }
    }
    return d;
}

void dns_free(struct dns *d)
{
    struct dns_name *n;
    size_t pos = 0;
    if (!d)
        return;
    for (int i = 0; i < THREADS; i++)
        if (d->threads[i])
            dns_thread_quit(d->threads[i], !d->busy[i]);
    loop_remove(d->loop, &d->watch);
    dns_reports_unref(d->reports);
    while ((n = map_each(&d->names, &pos))) {
        loop_timer_clear(d->loop, &n->patience);
        name_free(n);
    }
    map_free(&d->names);
    mem_free(d);
}

void dns_set_times(struct dns *d, const struct dns_times *t)
{
    d->times = *t;
}

void dns_flush(struct dns *d)
{
    struct dns_name *n;
    size_t pos = 0;
    while ((n = map_each(&d->names, &pos))) {
        n->good_at = n->failed_at = LONG_AGO;
        n->slow = false;
    }
    sweep(d);
}
