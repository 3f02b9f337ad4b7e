/* export.c - the apply file out of the store (jobs.h). */
#include "base/json.h"
#include "store/alerts_rows.h"
#include "store/settings.h"

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

static bool export_channel(void *ctx, struct channel_record *r)
{
    json_add(ctx, NULL, channel_to_json(&r->channel));
    channel_record_free(r);
    return true;
}

static bool export_alert(void *ctx, struct alert_record *r)
{
    json_add(ctx, NULL, alert_rule_to_json(&r->rule));
    alert_record_free(r);
    return true;
}

/* Where there are none, older files are what they were. */
static int export_channels(struct store *s, struct json *doc, struct err *e)
{
    struct json *list = json_add_array(doc, "channels");
    int result = channels_each(s, export_channel, list, e);
    if (result == 0 && json_count(list) == 0)
        json_remove(doc, "channels");
    return result;
}

/* Those that every new store has need not be told. */
static int export_alerts(struct store *s, struct json *doc, struct err *e)
{
    bool same;
    int result = alerts_are_default(s, &same, e);
    return result || same ? result : alerts_each(s, export_alert, json_add_array(doc, "alerts"), e);
}

static int export_into(struct store *s, struct json *doc, struct err *e)
{
    struct settings v;
    int result = targets_each(s, export_target, json_add_array(doc, "targets"), e);
    if (result == 0)
        result = export_channels(s, doc, e);
    if (result == 0)
        result = jobs_each(s, "", 0, export_job, json_add_array(doc, "jobs"), e);
    if (result == 0)
        result = export_alerts(s, doc, e);
    if (result == 0)
        result = settings_get(s, &v, e);
    if (result)
        return result;
    json_add(doc, "settings", settings_to_json(&v));
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
