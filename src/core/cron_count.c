/* cron_count.c - counting occurrences without visiting them: a year of "@every 1s" costs as much as a minute. */
#include "core/cron_local.h"

#include "base/clock.h"

static bool is_named(const struct cron *c, int64_t local)
{
    return cron_local_next(c, local) == local;
}

/* Does a fixed-time schedule fire at `from`, the end of a gap in local time, for a time inside the gap? (cron.c's
 * rule; the time at the gap's end counts as an occurrence of its own.) */
static bool gap_fires(const struct cron *c, int64_t gap_local, int64_t local)
{
    int64_t midnight = local - ((local % CRON_DAY_S) + CRON_DAY_S) % CRON_DAY_S;
    int64_t first = cron_local_next(c, gap_local > midnight ? gap_local : midnight);

    return first != CRON_LOCAL_NONE && first < local && !is_named(c, local);
}

/* Occurrences in [from, until), all inside one span. */
static int64_t count_in_span(const struct cron *c, const struct zone *z, const struct zone_span *span, int64_t from,
                             int64_t until)
{
    int64_t local = from + span->offset, reached;

    if (c->real_time || span->from == INT64_MIN)
        return cron_local_count(c, local, until + span->offset);
    reached = span->from + zone_offset(z, span->from - 1, NULL); /* the clock before the change stopped here */
    if (from == span->from && reached < local)
        return gap_fires(c, reached, local) + cron_local_count(c, local, until + span->offset);
    return cron_local_count(c, reached > local ? reached : local, until + span->offset);
}

static int64_t count_fields(const struct cron *c, const struct zone *z, int64_t from, int64_t until)
{
    int64_t n = 0;

    while (from < until) {
        struct zone_span span = zone_span(z, from);
        int64_t end = span.until < until ? span.until : until;

        n += count_in_span(c, z, &span, from, end);
        from = end;
    }
    return n;
}

static int64_t count_every(const struct cron *c, struct wall anchor, int64_t after_ms, int64_t until_ms)
{
    int64_t start = wall_is_none(anchor) ? 0 : anchor.ms;

    if (until_ms < start)
        return 0;
    return (until_ms - start) / c->every_ms - (after_ms < start ? -1 : (after_ms - start) / c->every_ms);
}

int64_t cron_count(const struct cron *c, const struct zone *z, struct wall anchor, struct wall after, struct wall until)
{
    int64_t after_ms = after.ms < -1 ? -1 : after.ms;
    int64_t until_ms = until.ms < CRON_UNTIL_S * 1000 ? until.ms : CRON_UNTIL_S * 1000 - 1;
    struct wall at;

    if (until_ms <= after_ms)
        return 0;
    switch (c->kind) {
    case CRON_EVERY:
        return count_every(c, anchor, after_ms, until_ms);
    case CRON_AT:
        at = cron_next(c, z, anchor, (struct wall){ after_ms });
        return !wall_is_none(at) && at.ms <= until_ms;
    case CRON_FIELDS:
        return count_fields(c, z, (after_ms + 1000) / 1000, until_ms / 1000 + 1);
    }
    return 0;
}
