#include "core/timeline.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    int64_t window_s, point_s;
} points[] = { { 7200, 60 }, { 21600, 300 }, { TIMELINE_MOST_S, 900 } };

bool timeline_window(const char *text, int64_t *ret_s)
{
    size_t digits = strspn(text, "0123456789");
    int64_t n = digits >= 1 && digits <= 4 ? strtol(text, NULL, 10) : 0;
    bool hours = strcmp(text + digits, "h") == 0, minutes = strcmp(text + digits, "m") == 0;
    *ret_s = n * (hours ? 3600 : 60);
    return (hours || minutes) && *ret_s >= TIMELINE_LEAST_S && *ret_s <= TIMELINE_MOST_S;
}

void timeline_begin(struct timeline *t, struct wall from, int64_t window_s, int limit, struct arena *a)
{
    size_t i = 0;
    while (window_s > points[i].window_s)
        i++;
    *t =
        (struct timeline){ .from = from, .until = { from.ms + window_s * 1000 }, .point_ms = points[i].point_s * 1000 };
    t->first.ms = from.ms - from.ms % t->point_ms;
    t->n_points = (int)((t->until.ms - t->first.ms) / t->point_ms) + 1;
    t->limit = limit;
    t->items = arena_alloc(a, ((size_t)limit + 1) * sizeof *t->items);
}

static int compare(const struct timeline_item *x, const struct timeline_item *y)
{
    if (x->scheduled_for.ms != y->scheduled_for.ms)
        return x->scheduled_for.ms < y->scheduled_for.ms ? -1 : 1;
    return strcmp(x->job, y->job);
}

static bool has_room(const struct timeline *t, const struct timeline_item *x)
{
    return t->n_items < t->limit || compare(x, &t->items[t->n_items - 1]) < 0;
}

/* Puts it where it belongs; the last one goes when there is no room for it. */
static void insert(struct timeline *t, const struct timeline_item *x)
{
    int low = 0, high = t->n_items;
    while (low < high) {
        int middle = (low + high) / 2;
        if (compare(x, &t->items[middle]) < 0)
            high = middle;
        else
            low = middle + 1;
    }
    memmove(&t->items[low + 1], &t->items[low], (size_t)(t->n_items - low) * sizeof *t->items);
    t->items[low] = *x;
    if (t->n_items < t->limit)
        t->n_items++;
}

/* False: what comes later has no room either. */
static bool add_items(struct timeline *t, const struct timeline_jobs *j, struct wall at)
{
    bool any = false;
    for (const struct timeline_name *n = j->names; n; n = n->next) {
        struct timeline_item x = { n->job, at };
        if (!has_room(t, &x))
            break; /* nor have those of names after it */
        insert(t, &x);
        any = true;
    }
    return any;
}

/* An occurrence found, or a stretch counted. */
static void spend(struct timeline *t, const struct timeline_jobs *j)
{
    t->work += j->cron->kind == CRON_EVERY ? 1 : 10;
}

static void add_count(struct timeline *t, int point, int64_t n)
{
    t->counts[point] += n;
    t->total += n;
}

/* Occurrence by occurrence: those that come first, and when `counted`, all of them. */
static void walk(struct timeline *t, const struct timeline_jobs *j, struct wall after, struct wall until, bool counted)
{
    bool wanted = true;
    for (;;) {
        struct wall at = cron_next(j->cron, j->zone, j->anchor, after);
        spend(t, j);
        if (wall_is_none(at) || at.ms > until.ms)
            return;
        if (counted)
            add_count(t, (int)((at.ms - t->first.ms) / t->point_ms), j->n);
        wanted = wanted && add_items(t, j, at);
        if (!wanted && !counted)
            return;
        after = at;
    }
}

/* Point by point, by arithmetic: for more occurrences than there are points. */
static void count(struct timeline *t, const struct timeline_jobs *j, struct wall after, struct wall until)
{
    for (int i = 0; i < t->n_points; i++) {
        struct wall begin = { t->first.ms + i * t->point_ms - 1 }, end = { begin.ms + t->point_ms };
        if (end.ms <= after.ms || begin.ms >= until.ms)
            continue;
        add_count(t, i,
                  j->n * cron_count(j->cron, j->zone, j->anchor, begin.ms < after.ms ? after : begin,
                                    end.ms > until.ms ? until : end));
        spend(t, j);
    }
}

bool timeline_add(struct timeline *t, const struct timeline_jobs *j)
{
    struct wall after = j->after.ms > t->from.ms ? j->after : t->from;
    struct wall until = j->until.ms < t->until.ms ? j->until : t->until;
    if (t->work >= 10 * (int64_t)TIMELINE_WORK_MAX)
        return false;
    spend(t, j);
    if (after.ms >= until.ms)
        return true;
    int64_t n = cron_count(j->cron, j->zone, j->anchor, after, until);
    if (n > t->n_points)
        count(t, j, after, until);
    if (n > 0)
        walk(t, j, after, until, n <= t->n_points);
    return true;
}
