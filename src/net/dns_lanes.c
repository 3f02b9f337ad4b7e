/* dns_lanes.c - see dns_lanes.h. */
#include "net/dns_lanes.h"

#include "base/log.h"
#include "base/mem.h"
#include "net/dns_lookup.h"

#include <stdio.h>
#include <sys/epoll.h>

struct queue {
    struct dns_task *first, **end;
};

struct lane {
    struct dns_thread *thread; /* NULL: a spare that is not started */
    struct dns_task *task;     /* what it looks up */
    struct mono since;
};

struct dns_lanes {
    struct loop *loop;
    dns_lookup lookup;
    void *lookup_ctx;
    struct dns_lanes_use use;
    int64_t slow_ms;
    struct queue quick, slow;
    struct dns_reports *reports;
    struct loop_fd watch;
    struct loop_timer relief; /* while quick names wait: when the last lane that worked counts as held */
    struct lane lanes[DNS_LANES_MAX];
};

static void put(struct queue *q, struct dns_task *t)
{
    t->next = NULL;
    *q->end = t;
    q->end = &t->next;
}

static void drop_first(struct queue *q)
{
    q->first = q->first->next;
    if (!q->first)
        q->end = &q->first;
}

/* The first that is still wanted, or NULL. */
static struct dns_task *peek(struct dns_lanes *s, struct queue *q)
{
    struct dns_task *t;
    while ((t = q->first) && !s->use.wanted(s->use.ctx, t)) {
        drop_first(q);
        t->state = DNS_AT_REST;
    }
    return t;
}

static struct dns_task *next_for(struct dns_lanes *s, int lane)
{
    struct queue *q = lane == 1 && peek(s, &s->slow) ? &s->slow : &s->quick;
    struct dns_task *t = peek(s, q);
    if (t)
        drop_first(q);
    return t;
}

static bool held(const struct dns_lanes *s, const struct lane *k)
{
    return k->task && mono_ms_since(k->since, loop_now(s->loop)) >= s->slow_ms;
}

static void look_up(struct dns_lanes *s, struct dns_task *t, int lane)
{
    struct dns_job *job = mem_alloc(sizeof(*job));
    snprintf(job->name, sizeof(job->name), "%s", t->name);
    job->lookup = s->lookup;
    job->ctx = s->lookup_ctx;
    job->lane = lane;
    t->state = DNS_LOOKING_UP;
    s->lanes[lane].task = t;
    s->lanes[lane].since = loop_now(s->loop);
    dns_thread_send(s->lanes[lane].thread, job);
}

/* All lanes that run are held: one more, if there may be. A machine that gives no thread is not worth more than a line in the log: the
 * others go on. */
static bool start_spare(struct dns_lanes *s)
{
    struct err e;
    for (int i = DNS_LANES; i < DNS_LANES_MAX; i++) {
        if (s->lanes[i].thread)
            continue;
        if ((s->lanes[i].thread = dns_thread_new(s->reports, &e)))
            look_up(s, next_for(s, i), i);
        else
            log_warn("one resolver thread more was needed", L_STR("error", e.text));
        return s->lanes[i].thread != NULL;
    }
    return false;
}

/* Quick names wait: help now, when all lanes are held, or when they will be. */
static void relieve(struct dns_lanes *s)
{
    struct mono latest = { INT64_MIN };
    if (!peek(s, &s->quick)) {
        loop_timer_clear(s->loop, &s->relief);
        return;
    }
    for (int i = 0; i < DNS_LANES_MAX; i++)
        if (s->lanes[i].task && !held(s, &s->lanes[i]) && s->lanes[i].since.us > latest.us)
            latest = s->lanes[i].since;
    if (latest.us == INT64_MIN && start_spare(s))
        latest = loop_now(s->loop);
    if (latest.us != INT64_MIN && s->quick.first)
        loop_timer_set(s->loop, &s->relief, (struct mono){ latest.us + s->slow_ms * 1000 });
}

/* Lane 1 first: then the other stays free for what is not slow. */
static void dispatch(struct dns_lanes *s)
{
    static const int order[] = { 1, 0, 2, 3, 4, 5, 6, 7 };
    for (size_t i = 0; i < MEM_COUNT(order); i++) {
        struct lane *k = &s->lanes[order[i]];
        struct dns_task *t = k->thread && !k->task ? next_for(s, order[i]) : NULL;
        if (t) {
            look_up(s, t, order[i]);
        } else if (k->thread && !k->task && order[i] >= DNS_LANES) {
            dns_thread_quit(k->thread, true);
            k->thread = NULL;
        }
    }
    relieve(s);
}

static void relief_due(void *ctx)
{
    dispatch(ctx);
}

static void reported(struct dns_lanes *s, struct dns_job *job)
{
    struct lane *k = &s->lanes[job->lane];
    struct dns_task *t = k->task;
    t->slow = held(s, k);
    k->task = NULL;
    t->state = DNS_AT_REST;
    dispatch(s);
    s->use.done(s->use.ctx, t, &job->answer);
}

static void reports_arrived(void *ctx, uint32_t events)
{
    struct dns_lanes *s = ctx;
    struct mail *m = mailbox_take(dns_reports_box(s->reports)), *next;
    (void)events;
    for (; m; m = next) {
        struct dns_job *job = MEM_CONTAINER(m, struct dns_job, mail);
        next = m->next;
        reported(s, job);
        mem_free(job);
    }
}

void dns_lanes_put(struct dns_lanes *s, struct dns_task *t)
{
    if (t->state != DNS_AT_REST)
        return;
    t->state = DNS_QUEUED;
    t->asked = loop_now(s->loop);
    put(t->slow ? &s->slow : &s->quick, t);
    dispatch(s);
}

struct dns_lanes *dns_lanes_new(struct loop *l, dns_lookup lookup, void *lookup_ctx, const struct dns_lanes_use *use,
                                struct err *e)
{
    struct dns_lanes *s = mem_alloc(sizeof(*s));
    s->loop = l;
    s->lookup = lookup ? lookup : dns_lookup_system;
    s->lookup_ctx = lookup_ctx;
    s->use = *use;
    s->slow_ms = DNS_SLOW_MS;
    s->quick.end = &s->quick.first;
    s->slow.end = &s->slow.first;
    s->relief = (struct loop_timer){ .fn = relief_due, .ctx = s };
    s->reports = dns_reports_new();
    s->watch = (struct loop_fd){
        .fd = mailbox_fd(dns_reports_box(s->reports)), .events = EPOLLIN, .fn = reports_arrived, .ctx = s
    };
    if (loop_add(l, &s->watch, e) < 0) {
        dns_reports_unref(s->reports);
        mem_free(s);
        return NULL;
    }
    for (int i = 0; i < DNS_LANES; i++) {
        if (!(s->lanes[i].thread = dns_thread_new(s->reports, e))) {
            dns_lanes_free(s);
            return NULL;
        }
    }
    return s;
}

void dns_lanes_free(struct dns_lanes *s)
{
    if (!s)
        return;
    for (int i = 0; i < DNS_LANES_MAX; i++)
        if (s->lanes[i].thread)
            dns_thread_quit(s->lanes[i].thread, !s->lanes[i].task);
    loop_timer_clear(s->loop, &s->relief);
    loop_remove(s->loop, &s->watch);
    dns_reports_unref(s->reports);
    mem_free(s);
}

void dns_lanes_slow_after(struct dns_lanes *s, int64_t slow_ms)
{
    s->slow_ms = slow_ms;
}
