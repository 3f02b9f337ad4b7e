#include "api/resource.h"

#include "api/change.h"
#include "api/upcoming.h"
#include "api/view.h"
#include "store/settings.h"

#include <string.h>

/* The job's form with its next occurrence and newest run. */
static int job_view(struct request *q, const struct job_record *r, bool all_paused, struct json **ret, struct err *e)
{
    struct run *last;
    int rc = runs_last(q->reader->store, r->job.name, q->arena, &last, e);
    if (!rc)
        *ret = view_job(r, upcoming_next(reader_zones(q->reader), r, all_paused, q->now), last);
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

/* What the writer is asked to do with a job. */
struct job_change {
    const char *job;
    struct wall now, until;
    char run_id[ID_TEXT_SIZE];
};

static int exec_run(struct store *s, void *ctx, struct err *e)
{
    struct job_change *x = ctx;
    return runs_request(s, x->job, TRIGGER_API, x->now, x->run_id, e);
}

static int exec_pause(struct store *s, void *ctx, struct err *e)
{
    struct job_change *x = ctx;
    return jobs_pause(s, x->job, x->until, x->now, e);
}

static int exec_resume(struct store *s, void *ctx, struct err *e)
{
    struct job_change *x = ctx;
    return jobs_resume(s, x->job, x->now, e);
}

static struct job_change change_of(const struct request *q)
{
    return (struct job_change){ .job = q->captures[0], .now = q->now };
}

int api_jobs_run(struct request *q, struct reply *p, struct err *e)
{
    struct job_change x = change_of(q);
    int rc = change_do(q, exec_run, &x, e);
    return rc ? rc : api_runs_reply(q, p, 202, x.run_id, e);
}

static int read_until(struct request *q, struct wall *ret, struct err *e)
{
    json_auto struct json *body = NULL;
    *ret = WALL_NONE;
    int rc = request_json(q, &body, e);
    if (rc)
        return rc;
    for (const struct json *c = json_first(body); c; c = json_next(c))
        if (strcmp(json_key(c), "until"))
            return err_set(e, ERR_INVALID, "unknown field '%.60s'; known here: until", json_key(c));
    const struct json *until = json_get(body, "until");
    if (!until || json_type(until) == JSON_NULL)
        return 0;
    if (!json_string(until) || !wall_parse(json_string(until), ret))
        return err_at(e, ERR_INVALID, "/until", "'until' must be a time such as 2026-11-21T07:00:00Z, or null");
    if (ret->ms <= q->now.ms)
        return err_at(e, ERR_INVALID, "/until", "'until' must be a time to come");
    return 0;
}

int api_jobs_pause(struct request *q, struct reply *p, struct err *e)
{
    struct job_change x = change_of(q);
    int rc = read_until(q, &x.until, e);
    if (!rc)
        rc = change_do(q, exec_pause, &x, e);
    return rc ? rc : api_jobs_show(q, p, e);
}

int api_jobs_resume(struct request *q, struct reply *p, struct err *e)
{
    struct job_change x = change_of(q);
    int rc = change_do(q, exec_resume, &x, e);
    return rc ? rc : api_jobs_show(q, p, e);
}
