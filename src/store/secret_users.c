/* secret_users.c - removing a secret, which nothing may use (secrets.h). */
#include "core/template.h"
#include "store/alerts_rows.h"
#include "store/audit.h"
#include "store/record.h"
#include "store/secret_rows.h"
#include "store/settings.h"

#include <string.h>

/* Looks for the users of one secret among jobs and targets. */
struct users {
    const char *secret;
    bool hit; /* in the job or target at hand */
    int n;
    struct buf names;
};

static void meet(void *ctx, const char *name)
{
    struct users *u = ctx;
    if (strcmp(name, u->secret) == 0)
        u->hit = true;
}

static void note(struct users *u, const char *kind, const char *name)
{
    if (u->hit)
        record_name_add(&u->names, u->n++, kind, name);
    u->hit = false;
}

static bool look_in_job(void *ctx, struct job_record *r)
{
    template_job_secrets(&r->job, NULL, meet, ctx);
    note(ctx, "job", r->job.name);
    job_record_free(r);
    return true;
}

static bool look_in_target(void *ctx, struct target_record *r)
{
    for (int i = 0; i < r->target.n_headers; i++)
        template_secrets(r->target.headers[i].value, meet, ctx);
    note(ctx, "target", r->target.name);
    target_record_free(r);
    return true;
}

static bool look_in_channel(void *ctx, struct channel_record *r)
{
    channel_secrets(&r->channel, meet, ctx);
    note(ctx, "channel", r->channel.name);
    channel_record_free(r);
    return true;
}

static int look_in_settings(struct store *s, struct users *u, struct err *e)
{
    struct settings v;
    int result = settings_get(s, &v, e);
    if (result)
        return result;
    template_secrets(v.heartbeat_url, meet, u);
    note(u, "setting", setting_name(SETTING_heartbeat_url));
    return 0;
}

static int refuse_used(struct store *s, const char *name, struct err *e)
{
    struct users u = { .secret = name, .names = BUF_INIT(4096) };
    int result = targets_each(s, look_in_target, &u, e);
    if (result == 0)
        result = jobs_each(s, "", 0, look_in_job, &u, e);
    if (result == 0)
        result = channels_each(s, look_in_channel, &u, e);
    if (result == 0)
        result = look_in_settings(s, &u, e);
    if (result == 0 && u.n > 0)
        result = err_set(e, ERR_CONFLICT, "secret '%s' is used by %s: change or remove what uses it first", name,
                         buf_str(&u.names));
    buf_free(&u.names);
    return result;
}

static int remove_secret(struct store *s, const char *name, struct err *e)
{
    int result = secrets_need(s, name, e);
    if (result == 0)
        result = refuse_used(s, name, e);
    if (result)
        return result;
    result = audit_add(s, &(struct audit_entry){ AUDIT_SECRET_REMOVE, name, .at = clock_wall() }, e);
    if (result == 0)
        result = alerts_forget_secret(s, name, e);
    if (result)
        return result;
    struct statement q = statement_begin(s, Q_SECRET_DELETE);
    statement_text(&q, name);
    return secret_run(&q, e); /* its versions go with it */
}

int secrets_remove(struct store *s, const char *name, struct err *e)
{
    bool own;
    int result = store_enter(s, &own, e);
    return result ? result : store_leave(s, own, remove_secret(s, name, e), e);
}
