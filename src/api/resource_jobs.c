#include "api/resource.h"

#include "api/precondition.h"
#include "api/standing.h"
#include "api/upcoming.h"
#include "api/view.h"
#include "store/settings.h"

/* The job's form with its next occurrence and newest run. */
static int job_view(struct request *q, const struct job_record *r, bool all_paused, struct json **ret, struct err *e)
{
    struct run *last;
    struct job_failing *failing;
    struct job_standing standing;
    int rc = runs_last(q->reader->store, r->job.name, q->arena, &last, e);
    if (!rc)
        rc = failing_get(q->reader->store, r->job.name, q->arena, &failing, e);
    if (!rc)
        rc = standing_of_job(q->reader->store, q->now, &r->job, &standing, e);
    if (!rc)
        *ret = view_job(r, upcoming_next(reader_zones(q->reader), r, all_paused, q->now), last, failing, &standing);
    return rc;
}

int api_jobs_show(struct request *q, struct reply *p, struct err *e)
{
    struct job_record *r;
    struct settings settings;
    struct json *v;
    int rc = jobs_get(q->reader->store, q->captures[0], &r, e);
    if (rc)
        return rc;
    if (precondition_unmodified(q, r->revision, p)) {
        job_record_free(r);
        return 0;
    }
    rc = settings_get(q->reader->store, &settings, e);
    if (!rc)
        rc = job_view(q, r, settings.paused, &v, e);
    if (!rc) {
        reply_revision(p, r->revision);
        reply_json(p, 200, v);
    }
    job_record_free(r);
    return rc;
}

static void add_upcoming(struct json *items, const struct upcoming *u)
{
    char local[WALL_TEXT_SIZE];
    struct json *v = json_add(items, NULL, json_new_object());
    view_add_time(v, "scheduled_for", u->scheduled_for);
    view_add_time(v, "due_at", u->due);
    json_add_string(v, "local", wall_format_offset(u->scheduled_for, u->offset_s, local));
}

int api_jobs_next(struct request *q, struct reply *p, struct err *e)
{
    int64_t count;
    struct job_record *r;
    int rc = request_query_int(q, "count", &count, e);
    if (!rc)
        rc = jobs_get(q->reader->store, q->captures[0], &r, e);
    if (rc)
        return rc;
    struct upcoming *list = arena_alloc(q->arena, sizeof(*list) * (size_t)count);
    int n = upcoming_list(reader_zones(q->reader), r, q->now, list, (int)count, e);
    job_record_free(r);
    if (n < 0)
        return n;
    struct json *items = json_new_array();
    for (int i = 0; i < n; i++)
        add_upcoming(items, &list[i]);
    reply_json(p, 200, view_list(items, NULL));
    return 0;
}
