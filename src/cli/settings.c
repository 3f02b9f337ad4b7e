#include "store/settings.h"

#include "base/mem.h"
#include "cli/data.h"
#include "cli/handlers.h"
#include "cli/output.h"
#include "core/conceal.h"
#include "core/template.h"

#include <stdio.h>
#include <string.h>

/* The numbers, as flags and as a table has them. */
static const struct {
    enum setting setting;
    enum flag flag;
    const char *label, *unit;
} numbers[] = {
    { SETTING_retention_days, FLAG_RETENTION_DAYS, "history kept for", "days" },
    { SETTING_retention_failed_days, FLAG_RETENTION_FAILED_DAYS, "failed and missed", "days" },
    { SETTING_retention_bodies_days, FLAG_RETENTION_BODIES_DAYS, "headers and bodies", "days" },
    { SETTING_retention_runs, FLAG_RETENTION_RUNS, "of a job and state", "runs at most" },
    { SETTING_backup_keep, FLAG_BACKUP_KEEP, "backups kept", "" },
    { SETTING_alert_group_s, FLAG_ALERT_GROUP_S, "alerts are gathered for", "s" },
    { SETTING_heartbeat_every_s, FLAG_HEARTBEAT_EVERY_S, "heartbeat every", "s" },
};
static const struct {
    enum setting setting;
    enum flag flag;
    const char *label, *none;
} texts[] = {
    { SETTING_backup_schedule, FLAG_BACKUP_SCHEDULE, "backups at", "never" },
    { SETTING_heartbeat_url, FLAG_HEARTBEAT_URL, "heartbeat to", "nobody" },
    { SETTING_page_url, FLAG_PAGE_URL, "address of the page", "not known" },
};

static int print_settings(const struct data *d, const struct settings *v)
{
    char text[40];
    if (config_on(d->config, FLAG_JSON))
        return output_json(settings_to_json(v));
    struct table *t = table_new(NULL, 2);
    table_pair(t, "paused", v->paused ? "true: no schedule makes a run" : "false");
    for (size_t i = 0; i < MEM_COUNT(numbers); i++) {
        int64_t n = setting_get(v, numbers[i].setting);
        snprintf(text, sizeof text, "%lld%s%s", (long long)n, *numbers[i].unit ? " " : "", numbers[i].unit);
        table_pair(t, numbers[i].label,
                   n || numbers[i].setting != SETTING_retention_runs ? text : "any number of runs");
    }
    for (size_t i = 0; i < MEM_COUNT(texts); i++) {
        const char *value = setting_text(v, texts[i].setting);
        table_pair(t, texts[i].label, *value ? value : texts[i].none);
    }
    return output_pairs(t);
}

int settings_show(struct call *call, struct err *e)
{
    struct data d = { 0 };
    struct settings v;
    int r = data_open(&d, &call->config, STORE_READ, e);
    if (r == 0)
        r = settings_get(d.store, &v, e);
    if (r == 0)
        r = print_settings(&d, &v);
    data_close(&d);
    return r;
}

/* With the rules of the settings' own form. */
static int take_text(enum setting s, const char *text, struct settings *v, struct err *e)
{
    json_auto struct json *form = settings_to_json(v);
    struct arena *a = arena_new(0);
    json_remove(form, setting_name(s));
    json_add_string(form, setting_name(s), *text ? text : NULL);
    int r = settings_parse(form, a, v, e);
    arena_free(a);
    return r;
}

static int change(struct data *d, struct settings *v, struct err *e)
{
    const struct config *c = d->config;
    int r = settings_get(d->store, v, e);
    if (r < 0)
        return r;
    if (config_is_set(c, FLAG_PAUSED))
        v->paused = config_number(c, FLAG_PAUSED) == 1;
    for (size_t i = 0; i < MEM_COUNT(numbers); i++)
        if (config_is_set(c, numbers[i].flag))
            setting_put(v, numbers[i].setting, config_number(c, numbers[i].flag));
    for (size_t i = 0; r == 0 && i < MEM_COUNT(texts); i++)
        if (config_is_set(c, texts[i].flag))
            r = take_text(texts[i].setting, config_text(c, texts[i].flag), v, e);
    return r < 0 ? r : settings_put(d->store, v, e);
}

static int change_whole(struct data *d, struct settings *v, struct err *e)
{
    int r = store_begin(d->store, e);
    if (r < 0)
        return r;
    r = change(d, v, e);
    if (r == 0)
        return store_commit(d->store, e);
    store_rollback(d->store);
    return r;
}

/* Whoever knows the address can call it in the server's place, and its death is not noticed. */
static void note_heartbeat(const struct data *d, const char *url)
{
    char hint[400];
    if (!config_is_set(d->config, FLAG_HEARTBEAT_URL) || strstr(url, "{{") || !conceal_covers("/url", url))
        return;
    data_hint(d, hint, sizeof hint);
    output_note("edgecron: the heartbeat's URL, which whoever knows it can call, is stored as it is, and was on the "
                "command line, where others on this machine could see it. Keep it as a secret, with:");
    output_note("  edgecron secret set HEARTBEAT_URL%s", hint);
    output_note("  edgecron settings set --heartbeat-url '{{secret.HEARTBEAT_URL}}'%s", hint);
}

int settings_set(struct call *call, struct err *e)
{
    struct data d = { 0 };
    struct settings v;
    bool any = config_is_set(&call->config, FLAG_PAUSED);
    for (size_t i = 0; i < MEM_COUNT(numbers); i++)
        any = any || config_is_set(&call->config, numbers[i].flag);
    for (size_t i = 0; i < MEM_COUNT(texts); i++)
        any = any || config_is_set(&call->config, texts[i].flag);
    if (!any)
        return err_set(
            e, ERR_USAGE,
            "what is to change? give --paused, --retention-days, --backup-schedule, or another of its flags");
    int r = data_open(&d, &call->config, STORE_WRITE, e);
    if (r == 0)
        r = change_whole(&d, &v, e);
    if (r == 0) {
        data_changed(&d, NULL);
        template_secrets(v.heartbeat_url, data_note_secret, &d);
        data_warn_secrets(&d);
        note_heartbeat(&d, v.heartbeat_url);
        r = print_settings(&d, &v);
    }
    data_close(&d);
    return r;
}
