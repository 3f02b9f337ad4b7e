/* secrets.c - small questions about secrets, and what is noted of them (secrets.h). Who uses them: secret_users.c; where
 * they may go: secret_targets.c; the whole of it: secrets_list.c. */
#include "store/secrets.h"

#include "store/secret_rows.h"

#include <stdio.h>

int secrets_find(struct store *s, const char *name, int64_t *ret_version, struct err *e)
{
    struct statement q = statement_begin(s, Q_SECRET_VERSION);
    statement_text(&q, name);
    int rc = statement_row(&q, e);
    *ret_version = rc > 0 ? next_int(&q) : 0;
    statement_end(&q);
    return rc < 0 ? rc : 0;
}

int secrets_need(struct store *s, const char *name, struct err *e)
{
    int64_t version;
    int rc = secrets_find(s, name, &version, e);
    return rc || version > 0 ? rc : err_set(e, ERR_NOT_FOUND, "secret '%s' is not set", name);
}

int64_t secrets_version(struct store *s, const char *name)
{
    int64_t version;
    secrets_find(s, name, &version, NULL);
    return version;
}

bool secrets_have(struct store *s, const char *name)
{
    return secrets_version(s, name) > 0;
}

int secrets_marks(struct store *s, struct buf *out, struct err *e)
{
    struct statement q = statement_begin(s, Q_SECRET_MARK_EACH);
    int rc;
    while ((rc = statement_row(&q, e)) > 0) {
        const char *name = next_text(&q);
        buf_printf(out, "%s:%s ", name, next_text(&q));
    }
    return rc;
}

static int set_rotation(struct store *s, const char *name, int64_t rotate_every_s, struct err *e)
{
    char detail[64];
    struct statement q = statement_begin(s, Q_SECRET_ROTATION_PUT);
    statement_int(&q, rotate_every_s);
    statement_text(&q, name);
    int result = statement_run(&q, e);
    if (result == 0 && statement_changes(&q) == 0)
        return err_set(e, ERR_NOT_FOUND, "secret '%s' is not set", name);
    snprintf(detail, sizeof detail, "{\"rotate_every_s\":%lld}", (long long)rotate_every_s);
    return result ? result
                  : audit_add(s, &(struct audit_entry){ AUDIT_SECRET_ROTATE_EVERY, name, detail, clock_wall() }, e);
}

int secrets_set_rotation(struct store *s, const char *name, int64_t rotate_every_s, struct err *e)
{
    bool own;
    int result = store_enter(s, &own, e);
    return result ? result : store_leave(s, own, set_rotation(s, name, rotate_every_s, e), e);
}

/* 1, 0 or an error. */
static int any_expired(struct store *s, struct wall now, struct err *e)
{
    struct statement q = statement_begin(s, Q_SECRET_VERSION_EXPIRED);
    statement_wall(&q, now);
    int rc = statement_row(&q, e);
    statement_end(&q);
    return rc;
}

int secrets_expire(struct store *s, struct wall now, int64_t *ret, struct err *e)
{
    bool own;
    if (ret)
        *ret = 0;
    int result = any_expired(s, now, e);
    if (result <= 0)
        return result;
    result = store_enter(s, &own, e);
    if (result)
        return result;
    struct statement q = statement_begin(s, Q_SECRET_VERSION_DESTROY_EXPIRED);
    statement_wall(&q, now);
    result = secret_run(&q, e);
    if (result == 0 && ret)
        *ret = statement_changes(&q);
    return store_leave(s, own, result, e);
}

int secrets_note_used(struct store *s, const char *name, struct wall at, struct err *e)
{
    struct statement q = statement_begin(s, Q_SECRET_USED);
    statement_wall(&q, at);
    statement_text(&q, name);
    return statement_run(&q, e);
}

int secrets_note_accepted(struct store *s, const char *name, const struct secret_accepted *x, struct err *e)
{
    struct statement q = statement_begin(s, Q_SECRET_ACCEPTED_PUT);
    statement_text(&q, x->place);
    statement_int(&q, x->version);
    statement_wall(&q, x->at);
    statement_text(&q, name);
    return statement_run(&q, e);
}
