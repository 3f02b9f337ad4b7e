/* alerts_mutes.c - what is watched, but not told, until when (alerts.h). */
#include "base/json.h"
#include "store/alerts_rows.h"

#include <string.h>

static const struct {
    const char *name;
    enum query get; /* is there what is muted? */
} SCOPES[MUTE_SCOPES] = {
    [MUTE_ALL] = { "all", Q_COUNT },
    [MUTE_RULE] = { "rule", Q_ALERT_GET },
    [MUTE_JOB] = { "job", Q_JOB_GET },
    [MUTE_TARGET] = { "target", Q_TARGET_GET },
};

const char *mute_scope_name(enum mute_scope scope)
{
    return SCOPES[scope].name;
}

bool mute_scope_parse(const char *text, enum mute_scope *ret)
{
    for (int i = 0; i < MUTE_SCOPES; i++)
        if (text && strcmp(text, SCOPES[i].name) == 0) {
            *ret = (enum mute_scope)i;
            return true;
        }
    return false;
}

static int find(struct store *s, enum mute_scope scope, const char *name, bool *ret_found, struct wall *ret_until,
                struct err *e)
{
    struct statement q = statement_begin(s, Q_MUTE_GET);
    statement_text(&q, SCOPES[scope].name);
    statement_text(&q, scope == MUTE_ALL ? "" : name);
    int rc = statement_row(&q, e);
    *ret_found = rc > 0;
    *ret_until = rc > 0 ? (struct wall){ next_int_or(&q, MUTED_FOR_EVER.ms) } : WALL_NONE;
    statement_end(&q);
    return rc < 0 ? rc : 0;
}

int mute_forget(struct store *s, enum mute_scope scope, const char *name, struct err *e)
{
    struct statement q = statement_begin(s, Q_MUTE_DELETE);
    statement_text(&q, SCOPES[scope].name);
    statement_text(&q, scope == MUTE_ALL ? "" : name);
    return statement_run(&q, e);
}

static int write(struct store *s, enum mute_scope scope, const char *name, struct wall until, struct err *e)
{
    struct statement q = statement_begin(s, Q_MUTE_PUT);
    statement_text(&q, SCOPES[scope].name);
    statement_text(&q, scope == MUTE_ALL ? "" : name);
    statement_int_or_null(&q, until.ms, MUTED_FOR_EVER.ms);
    return statement_run(&q, e);
}

static int record(struct store *s, enum mute_scope scope, const char *name, struct wall until, struct wall now,
                  struct err *e)
{
    char time[WALL_TEXT_SIZE];
    bool over = wall_is_none(until), open = until.ms == MUTED_FOR_EVER.ms;
    json_auto struct json *v = json_new_object();
    json_add_string(v, "scope", SCOPES[scope].name);
    if (!over)
        json_add_string(v, "until", open ? NULL : wall_format(until, time));
    mem_auto char *detail = json_print(v);
    return audit_add(s,
                     &(struct audit_entry){ over ? AUDIT_ALERT_UNMUTE : AUDIT_ALERT_MUTE,
                                            scope == MUTE_ALL ? NULL : name, detail, now },
                     e);
}

static int require(struct store *s, enum mute_scope scope, const char *name, struct err *e)
{
    bool exists = true;
    int rc = scope == MUTE_ALL ? 0 : alerts_row_exists(s, SCOPES[scope].get, name, &exists, e);
    return rc || exists ? rc
                        : err_set(e, ERR_NOT_FOUND, "there is no %s%s '%s'", scope == MUTE_RULE ? "alert " : "",
                                  SCOPES[scope].name, name);
}

static int put(struct store *s, enum mute_scope scope, const char *name, struct wall until, struct wall now,
               struct err *e)
{
    bool found;
    struct wall old;
    int rc = require(s, scope, name, e);
    if (rc == 0 && !wall_is_none(until) && until.ms <= now.ms)
        rc = err_at(e, ERR_INVALID, "/until", "'until' is over already; expected a time to come, or null for no end");
    if (rc == 0)
        rc = find(s, scope, name, &found, &old, e);
    if (rc || (found ? old.ms == until.ms : wall_is_none(until)))
        return rc;
    rc = wall_is_none(until) ? mute_forget(s, scope, name, e) : write(s, scope, name, until, e);
    return rc ? rc : record(s, scope, name, until, now, e);
}

int mute_put(struct store *s, enum mute_scope scope, const char *name, struct wall until, struct wall now,
             struct err *e)
{
    bool own;
    int rc = store_enter(s, &own, e);
    return rc ? rc : store_leave(s, own, put(s, scope, name, until, now, e), e);
}

int mute_get(struct store *s, enum mute_scope scope, const char *name, struct wall now, struct wall *ret_until,
             struct err *e)
{
    bool found;
    int rc = find(s, scope, name, &found, ret_until, e);
    if (rc == 0 && ret_until->ms <= now.ms)
        *ret_until = WALL_NONE;
    return rc;
}

int mute_each(struct store *s, struct wall now,
              void (*each)(void *ctx, enum mute_scope scope, const char *name, struct wall until), void *ctx,
              struct err *e)
{
    struct statement q = statement_begin(s, Q_MUTE_EACH);
    int rc;
    while ((rc = statement_row(&q, e)) > 0) {
        enum mute_scope scope;
        if (!mute_scope_parse(next_text(&q), &scope))
            continue;
        const char *name = next_text(&q);
        struct wall until = { next_int_or(&q, MUTED_FOR_EVER.ms) };
        if (until.ms > now.ms)
            each(ctx, scope, name, until);
    }
    return rc;
}

int mutes_prune(struct store *s, struct wall now, struct err *e)
{
    struct statement q = statement_begin(s, Q_MUTE_PRUNE);
    statement_wall(&q, now);
    return statement_run(&q, e);
}
