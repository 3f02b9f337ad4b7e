#include "api/resource.h"

#include "api/view.h"
#include "api/view_alert.h"
#include "core/channel.h"
#include "store/runs.h"

int api_scope(const struct request *q, struct job_scope *w, struct err *e)
{
    *w = (struct job_scope){ request_query(q, "job"), request_query(q, "tag"), request_query(q, "target"),
                             q->identity.tags, q->identity.n_tags };
    if (w->job && !job_name_valid(w->job) && !channel_of_job(w->job))
        return err_set(e, ERR_INVALID, "the query parameter 'job' must be the name of a job, not '%.80s'", w->job);
    return 0;
}

static int read_choices(const struct request *q, struct runs_filter *f, struct err *e)
{
    int order;
    int rc = request_query_choices(q, "state", &f->states, e);
    if (!rc)
        rc = request_query_choices(q, "outcome", &f->outcomes, e);
    f->outcomes <<= OUTCOME_NONE + 1; /* which is no choice */
    if (!rc)
        rc = request_query_choices(q, "trigger", &f->triggers, e);
    if (!rc)
        rc = request_query_choice(q, "sort", &order, e);
    if (!rc && order >= 0)
        f->order = (enum runs_order)order;
    return rc;
}

static int read_filter(const struct request *q, struct runs_filter *f, struct err *e)
{
    int64_t limit;
    *f = RUNS_FILTER_INIT;
    f->text = request_query(q, "text");
    if (f->text && !*f->text)
        f->text = NULL;
    f->cursor = request_query(q, "cursor");
    int rc = api_scope(q, &f->jobs, e);
    if (!rc)
        rc = read_choices(q, f, e);
    if (!rc)
        rc = request_query_time(q, "since", &f->since, e);
    if (!rc)
        rc = request_query_time(q, "until", &f->until, e);
    if (!rc)
        rc = request_query_int(q, "limit", &limit, e);
    if (!rc)
        f->limit = (int)limit;
    return rc;
}

int api_runs_list(struct request *q, struct reply *p, struct err *e)
{
    struct runs_filter f;
    struct run *runs;
    int n;
    const char *next;
    int rc = read_filter(q, &f, e);
    if (!rc)
        rc = runs_list(q->reader->store, &f, q->arena, &runs, &n, &next, e);
    if (rc)
        return rc;
    struct json *items = json_new_array();
    for (int i = 0; i < n; i++)
        json_add(items, NULL, view_run(&runs[i], NULL, -1));
    reply_json(p, 200, view_list(items, next));
    return 0;
}

/* What was pasted into a channel is shown to those alone who may change it. */
static void cover_message(const struct request *q, const struct run *r, struct attempt *attempts, int n)
{
    if (!channel_of_job(r->job) || q->identity.scope == SCOPE_ADMIN)
        return;
    for (int i = 0; i < n; i++)
        view_cover_attempt(&attempts[i], q->arena);
}

int api_runs_reply(struct request *q, struct reply *p, int status, const char *id, struct err *e)
{
    struct run *r;
    struct attempt *attempts;
    int n;
    int rc = runs_get(q->reader->store, id, q->arena, &r, &attempts, &n, e);
    if (rc)
        return rc;
    cover_message(q, r, attempts, n);
    reply_json(p, status, view_run(r, attempts, n));
    return 0;
}

int api_runs_show(struct request *q, struct reply *p, struct err *e)
{
    return api_runs_reply(q, p, 200, q->captures[0], e);
}
