#include "api/access.h"

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

int access_identify(struct request *q, struct reply *p, struct err *e)
{
    const char *token = bearer(q);
    int rc;
    if (!token) {
        rc = err_set(
            e, ERR_UNAUTHENTICATED,
            "a token is needed: send the header 'Authorization: Bearer ect_...'; 'edgecron token create' makes one");
    } else {
        struct token_identity found;
        rc = tokens_identify(q->reader->store, token, q->now, &found, e);
        if (!rc) {
            q->identity = (struct identity){ .kind = AUDIT_TOKEN, .scope = found.scope };
            memcpy(q->identity.name, found.name, sizeof q->identity.name);
            touch(q, &found);
        }
    }
    q->trusted = !rc;
    if (rc == -(int)ERR_UNAUTHENTICATED)
        reply_field(p, "WWW-Authenticate", token ? "Bearer error=\"invalid_token\"" : "Bearer");
    return rc;
}

int access_allow(const struct request *q, const struct route *r, struct err *e)
{
    static const enum scope least[] = {
        [ACCESS_READ] = SCOPE_READ, [ACCESS_OPERATE] = SCOPE_OPERATE, [ACCESS_ADMIN] = SCOPE_ADMIN
    };
    if (r->access == ACCESS_ANYONE || q->identity.scope >= least[r->access])
        return 0;
    return err_set(e, ERR_FORBIDDEN, "this needs a token of scope '%s'; the one given has scope '%s'",
                   scope_name(least[r->access]), scope_name(q->identity.scope));
}
