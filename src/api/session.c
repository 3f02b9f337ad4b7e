#include "api/session.h"

#include "api/change.h"
#include "api/cookie.h"
#include "api/device.h"
#include "api/login.h"
#include "api/view.h"
#include "base/log.h"
#include "store/sessions.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* "https://cron.example:8443" against "cron.example:8443". */
static bool origin_is(const char *origin, const char *host)
{
    const char *authority = strstr(origin, "://");
    return authority && host && !strcasecmp(authority + 3, host);
}

/* Browsers tell by themselves where a request comes from, to where they trust the way (Sec-Fetch-Site), else at least its origin; programs send neither. */
int session_same_origin(const struct request *q, struct err *e)
{
    const char *site = q->header(q->ctx, "Sec-Fetch-Site"), *origin = q->header(q->ctx, "Origin");
    bool same = site     ? !strcmp(site, "same-origin") || !strcmp(site, "none")
                : origin ? origin_is(origin, q->header(q->ctx, "Host"))
                         : true;
    return same ? 0
                : err_set(e, ERR_FORBIDDEN,
                          "the request comes from a page of another origin: only edgecron's own page may do this");
}

int session_admin(struct request *q, bool *ret_is_set, struct admin_password *ret, struct err *e)
{
    struct reader *r = readers_take(q->service->readers);
    struct store *s = reader_store(r, e);
    int rc = s ? admin_get(s, ret_is_set, ret, e) : -(int)ERR_STORE;
    if (rc)
        reader_drop_store(r);
    readers_give(q->service->readers, r);
    return rc;
}

int session_enter(struct request *q, struct reply *p, const char *place, bool known, struct err *e)
{
    int wait_s = 0;
    int rc = login_enter(q->service->login, place, known, &wait_s, e);
    if (rc)
        reply_field(p, "Retry-After", arena_printf(q->arena, "%d", wait_s));
    return rc;
}

struct failure {
    int64_t n;
    struct wall now;
};

static int exec_failed(struct store *s, void *ctx, struct err *e)
{
    const struct failure *f = ctx;
    char detail[64];
    snprintf(detail, sizeof detail, "{\"failures\":%lld}", (long long)f->n);
    return audit_add(s, &(struct audit_entry){ AUDIT_SESSION_LOGIN_FAILED, NULL, detail, f->now }, e);
}

void session_failed(struct request *q)
{
    struct failure f = { .now = q->now };
    struct err e = { 0 };
    if (!login_failed(q->service->login, &f.n))
        return;
    log_warn("failed to log in", L_STR("from", q->remote), L_INT("failures", f.n));
    if (q->identity.kind == AUDIT_SYSTEM)
        q->identity.kind = AUDIT_ANYONE;
    if (change_do(q, exec_failed, &f, &e))
        log_error("a failure to log in was not recorded", L_STR("error", e.text));
}

struct opening {
    const struct session_opening *how;
    struct session_from from;
    struct wall now;
    char secret[CREDENTIAL_SIZE], id[ID_TEXT_SIZE];
};

static int exec_open(struct store *s, void *ctx, struct err *e)
{
    struct opening *o = ctx;
    int rc = o->how->link ? setup_check(s, o->how->link, o->now, e) : admin_still(s, o->how->admin, e);
    if (!rc && o->how->link)
        rc = admin_set(s, o->how->admin, NULL, "setup", o->now, e);
    return rc ? rc : sessions_begin(s, &o->from, o->now, o->secret, o->id, e);
}

/* Id of the session that the browser shows a cookie of; NULL: none. */
static const char *session_before(struct request *q)
{
    struct session_identity found;
    const char *secret = cookie_get(q, COOKIE_SESSION), *id = NULL;
    if (!secret)
        return NULL;
    struct reader *r = readers_take(q->service->readers);
    struct store *s = reader_store(r, NULL);
    if (s && !sessions_identify(s, secret, q->now, &found, NULL))
        id = arena_strdup(q->arena, found.id);
    readers_give(q->service->readers, r);
    return id;
}

static void become_admin(struct request *q, const struct opening *o)
{
    char csrf[SESSION_CSRF_SIZE];
    session_csrf(o->secret, csrf);
    q->identity = (struct identity){ .kind = AUDIT_ADMIN,
                                     .scope = SCOPE_ADMIN,
                                     .session = arena_strdup(q->arena, o->id),
                                     .csrf = arena_strdup(q->arena, csrf),
                                     .expires_at = { q->now.ms + SESSION_IDLE_MS } };
}

int session_open(struct request *q, struct reply *p, const struct session_opening *how, struct err *e)
{
    struct opening o = { .how = how,
                         .now = q->now,
                         .from = { .address = q->remote,
                                   .user_agent = q->header(q->ctx, "User-Agent"),
                                   .before = session_before(q),
                                   .by = how->link ? "setup" : "password",
                                   .failures = login_failures(q->service->login) } };
    q->identity = (struct identity){ .kind = AUDIT_ADMIN };
    int rc = change_do(q, exec_open, &o, e);
    if (!rc) {
        become_admin(q, &o);
        cookie_set(q, p, COOKIE_SESSION, o.secret);
        device_remember(q, p, how->admin);
        reply_json(p, 201, session_view(q));
    }
    if (rc == -(int)ERR_UNAUTHENTICATED)
        reply_field(p, "WWW-Authenticate", "Bearer");
    mem_wipe(o.secret, sizeof o.secret);
    return rc;
}

struct json *session_view(const struct request *q)
{
    const struct identity *i = &q->identity;
    bool session = i->kind == AUDIT_ADMIN;
    struct json *v = json_new_object(), *tags;
    json_add_string(v, "kind", session ? "session" : "token");
    json_add_string(v, "name", session ? "admin" : i->name);
    json_add_string(v, "scope", scope_name(i->scope));
    tags = json_add_array(v, "tags");
    for (int k = 0; k < i->n_tags; k++)
        json_add_string(tags, NULL, i->tags[k]);
    json_add_string(v, "id", i->session);
    view_add_time(v, "expires_at", i->expires_at);
    json_add_string(v, "csrf_token", i->csrf);
    return v;
}
