/* resource_jobs_request.c - the request of a job as it would be sent now. */
#include "api/resource.h"

#include "api/view.h"
#include "engine/rehearsal.h"
#include "store/jobs.h"

static struct json *view_rehearsal(const struct rehearsal *r)
{
    struct json *v = json_new_object();
    json_add_string(v, "method", r->method);
    json_add_string(v, "url", buf_str(&r->url));
    view_add_headers(v, buf_str(&r->headers));
    json_add_string(v, "body", r->has_body ? buf_str(&r->body) : NULL);
    struct json *secrets = json_add_array(v, "secrets");
    for (int i = 0; i < r->n_secrets; i++) {
        struct json *one = json_add_object(secrets, NULL);
        json_add_string(one, "name", r->secrets[i].name);
        json_add_bool(one, "found", r->secrets[i].version > 0);
        if (r->secrets[i].version > 0)
            json_add_int(one, "version", r->secrets[i].version);
        else
            json_add_null(one, "version");
    }
    json_add_string(v, "problem", r->problem.len ? buf_str(&r->problem) : NULL);
    return v;
}

int api_jobs_request(struct request *q, struct reply *p, struct err *e)
{
    struct store *s = q->reader->store;
    struct job_record *r;
    struct target_record *t = NULL;
    struct rehearsal shown;
    int rc = jobs_get(s, q->captures[0], &r, e);
    if (rc)
        return rc;
    if (r->job.target)
        rc = targets_get(s, r->job.target, &t, e);
    if (!rc)
        rc = rehearse(q->service->engine, s, &r->job, t ? &t->target : NULL, api_trigger(q), q->arena, &shown, e);
    if (!rc) {
        reply_json(p, 200, view_rehearsal(&shown));
        rehearsal_free(&shown);
    }
    target_record_free(t);
    job_record_free(r);
    return rc;
}
