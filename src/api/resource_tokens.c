#include "api/body.h"
#include "api/change.h"
#include "api/resource.h"
#include "api/transaction.h"
#include "api/view.h"

#include <string.h>

#define EXPIRES_IN_MAX_S (100LL * 366 * 86400)

static void list_one(void *ctx, const struct token_info *t)
{
    json_add(ctx, NULL, view_token(t));
}

int api_tokens_list(struct request *q, struct reply *p, struct err *e)
{
    struct json *items = json_new_array();
    int rc = tokens_each(q->reader->store, list_one, items, e);
    if (rc) {
        json_free(items);
        return rc;
    }
    reply_json(p, 200, view_list(items, NULL));
    return 0;
}

static void view_one(void *ctx, const struct token_info *t)
{
    *(struct json **)ctx = view_token(t);
}

int api_tokens_show(struct request *q, struct reply *p, struct err *e)
{
    struct json *v;
    int rc = tokens_get(q->reader->store, q->captures[0], view_one, &v, e);
    if (!rc)
        reply_json(p, 200, v);
    return rc;
}

static int read_end(const struct request *q, const struct json *body, struct wall *ret, struct err *e)
{
    const struct json *at = json_get(body, "expires_at"), *in = json_get(body, "expires_in_s");
    bool has_at = at && json_type(at) != JSON_NULL, has_in = in && json_type(in) != JSON_NULL;
    int64_t s;
    *ret = WALL_NONE;
    if (has_at && has_in)
        return err_at(e, ERR_INVALID, "/expires_in_s", "give 'expires_at' or 'expires_in_s', not both");
    if (has_at && (!json_string(at) || !wall_parse(json_string(at), ret)))
        return err_at(e, ERR_INVALID, "/expires_at",
                      "'expires_at' must be a time such as 2027-02-20T00:00:00Z, or null for never");
    if (!has_in)
        return 0;
    if (!json_integer(in, &s) || s < 1 || s > EXPIRES_IN_MAX_S)
        return err_at(e, ERR_INVALID, "/expires_in_s", "'expires_in_s' must be a whole number of seconds, 1 to %lld",
                      EXPIRES_IN_MAX_S);
    *ret = (struct wall){ q->now.ms + s * 1000 };
    return 0;
}

static int read_tags(struct request *q, const struct json *body, struct token_grant *g, struct err *e)
{
    const struct json *list = json_get(body, "tags");
    if (!list)
        return 0;
    if (json_type(list) != JSON_ARRAY || json_count(list) > TOKEN_TAGS_MAX)
        return err_at(e, ERR_INVALID, "/tags", "'tags' must be an array of at most %d tags", TOKEN_TAGS_MAX);
    const char **tags = arena_alloc(q->arena, (json_count(list) + 1) * sizeof *tags);
    for (const struct json *t = json_first(list); t; t = json_next(t)) {
        if (!json_string(t)) {
            err_at(e, ERR_INVALID, "", "a tag must be a string");
            return err_under(e, "/tags/%d", g->n_tags);
        }
        tags[g->n_tags++] = arena_strdup(q->arena, json_string(t));
    }
    g->tags = tags;
    return 0;
}

static int read_grant(struct request *q, const struct json *body, struct token_grant *g, struct err *e)
{
    const char *name, *scope;
    int rc = body_text(body, "name", &name, e);
    if (!rc)
        rc = body_text(body, "scope", &scope, e);
    if (!rc && !scope_parse(scope, &g->scope))
        rc = err_at(e, ERR_INVALID, "/scope", "'scope' must be read, operate or admin, not '%.40s'", scope);
    if (!rc)
        rc = read_end(q, body, &g->expires_at, e);
    if (!rc)
        rc = read_tags(q, body, g, e);
    if (!rc)
        g->name = arena_strdup(q->arena, name);
    return rc;
}

static int exec_grant(struct store *s, struct request *q, struct reply *p, void *ctx, struct err *e)
{
    const struct token_grant *g = ctx;
    char token[TOKEN_TEXT_SIZE];
    struct json *made = NULL;
    int rc = tokens_grant(s, g, q->now, token, e);
    if (!rc)
        rc = tokens_get(s, g->name, view_one, &made, e);
    if (!rc) {
        json_add_string(made, "token", token);
        reply_field(p, "Location", arena_printf(q->arena, ROUTE_PREFIX "tokens/%s", g->name));
        reply_json(p, 201, made);
    }
    mem_wipe(token, sizeof token);
    return rc;
}

int api_tokens_create(struct request *q, struct reply *p, struct err *e)
{
    static const char *const names[] = { "name", "scope", "expires_at", "expires_in_s", "tags", NULL };
    struct token_grant grant = { 0 };
    struct json *body;
    int rc = body_read(q, names, &body, e);
    if (rc)
        return rc;
    rc = read_grant(q, body, &grant, e);
    json_wipe(body);
    return rc ? rc : transaction_do(q, p, exec_grant, &grant, e);
}

static int exec_revoke(struct store *s, void *ctx, struct err *e)
{
    const struct request *q = ctx;
    return tokens_revoke(s, q->captures[0], e);
}

int api_tokens_revoke(struct request *q, struct reply *p, struct err *e)
{
    int rc = change_do(q, exec_revoke, q, e);
    if (!rc)
        p->status = 204;
    return rc;
}
