/* dns.c - see dns.h. The cache, and who waits for what.
 *
 *   (unknown) --ask--> asked for --dns_lanes reports--> known (good or failed)
 *   known --too old, ask--> asked for ...         (the old good answer is kept for when that fails or is slow) */
#include "net/dns.h"

#include "base/map.h"
#include "base/mem.h"
#include "net/dns_hosts.h"
#include "net/dns_lanes.h"

#include <string.h>

#define LONG_AGO ((struct mono){ INT64_MIN / 2 })

struct dns_name {
    char *name;
    struct dns *dns;
    struct dns_task task;
    struct dns_answer good; /* the last good answer; count 0 when there never was one */
    struct mono good_at;
    char reason[160]; /* of the last failure */
    struct mono failed_at;
    int failures; /* in a row */
    bool refresh; /* asked for in the background, whether or not a query waits */
    bool delivering;
    struct dns_query *waiting;
    struct loop_timer patience; /* runs while queries wait and an old answer is at hand */
    struct dns_name *next_gone;
};

struct dns {
    struct loop *loop;
    struct dns_times times;
    struct dns_stats stats;
    struct map names;
    struct dns_hosts *hosts;
    struct dns_lanes *lanes;
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

/* Forgets names that nobody waits for: all, or those whose answers are of no use any more. */
static void sweep(struct dns *d, bool all)
{
    struct dns_name *n, *gone = NULL;
    size_t pos = 0;
    while ((n = map_each(&d->names, &pos))) {
        if (n->waiting || n->task.state != DNS_AT_REST || n->delivering)
            continue;
        if (!all && n->good.count > 0 && younger(d, n->good_at, d->times.stale))
            continue;
        n->next_gone = gone;
        gone = n;
    }
    while ((n = gone)) {
        gone = n->next_gone;
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
    n->refresh = true; /* they have their answer; the next ones want a better one */
    deliver(n, &old);
}

static struct dns_name *name_get(struct dns *d, const char *host)
{
    struct dns_name *n = map_get(&d->names, host);
    if (n)
        return n;
    if (d->names.len >= DNS_NAMES_MAX)
        sweep(d, false);
    if (d->names.len >= DNS_NAMES_MAX)
        sweep(d, true);
    n = mem_alloc(sizeof(*n));
    n->name = mem_strdup(host);
    n->task.name = n->name;
    n->dns = d;
    n->good_at = n->failed_at = LONG_AGO;
    n->patience.fn = patience_over;
    n->patience.ctx = n;
    map_put(&d->names, n->name, n);
    return n;
}

static bool wanted(void *ctx, struct dns_task *t)
{
    const struct dns_name *n = MEM_CONTAINER(t, struct dns_name, task);
    (void)ctx;
    return n->waiting || n->refresh;
}

static bool has_old(const struct dns *d, const struct dns_name *n)
{
    return n->good.count > 0 && younger(d, n->good_at, d->times.stale);
}

static void looked_up(void *ctx, struct dns_task *t, struct dns_answer *answer)
{
    struct dns *d = ctx;
    struct dns_name *n = MEM_CONTAINER(t, struct dns_name, task);
    n->refresh = false;
    *(answer->count > 0 ? &d->stats.found : &d->stats.failed) += 1;
    if (answer->count > 0) {
        dns_interleave(answer->addresses, answer->count);
        n->good = *answer;
        n->good_at = loop_now(d->loop);
        n->failed_at = LONG_AGO;
        n->failures = 0;
    } else {
        n->failed_at = loop_now(d->loop);
        n->failures++;
        memcpy(n->reason, answer->reason, sizeof(n->reason));
        if (has_old(d, n))
            *answer = n->good;
    }
    deliver(n, answer);
}

struct dns_stats dns_stats(const struct dns *d)
{
    return d->stats;
}

/* Needs no resolver: what is known by itself ("localhost" too, as there may be no /etc/hosts), or is in the file. */
static bool known_by_itself(struct dns *d, const char *host, struct dns_answer *ret)
{
    _Static_assert(MEM_COUNT(ret->addresses) >= ADDRESSES_KNOWN_MAX, "they fit");
    ret->count = address_known(host, ret->addresses);
    ret->reason[0] = '\0';
    return ret->count > 0 || dns_hosts_find(d->hosts, host, loop_now(d->loop), ret);
}

static bool failed_lately(const struct dns *d, const struct dns_name *n)
{
    int64_t ms = d->times.keep_failed;
    for (int i = 1; i < n->failures && ms < d->times.keep_failed_max; i++)
        ms *= 2;
    return n->failures > 0 && younger(d, n->failed_at, ms < d->times.keep_failed_max ? ms : d->times.keep_failed_max);
}

/* Is the answer late already, or likely to be? Then an old one will do. */
static bool overdue(const struct dns *d, const struct dns_name *n)
{
    return n->failures > 0 || n->task.slow ||
           (n->task.state != DNS_AT_REST && !younger(d, n->task.asked, d->times.patience));
}

/* From the cache, when it is recent enough, or must do. */
static bool cached(const struct dns *d, const struct dns_name *n, struct dns_answer *ret)
{
    int64_t good_for_ms = overdue(d, n) ? d->times.stale : d->times.ceiling;
    if (n->good.count > 0 && younger(d, n->good_at, good_for_ms)) {
        *ret = n->good;
        return true;
    }
    if (!failed_lately(d, n))
        return false;
    ret->count = 0;
    memcpy(ret->reason, n->reason, sizeof(ret->reason));
    return true;
}

bool dns_ask(struct dns *d, const char *host, struct dns_query *q, struct dns_answer *ret)
{
    struct dns_name *n;
    if (known_by_itself(d, host, ret))
        return true;
    n = name_get(d, host);
    if (cached(d, n, ret)) {
        if (!younger(d, n->good_at, d->times.keep) && !failed_lately(d, n)) {
            n->refresh = true;
            dns_lanes_put(d->lanes, &n->task);
        }
        return true;
    }
    q->name = n;
    q->prev = NULL;
    q->next = n->waiting;
    if (q->next)
        q->next->prev = q;
    n->waiting = q;
    if (has_old(d, n) && !loop_timer_is_set(&n->patience))
        loop_timer_set(d->loop, &n->patience, (struct mono){ loop_now(d->loop).us + d->times.patience * 1000 });
    dns_lanes_put(d->lanes, &n->task);
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

struct dns *dns_new(struct loop *l, const struct dns_source *from, struct err *e)
{
    struct dns *d = mem_alloc(sizeof(*d));
    struct dns_lanes_use use = { wanted, looked_up, d };
    d->loop = l;
    d->times =
        (struct dns_times){ DNS_KEEP_MS,     DNS_CEILING_MS, DNS_STALE_MS, DNS_KEEP_FAILED_MS, DNS_KEEP_FAILED_MAX_MS,
                            DNS_PATIENCE_MS, DNS_SLOW_MS };
    d->hosts = dns_hosts_new(from->hosts_file ? from->hosts_file : DNS_HOSTS_FILE);
    d->lanes = dns_lanes_new(l, from->lookup, from->lookup_ctx, &use, e);
    if (!d->lanes) {
        dns_hosts_free(d->hosts);
        mem_free(d);
        return NULL;
    }
    return d;
}

void dns_free(struct dns *d)
{
    struct dns_name *n;
    size_t pos = 0;
    if (!d)
        return;
    dns_lanes_free(d->lanes);
    dns_hosts_free(d->hosts);
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
    dns_lanes_slow_after(d->lanes, t->slow);
}

void dns_flush(struct dns *d)
{
    struct dns_name *n;
    size_t pos = 0;
    while ((n = map_each(&d->names, &pos))) {
        n->good_at = n->failed_at = LONG_AGO;
        n->failures = 0;
        n->task.slow = false;
    }
    sweep(d, true);
}
