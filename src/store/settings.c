#include "store/settings.h"

#include "store/audit_change.h"
#include "store/statement.h"

int settings_get(struct store *s, struct settings *ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_SETTINGS_GET);
    int rc = statement_row(&q, e);
    if (rc < 0)
        return rc;
    if (rc == 0)
        return err_set(e, ERR_STORE, "the settings are missing from '%s/" STORE_FILE "': it is damaged", s->dir);
    ret->paused = next_int(&q) != 0;
    ret->retention_days = next_int(&q);
    statement_end(&q);
    return 0;
}

int settings_revision(struct store *s, int64_t *ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_SETTINGS_REVISION);
    int rc = statement_row(&q, e);
    *ret = rc > 0 ? next_int(&q) : 0;
    statement_end(&q);
    return rc < 0 ? rc : 0;
}

static struct json *settings_json(const struct settings *v)
{
    struct json *doc = json_new_object();
    json_add_bool(doc, "paused", v->paused);
    json_add_int(doc, "retention_days", v->retention_days);
    return doc;
}

static int put(struct store *s, const struct settings *v, struct err *e)
{
    struct settings before;
    int rc = settings_get(s, &before, e);
    if (rc)
        return rc;
    struct statement q = statement_begin(s, Q_SETTINGS_PUT);
    statement_int(&q, v->paused);
    statement_int(&q, v->retention_days);
    rc = statement_run(&q, e);
    if (rc || !statement_changes(&q))
        return rc;
    json_auto struct json *old = settings_json(&before), *new = settings_json(v);
    return audit_change(s, AUDIT_SETTINGS_UPDATE, NULL, old, new, clock_wall(), e);
}

int settings_put(struct store *s, const struct settings *v, struct err *e)
{
    bool own;
    int rc = store_enter(s, &own, e);
    return rc ? rc : store_leave(s, own, put(s, v, e), e);
}
