#include "store/settings.h"

#include "store/alerts_rows.h"
#include "store/audit_change.h"
#include "store/home.h"
#include "store/statement.h"

#include <stdio.h>

int settings_get(struct store *s, struct settings *ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_SETTINGS_GET);
    int rc = statement_row(&q, e);
    if (rc < 0)
        return rc;
    if (rc == 0)
        return err_set(e, ERR_STORE, "the settings are missing from '%s/" STORE_FILE "': it is damaged", s->dir);
    for (int i = 0; i < SETTING_FIRST_TEXT; i++)
        setting_put(ret, (enum setting)i, next_int(&q));
    for (int i = SETTING_FIRST_TEXT; i < SETTING_COUNT; i++)
        setting_put_text(ret, (enum setting)i, next_text(&q));
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

static int put(struct store *s, const struct settings *v, struct err *e)
{
    struct settings before;
    int rc = settings_get(s, &before, e);
    if (rc == 0)
        rc = secret_unbound_check(s, v->heartbeat_url, "/heartbeat_url", e);
    if (rc)
        return rc;
    struct statement q = statement_begin(s, Q_SETTINGS_PUT);
    for (int i = 0; i < SETTING_FIRST_TEXT; i++)
        statement_int(&q, setting_get(v, (enum setting)i));
    for (int i = SETTING_FIRST_TEXT; i < SETTING_COUNT; i++) {
        const char *text = setting_text(v, (enum setting)i);
        statement_text(&q, *text ? text : NULL);
    }
    rc = statement_run(&q, e);
    if (rc || !statement_changes(&q))
        return rc;
    if (before.paused && !v->paused)
        rc = home_release(s, e);
    if (rc)
        return rc;
    json_auto struct json *old = settings_to_json(&before), *new = settings_to_json(v);
    return audit_change(s, AUDIT_SETTINGS_UPDATE, NULL, old, new, clock_wall(), e);
}

int settings_put(struct store *s, const struct settings *v, struct err *e)
{
    bool own;
    int rc = store_enter(s, &own, e);
    return rc ? rc : store_leave(s, own, put(s, v, e), e);
}
