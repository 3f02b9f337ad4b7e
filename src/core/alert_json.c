/* alert_json.c - a rule written back: every field, in the order of alert.h. */
#include "core/alert_fields.h"

static void add_strings(struct json *object, const char *key, const char *const *items, int n)
{
    struct json *array = json_add_array(object, key);
    for (int i = 0; i < n; i++)
        json_add_string(array, NULL, items[i]);
}

static void add_limit(struct json *o, const struct alert_rule *r, enum alert_limit limit)
{
    const char *name = ALERT_LIMITS[limit].name;
    if (ALERT_KINDS[r->on].limit != limit)
        json_add_null(o, name);
    else if (limit == LIMIT_METRIC)
        json_add_string(o, name, r->metric);
    else if (r->on == ALERT_SECRET_AGE && r->over_s == 0)
        json_add_null(o, name); /* each secret's own is no limit of the rule's */
    else
        json_add_int(o, name, (int64_t)alert_limit(r));
}

struct json *alert_rule_to_json(const struct alert_rule *r)
{
    struct json *o = json_new_object();
    if (r->name) {
        json_add_string(o, "name", r->name);
        json_add_string(o, "description", r->description);
    }
    json_add_bool(o, "enabled", r->enabled);
    json_add_string(o, "on", alert_on_name(r->on));
    if (r->name) {
        add_strings(o, "jobs", r->jobs, r->n_jobs);
        add_strings(o, "tags", r->tags, r->n_tags);
    }
    for (int i = 0; i < LIMIT_COUNT; i++)
        add_limit(o, r, (enum alert_limit)i);
    json_add_int(o, "repeat_s", r->repeat_s);
    json_add_bool(o, "recovery", r->recovery);
    add_strings(o, "channels", r->channels, r->n_channels);
    return o;
}
