#include "store/alerts_rows.h"

#include "base/json.h"
#include "store/audit_change.h"
#include "store/record.h"

#include <string.h>

const struct alerts_table ALERTS_RULES = {
    "alert rule",  "alert rule",       Q_ALERT_GET,        Q_ALERT_INSERT,     Q_ALERT_UPDATE,  Q_ALERT_DELETE,
    Q_ALERT_COUNT, AUDIT_ALERT_CREATE, AUDIT_ALERT_UPDATE, AUDIT_ALERT_REMOVE, ALERT_RULES_MAX,
};
const struct alerts_table ALERTS_CHANNELS = {
    "channel",        "channel",       Q_CHANNEL_GET,        Q_CHANNEL_INSERT,     Q_CHANNEL_UPDATE,
    Q_CHANNEL_DELETE, Q_CHANNEL_COUNT, AUDIT_CHANNEL_CREATE, AUDIT_CHANNEL_UPDATE, AUDIT_CHANNEL_REMOVE,
    CHANNELS_MAX,
};

void alerts_row_read(struct statement *q, struct arena *a, struct alerts_row *ret)
{
    ret->exists = true;
    ret->spec = next_text_copy(q, a);
    ret->revision = next_int(q);
    ret->created_at = next_wall(q);
    ret->updated_at = next_wall(q);
}

static int look(struct store *s, const struct alerts_table *t, const char *name, struct arena *a,
                struct alerts_row *ret, struct err *e)
{
    struct statement q = statement_begin(s, t->get);
    statement_text(&q, name);
    int rc = statement_row(&q, e);
    *ret = (struct alerts_row){ .created_at = WALL_NONE, .updated_at = WALL_NONE };
    if (rc > 0)
        alerts_row_read(&q, a, ret);
    statement_end(&q);
    return rc < 0 ? rc : 0;
}

int alerts_row_get(struct store *s, const struct alerts_table *t, const char *name, struct arena *a,
                   struct alerts_row *ret, struct err *e)
{
    int rc = look(s, t, name, a, ret, e);
    return rc || ret->exists ? rc : err_set(e, ERR_NOT_FOUND, "there is no %s '%s'", t->word, name);
}

int alerts_row_find(struct store *s, const struct alerts_table *t, const char *name, int64_t if_revision,
                    struct arena *a, struct alerts_row *ret, struct err *e)
{
    int rc = look(s, t, name, a, ret, e);
    return rc ? rc : record_expect(t->word, name, ret->exists, ret->revision, if_revision, e);
}

static int count(struct store *s, const struct alerts_table *t, int64_t *ret, struct err *e)
{
    struct statement q = statement_begin(s, t->number);
    int rc = statement_row(&q, e);
    *ret = rc > 0 ? next_int(&q) : 0;
    statement_end(&q);
    return rc < 0 ? rc : 0;
}

static int insert(struct store *s, const struct alerts_table *t, const char *name, const char *spec, struct wall now,
                  struct err *e)
{
    int64_t n;
    int rc = count(s, t, &n, e);
    if (rc)
        return rc;
    if (n >= t->most)
        return err_set(e, ERR_CONFLICT, "there are %d %ss already, which is all there may be: remove one first",
                       t->most, t->word);
    struct statement q = statement_begin(s, t->insert);
    statement_text(&q, name);
    statement_text(&q, spec);
    statement_wall(&q, now);
    return statement_run(&q, e);
}

static int update(struct store *s, const struct alerts_table *t, const char *name, const char *spec, struct wall now,
                  struct err *e)
{
    struct statement q = statement_begin(s, t->update);
    statement_text(&q, spec);
    statement_wall(&q, now);
    statement_text(&q, name);
    return statement_run(&q, e);
}

int alerts_row_put(struct store *s, const struct alerts_table *t, const char *name, const struct alerts_row *old,
                   const struct json *before, const struct json *form, struct wall now, enum put_result *ret,
                   struct err *e)
{
    mem_auto char *spec = json_print(form);
    *ret = PUT_UNCHANGED;
    if (before && json_equal(before, form))
        return 0;
    *ret = old->exists ? PUT_UPDATED : PUT_CREATED;
    int rc = old->exists ? update(s, t, name, spec, now, e) : insert(s, t, name, spec, now, e);
    return rc ? rc : audit_change(s, old->exists ? t->updated : t->created, name, before, form, now, e);
}

int alerts_row_remove(struct store *s, const struct alerts_table *t, const char *name, const struct json *before,
                      struct wall now, struct err *e)
{
    struct statement q = statement_begin(s, t->remove);
    statement_text(&q, name);
    int rc = statement_run(&q, e);
    return rc ? rc : audit_change(s, t->removed, name, before, NULL, now, e);
}

int alerts_row_exists(struct store *s, enum query get, const char *name, bool *ret, struct err *e)
{
    struct statement q = statement_begin(s, get);
    statement_text(&q, name);
    int rc = statement_row(&q, e);
    *ret = rc > 0;
    statement_end(&q);
    return rc < 0 ? rc : 0;
}
