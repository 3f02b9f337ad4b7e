/* resource_alerts_write.c - alert rules created, replaced, patched and removed. */
#include "api/resource.h"

#include "api/form_write.h"
#include "api/warning.h"
#include "store/alerts.h"

static int get(struct store *s, const char *name, struct form_kept *ret, struct json **ret_form, struct err *e)
{
    struct alert_record *r;
    int rc = alerts_get(s, name, &r, e);
    if (rc)
        return rc;
    *ret = (struct form_kept){ r->revision, r->created_at, r->updated_at };
    *ret_form = alert_rule_to_json(&r->rule);
    alert_record_free(r);
    return 0;
}

static int parse(const struct json *form, const char *name, struct arena *a, const void **ret, struct err *e)
{
    struct alert_rule *r = arena_alloc(a, sizeof *r);
    *ret = r;
    return alert_rule_parse(form, name, a, r, e);
}

static const char *name_of(const void *rule)
{
    return ((const struct alert_rule *)rule)->name;
}

static struct json *form_of(const void *rule)
{
    return alert_rule_to_json(rule);
}

static int check(struct store *s, const void *rule, struct err *e)
{
    return alerts_check(s, rule, e);
}

static int put(struct store *s, const void *rule, struct wall now, enum put_result *ret, struct err *e)
{
    return alerts_put(s, rule, -1, now, ret, e);
}

static int remove_rule(struct store *s, const char *name, struct wall now, struct err *e)
{
    (void)now;
    return alerts_remove(s, name, -1, e);
}

static int view(struct store *s, struct request *q, const void *rule, const struct form_kept *k, struct json **ret,
                struct err *e)
{
    struct alert_record r = { .rule = *(const struct alert_rule *)rule,
                              .revision = k->revision,
                              .created_at = k->created_at,
                              .updated_at = k->updated_at };
    int rc = api_alerts_view(s, q, &r, ret, e);
    if (!rc)
        warning_add_alert(json_add_array(*ret, "warnings"), s, rule);
    return rc;
}

static const struct form_kind alerts = { "alert rule", "alerts", alerts_revision, get, parse, name_of, form_of,
                                         check,        put,      remove_rule,     view };

int api_alerts_create(struct request *q, struct reply *p, struct err *e)
{
    return form_write(q, p, &alerts, FORM_CREATE, e);
}

int api_alerts_put(struct request *q, struct reply *p, struct err *e)
{
    return form_write(q, p, &alerts, FORM_PUT, e);
}

int api_alerts_patch(struct request *q, struct reply *p, struct err *e)
{
    return form_write(q, p, &alerts, FORM_PATCH, e);
}

int api_alerts_remove(struct request *q, struct reply *p, struct err *e)
{
    return form_remove(q, p, &alerts, e);
}
