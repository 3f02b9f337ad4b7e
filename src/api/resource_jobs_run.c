/* resource_jobs_run.c - jobs run by hand, paused and resumed; runs canceled, and done again. */
#include "api/resource.h"

#include "api/standing.h"
#include "api/transaction.h"
#include "api/upcoming.h"
#include "api/view.h"
#include "core/job_body.h"
#include "store/settings.h"

int api_runs_accepted(struct store *s, struct request *q, struct reply *p, const char *id, struct err *e)
{
    struct run *r;
    struct attempt *attempts;
    int n, rc = runs_get(s, id, q->arena, &r, &attempts, &n, e);
    if (rc)
        return rc;
    reply_field(p, "Location", arena_printf(q->arena, ROUTE_PREFIX "runs/%s", r->id));
    reply_json(p, 202, view_run(r, attempts, n));
    return 0;
}

static int answer_job(struct store *s, struct request *q, struct reply *p, struct err *e)
{
    struct job_record *r;
    struct settings settings;
    struct run *last;
    struct job_failing *failing;
    struct job_standing standing;
    int rc = jobs_get(s, q->captures[0], &r, e);
    if (rc)
        return rc;
    rc = settings_get(s, &settings, e);
    if (!rc)
        rc = runs_last(s, r->job.name, q->arena, &last, e);
    if (!rc)
        rc = failing_get(s, r->job.name, q->arena, &failing, e);
    if (!rc)
        rc = standing_of_job(s, q->now, &r->job, &standing, e);
    if (!rc) {
        reply_revision(p, r->revision);
        reply_json(
            p, 200,
            view_job(r, upcoming_next(reader_zones(q->reader), r, settings.paused, q->now), last, failing, &standing));
    }
    job_record_free(r);
    return rc;
}

enum trigger api_trigger(const struct request *q)
{
    return q->identity.session ? TRIGGER_MANUAL : TRIGGER_API;
}

/* Who may change the job could have it send any secret; others are held to those that it sends already. */
static int check_secrets(struct store *s, const struct request *q, const struct job *j, const char *body, struct err *e)
{
    struct target_record *t = NULL;
    if (q->identity.scope == SCOPE_ADMIN && q->identity.n_tags == 0)
        return 0;
    int rc = j->target ? targets_get(s, j->target, &t, e) : 0;
    if (rc)
        return rc;
    const char *strange = job_body_strange_secret(body, j, t ? &t->target : NULL, q->arena);
    target_record_free(t);
    return strange
               ? err_at(e, ERR_FORBIDDEN, "/body",
                        "'body' sends secret '%s', which job '%s' does not: that takes the scope admin, as changing "
                        "the job would",
                        strange, j->name)
               : 0;
}

/* The body that the input has, as kept with the run; *ret NULL: the job's own. */
static int read_body(struct store *s, struct request *q, const struct json *input, const char **ret, struct err *e)
{
    struct job_record *r;
    *ret = NULL;
    int rc = input ? jobs_get(s, q->captures[0], &r, e) : 0;
    if (rc || !input)
        return rc;
    rc = job_body_read(input, &r->job, q->arena, ret, e);
    if (!rc && *ret)
        rc = check_secrets(s, q, &r->job, *ret, e);
    job_record_free(r);
    return rc;
}

static int exec_run(struct store *s, struct request *q, struct reply *p, void *ctx, struct err *e)
{
    char id[ID_TEXT_SIZE];
    const char *body;
    int rc = read_body(s, q, ctx, &body, e);
    if (!rc)
        rc = runs_request_edited(s, q->captures[0], api_trigger(q), body, q->now, id, e);
    return rc ? rc : api_runs_accepted(s, q, p, id, e);
}

static int exec_cancel(struct store *s, struct request *q, struct reply *p, void *ctx, struct err *e)
{
    (void)ctx;
    int rc = runs_request_cancel(s, q->captures[0], false, q->now, e);
    return rc ? rc : api_runs_accepted(s, q, p, q->captures[0], e);
}

static int exec_retry(struct store *s, struct request *q, struct reply *p, void *ctx, struct err *e)
{
    char id[ID_TEXT_SIZE];
    (void)ctx;
    int rc = runs_request_retry(s, q->captures[0], q->now, id, e);
    return rc ? rc : api_runs_accepted(s, q, p, id, e);
}

static int exec_pause(struct store *s, struct request *q, struct reply *p, void *ctx, struct err *e)
{
    const struct wall *until = ctx;
    int rc = jobs_pause(s, q->captures[0], *until, q->now, e);
    return rc ? rc : answer_job(s, q, p, e);
}

static int exec_resume(struct store *s, struct request *q, struct reply *p, void *ctx, struct err *e)
{
    (void)ctx;
    int rc = jobs_resume(s, q->captures[0], q->now, e);
    return rc ? rc : answer_job(s, q, p, e);
}

#define FULL_RETRY_S "10" /* runs that were asked for take that long at least, where a thousand wait */

/* A run that is refused as there are too many already was not written down. */
int api_runs_ask(struct request *q, struct reply *p, transaction_exec exec, void *ctx, struct err *e)
{
    int rc = transaction_do(q, p, exec, ctx, e);
    if (rc == -(int)ERR_TOO_MANY)
        reply_field(p, "Retry-After", FULL_RETRY_S);
    return rc;
}

static int without_body(struct request *q, struct reply *p, transaction_exec exec, struct err *e)
{
    int rc = request_no_body(q, e);
    return rc ? rc : api_runs_ask(q, p, exec, NULL, e);
}

int api_jobs_run(struct request *q, struct reply *p, struct err *e)
{
    json_auto struct json *input = NULL;
    int rc = request_json(q, &input, e);
    return rc ? rc : api_runs_ask(q, p, exec_run, input, e);
}

int api_jobs_resume(struct request *q, struct reply *p, struct err *e)
{
    return without_body(q, p, exec_resume, e);
}

int api_runs_cancel(struct request *q, struct reply *p, struct err *e)
{
    return without_body(q, p, exec_cancel, e);
}

int api_runs_retry(struct request *q, struct reply *p, struct err *e)
{
    return without_body(q, p, exec_retry, e);
}

int api_jobs_pause(struct request *q, struct reply *p, struct err *e)
{
    static const struct field fields[] = { { "until", field_time, .offset = 0 }, { .name = NULL } };
    json_auto struct json *body = NULL;
    struct wall until = WALL_NONE;
    int rc = request_json(q, &body, e);
    if (!rc)
        rc = request_read(q, body, fields, &until, e);
    if (rc)
        return rc;
    if (!wall_is_none(until) && until.ms <= q->now.ms)
        return err_at(e, ERR_INVALID, "/until", "'until' must be a time to come");
    return transaction_do(q, p, exec_pause, &until, e);
}
