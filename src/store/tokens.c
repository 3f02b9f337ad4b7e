#include "store/tokens.h"

#include "base/mem.h"
#include "core/job.h"
#include "store/credential_find.h"

#include <stdio.h>
#include <string.h>

#define MINUTE_MS 60000

static const char *const SCOPES[] = { [SCOPE_READ] = "read", [SCOPE_OPERATE] = "operate", [SCOPE_ADMIN] = "admin" };

const char *scope_name(enum scope s)
{
    return (unsigned)s < MEM_COUNT(SCOPES) ? SCOPES[s] : NULL;
}

bool scope_parse(const char *text, enum scope *ret)
{
    for (size_t i = 0; text && i < MEM_COUNT(SCOPES); i++) {
        if (strcmp(text, SCOPES[i]) == 0) {
            *ret = (enum scope)i;
            return true;
        }
    }
    return false;
}

static int check(const struct token_grant *g, struct wall now, struct err *e)
{
    if (!job_name_valid(g->name))
        return err_at(
            e, ERR_INVALID, "/name",
            "'%.80s' is not a token's name: expected 1 to 63 characters of a-z, 0-9, '-' and '_', the first a letter "
            "or digit",
            g->name);
    if (!wall_is_none(g->expires_at) && g->expires_at.ms <= now.ms)
        return err_at(e, ERR_INVALID, "/expires_at", "a token cannot expire in the past: give a time to come");
    if (g->n_tags > TOKEN_TAGS_MAX)
        return err_at(e, ERR_INVALID, "/tags", "a token has at most %d tags", TOKEN_TAGS_MAX);
    for (int i = 0; i < g->n_tags; i++)
        if (!job_tag_valid(g->tags[i])) {
            err_at(e, ERR_INVALID, "", "'%.60s' is not a tag: expected 1 to 40 characters of a-z, 0-9, '_.:-'",
                   g->tags[i]);
            return err_under(e, "/tags/%d", i);
        }
    return 0;
}

static struct json *tags_json(const struct token_grant *g)
{
    struct json *v = json_new_array();
    for (int i = 0; i < g->n_tags; i++)
        json_add_string(v, NULL, g->tags[i]);
    return v;
}

static int record(struct store *s, const struct token_grant *g, struct wall now, struct err *e)
{
    char time[WALL_TEXT_SIZE];
    json_auto struct json *v = json_new_object();
    json_add_string(v, "scope", scope_name(g->scope));
    json_add_string(v, "expires_at", wall_is_none(g->expires_at) ? NULL : wall_format(g->expires_at, time));
    json_add(v, "tags", tags_json(g));
    mem_auto char *detail = json_print(v);
    return audit_add(s, &(struct audit_entry){ AUDIT_TOKEN_CREATE, g->name, detail, now }, e);
}

static int insert(struct store *s, const struct token_grant *g, const struct credential *c, struct wall now,
                  struct err *e)
{
    json_auto struct json *tags = tags_json(g);
    mem_auto char *text = json_print(tags);
    struct statement q = statement_begin(s, Q_TOKEN_INSERT);
    statement_text(&q, g->name);
    statement_text(&q, c->prefix);
    statement_blob(&q, c->hash, sizeof c->hash);
    statement_text(&q, scope_name(g->scope));
    statement_wall(&q, now);
    statement_wall(&q, g->expires_at);
    statement_text(&q, text);
    int result = statement_run(&q, e);
    if (result == 0 && statement_changes(&q) == 0)
        return err_at(e, ERR_CONFLICT, "/name", "there is a token '%s' already: revoke it, or choose another name",
                      g->name);
    return result ? result : record(s, g, now, e);
}

int tokens_grant(struct store *s, const struct token_grant *g, struct wall now, char ret_token[TOKEN_TEXT_SIZE],
                 struct err *e)
{
    char token[TOKEN_TEXT_SIZE];
    struct credential c;
    bool own;
    int result = check(g, now, e);
    if (result == 0)
        result = store_enter(s, &own, e);
    if (result)
        return result;
    credential_make(CREDENTIAL_TOKEN, token);
    credential_take(CREDENTIAL_TOKEN, token, &c);
    result = store_leave(s, own, insert(s, g, &c, now, e), e);
    if (result == 0)
        memcpy(ret_token, token, sizeof token);
    mem_wipe(token, sizeof token);
    return result;
}

int tokens_create(struct store *s, const char *name, enum scope scope, struct wall now, char ret_token[TOKEN_TEXT_SIZE],
                  struct err *e)
{
    const struct token_grant g = { .name = name, .scope = scope, .expires_at = WALL_NONE };
    return tokens_grant(s, &g, now, ret_token, e);
}

static void read_info(struct statement *q, struct token_info *t)
{
    *t = (struct token_info){ .name = next_text(q), .scope = SCOPE_READ };
    t->prefix = next_text(q);
    scope_parse(next_text(q), &t->scope);
    t->created_at = next_wall(q);
    t->last_used_at = next_wall(q);
    t->expires_at = next_wall(q);
    t->tags = next_text(q);
}

int tokens_each(struct store *s, void (*each)(void *ctx, const struct token_info *t), void *ctx, struct err *e)
{
    struct statement q = statement_begin(s, Q_TOKEN_EACH);
    int rc;
    while ((rc = statement_row(&q, e)) > 0) {
        struct token_info t;
        read_info(&q, &t);
        each(ctx, &t);
    }
    return rc;
}

int tokens_get(struct store *s, const char *name, void (*each)(void *ctx, const struct token_info *t), void *ctx,
               struct err *e)
{
    struct token_info t;
    struct statement q = statement_begin(s, Q_TOKEN_GET);
    statement_text(&q, name);
    int rc = statement_row(&q, e);
    if (rc <= 0)
        return rc ? rc : err_set(e, ERR_NOT_FOUND, "there is no token '%.80s'", name);
    read_info(&q, &t);
    each(ctx, &t);
    statement_end(&q);
    return 0;
}

static int revoke(struct store *s, const char *name, struct err *e)
{
    struct statement q = statement_begin(s, Q_TOKEN_DELETE);
    statement_text(&q, name);
    int result = statement_run(&q, e);
    if (result == 0 && statement_changes(&q) == 0)
        return err_set(e, ERR_NOT_FOUND, "there is no token '%.80s'", name);
    return result ? result : audit_add(s, &(struct audit_entry){ AUDIT_TOKEN_REVOKE, name, .at = clock_wall() }, e);
}

int tokens_revoke(struct store *s, const char *name, struct err *e)
{
    bool own;
    int result = store_enter(s, &own, e);
    return result ? result : store_leave(s, own, revoke(s, name, e), e);
}

static int64_t minute_of(struct wall t)
{
    return t.ms - t.ms % MINUTE_MS;
}

static void read_identity(void *ctx, struct statement *q)
{
    struct token_identity *ret = ctx;
    snprintf(ret->name, sizeof ret->name, "%s", next_text(q));
    q->column++; /* hash */
    ret->scope = SCOPE_READ;
    scope_parse(next_text(q), &ret->scope);
    ret->last_used_at = next_wall(q);
    ret->expires_at = next_wall(q);
    snprintf(ret->tags, sizeof ret->tags, "%s", next_text(q));
}

int tokens_identify(struct store *s, const char *token, struct wall now, struct token_identity *ret, struct err *e)
{
    struct credential c;
    char time[WALL_TEXT_SIZE];
    bool found = false;
    int result = 0;
    if (credential_take(CREDENTIAL_TOKEN, token, &c))
        result = credential_find(s, Q_TOKEN_BY_PREFIX, &c, read_identity, ret, &found, e);
    if (result)
        return result;
    if (!found)
        return err_set(e, ERR_UNAUTHENTICATED, "the token is not known: it may have been revoked, or cut in copying");
    if (!wall_is_none(ret->expires_at) && ret->expires_at.ms <= now.ms)
        return err_set(e, ERR_UNAUTHENTICATED, "the token '%s' expired at %s: make a new one", ret->name,
                       wall_format(ret->expires_at, time));
    ret->stale = wall_is_none(ret->last_used_at) || ret->last_used_at.ms < minute_of(now);
    return 0;
}

int tokens_touch(struct store *s, const char *name, struct wall now, struct err *e)
{
    struct statement q = statement_begin(s, Q_TOKEN_TOUCH);
    statement_int(&q, minute_of(now));
    statement_text(&q, name);
    return statement_run(&q, e);
}

static bool spec_has(const char *spec, const char *const *tags, int n)
{
    json_auto struct json *doc = json_parse(spec, strlen(spec), NULL);
    for (const struct json *t = json_first(json_get(doc, "tags")); t; t = json_next(t))
        for (int i = 0; i < n; i++)
            if (json_string(t) && !strcmp(json_string(t), tags[i]))
                return true;
    return false;
}

static int tagged(struct statement *q, const char *const *tags, int n, bool *ret, struct err *e)
{
    int rc = statement_row(q, e);
    *ret = rc > 0 && spec_has(next_text(q), tags, n);
    statement_end(q);
    return rc < 0 ? rc : 0;
}

int tokens_tag_job(struct store *s, const char *job, const char *const *tags, int n, bool *ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_JOB_GET);
    statement_text(&q, job);
    return tagged(&q, tags, n, ret, e);
}

int tokens_tag_run(struct store *s, const char *run_id, const char *const *tags, int n, bool *ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_JOB_SPEC_OF_RUN);
    statement_id(&q, run_id);
    return tagged(&q, tags, n, ret, e);
}
