/* resource_upcoming.c - GET /schedule/upcoming: what is due next, of all jobs together. */
#include "api/resource.h"

#include "api/view.h"
#include "base/map.h"
#include "core/timeline.h"
#include "store/schedules.h"
#include "store/settings.h"

#include <inttypes.h>
#include <string.h>

#define WINDOW "1h"
#define GATHER_MAX (24 * 1024 * 1024) /* octets of jobs, and what each costs beside: 80 ms or so (measured) */
#define GATHER_JOB 256
#define KEY_MAX 2048 /* a schedule and a zone have 600 octets at most */

/* Jobs that have the same occurrences in the window. */
struct group {
    struct timeline_jobs jobs;
    struct cron cron;
    struct timeline_name *last;
};
struct gathering {
    struct timeline t;
    struct zones *zones;
    struct arena *a;
    struct map groups;
    struct buf key;      /* of the job that is looked at */
    struct group **list; /* of the groups, in order of their first job */
    int n, cap;
    int64_t cost;
    bool complete;
};

/* The part of the window that the job is due in; false: none. */
static bool bounds_of(const struct timeline *t, const struct job_schedule *j, struct timeline_jobs *ret)
{
    ret->after = j->after.ms > t->from.ms ? j->after : t->from;
    ret->until = t->until;
    if (!wall_is_none(j->starts_at) && j->starts_at.ms - 1 > ret->after.ms)
        ret->after.ms = j->starts_at.ms - 1;
    if (!wall_is_none(j->ends_at) && j->ends_at.ms - 1 < ret->until.ms)
        ret->until.ms = j->ends_at.ms - 1;
    return ret->after.ms < ret->until.ms;
}

/* What makes occurrences differ. Most jobs have no anchor that matters, and all of the window. */
static const char *key_of(struct gathering *g, const struct job_schedule *j, const struct timeline_jobs *x)
{
    struct buf *out = &g->key;
    buf_clear(out);
    buf_str_add(out, j->timezone);
    buf_char(out, '\n');
    buf_str_add(out, j->schedule);
    if (x->after.ms != g->t.from.ms || x->until.ms != g->t.until.ms)
        buf_printf(out, "\n%" PRId64 "\n%" PRId64, x->after.ms, x->until.ms);
    if (j->schedule[0] == '@' || strpbrk(j->schedule, "sS")) /* "@every", "30 seconds" */
        buf_printf(out, "\n\n%" PRId64, x->anchor.ms);
    return buf_str(out);
}

/* NULL: the job cannot be scheduled, which the engine says. */
static struct group *group_new(struct gathering *g, const struct job_schedule *j, const struct timeline_jobs *x)
{
    struct group *new = arena_alloc(g->a, sizeof *new);
    const struct zone *zone = cron_parse(j->schedule, &new->cron, NULL) ? NULL : zones_get(g->zones, j->timezone, NULL);
    if (!zone)
        return NULL;
    new->jobs = *x;
    new->jobs.cron = &new->cron;
    new->jobs.zone = zone;
    if (g->n == g->cap) {
        g->cap = g->cap ? 2 * g->cap : 256;
        g->list = mem_resize(g->list, (size_t)g->cap * sizeof *g->list);
    }
    g->list[g->n++] = new;
    return new;
}

/* Names beyond those that can be shown are counted alone. */
static void group_add(struct gathering *g, struct group *to, const char *job)
{
    if (to->jobs.n++ >= g->t.limit)
        return;
    struct timeline_name *name = arena_alloc(g->a, sizeof *name);
    name->job = arena_strdup(g->a, job);
    if (to->last)
        to->last->next = name;
    else
        to->jobs.names = name;
    to->last = name;
}

static bool gather(void *ctx, const struct job_schedule *j)
{
    struct gathering *g = ctx;
    struct timeline_jobs x = { .anchor = wall_is_none(j->starts_at) ? j->created_at : j->starts_at };
    g->cost += GATHER_JOB + j->spec_octets;
    if (bounds_of(&g->t, j, &x)) {
        const char *key = key_of(g, j, &x);
        struct group *to = map_get(&g->groups, key);
        if (!to && (to = group_new(g, j, &x)))
            map_put(&g->groups, arena_strdup(g->a, key), to);
        if (to)
            group_add(g, to, j->name);
    }
    g->complete = g->cost < GATHER_MAX;
    return g->complete;
}

static struct json *view(const struct gathering *g, bool paused)
{
    const struct timeline *t = &g->t;
    struct json *v = json_new_object();
    view_add_time(v, "from", t->from);
    view_add_time(v, "until", t->until);
    json_add_int(v, "point_s", t->point_ms / 1000);
    json_add_bool(v, "paused", paused);
    json_add_int(v, "total", t->total);
    json_add_bool(v, "complete", g->complete);
    struct json *series = json_add_array(v, "series");
    for (int i = 0; i < t->n_points; i++) {
        struct json *point = json_add(series, NULL, json_new_object());
        view_add_time(point, "start", (struct wall){ t->first.ms + i * t->point_ms });
        json_add_int(point, "count", t->counts[i]);
    }
    struct json *items = json_add_array(v, "items");
    for (int i = 0; i < t->n_items; i++) {
        struct json *item = json_add(items, NULL, json_new_object());
        json_add_string(item, "job", t->items[i].job);
        view_add_time(item, "scheduled_for", t->items[i].scheduled_for);
    }
    return v;
}

static int read_window(const struct request *q, int64_t *ret_s, struct err *e)
{
    const char *text = request_query(q, "window");
    if (timeline_window(text ? text : WINDOW, ret_s))
        return 0;
    return err_set(e, ERR_INVALID,
                   "the query parameter 'window' must be minutes, 5m to 1440m, or hours, 1h to 24h, not '%.40s'", text);
}

static int find(struct request *q, struct gathering *g, const struct job_scope *jobs, struct err *e)
{
    int rc = schedules_each(q->reader->store, jobs, gather, g, e);
    for (int i = 0; rc == 0 && i < g->n; i++)
        g->complete = timeline_add(&g->t, &g->list[i]->jobs) && g->complete;
    return rc;
}

int api_schedule_upcoming(struct request *q, struct reply *p, struct err *e)
{
    struct gathering g = {
        .zones = reader_zones(q->reader), .a = q->arena, .key = BUF_INIT(KEY_MAX), .complete = true
    };
    struct job_scope jobs;
    struct settings settings;
    int64_t window_s, limit;
    int rc = api_scope(q, &jobs, e);
    if (!rc)
        rc = read_window(q, &window_s, e);
    if (!rc)
        rc = request_query_int(q, "limit", &limit, e);
    if (!rc)
        rc = settings_get(q->reader->store, &settings, e);
    if (rc)
        return rc;
    timeline_begin(&g.t, q->now, window_s, (int)limit, q->arena);
    rc = find(q, &g, &jobs, e);
    if (!rc)
        reply_json(p, 200, view(&g, settings.paused));
    buf_free(&g.key);
    map_free(&g.groups);
    mem_free(g.list);
    return rc;
}
