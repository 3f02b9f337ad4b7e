#include "api/access.h"

#include "api/cookie.h"
#include "api/session.h"
#include "store/sessions.h"
#include "store/tokens.h"
#include "store/writer.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The token of "Authorization: Bearer TOKEN" (RFC 6750, section 2.1), or NULL. */
static const char *bearer(const struct request *q)
{
    const char *field = q->header(q->ctx, "Authorization");
    if (!field || strncasecmp(field, "Bearer ", 7))
        return NULL;
    return field + 7 + strspn(field + 7, " ");
}

/* Notes that a token or session was used: nobody waits for it, and nothing depends on it. */
struct touch {
    struct write_op op;
    char name[64]; /* the session's id */
    struct wall now;
};

static int exec_touch_token(struct store *s, struct write_op *op, struct err *e)
{
    struct touch *t = MEM_CONTAINER(op, struct touch, op);
    return tokens_touch(s, t->name, t->now, e);
}

static int exec_touch_session(struct store *s, struct write_op *op, struct err *e)
{
    struct touch *t = MEM_CONTAINER(op, struct touch, op);
    return sessions_touch(s, t->name, t->now, e);
}

static void discard_touch(struct write_op *op)
{
    mem_free(MEM_CONTAINER(op, struct touch, op));
}

static void touch(const struct request *q, const char *name,
                  int (*exec)(struct store *s, struct write_op *op, struct err *e))
{
    if (!q->service->engine)
        return;
    struct touch *t = mem_alloc(sizeof *t);
    t->op = (struct write_op){ .exec = exec, .discard = discard_touch };
    snprintf(t->name, sizeof t->name, "%s", name);
    t->now = q->now;
    writer_submit(engine_writer(q->service->engine), &t->op);
}

/* A restriction that cannot be read must not become none. */
static int take_tags(struct request *q, const char *text, struct err *e)
{
    struct identity *i = &q->identity;
    json_auto struct json *list = json_parse(text, strlen(text), NULL);
    if (json_type(list) != JSON_ARRAY)
        return err_set(e, ERR_STORE, "the tags of token '%s' cannot be read: revoke it, and make a new one", i->name);
    const char **tags = arena_alloc(q->arena, (json_count(list) + 1) * sizeof *tags);
    for (const struct json *t = json_first(list); t; t = json_next(t))
        tags[i->n_tags++] = arena_strdup(q->arena, json_string(t) ? json_string(t) : "");
    i->tags = tags;
    return 0;
}

static int identify_token(struct request *q, const char *token, struct err *e)
{
    struct token_identity found;
    int rc = tokens_identify(q->reader->store, token, q->now, &found, e);
    if (rc)
        return rc;
    q->identity = (struct identity){ .kind = AUDIT_TOKEN, .scope = found.scope, .expires_at = found.expires_at };
    memcpy(q->identity.name, found.name, sizeof q->identity.name);
    if (found.stale)
        touch(q, found.name, exec_touch_token);
    return take_tags(q, found.tags, e);
}

static int identify_session(struct request *q, const char *secret, struct err *e)
{
    struct session_identity found;
    char csrf[SESSION_CSRF_SIZE];
    int rc = sessions_identify(q->reader->store, secret, q->now, &found, e);
    if (rc)
        return rc;
    session_csrf(secret, csrf);
    q->identity = (struct identity){ .kind = AUDIT_ADMIN,
                                     .scope = SCOPE_ADMIN,
                                     .session = arena_strdup(q->arena, found.id),
                                     .csrf = arena_strdup(q->arena, csrf),
                                     .expires_at = found.expires_at };
    if (found.stale)
        touch(q, found.id, exec_touch_session);
    return 0;
}

int access_identify(struct request *q, struct reply *p, struct err *e)
{
    const char *token = bearer(q), *secret = token ? NULL : cookie_get(q, COOKIE_SESSION);
    int rc;
    if (token)
        rc = identify_token(q, token, e);
    else if (secret)
        rc = identify_session(q, secret, e);
    else
        rc = err_set(e, ERR_UNAUTHENTICATED,
                     "a token is needed: send the header 'Authorization: Bearer ect_...'; 'edgecron token create' "
                     "makes one");
    q->trusted = !rc;
    if (rc == -(int)ERR_UNAUTHENTICATED)
        reply_field(p, "WWW-Authenticate", token ? "Bearer error=\"invalid_token\"" : "Bearer");
    return rc;
}

static int allow_scope(const struct request *q, const struct route *r, struct err *e)
{
    static const enum scope least[] = {
        [ACCESS_READ] = SCOPE_READ, [ACCESS_OPERATE] = SCOPE_OPERATE, [ACCESS_ADMIN] = SCOPE_ADMIN
    };
    if (q->identity.scope >= least[r->access])
        return 0;
    return err_set(e, ERR_FORBIDDEN, "this needs a token of scope '%s'; the one given has scope '%s'",
                   scope_name(least[r->access]), scope_name(q->identity.scope));
}

static bool is_safe(const char *method)
{
    return !strcmp(method, "GET") || !strcmp(method, "HEAD");
}

/* A browser sends the cookie along whoever made it ask (SameSite keeps most out): that it was our page shows in what only it can know. */
static int allow_session(const struct request *q, struct err *e)
{
    const struct identity *i = &q->identity;
    if (!i->session || is_safe(q->method))
        return 0;
    const char *given = q->header(q->ctx, "X-CSRF-Token");
    if (!given || strlen(given) != strlen(i->csrf) || !crypto_equal(given, i->csrf, strlen(i->csrf)))
        return err_set(e, ERR_FORBIDDEN,
                       "a change by session needs its token: send 'csrf_token' of GET /api/v1/session as the header "
                       "'X-CSRF-Token'");
    return session_same_origin(q, e);
}

static int allow_tags(const struct request *q, const struct route *r, struct err *e)
{
    const struct identity *i = &q->identity;
    bool has = false, of_job = r->traits & ROUTE_OF_JOB;
    int rc = 0;
    if (!i->n_tags || r->traits & ROUTE_BY_TAG)
        return 0;
    if (!(r->traits & (ROUTE_OF_JOB | ROUTE_OF_RUN)))
        return err_set(
            e, ERR_FORBIDDEN,
            "the token '%s' is for looking at, running, pausing and canceling what has one of its tags; this needs "
            "a token without tags",
            i->name);
    if (of_job)
        rc = tokens_tag_job(q->reader->store, q->captures[0], i->tags, i->n_tags, &has, e);
    else
        rc = tokens_tag_run(q->reader->store, q->captures[0], i->tags, i->n_tags, &has, e);
    if (rc || has)
        return rc;
    return err_set(e, ERR_NOT_FOUND, "there is no %s '%.64s'", of_job ? "job" : "run", q->captures[0]);
}

int access_allow(const struct request *q, const struct route *r, struct err *e)
{
    if (r->access == ACCESS_ANYONE)
        return 0;
    int rc = allow_scope(q, r, e);
    if (!rc)
        rc = allow_session(q, e);
    return rc ? rc : allow_tags(q, r, e);
}
