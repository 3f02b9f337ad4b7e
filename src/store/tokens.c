#include "store/tokens.h"

#include "base/crypto.h"
#include "core/job.h"
#include "store/statement.h"

#include <stdio.h>
#include <string.h>

#define TOKEN_START "ect_"
#define TOKEN_BYTES 32
#define PREFIX_LEN 8
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

static void make_token(char ret[TOKEN_TEXT_SIZE])
{
    uint8_t random[TOKEN_BYTES];
    crypto_random(random, sizeof random);
    memcpy(ret, TOKEN_START, strlen(TOKEN_START));
    crypto_base64url(random, sizeof random, ret + strlen(TOKEN_START));
    mem_wipe(random, sizeof random);
}

int tokens_create(struct store *s, const char *name, enum scope scope, struct wall now, char ret_token[TOKEN_TEXT_SIZE],
                  struct err *e)
{
    uint8_t hash[CRYPTO_SHA256_SIZE];
    char token[TOKEN_TEXT_SIZE], prefix[PREFIX_LEN + 1];
    if (!job_name_valid(name))
        return err_at(
            e, ERR_INVALID, "/name",
            "'%.80s' is not a token's name: expected 1 to 63 characters of a-z, 0-9, '-' and '_', the first a letter "
            "or digit",
            name);
    make_token(token);
    crypto_sha256(token, strlen(token), hash);
    snprintf(prefix, sizeof prefix, "%.*s", PREFIX_LEN, token);
    struct statement q = statement_begin(s, Q_TOKEN_INSERT);
    statement_text(&q, name);
    statement_text(&q, prefix);
    statement_blob(&q, hash, sizeof hash);
    statement_text(&q, scope_name(scope));
    statement_wall(&q, now);
    int result = statement_run(&q, e);
    if (result == 0 && statement_changes(&q) == 0)
        result =
            err_at(e, ERR_CONFLICT, "/name", "there is a token '%s' already: revoke it, or choose another name", name);
    if (result == 0)
        memcpy(ret_token, token, sizeof token);
    mem_wipe(token, sizeof token);
    return result;
}

int tokens_each(struct store *s, void (*each)(void *ctx, const struct token_info *t), void *ctx, struct err *e)
{
    struct statement q = statement_begin(s, Q_TOKEN_EACH);
    int rc;
    while ((rc = statement_row(&q, e)) > 0) {
        struct token_info t = { .name = next_text(&q), .scope = SCOPE_READ };
        t.prefix = next_text(&q);
        scope_parse(next_text(&q), &t.scope);
        t.created_at = next_wall(&q);
        t.last_used_at = next_wall(&q);
        each(ctx, &t);
    }
    return rc;
}

int tokens_revoke(struct store *s, const char *name, struct err *e)
{
    struct statement q = statement_begin(s, Q_TOKEN_DELETE);
    statement_text(&q, name);
    int result = statement_run(&q, e);
    if (result == 0 && statement_changes(&q) == 0)
        result = err_set(e, ERR_NOT_FOUND, "there is no token '%.80s'", name);
    return result;
}

static bool well_formed(const char *token)
{
    static const char BASE64URL[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t start = strlen(TOKEN_START);
    return strlen(token) == TOKEN_TEXT_SIZE - 1 && memcmp(token, TOKEN_START, start) == 0 &&
           strspn(token + start, BASE64URL) == TOKEN_TEXT_SIZE - 1 - start;
}

static int64_t minute_of(struct wall t)
{
    return t.ms - t.ms % MINUTE_MS;
}

static void read_identity(struct statement *q, struct wall now, struct token_identity *ret)
{
    q->column = 0;
    snprintf(ret->name, sizeof ret->name, "%s", next_text(q));
    q->column++; /* hash */
    ret->scope = SCOPE_READ;
    scope_parse(next_text(q), &ret->scope);
    struct wall last_used_at = next_wall(q);
    ret->stale = wall_is_none(last_used_at) || last_used_at.ms < minute_of(now);
}

/* All rows of the prefix are compared, match or not: the time taken says nothing of a hash. */
static int find(struct store *s, const char *token, struct wall now, bool *found, struct token_identity *ret,
                struct err *e)
{
    uint8_t hash[CRYPTO_SHA256_SIZE];
    char prefix[PREFIX_LEN + 1];
    int rc;
    snprintf(prefix, sizeof prefix, "%.*s", PREFIX_LEN, token);
    crypto_sha256(token, strlen(token), hash);
    struct statement q = statement_begin(s, Q_TOKEN_BY_PREFIX);
    statement_text(&q, prefix);
    while ((rc = statement_row(&q, e)) > 0) {
        size_t len;
        q.column = 1;
        const void *kept = next_blob(&q, &len);
        if (len != sizeof hash || !crypto_equal(kept, hash, sizeof hash))
            continue;
        *found = true;
        read_identity(&q, now, ret);
    }
    return rc;
}

int tokens_identify(struct store *s, const char *token, struct wall now, struct token_identity *ret, struct err *e)
{
    bool found = false;
    int result = token && well_formed(token) ? find(s, token, now, &found, ret, e) : 0;
    if (result)
        return result;
    return found
               ? 0
               : err_set(e, ERR_UNAUTHENTICATED, "the token is not known: it may have been revoked, or cut in copying");
}

int tokens_touch(struct store *s, const char *name, struct wall now, struct err *e)
{
    struct statement q = statement_begin(s, Q_TOKEN_TOUCH);
    statement_int(&q, minute_of(now));
    statement_text(&q, name);
    return statement_run(&q, e);
}
