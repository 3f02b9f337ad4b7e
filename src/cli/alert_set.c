/* alert_set.c - `alert set`: fields from flags, put into the rule's JSON form and checked as any other. */
#include "api/warning.h"
#include "base/mem.h"
#include "cli/alert.h"
#include "cli/edit.h"
#include "cli/handlers.h"
#include "cli/input.h"

#include <string.h>

#define ALERT_FILE_MAX (1024 * 1024)

static const struct edit_field alert_fields[] = {
    { FLAG_DESCRIPTION, NULL, "description", EDIT_TEXT },
    { FLAG_ON, NULL, "on", EDIT_PLAIN },
    { FLAG_AFTER, NULL, "after", EDIT_PLAIN },
    { FLAG_UNDER, NULL, "under_mib", EDIT_PLAIN },
    { FLAG_RULE_METRIC, NULL, "metric", EDIT_PLAIN },
};

static bool any_field(const struct config *c)
{
    static const enum flag others[] = { FLAG_RULE_JOB, FLAG_RULE_TAG,    FLAG_OVER,    FLAG_WITHIN,  FLAG_REPEAT,
                                        FLAG_CHANNEL,  FLAG_NO_RECOVERY, FLAG_ENABLED, FLAG_DISABLED };
    bool any = edit_any(c, alert_fields, MEM_COUNT(alert_fields));
    for (size_t i = 0; i < MEM_COUNT(others); i++)
        any = any || config_is_set(c, others[i]);
    return any;
}

/* The limits of another `on` would be refused. */
static void drop_limits(struct json *form, const struct config *c)
{
    static const char *const limits[] = { "after", "over_ms", "over_s", "within_s", "under_mib", "metric" };
    const char *before = json_string(json_get(form, "on")), *now = config_text(c, FLAG_ON);
    if (!before || !now || strcmp(before, now) == 0)
        return;
    for (size_t i = 0; i < MEM_COUNT(limits); i++)
        json_remove(form, limits[i]);
}

static void put_number(struct json *form, const char *member, int64_t n)
{
    json_remove(form, member);
    json_add_int(form, member, n);
}

/* A length of time: in which unit the form has it is the member's, and which member it is depends on `on`. */
static void edit_spans(struct json *form, const struct config *c)
{
    enum alert_on on = ALERT_ON_COUNT;
    const char *text = json_string(json_get(form, "on"));
    if (text)
        alert_on_parse(text, &on);
    bool seconds = on == ALERT_NO_SUCCESS || on == ALERT_SECRET_AGE;
    if (config_is_set(c, FLAG_OVER))
        put_number(form, seconds ? "over_s" : "over_ms", config_number(c, FLAG_OVER) / (seconds ? 1000 : 1));
    if (config_is_set(c, FLAG_WITHIN))
        put_number(form, "within_s", config_number(c, FLAG_WITHIN) / 1000);
    if (config_is_set(c, FLAG_REPEAT))
        put_number(form, "repeat_s", config_number(c, FLAG_REPEAT) / 1000);
}

static int edit_alert(struct json *form, const struct config *c, struct err *e)
{
    drop_limits(form, c);
    int r = edit_fields(form, c, alert_fields, MEM_COUNT(alert_fields), e);
    if (r == 0)
        r = edit_enabled(form, c, e);
    edit_spans(form, c);
    edit_list(form, "jobs", c, FLAG_RULE_JOB);
    edit_list(form, "tags", c, FLAG_RULE_TAG);
    edit_list(form, "channels", c, FLAG_CHANNEL);
    if (config_is_set(c, FLAG_NO_RECOVERY)) {
        json_remove(form, "recovery");
        json_add_bool(form, "recovery", !config_on(c, FLAG_NO_RECOVERY));
    }
    return r;
}

/* What the flags work on: the file, the rule as it is, or nothing yet. */
static struct json *base_form(struct data *d, const char *name, struct err *e)
{
    const struct config *c = d->config;
    struct alert_record *r = NULL;
    if (config_is_set(c, FLAG_FILE) || !any_field(c)) {
        const char *file = config_is_set(c, FLAG_FILE) ? config_text(c, FLAG_FILE) : "-";
        return input_json(file, "the rule as JSON (or give field flags: 'edgecron alert set --help')", ALERT_FILE_MAX,
                          e);
    }
    if (alerts_get(d->store, name, &r, e) < 0)
        return e->code == ERR_NOT_FOUND ? json_new_object() : NULL;
    struct json *v = alert_rule_to_json(&r->rule);
    alert_record_free(r);
    return v;
}

/* What is accepted, and would tell nobody. */
static void note_warnings(struct data *d, const struct alert_rule *rule)
{
    json_auto struct json *list = json_new_array();
    warning_add_alert(list, d->store, rule);
    for (const struct json *one = json_first(list); one; one = json_next(one))
        output_note("edgecron: %s", json_string(json_get(one, "detail")));
}

static int put_alert(struct data *d, const struct alert_rule *rule, struct err *e)
{
    enum put_result result;
    int r = alerts_put(d->store, rule, -1, clock_wall(), &result, e);
    if (r < 0)
        return r;
    data_changed(d, NULL);
    note_warnings(d, rule);
    return config_on(d->config, FLAG_JSON) ? alert_print(d, rule->name, e)
                                           : data_report(d, "alert", rule->name, data_put_text(result));
}

static int set_alert(struct data *d, const char *name, struct err *e)
{
    struct alert_rule rule;
    json_auto struct json *form = base_form(d, name, e);
    if (!form)
        return -(int)e->code;
    if (json_type(form) == JSON_OBJECT && any_field(d->config)) {
        int r = edit_alert(form, d->config, e);
        if (r < 0)
            return r;
    }
    struct arena *a = arena_new(0);
    int r = alert_rule_parse(form, name, a, &rule, e);
    if (r == 0)
        r = put_alert(d, &rule, e);
    arena_free(a);
    return r;
}

int alert_set(struct call *call, struct err *e)
{
    struct data d = { 0 };
    int r = data_open(&d, &call->config, STORE_WRITE, e);
    if (r == 0)
        r = set_alert(&d, call->words[0], e);
    data_close(&d);
    return r;
}
