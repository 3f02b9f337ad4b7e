/* job_set.c - `job set`: fields from flags, put into the job's JSON form and checked as any other. */
#include "base/mem.h"
#include "cli/data.h"
#include "cli/edit.h"
#include "cli/handlers.h"
#include "cli/input.h"
#include "cli/job.h"
#include "store/jobs.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define JOB_FILE_MAX (4 * JOB_BODY_MAX) /* a body may grow when it is escaped */

static const struct edit_field job_fields[] = {
    { FLAG_DESCRIPTION, NULL, "description", EDIT_TEXT },
    { FLAG_TAGS, NULL, "tags", EDIT_WORDS },
    { FLAG_SCHEDULE, NULL, "schedule", EDIT_PLAIN },
    { FLAG_TIMEZONE, NULL, "timezone", EDIT_PLAIN },
    { FLAG_JITTER_S, NULL, "jitter_s", EDIT_PLAIN },
    { FLAG_STARTS_AT, NULL, "starts_at", EDIT_PLAIN },
    { FLAG_ENDS_AT, NULL, "ends_at", EDIT_PLAIN },
    { FLAG_TARGET, NULL, "target", EDIT_PLAIN },
    { FLAG_URL, "request", "url", EDIT_PLAIN },
    { FLAG_METHOD, "request", "method", EDIT_PLAIN },
    { FLAG_TIMEOUT_MS, NULL, "timeout_ms", EDIT_PLAIN },
    { FLAG_CONNECT_TIMEOUT_MS, NULL, "connect_timeout_ms", EDIT_PLAIN },
    { FLAG_DELIVERY, NULL, "delivery", EDIT_PLAIN },
    { FLAG_MAX_ATTEMPTS, "retry", "max_attempts", EDIT_PLAIN },
    { FLAG_RETRY_INITIAL_MS, "retry", "initial_ms", EDIT_PLAIN },
    { FLAG_RETRY_MULTIPLIER, "retry", "multiplier", EDIT_NUMBER },
    { FLAG_RETRY_MAX_MS, "retry", "max_ms", EDIT_PLAIN },
    { FLAG_RETRY_MAX_AGE_S, "retry", "max_age_s", EDIT_PLAIN },
    { FLAG_RETRY_PAST_NEXT, "retry", "past_next_occurrence", EDIT_PLAIN },
    { FLAG_OVERLAP, NULL, "overlap", EDIT_PLAIN },
    { FLAG_CATCH_UP, "catch_up", "policy", EDIT_PLAIN },
    { FLAG_CATCH_UP_WINDOW_S, "catch_up", "window_s", EDIT_PLAIN },
    { FLAG_SUCCESS_STATUS, "success", "status", EDIT_WORDS },
    { FLAG_SUCCESS_JSON, "success", "json", EDIT_JSON },
    { FLAG_ALERTS, NULL, "alerts", EDIT_JSON },
};

static bool any_field(const struct config *c)
{
    static const enum flag others[] = { FLAG_HEADER, FLAG_BODY, FLAG_METRIC, FLAG_ENABLED, FLAG_DISABLED };
    bool any = edit_any(c, job_fields, MEM_COUNT(job_fields));
    for (size_t i = 0; i < MEM_COUNT(others); i++)
        any = any || config_is_set(c, others[i]);
    return any;
}

static int edit_job(struct json *job, const struct config *c, struct err *e)
{
    int r = edit_fields(job, c, job_fields, MEM_COUNT(job_fields), e);
    if (r == 0)
        r = edit_enabled(job, c, e);
    if (r == 0)
        r = edit_pairs(job, "metrics", c, FLAG_METRIC, strcmp, e);
    struct json *request = edit_object(job, "request");
    if (r == 0)
        r = edit_pairs(request, "headers", c, FLAG_HEADER, strcasecmp, e);
    if (r == 0 && config_is_set(c, FLAG_BODY))
        r = edit_body(request, config_text(c, FLAG_BODY), e);
    return r;
}

/* What the flags work on: the file, the job as it is, or nothing yet. */
static struct json *base_form(struct data *d, const char *name, struct err *e)
{
    const struct config *c = d->config;
    struct job_record *r = NULL;
    if (config_is_set(c, FLAG_FILE) || !any_field(c)) {
        const char *file = config_is_set(c, FLAG_FILE) ? config_text(c, FLAG_FILE) : "-";
        return input_json(file, "the job as JSON (or give field flags: 'edgecron job set --help')", JOB_FILE_MAX, e);
    }
    if (jobs_get(d->store, name, &r, e) < 0)
        return e->code == ERR_NOT_FOUND ? json_new_object() : NULL;
    struct json *v = job_to_json(&r->job);
    job_record_free(r);
    return v;
}

static int put_job(struct data *d, const struct job *j, struct err *e)
{
    enum put_result result;
    struct target_record *t = NULL;
    int r = jobs_put(d->store, j, -1, clock_wall(), &result, e);
    if (r < 0)
        return r;
    if (j->target)
        targets_get(d->store, j->target, &t, NULL);
    data_note_secrets(d, j, t ? &t->target : NULL);
    if (t)
        target_record_free(t);
    data_changed(d, NULL);
    data_warn_secrets(d);
    return job_report(d, j->name, data_put_text(result), e);
}

static int set_job(struct data *d, const char *name, struct err *e)
{
    struct job j;
    json_auto struct json *form = base_form(d, name, e);
    if (!form)
        return -(int)e->code;
    if (json_type(form) == JSON_OBJECT && any_field(d->config)) {
        int r = edit_job(form, d->config, e);
        if (r < 0)
            return r;
    }
    struct arena *a = arena_new(0);
    int r = job_parse(form, name, zones_known, data_zones(d), a, &j, e);
    if (r == 0)
        r = put_job(d, &j, e);
    arena_free(a);
    return r;
}

int job_set(struct call *call, struct err *e)
{
    struct data d = { 0 };
    int r = data_open(&d, &call->config, STORE_WRITE, e);
    if (r == 0)
        r = set_job(&d, call->words[0], e);
    data_close(&d);
    return r;
}
