/* plan.c - what becomes of each occurrence. Walks back from now, newest first: so the work is bounded by
 * PLAN_MAX_ROWS however long the outage was, and "is there a later one?" is known when it is asked. */
#include "core/plan.h"

#include <string.h>

struct plan_schedule plan_schedule_of(const struct job *j, struct wall created_at, const struct cron *c,
                                      const struct zone *z)
{
    return (struct plan_schedule){
        .cron = c,
        .zone = z,
        .job_name = j->name,
        .anchor = wall_is_none(j->starts_at) ? created_at : j->starts_at,
        .starts_at = j->starts_at,
        .ends_at = j->ends_at,
        .jitter_s = j->jitter_s,
        .catch_up = j->catch_up,
    };
}

#define TEXT_OF(n) TEXT_OF_(n)
#define TEXT_OF_(n) #n

static const char reason_none[] = "late, and the job does not catch up (catch_up: none)";
static const char reason_window[] = "late by more than the catch-up window (catch_up.window_s)";
static const char reason_superseded[] = "superseded by a later occurrence (catch_up: latest)";
static const char reason_summary[] =
    "one of too many to list: this row stands for all that were missed before the newest " TEXT_OF(PLAN_MAX_ROWS);

/* FNV-1a over the name and the time, then the finaliser of splitmix64: neighbouring times must differ widely. */
static uint64_t jitter_hash(const char *name, int64_t ms)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);

    for (const char *p = name; *p; p++)
        h = (h ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
    h ^= (uint64_t)ms;
    h = (h ^ h >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    h = (h ^ h >> 27) * UINT64_C(0x94d049bb133111eb);
    return h ^ h >> 31;
}

/* `next` is the occurrence after `o`, or none. */
static int64_t jitter_before(const struct plan_schedule *s, struct wall o, struct wall next)
{
    int64_t limit = s->jitter_s * 1000;

    if (!wall_is_none(next) && next.ms - o.ms - 1 < limit)
        limit = next.ms - o.ms - 1;
    return (int64_t)(jitter_hash(s->job_name, o.ms) % (uint64_t)(limit + 1));
}

int64_t plan_jitter_ms(const struct plan_schedule *s, struct wall scheduled_for)
{
    if (s->jitter_s <= 0)
        return 0;
    return jitter_before(s, scheduled_for, cron_next(s->cron, s->zone, s->anchor, scheduled_for));
}

static int64_t window_ms(const struct plan_schedule *s)
{
    return s->catch_up.window_s * 1000;
}

/* `wanted_later`: a later occurrence runs or is caught up. */
static void decide(const struct plan_schedule *s, struct wall now, bool wanted_later, struct plan_item *item)
{
    int64_t late_ms = now.ms - item->due.ms;

    item->action = PLAN_MISSED;
    if (late_ms <= PLAN_ON_TIME_MS)
        item->action = PLAN_RUN;
    else if (s->catch_up.policy == CATCH_UP_NONE)
        item->reason = reason_none;
    else if (s->catch_up.policy == CATCH_UP_LATEST && wanted_later)
        item->reason = reason_superseded;
    else if (late_ms > window_ms(s))
        item->reason = reason_window;
    else
        item->action = PLAN_CATCH_UP;
}

int plan_due(const struct plan_schedule *s, struct wall from, struct wall now, struct plan_item *items, int max)
{
    struct wall after = from, before = { now.ms + 1 }, next = WALL_NONE, o;
    struct plan_item *item = items + max; /* filled from the end: the newest comes first */
    struct cron_walk walk;
    bool wanted_later = false;
    int n = 0;

    if (!wall_is_none(s->starts_at) && s->starts_at.ms - 1 > after.ms)
        after.ms = s->starts_at.ms - 1;
    if (!wall_is_none(s->ends_at) && s->ends_at.ms < before.ms)
        before = s->ends_at;
    if (s->jitter_s > 0)
        next = cron_next(s->cron, s->zone, s->anchor, (struct wall){ before.ms - 1 });
    walk = cron_walk_from(s->cron, s->zone, s->anchor, before);
    for (o = cron_walk_back(&walk); !wall_is_none(o) && o.ms > after.ms; next = o, o = cron_walk_back(&walk)) {
        struct wall due = { o.ms + (s->jitter_s > 0 ? jitter_before(s, o, next) : 0) };

        if (due.ms > now.ms)
            continue;
        *--item = (struct plan_item){ .scheduled_for = o, .due = due, .count = 1 };
        if (n++ == PLAN_MAX_ROWS) {
            item->action = PLAN_MISSED;
            item->count = cron_count(s->cron, s->zone, s->anchor, after, o);
            item->reason = reason_summary;
            break;
        }
        decide(s, now, wanted_later, item);
        wanted_later = wanted_later || item->action != PLAN_MISSED;
    }
    memmove(items, item, (size_t)n * sizeof(*items));
    return n;
}

bool plan_next(const struct plan_schedule *s, struct wall after, struct wall *ret_scheduled_for, struct wall *ret_due)
{
    struct wall from = after, o;

    if (!wall_is_none(s->starts_at) && s->starts_at.ms - 1 > from.ms)
        from.ms = s->starts_at.ms - 1;
    o = cron_next(s->cron, s->zone, s->anchor, from);
    if (wall_is_none(o) || (!wall_is_none(s->ends_at) && o.ms >= s->ends_at.ms))
        return false;
    *ret_scheduled_for = o;
    *ret_due = (struct wall){ o.ms + plan_jitter_ms(s, o) };
    return true;
}

/* Rows: policy. Columns: the job is free; busy with room in its queue of one; busy and the queue is full. */
static const enum plan_overlap overlaps[][3] = {
    [OVERLAP_SKIP] = { PLAN_START, PLAN_SKIP, PLAN_SKIP },
    [OVERLAP_QUEUE] = { PLAN_START, PLAN_QUEUE, PLAN_SKIP },
    [OVERLAP_ALLOW] = { PLAN_START, PLAN_START, PLAN_START },
    [OVERLAP_CANCEL_RUNNING] = { PLAN_START, PLAN_CANCEL_THEN_START, PLAN_CANCEL_THEN_START },
};

enum plan_overlap plan_overlap(enum overlap policy, int active, int queued)
{
    return overlaps[policy][queued > 0 ? 2 : active > 0 ? 1 : 0];
}

struct wall plan_wait_until(const struct catch_up *c, struct wall due)
{
    int64_t window_ms = c->policy == CATCH_UP_NONE ? 0 : c->window_s * 1000;
    return (struct wall){ due.ms + (window_ms > PLAN_ON_TIME_MS ? window_ms : PLAN_ON_TIME_MS) };
}
