/* resource_jobs_write.c - jobs created, replaced, patched and removed. */
#include "api/resource.h"

#include "api/precondition.h"
#include "api/standing.h"
#include "api/transaction.h"
#include "api/upcoming.h"
#include "api/view.h"
#include "api/warning.h"
#include "core/merge.h"
#include "store/settings.h"

enum job_write_kind { JOB_CREATE, JOB_PUT, JOB_PATCH };

/* One job being written. */
struct job_write {
    enum job_write_kind kind;
    bool dry_run;
    struct precondition when;
    struct json *patch;        /* JOB_PATCH */
    struct job job;            /* in the request's arena; JOB_PATCH: once it was merged */
    struct job_record *before; /* NULL: there is none, or it cannot be read */
    int64_t revision;          /* of what there is; 0: none */
};

static int parse_job(struct request *q, const struct json *form, const char *name, struct job *ret, struct err *e)
{
    return job_parse(form, name, zones_known, reader_zones(q->reader), q->arena, ret, e);
}

/* What is kept, and is it what the request expects? */
static int look_before(struct job_write *x, struct store *s, const char *name, struct reply *p, struct err *e)
{
    struct err unreadable;
    int rc = jobs_revision(s, name, &x->revision, e);
    if (!rc)
        rc = precondition_check(&x->when, "job", name, x->revision, p, e);
    if (!rc && x->kind == JOB_CREATE && x->revision)
        rc = err_set(e, ERR_CONFLICT, "there is a job '%s' already: PUT replaces it, PATCH changes it", name);
    if (!rc && x->kind == JOB_PATCH)
        return jobs_get(s, name, &x->before, e);
    if (!rc && x->revision && jobs_get(s, name, &x->before, &unreadable))
        x->before = NULL; /* a PUT mends it */
    return rc;
}

static int merge_job(struct job_write *x, struct request *q, struct err *e)
{
    json_auto struct json *form = job_to_json(&x->before->job);
    json_auto struct json *merged = merge_patch(form, x->patch);
    return parse_job(q, merged, q->captures[0], &x->job, e);
}

/* What a put would keep. */
static bool same_form(const struct job *a, const struct job *b)
{
    json_auto struct json *one = job_to_json(a), *other = job_to_json(b);
    return json_equal(one, other);
}

static struct job_record would_be(const struct job_write *x, struct wall now)
{
    const struct job_record *old = x->before;
    struct job_record r = { .created_at = now, .effective_from = now, .paused_until = WALL_NONE };
    if (old)
        r = *old;
    bool same = old && same_form(&old->job, &x->job);
    r.job = x->job;
    r.revision = same ? x->revision : x->revision + 1;
    r.updated_at = same ? old->updated_at : now;
    return r;
}

static int answer(struct store *s, struct request *q, struct reply *p, int status, const struct job_record *r,
                  struct err *e)
{
    struct run *last;
    struct job_failing *failing;
    struct job_standing standing;
    struct settings settings;
    struct target_record *t = NULL;
    int rc = settings_get(s, &settings, e);
    if (!rc)
        rc = runs_last(s, r->job.name, q->arena, &last, e);
    if (!rc)
        rc = failing_get(s, r->job.name, q->arena, &failing, e);
    if (!rc)
        rc = standing_of_job(s, q->now, &r->job, &standing, e);
    if (rc)
        return rc;
    if (r->job.target && targets_get(s, r->job.target, &t, NULL))
        t = NULL;
    struct json *v =
        view_job(r, upcoming_next(reader_zones(q->reader), r, settings.paused, q->now), last, failing, &standing);
    warning_add_job(json_add_array(v, "warnings"), s, &r->job, t ? &t->target : NULL);
    target_record_free(t);
    reply_revision(p, r->revision);
    if (status == 201)
        reply_field(p, "Location", arena_printf(q->arena, ROUTE_PREFIX "jobs/%s", r->job.name));
    reply_json(p, status, v);
    return 0;
}

static int put_and_answer(struct job_write *x, struct store *s, struct request *q, struct reply *p, struct err *e)
{
    enum put_result put;
    struct job_record *r;
    int rc = jobs_put(s, &x->job, -1, q->now, &put, e);
    if (!rc)
        rc = jobs_get(s, x->job.name, &r, e);
    if (rc)
        return rc;
    rc = answer(s, q, p, put == PUT_CREATED ? 201 : 200, r, e);
    job_record_free(r);
    return rc;
}

static int try_and_answer(struct job_write *x, struct store *s, struct request *q, struct reply *p, struct err *e)
{
    struct job_record r = would_be(x, q->now);
    int rc = jobs_check(s, &x->job, e);
    return rc ? rc : answer(s, q, p, 200, &r, e);
}

static int exec_write(struct store *s, struct request *q, struct reply *p, void *ctx, struct err *e)
{
    struct job_write *x = ctx;
    int rc = look_before(x, s, x->kind == JOB_CREATE ? x->job.name : q->captures[0], p, e);
    if (!rc && x->kind == JOB_PATCH)
        rc = merge_job(x, q, e);
    if (!rc)
        rc = x->dry_run ? try_and_answer(x, s, q, p, e) : put_and_answer(x, s, q, p, e);
    job_record_free(x->before);
    x->before = NULL;
    return rc;
}

/* What GET adds to the form may come back with it. */
static void drop_additions(struct json *form)
{
    json_remove(form, "status");
    json_remove(form, "warnings");
}

static int write_job(struct request *q, struct reply *p, enum job_write_kind kind, struct err *e)
{
    struct job_write x = { .kind = kind, .dry_run = request_dry_run(q) };
    json_auto struct json *form = NULL;
    int rc = precondition_read(q, &x.when, e);
    if (!rc)
        rc = request_json(q, &form, e);
    if (rc)
        return rc;
    drop_additions(form);
    x.patch = form;
    if (kind != JOB_PATCH)
        rc = parse_job(q, form, kind == JOB_PUT ? q->captures[0] : NULL, &x.job, e);
    if (rc)
        return rc;
    return x.dry_run ? exec_write(q->reader->store, q, p, &x, e) : transaction_do(q, p, exec_write, &x, e);
}

int api_jobs_create(struct request *q, struct reply *p, struct err *e)
{
    return write_job(q, p, JOB_CREATE, e);
}

int api_jobs_put(struct request *q, struct reply *p, struct err *e)
{
    return write_job(q, p, JOB_PUT, e);
}

int api_jobs_patch(struct request *q, struct reply *p, struct err *e)
{
    return write_job(q, p, JOB_PATCH, e);
}

static int exec_remove(struct store *s, struct request *q, struct reply *p, void *ctx, struct err *e)
{
    int64_t revision;
    const char *name = q->captures[0];
    int rc = jobs_revision(s, name, &revision, e);
    if (!rc && revision)
        rc = precondition_check(ctx, "job", name, revision, p, e);
    if (!rc)
        rc = jobs_remove(s, name, -1, q->now, e);
    if (!rc)
        p->status = 204;
    return rc;
}

int api_jobs_remove(struct request *q, struct reply *p, struct err *e)
{
    struct precondition when;
    int rc = precondition_read(q, &when, e);
    return rc ? rc : transaction_do(q, p, exec_remove, &when, e);
}
