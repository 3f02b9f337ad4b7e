#include "api/body.h"
#include "api/change.h"
#include "api/cookie.h"
#include "api/device.h"
#include "api/login.h"
#include "api/resource.h"
#include "api/session.h"
#include "api/view.h"
#include "core/password.h"
#include "store/sessions.h"

#include <string.h>

static int wrong_password(struct request *q, struct reply *p, const char *pointer, struct err *e)
{
    session_failed(q);
    if (!*pointer)
        reply_field(p, "WWW-Authenticate", "Bearer");
    return err_at(e, *pointer ? ERR_INVALID : ERR_UNAUTHENTICATED, pointer,
                  "the password is wrong; who has forgotten it sets another with 'edgecron admin set-password'");
}

/* Costs a third of a second. Who may try is asked first. */
static int verify(struct request *q, struct reply *p, const struct admin_password *a, const char *password,
                  const char *pointer, struct err *e)
{
    char place[THROTTLE_PLACE_SIZE];
    bool known = device_place(q, a, place);
    int rc = session_enter(q, p, place, known, e);
    if (rc)
        return rc;
    bool fits = strlen(password) <= PASSWORD_MAX && admin_fits(a, password, strlen(password));
    login_leave(q->service->login, place, fits);
    return fits ? 0 : wrong_password(q, p, pointer, e);
}

static int log_in(struct request *q, struct reply *p, const char *password, struct err *e)
{
    struct admin_password a;
    bool is_set;
    int rc = session_admin(q, &is_set, &a, e);
    if (rc)
        return rc;
    if (!is_set)
        return err_set(e, ERR_CONFLICT,
                       "no password is set yet: open the set-up link that the server printed when it started, or have "
                       "'edgecron admin setup-link' make one");
    rc = verify(q, p, &a, password, "", e);
    const struct session_opening o = { .admin = &a };
    return rc ? rc : session_open(q, p, &o, e);
}

int api_session_begin(struct request *q, struct reply *p, struct err *e)
{
    static const char *const names[] = { "password", NULL };
    struct json *body = NULL;
    const char *password;
    int rc = session_same_origin(q, e);
    if (!rc)
        rc = body_read(q, names, &body, e);
    if (!rc)
        rc = body_text(body, "password", &password, e);
    if (!rc)
        rc = log_in(q, p, password, e);
    json_wipe(body);
    return rc;
}

int api_session_show(struct request *q, struct reply *p, struct err *e)
{
    (void)e;
    reply_json(p, 200, session_view(q));
    return 0;
}

/* What the writer is asked to do with a session. */
struct session_change {
    const char *id;
    enum audit_action action;
    struct wall now;
};

static int exec_end(struct store *s, void *ctx, struct err *e)
{
    struct session_change *x = ctx;
    return sessions_end(s, x->id, x->action, x->now, e);
}

int api_session_end(struct request *q, struct reply *p, struct err *e)
{
    if (!q->identity.session)
        return err_set(e, ERR_CONFLICT,
                       "this was asked with a token, which has no session: 'DELETE /api/v1/tokens/{name}' revokes it");
    struct session_change x = { q->identity.session, AUDIT_SESSION_LOGOUT, q->now };
    int rc = change_do(q, exec_end, &x, e);
    if (rc)
        return rc;
    cookie_clear(q, p, COOKIE_SESSION);
    p->status = 204;
    return 0;
}

struct listing {
    struct json *items;
    const char *own;
};

static void list_one(void *ctx, const struct session_info *i)
{
    struct listing *l = ctx;
    struct json *v = view_session(i);
    json_add_bool(v, "current", l->own && !strcmp(l->own, i->id));
    json_add(l->items, NULL, v);
}

int api_sessions_list(struct request *q, struct reply *p, struct err *e)
{
    struct listing l = { json_new_array(), q->identity.session };
    int rc = sessions_each(q->reader->store, q->now, list_one, &l, e);
    if (rc) {
        json_free(l.items);
        return rc;
    }
    reply_json(p, 200, view_list(l.items, NULL));
    return 0;
}

int api_sessions_revoke(struct request *q, struct reply *p, struct err *e)
{
    struct session_change x = { q->captures[0], AUDIT_SESSION_REVOKE, q->now };
    int rc = change_do(q, exec_end, &x, e);
    if (!rc)
        p->status = 204;
    return rc;
}

struct password_change {
    const struct admin_password *made, *seen; /* seen NULL: of a token, which needs not know it */
    const char *keep;
    struct wall now;
};

static int exec_password(struct store *s, void *ctx, struct err *e)
{
    struct password_change *x = ctx;
    int rc = x->seen ? admin_still(s, x->seen, e) : 0;
    if (rc == -(int)ERR_UNAUTHENTICATED)
        return err_at(e, ERR_INVALID, "/current_password", "the password was changed at this moment: give the new one");
    return rc ? rc : admin_set(s, x->made, x->keep, "password", x->now, e);
}

static int change_password(struct request *q, struct reply *p, const struct admin_password *seen, const char *password,
                           struct err *e)
{
    struct admin_password made;
    struct password_change x = { &made, seen, q->identity.session, q->now };
    char place[THROTTLE_PLACE_SIZE];
    throttle_place(q->remote, place);
    int rc = session_enter(q, p, place, true, e);
    if (rc)
        return rc;
    admin_make(password, strlen(password), &made);
    login_leave(q->service->login, place, true);
    rc = change_do(q, exec_password, &x, e);
    if (!rc && q->identity.session)
        device_remember(q, p, &made);
    mem_wipe(&made, sizeof made);
    if (!rc)
        p->status = 204;
    return rc;
}

/* Who sits down at somebody's open browser must not be able to take it over for good. A token of scope admin could make more of its kind
 * anyway, so it needs not know the password. */
static int verify_current(struct request *q, struct reply *p, const struct json *body, bool *ret_seen,
                          struct admin_password *ret, struct err *e)
{
    const char *current;
    *ret_seen = false;
    if (!q->identity.session && !json_get(body, "current_password"))
        return 0;
    int rc = body_text(body, "current_password", &current, e);
    if (!q->identity.session)
        return rc;
    if (!rc)
        rc = admin_get(q->reader->store, ret_seen, ret, e);
    if (rc || !*ret_seen)
        return rc;
    return verify(q, p, ret, current, "/current_password", e);
}

int api_admin_password(struct request *q, struct reply *p, struct err *e)
{
    static const char *const names[] = { "current_password", "password", NULL };
    struct admin_password a;
    struct json *body = NULL;
    const char *password;
    bool seen;
    int rc = body_read(q, names, &body, e);
    if (!rc)
        rc = body_text(body, "password", &password, e);
    if (!rc)
        rc = password_check(password, strlen(password), e);
    if (!rc)
        rc = verify_current(q, p, body, &seen, &a, e);
    if (!rc)
        rc = change_password(q, p, seen ? &a : NULL, password, e);
    json_wipe(body);
    return rc;
}
