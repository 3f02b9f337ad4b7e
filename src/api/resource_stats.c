#include "api/resource.h"

#include "api/view_stats.h"

static int read_window(const struct request *q, const char **ret_text, struct window *ret, struct err *e)
{
    const char *text = request_query(q, "window");
    *ret_text = text = text ? text : "24h";
    if (window_parse(text, q->now, ret))
        return 0;
    return err_set(e, ERR_INVALID,
                   "the query parameter 'window' must be hours, 1h to %dh, or days, 1d to %dd, not '%.40s'",
                   WINDOW_HOURS_MAX, WINDOW_DAYS_MAX, text);
}

static int reply_stats(struct request *q, struct reply *p, const struct job_scope *jobs, struct err *e)
{
    const char *text;
    struct window w;
    struct stats x;
    int rc = read_window(q, &text, &w, e);
    if (rc)
        return rc;
    rc = stats_read(q->reader->store, jobs, &w, &x, e);
    if (!rc)
        reply_json(p, 200, view_stats(&x, text, q->now));
    stats_free(&x);
    return rc;
}

int api_stats(struct request *q, struct reply *p, struct err *e)
{
    struct job_scope jobs;
    int rc = api_scope(q, &jobs, e);
    return rc ? rc : reply_stats(q, p, &jobs, e);
}

int api_jobs_stats(struct request *q, struct reply *p, struct err *e)
{
    struct job_record *r;
    int rc = jobs_get(q->reader->store, q->captures[0], &r, e);
    if (rc)
        return rc;
    job_record_free(r);
    const struct job_scope jobs = { .job = q->captures[0] };
    return reply_stats(q, p, &jobs, e);
}
