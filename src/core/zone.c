/* zone.c - looking things up in a parsed zone. */
#include "core/zone_table.h"

#include "base/mem.h"

#include <string.h>

#define TIME_LIMIT (INT64_C(1) << 56) /* times beyond are taken for this one; far past any calendar */

static struct zone_change utc_change = { .at = INT64_MIN };
static char utc_text[] = "UTC";
static struct zone utc = {
    .name = utc_text,
    .changes = &utc_change,
    .n_changes = 1,
    .abbreviations = utc_text,
    .cycle_from = INT64_MAX,
};

struct zone *zone_utc(void)
{
    return &utc;
}

void zone_free(struct zone *z)
{
    if (!z || z == &utc)
        return;
    mem_free(z->name);
    mem_free(z->changes);
    mem_free(z->abbreviations);
    mem_free(z);
}

const char *zone_name(const struct zone *z)
{
    return z->name;
}

static int64_t limited(int64_t s)
{
    return s > TIME_LIMIT ? TIME_LIMIT : s < -TIME_LIMIT ? -TIME_LIMIT : s;
}

/* Seconds to take off an instant (or civil time) so that the table covers it: whole cycles, 0 if it does already. */
static int64_t cycle_shift(const struct zone *z, int64_t s)
{
    if (z->cycle_from == INT64_MAX || s < z->cycle_from + ZONE_CYCLE_S)
        return 0;
    return (s - z->cycle_from) / ZONE_CYCLE_S * ZONE_CYCLE_S;
}

/* The last change at or before the instant. Branch-free halving: this is the hot path of cron_next. */
static const struct zone_change *change_at(const struct zone *z, int64_t unix_s)
{
    const struct zone_change *c = z->changes;
    size_t n = z->n_changes;

    while (n > 1) {
        size_t half = n / 2;

        c += c[half].at <= unix_s ? half : 0;
        n -= half;
    }
    return c;
}

static int64_t change_end(const struct zone *z, const struct zone_change *c)
{
    return c + 1 < z->changes + z->n_changes ? c[1].at : INT64_MAX;
}

int zone_offset(const struct zone *z, int64_t unix_s, const char **ret_abbreviation)
{
    int64_t s = limited(unix_s);
    const struct zone_change *c = change_at(z, s - cycle_shift(z, s));

    if (ret_abbreviation)
        *ret_abbreviation = z->abbreviations + c->abbreviation;
    return c->offset;
}

struct zone_span zone_span(const struct zone *z, int64_t unix_s)
{
    int64_t s = limited(unix_s), shift = cycle_shift(z, s);
    const struct zone_change *c = change_at(z, s - shift);
    int64_t until = change_end(z, c);

    return (struct zone_span){
        .from = c->at == INT64_MIN ? INT64_MIN : c->at + shift,
        .until = until > INT64_MAX - shift ? INT64_MAX : until + shift,
        .offset = c->offset,
    };
}

int64_t zone_next_change(const struct zone *z, int64_t unix_s)
{
    struct zone_span now = zone_span(z, unix_s), next = now;

    while (next.until < TIME_LIMIT) {
        next = zone_span(z, next.until);
        if (next.offset != now.offset)
            return next.from;
    }
    return INT64_MAX;
}

/* A local time that no instant has: the first instant whose clock shows a later one ends the gap. `c` starts well
 * before. */
static int64_t gap_end(const struct zone *z, const struct zone_change *c, int64_t local_s)
{
    const struct zone_change *end = z->changes + z->n_changes;

    for (c++; c < end; c++)
        if (c->at + c->offset > local_s)
            return c->at;
    return local_s - end[-1].offset; /* not reached: the last change holds for ever */
}

struct zone_instants zone_resolve(const struct zone *z, int64_t local_s)
{
    int64_t local = limited(local_s), shift = cycle_shift(z, local);
    const struct zone_change *first, *end = z->changes + z->n_changes;
    struct zone_instants r = { .fit = ZONE_NEVER };

    local -= shift;
    first = change_at(z, local - ZONE_OFFSET_MAX); /* no instant with this local time is earlier */
    for (const struct zone_change *c = first; c < end && (c == first || c->at <= local - ZONE_OFFSET_MIN); c++) {
        int64_t at = local - c->offset;

        if (at < c->at || at >= change_end(z, c))
            continue;
        if (r.fit == ZONE_NEVER) {
            r = (struct zone_instants){ .fit = ZONE_ONCE, .first = at + shift, .second = at + shift };
        } else {
            r.fit = ZONE_TWICE;
            r.second = at + shift;
        }
    }
    if (r.fit == ZONE_NEVER)
        r.first = r.second = gap_end(z, first, local) + shift;
    return r;
}
