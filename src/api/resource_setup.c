#include "api/body.h"
#include "api/login.h"
#include "api/resource.h"
#include "api/session.h"
#include "core/password.h"
#include "core/throttle.h"
#include "store/admin.h"

#include <string.h>

int api_setup_show(struct request *q, struct reply *p, struct err *e)
{
    struct admin_password a;
    bool is_set;
    int rc = session_admin(q, &is_set, &a, e);
    if (rc)
        return rc;
    struct json *v = json_new_object();
    json_add_bool(v, "needed", !is_set);
    reply_json(p, 200, v);
    return 0;
}

static int check_link(struct request *q, const char *link, struct err *e)
{
    struct reader *r = readers_take(q->service->readers);
    struct store *s = reader_store(r, e);
    int rc = s ? setup_check(s, link, q->now, e) : -(int)ERR_STORE;
    readers_give(q->service->readers, r);
    return rc;
}

static int set_up(struct request *q, struct reply *p, const char *link, const char *password, struct err *e)
{
    struct admin_password made;
    const struct session_opening o = { .admin = &made, .link = link };
    char place[THROTTLE_PLACE_SIZE];
    throttle_place(q->remote, place);
    int rc = session_enter(q, p, place, false, e);
    if (rc)
        return rc;
    rc = check_link(q, link, e);
    if (!rc)
        admin_make(password, strlen(password), &made);
    login_leave(q->service->login, place, !rc);
    if (rc == -(int)ERR_UNAUTHENTICATED) {
        reply_field(p, "WWW-Authenticate", "Bearer");
        session_failed(q);
    }
    if (!rc)
        rc = session_open(q, p, &o, e);
    mem_wipe(&made, sizeof made);
    return rc;
}

int api_setup(struct request *q, struct reply *p, struct err *e)
{
    static const char *const names[] = { "token", "password", NULL };
    struct json *body = NULL;
    const char *link, *password;
    int rc = session_same_origin(q, e);
    if (!rc)
        rc = body_read(q, names, &body, e);
    if (!rc)
        rc = body_text(body, "token", &link, e);
    if (!rc)
        rc = body_text(body, "password", &password, e);
    if (!rc)
        rc = password_check(password, strlen(password), e);
    if (!rc)
        rc = set_up(q, p, link, password, e);
    json_wipe(body);
    return rc;
}
