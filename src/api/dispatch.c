#include "api/dispatch.h"

#include "api/page.h"
#include "api/sample.h"
#include "base/log.h"
#include "store/tokens.h"
#include "store/writer.h"

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

/* Notes that a token was used: nobody waits for it, and nothing depends on it. */
struct touch {
    struct write_op op;
    char name[64];
    struct wall now;
};

static int exec_touch(struct store *s, struct write_op *op, struct err *e)
{
    struct touch *t = MEM_CONTAINER(op, struct touch, op);
    return tokens_touch(s, t->name, t->now, e);
}

static void discard_touch(struct write_op *op)
{
    mem_free(MEM_CONTAINER(op, struct touch, op));
}

static void touch(const struct request *q, const struct token_identity *identity)
{
    if (!q->service->engine || !identity->stale)
        return;
    struct touch *t = mem_alloc(sizeof *t);
    t->op = (struct write_op){ .exec = exec_touch, .discard = discard_touch };
    memcpy(t->name, identity->name, sizeof t->name);
    t->now = q->now;
    writer_submit(engine_writer(q->service->engine), &t->op);
}

static int authenticate(struct request *q, struct reply *p, enum scope *ret, struct err *e)
{
    const char *token = bearer(q);
    int rc;
    if (!token) {
        rc = err_set(
            e, ERR_UNAUTHENTICATED,
            "a token is needed: send the header 'Authorization: Bearer ect_...'; 'edgecron token create' makes one");
    } else {
        struct token_identity identity;
        rc = tokens_identify(q->reader->store, token, q->now, &identity, e);
        if (!rc) {
            *ret = identity.scope;
            memcpy(q->token, identity.name, sizeof q->token);
            touch(q, &identity);
        }
    }
    q->trusted = !rc;
    if (rc == -(int)ERR_UNAUTHENTICATED)
        reply_field(p, "WWW-Authenticate", token ? "Bearer error=\"invalid_token\"" : "Bearer");
    return rc;
}

static int authorize(enum access needed, enum scope has, struct err *e)
{
    static const enum scope least[] = {
        [ACCESS_READ] = SCOPE_READ, [ACCESS_OPERATE] = SCOPE_OPERATE, [ACCESS_ADMIN] = SCOPE_ADMIN
    };
    if (needed == ACCESS_ANYONE || has >= least[needed])
        return 0;
    return err_set(e, ERR_FORBIDDEN, "this needs a token of scope '%s'; the one given has scope '%s'",
                   scope_name(least[needed]), scope_name(has));
}

static int refuse_method(const struct request *q, const struct buf *allow, struct reply *p, struct err *e)
{
    reply_field(p, "Allow", buf_str(allow));
    return err_set(e, ERR_METHOD, "'%.20s' cannot be used here; what can: %s", q->method, buf_str(allow));
}

static int run_route(struct request *q, enum scope scope, struct reply *p, struct err *e)
{
    struct route_match m;
    buf_auto struct buf allow = BUF_INIT(200);
    switch (route_find(q->method, q->path, &m, &allow)) {
    case ROUTE_FOUND:
        break;
    case ROUTE_NO_METHOD:
        return refuse_method(q, &allow, p, e);
    default:
        return err_set(e, ERR_NOT_FOUND, "there is nothing at '%.120s'; /api/openapi.json lists what there is",
                       q->path);
    }
    int rc = authorize(m.route->access, scope, e);
    if (!rc)
        rc = request_take(q, &m, e);
    return rc ? rc : m.route->handle(q, p, e);
}

static bool store_failed(const struct err *e)
{
    return e->code == ERR_STORE || e->code == ERR_IO || e->code == ERR_INTERNAL;
}

/* Everything under ROUTE_PREFIX. */
static int run_guarded(struct request *q, struct reply *p, struct err *e)
{
    enum scope scope = SCOPE_READ;
    q->reader = readers_take(q->service->readers);
    int rc = reader_store(q->reader, e) ? authenticate(q, p, &scope, e) : -(int)e->code;
    if (!rc)
        rc = run_route(q, scope, p, e);
    if (rc && store_failed(e))
        reader_drop_store(q->reader);
    readers_give(q->service->readers, q->reader);
    q->reader = NULL;
    return rc;
}

static int answer(struct request *q, struct reply *p, struct err *e)
{
    if (q->service->sample_key && sample_serves(q->path))
        return sample_answer(q, p, e);
    if (!q->service->api)
        return err_set(e, ERR_NOT_FOUND, "there is nothing at '%.120s'", q->path);
    if (page_serves(q->path))
        return page_answer(q, p, e);
    if (!strncmp(q->path, ROUTE_PREFIX, strlen(ROUTE_PREFIX)))
        return run_guarded(q, p, e);
    return run_route(q, SCOPE_READ, p, e);
}

void dispatch(struct request *q, struct reply *p)
{
    struct err e = { 0 };
    int rc = answer(q, p, &e);
    if (!rc)
        return;
    if (store_failed(&e))
        log_error("request failed", L_STR("method", q->method), L_STR("path", q->path), L_STR("error", e.text));
    reply_problem(p, &e);
}
