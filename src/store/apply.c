/* apply.c - the apply file in and out of the store (jobs.h). */
#include "base/json.h"
#include "store/jobs.h"
#include "store/settings.h"
#include "store/statement.h"

static void count(enum put_result result, int *created, int *updated, int *unchanged)
{
    int *const counters[] = { [PUT_UNCHANGED] = unchanged, [PUT_CREATED] = created, [PUT_UPDATED] = updated };
    ++*counters[result];
}

static int apply_targets(struct store *s, const struct document *d, struct wall now, struct apply_counts *n,
                         struct err *e)
{
    for (int i = 0; i < d->n_targets; i++) {
        enum put_result put;
        int result = targets_put(s, &d->targets[i], -1, now, &put, e);
        if (result) {
            err_under(e, "/targets/%d", i);
            return result;
        }
        count(put, &n->targets_created, &n->targets_updated, &n->targets_unchanged);
    }
    return 0;
}

static int apply_jobs(struct store *s, const struct document *d, struct wall now, struct apply_counts *n, struct err *e)
{
    for (int i = 0; i < d->n_jobs; i++) {
        enum put_result put;
        int result = jobs_put(s, &d->jobs[i], -1, now, &put, e);
        if (result) {
            err_under(e, "/jobs/%d", i);
            return result;
        }
        count(put, &n->jobs_created, &n->jobs_updated, &n->jobs_unchanged);
    }
    return 0;
}

static int apply_settings(struct store *s, const struct document *d, struct err *e)
{
    struct settings v;
    if (!d->has_paused && !d->has_retention_days)
        return 0;
    int result = settings_get(s, &v, e);
    if (result)
        return result;
    if (d->has_paused)
        v.paused = d->settings.paused;
    if (d->has_retention_days)
        v.retention_days = d->settings.retention_days;
    return settings_put(s, &v, e);
}

int apply_document(struct store *s, const struct document *d, struct wall now, struct apply_counts *ret, struct err *e)
{
    bool own;
    struct apply_counts n = { 0 };
    int result = store_enter(s, &own, e);
    if (result)
        return result;
    result = apply_targets(s, d, now, &n, e);
    if (result == 0)
        result = apply_jobs(s, d, now, &n, e);
    if (result == 0)
        result = apply_settings(s, d, e);
    result = store_leave(s, own, result, e);
    if (result == 0)
        *ret = n;
    return result;
}

static bool export_target(void *ctx, struct target_record *r)
{
    json_add(ctx, NULL, target_to_json(&r->target));
    target_record_free(r);
    return true;
}

static bool export_job(void *ctx, struct job_record *r)
{
    json_add(ctx, NULL, job_to_json(&r->job));
    job_record_free(r);
    return true;
}

static int export_into(struct store *s, struct json *doc, struct err *e)
{
    struct settings v;
    int result = targets_each(s, export_target, json_add_array(doc, "targets"), e);
    if (result == 0)
        result = jobs_each(s, "", 0, export_job, json_add_array(doc, "jobs"), e);
    if (result == 0)
        result = settings_get(s, &v, e);
    if (result)
        return result;
    struct json *settings = json_add_object(doc, "settings");
    json_add_bool(settings, "paused", v.paused);
    json_add_int(settings, "retention_days", v.retention_days);
    return 0;
}

struct json *export_document(struct store *s, struct err *e)
{
    bool own;
    if (store_enter(s, &own, e))
        return NULL;
    struct json *doc = json_new_object();
    json_add_int(doc, "version", 1);
    if (store_leave(s, own, export_into(s, doc, e), e) == 0)
        return doc;
    json_free(doc);
    return NULL;
}
