#include "api/transaction.h"

#include "base/crash.h"
#include "api/change.h"
#include "store/idempotency.h"

#include <string.h>

#define KEY_FIELD "Idempotency-Key"
#define KEY_MAX 255

struct transaction {
    struct request *q;
    struct reply *p;
    transaction_exec exec;
    void *ctx;
    struct idempotency_key key; /* key NULL: none was sent */
    uint8_t fingerprint[CRYPTO_SHA256_SIZE];
};

/* The value is a string of RFC 8941; without quotes it is taken as it is, as most do. */
static int read_key(struct transaction *t, struct err *e)
{
    const char *value = t->q->header(t->q->ctx, KEY_FIELD);
    if (!value || !(t->q->route->traits & ROUTE_IDEMPOTENT) || request_dry_run(t->q))
        return 0;
    size_t len = strlen(value);
    if (len >= 2 && value[0] == '"' && value[len - 1] == '"') {
        value++;
        len -= 2;
    }
    bool visible = true;
    for (size_t i = 0; i < len; i++)
        visible = visible && value[i] > ' ' && value[i] <= '~';
    if (len < 1 || len > KEY_MAX || !visible)
        return err_set(e, ERR_MALFORMED,
                       "'" KEY_FIELD "' takes 1 to %d visible ASCII characters, such as a UUID made for this request",
                       KEY_MAX);
    t->key.key = arena_strndup(t->q->arena, value, len);
    t->key.asker = arena_printf(t->q->arena, "%d:%s", (int)t->q->identity.kind, t->q->identity.name);
    t->key.path = t->q->path;
    return 0;
}

/* Of a body that holds a secret nothing is kept, not even a hash, which could be tried out. */
static void take_fingerprint(struct transaction *t)
{
    const struct request *q = t->q;
    char body[2 * CRYPTO_SHA256_SIZE + 1] = "";
    if (!(q->route->traits & ROUTE_SECRET))
        crypto_hex(q->body_hash, sizeof q->body_hash, body);
    const char *text =
        arena_printf(q->arena, "%s %s?%s %s", q->method, q->path, q->query_text ? q->query_text : "", body);
    crypto_sha256(text, strlen(text), t->fingerprint);
}

static int replay(struct transaction *t, const struct idempotency_answer *x, struct err *e)
{
    struct reply *p = t->p;
    char at[WALL_TEXT_SIZE];
    if (memcmp(x->fingerprint, t->fingerprint, sizeof x->fingerprint))
        return err_set(e, ERR_INVALID,
                       "this '" KEY_FIELD "' was used with another request at %s: make a new key for each request",
                       wall_format(x->created_at, at));
    if (!x->body)
        return err_set(e, ERR_CONFLICT, "this was done already, at %s; %s", wall_format(x->created_at, at),
                       t->q->route->traits & ROUTE_SECRET ? "the value cannot be shown again"
                                                          : "its answer was too large to be kept");
    buf_str_add(&p->fields, x->fields);
    reply_field(p, "Idempotency-Replayed", "true");
    p->status = x->status;
    p->policy = REPLY_API;
    p->content_type = "application/json";
    p->data = p->text = mem_strdup(x->body);
    p->len = strlen(p->text);
    return 0;
}

static int keep(struct transaction *t, struct store *s, size_t fields_before, struct err *e)
{
    const struct reply *p = t->p;
    bool whole = p->text && p->len <= IDEMPOTENCY_BODY_MAX && !(t->q->route->traits & ROUTE_SECRET);
    struct idempotency_answer x = {
        .status = p->status,
        .fields = buf_str(&p->fields) + fields_before,
        .body = whole ? p->text : NULL,
        .created_at = t->q->now,
    };
    memcpy(x.fingerprint, t->fingerprint, sizeof x.fingerprint);
    return idempotency_keep(s, &t->key, &x, e);
}

static int exec_transaction(struct store *s, void *ctx, struct err *e)
{
    struct transaction *t = ctx;
    struct idempotency_answer *before = NULL;
    size_t fields_before = t->p->fields.len;
    int rc = t->key.key ? idempotency_find(s, &t->key, t->q->now, t->q->arena, &before, e) : 0;
    if (rc)
        return rc;
    if (before)
        return replay(t, before, e);
    rc = t->exec(s, t->q, t->p, t->ctx, e);
    crash_here(CRASH_IN_CHANGE);
    return rc || !t->key.key ? rc : keep(t, s, fields_before, e);
}

int transaction_do(struct request *q, struct reply *p, transaction_exec exec, void *ctx, struct err *e)
{
    struct transaction t = { .q = q, .p = p, .exec = exec, .ctx = ctx };
    size_t fields_before = p->fields.len;
    int rc = read_key(&t, e);
    if (rc)
        return rc;
    if (t.key.key)
        take_fingerprint(&t);
    rc = change_do(q, exec_transaction, &t, e);
    crash_here(CRASH_BEFORE_ANSWER);
    if (rc && rc != -(int)ERR_PRECONDITION && p->fields.len > fields_before) /* told of what is not so */
        p->fields.data[p->fields.len = fields_before] = '\0';
    return rc;
}
