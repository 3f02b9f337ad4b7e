/* job_change.c - verbs that change one job: remove, pause, resume, run. */
#include "base/mem.h"
#include "cli/edit.h"
#include "cli/handlers.h"
#include "cli/job.h"
#include "cli/output.h"
#include "core/job_body.h"

#include <stdio.h>

int job_remove(struct call *call, struct err *e)
{
    struct data d = { 0 };
    int r = data_open(&d, &call->config, STORE_WRITE, e);
    if (r == 0)
        r = jobs_remove(d.store, call->words[0], -1, clock_wall(), e);
    if (r == 0) {
        data_changed(&d, NULL);
        r = data_report(&d, "job", call->words[0], "removed");
    }
    data_close(&d);
    return r;
}

int job_pause(struct call *call, struct err *e)
{
    struct data d = { 0 };
    struct wall now = clock_wall(), until;
    int r = edit_until(&call->config, now, &until, e);
    if (r == 0)
        r = data_open(&d, &call->config, STORE_WRITE, e);
    if (r == 0)
        r = jobs_pause(d.store, call->words[0], until, now, e);
    if (r == 0) {
        data_changed(&d, NULL);
        r = job_report(&d, call->words[0], "paused", e);
    }
    data_close(&d);
    return r;
}

int job_resume(struct call *call, struct err *e)
{
    struct data d = { 0 };
    int r = data_open(&d, &call->config, STORE_WRITE, e);
    if (r == 0)
        r = jobs_resume(d.store, call->words[0], clock_wall(), e);
    if (r == 0) {
        data_changed(&d, NULL);
        r = job_report(&d, call->words[0], "resumed", e);
    }
    data_close(&d);
    return r;
}

/* What --body gives, by the rules of the job's own; *ret NULL: that one. */
static int read_body(struct data *d, const struct job_record *r, const char **ret, struct err *e)
{
    json_auto struct json *input = json_new_object();
    *ret = NULL;
    int rc = edit_body(input, config_text(d->config, FLAG_BODY), e);
    if (!rc && !json_get(input, "body"))
        json_add_string(input, "body", ""); /* '' is none */
    return rc ? rc : job_body_read(input, &r->job, r->arena, ret, e);
}

static void note_secrets(struct data *d, const struct job_record *r, const char *body)
{
    struct job edited = r->job;
    if (job_body_use(body, &edited.request, r->arena, NULL) == 0)
        data_note_secrets(d, &edited, NULL);
}

static int request_edited(struct data *d, const char *name, char ret_id[ID_TEXT_SIZE], struct err *e)
{
    struct job_record *r;
    const char *body;
    int rc = jobs_get(d->store, name, &r, e);
    if (rc)
        return rc;
    rc = read_body(d, r, &body, e);
    if (rc == 0)
        rc = runs_request_edited(d->store, name, TRIGGER_MANUAL, body, clock_wall(), ret_id, e);
    if (rc == 0)
        note_secrets(d, r, body);
    job_record_free(r);
    return rc;
}

static int request_run(struct data *d, const char *name, char ret_id[ID_TEXT_SIZE], struct err *e)
{
    return config_is_set(d->config, FLAG_BODY) ? request_edited(d, name, ret_id, e)
                                               : runs_request(d->store, name, TRIGGER_MANUAL, clock_wall(), ret_id, e);
}

int job_run(struct call *call, struct err *e)
{
    struct data d = { 0 };
    char id[ID_TEXT_SIZE];
    int r = data_open(&d, &call->config, STORE_WRITE, e);
    if (r == 0)
        r = request_run(&d, call->words[0], id, e);
    if (r == 0) {
        data_changed(&d, "the run starts when one does");
        data_warn_secrets(&d);
        r = run_follow(&d, id, e);
    }
    data_close(&d);
    return r;
}
