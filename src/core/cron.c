/* cron.c - from civil times to instants: the two rules of daylight saving time, forwards and backwards.
 *
 * Real-time schedules (a wildcard or step in seconds, minutes or hours) are due at every instant whose local time they
 * name. So times in a gap do not happen, and times in a fold (the hour that comes twice) happen twice.
 *
 * Fixed-time schedules are due once for each local time they name: f(L) is the instant, the earlier of two, and for a
 * time in a gap the first instant after it if that is still the same date. f never decreases as L grows, which is
 * what lets both directions walk civil times and take the first one whose instant fits. */
#include "core/cron_local.h"

#include "base/clock.h"

#define NONE INT64_MIN

static int64_t floor_div(int64_t n, int64_t by)
{
    return n >= 0 ? n / by : -((-n + by - 1) / by);
}

static int64_t real_time_next(const struct cron *c, const struct zone *z, int64_t s)
{
    while (s < CRON_UNTIL_S) {
        struct zone_span span = zone_span(z, s);
        int64_t local = cron_local_next(c, s + span.offset);

        if (local != CRON_LOCAL_NONE && local - span.offset < span.until)
            return local - span.offset < CRON_UNTIL_S ? local - span.offset : NONE;
        if (span.until == INT64_MAX)
            return NONE;
        s = span.until;
    }
    return NONE;
}

static int64_t real_time_previous(const struct cron *c, const struct zone *z, int64_t s)
{
    while (s >= 0) {
        struct zone_span span = zone_span(z, s);
        int64_t local = cron_local_previous(c, s + span.offset);

        if (local != CRON_LOCAL_NONE && local - span.offset >= span.from)
            return local - span.offset >= 0 ? local - span.offset : NONE;
        if (span.from == INT64_MIN)
            return NONE;
        s = span.from - 1;
    }
    return NONE;
}

static bool same_date(int64_t local_a, int64_t local_b)
{
    return floor_div(local_a, CRON_DAY_S) == floor_div(local_b, CRON_DAY_S);
}

/* The first civil time after the gap before the instant g. */
static int64_t after_gap(const struct zone *z, int64_t g)
{
    return g + zone_offset(z, g, NULL);
}

/* The first civil time after the fold that `in` is in the middle of. */
static int64_t after_fold(const struct zone *z, const struct zone_instants *in)
{
    struct zone_span span = zone_span(z, in->first);

    return span.until + span.offset;
}

static int64_t fixed_next(const struct cron *c, const struct zone *z, int64_t s)
{
    /* One second on from the clock's reading a second ago: so a gap that ends right at s is still ahead. */
    int64_t local = cron_local_next(c, s + zone_offset(z, s - 1, NULL));

    while (local != CRON_LOCAL_NONE) {
        struct zone_instants in = zone_resolve(z, local);
        int64_t skip = local + 1;

        if (in.first >= CRON_UNTIL_S)
            return NONE;
        if (in.fit == ZONE_NEVER && !same_date(local, after_gap(z, in.first)))
            skip = after_gap(z, in.first);
        else if (in.first >= s)
            return in.first;
        else if (in.fit == ZONE_TWICE)
            skip = after_fold(z, &in);
        local = cron_local_next(c, skip > local ? skip : local + 1);
    }
    return NONE;
}

static int64_t fixed_previous(const struct cron *c, const struct zone *z, int64_t s)
{
    struct zone_span span = zone_span(z, s);
    int64_t local = s + span.offset, turned_back = span.from;

    if (turned_back != INT64_MIN) { /* in the second pass of a fold all of it has had its first */
        turned_back = span.from - 1 + zone_offset(z, span.from - 1, NULL);
        local = turned_back > local ? turned_back : local;
    }
    for (local = cron_local_previous(c, local); local != CRON_LOCAL_NONE; local = cron_local_previous(c, local - 1)) {
        struct zone_instants in = zone_resolve(z, local);

        if (in.fit == ZONE_NEVER && !same_date(local, after_gap(z, in.first)))
            local = in.first + zone_offset(z, in.first - 1, NULL); /* the gap's beginning */
        else if (in.first <= s)
            return in.first >= 0 ? in.first : NONE;
    }
    return NONE;
}

static struct wall every_next(const struct cron *c, struct wall anchor, struct wall after)
{
    int64_t start = wall_is_none(anchor) ? 0 : anchor.ms, at = start;

    if (after.ms >= start)
        at = start + ((after.ms - start) / c->every_ms + 1) * c->every_ms;
    return at >= CRON_UNTIL_S * 1000 ? WALL_NONE : (struct wall){ at };
}

static struct wall every_previous(const struct cron *c, struct wall anchor, struct wall before)
{
    int64_t start = wall_is_none(anchor) ? 0 : anchor.ms;

    if (before.ms <= start)
        return WALL_NONE;
    return (struct wall){ start + (before.ms - 1 - start) / c->every_ms * c->every_ms };
}

static struct wall at_instant(const struct cron *c, const struct zone *z)
{
    return (struct wall){ zone_resolve(z, c->at_local_ms / 1000).first * 1000 };
}

static struct wall from_seconds(int64_t s)
{
    return s == NONE ? WALL_NONE : (struct wall){ s * 1000 };
}

struct wall cron_next(const struct cron *c, const struct zone *z, struct wall anchor, struct wall after)
{
    int64_t s;

    if (after.ms < -1)
        after.ms = -1; /* 1970 may itself be an occurrence */
    if (after.ms >= CRON_UNTIL_S * 1000)
        return WALL_NONE;
    s = floor_div(after.ms, 1000) + 1;
    switch (c->kind) {
    case CRON_EVERY:
        return every_next(c, anchor, after);
    case CRON_AT:
        return at_instant(c, z).ms > after.ms ? at_instant(c, z) : WALL_NONE;
    case CRON_FIELDS:
        return from_seconds(c->real_time ? real_time_next(c, z, s) : fixed_next(c, z, s));
    }
    return WALL_NONE;
}

struct wall cron_previous(const struct cron *c, const struct zone *z, struct wall anchor, struct wall before)
{
    int64_t s;

    if (before.ms > CRON_UNTIL_S * 1000)
        before.ms = CRON_UNTIL_S * 1000;
    if (before.ms <= 0)
        return WALL_NONE;
    s = floor_div(before.ms - 1, 1000);
    switch (c->kind) {
    case CRON_EVERY:
        return every_previous(c, anchor, before);
    case CRON_AT:
        return at_instant(c, z).ms < before.ms ? at_instant(c, z) : WALL_NONE;
    case CRON_FIELDS:
        return from_seconds(c->real_time ? real_time_previous(c, z, s) : fixed_previous(c, z, s));
    }
    return WALL_NONE;
}

struct cron_walk cron_walk_from(const struct cron *c, const struct zone *z, struct wall anchor, struct wall before)
{
    return (struct cron_walk){ .cron = c, .zone = z, .anchor = anchor, .at = before, .midnight = INT64_MAX };
}

/* Remembers the day and the stretch of one offset around w->at, so that the next steps need neither calendar nor
 * zone. */
static void walk_settle(struct cron_walk *w)
{
    int64_t s = w->at.ms / 1000, reached;
    struct zone_span span = zone_span(w->zone, s);

    w->offset = span.offset;
    w->midnight = w->lowest = floor_div(s + span.offset, CRON_DAY_S) * CRON_DAY_S;
    if (span.from == INT64_MIN)
        return;
    reached = span.from + (w->cron->real_time ? span.offset : zone_offset(w->zone, span.from - 1, NULL));
    if (reached < span.from + span.offset)
        reached = span.from + span.offset;
    if (reached > w->lowest)
        w->lowest = reached;
}

struct wall cron_walk_back(struct cron_walk *w)
{
    if (wall_is_none(w->at))
        return w->at;
    if (w->midnight != INT64_MAX) {
        int64_t local = w->at.ms / 1000 + w->offset - 1;
        int time = local >= w->lowest ? cron_local_time_before(w->cron, (int)(local - w->midnight)) : -1;

        if (time >= 0 && w->midnight + time >= w->lowest && w->midnight + time >= w->offset) {
            w->at.ms = (w->midnight + time - w->offset) * 1000;
            return w->at;
        }
    }
    w->at = cron_previous(w->cron, w->zone, w->anchor, w->at);
    if (!wall_is_none(w->at) && w->cron->kind == CRON_FIELDS)
        walk_settle(w);
    return w->at;
}
