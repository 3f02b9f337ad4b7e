/* resource_secrets_write.c - secrets set, made, rotated, bound and removed. No value is in a message, a log or the audit. */
#include "api/resource.h"

#include "api/transaction.h"
#include "api/view.h"
#include "api/warning.h"
#include "base/guarded.h"
#include "core/keygen.h"
#include "core/strength.h"
#include "store/vault.h"

#include <string.h>

#define TARGETS_MAX 100
#define ROTATE_MAX_S (3650LL * 86400)
#define OVERLAP_S 86400
#define OVERLAP_MAX_S (90LL * 86400)

/* What a request says; strings are in its arena, the value is in its JSON or in `made`. */
struct secret_write {
    const char *name;
    const char *value; /* NULL: not given */
    size_t len;
    char *made; /* the value when it was made here; guarded */
    bool generate;
    struct keygen keygen;
    const char *targets[TARGETS_MAX];
    int n_targets;                     /* -1: not given */
    int64_t rotate_every_s, overlap_s; /* -1: not given */
    struct vault *vault;               /* NULL: no value is written */
    enum { SECRET_PUT, SECRET_GENERATE, SECRET_ROTATE, SECRET_PATCH } kind;
    int64_t before; /* version; 0: there was none */
};

/* --- the body ------------------------------------------------------------------------------------------------------ */

static int read_targets(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    struct secret_write *x = into;
    (void)f;
    x->n_targets = 0;
    if (json_type(v) == JSON_NULL)
        return 0;
    int rc = field_array(r, v, 0, TARGETS_MAX, "names of targets");
    for (const struct json *c = rc ? NULL : json_first(v); c; c = json_next(c)) {
        size_t mark = field_enter_index(r, (size_t)x->n_targets);
        if (!job_name_valid(json_string(c)))
            return field_wrong(r, c, "the name of a target");
        x->targets[x->n_targets++] = arena_strdup(r->arena, json_string(c));
        field_leave(r, mark);
    }
    return rc;
}

/* Seconds; null: never. */
static int read_rotate_every(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    struct secret_write *x = into;
    int64_t n = 0;
    if (json_type(v) != JSON_NULL && (!json_integer(v, &n) || n < f->min || n > f->max))
        return field_wrong(r, v, "seconds from %lld to %lld, or null for never", (long long)f->min, (long long)f->max);
    x->rotate_every_s = n;
    return 0;
}

static const char *const FORMATS[] = { "base64", "base64url", "hex", "alphanumeric", NULL };

#define KEYGEN_FIELDS(at)                                                                                    \
    { "format", field_choice, .offset = (at) + offsetof(struct keygen, format), .choices = FORMATS },        \
        { "alphabet", field_text, .offset = (at) + offsetof(struct keygen, alphabet), .min = 1, .max = 94 }, \
        { "bytes", field_int, .offset = (at) + offsetof(struct keygen, bytes), .min = KEYGEN_BYTES_MIN,      \
          .max = KEYGEN_BYTES_MAX },                                                                         \
    {                                                                                                        \
        "length", field_int, .offset = (at) + offsetof(struct keygen, length), .min = KEYGEN_LENGTH_MIN,     \
                             .max = KEYGEN_LENGTH_MAX                                                        \
    }

static const struct field generate_fields[] = { KEYGEN_FIELDS(0), { .name = NULL } };

static int read_generate(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    struct secret_write *x = into;
    const struct field whole = { f->name, field_object, .fields = generate_fields };
    x->generate = true;
    return field_object(r, &whole, v, &x->keygen);
}

#define TARGETS                              \
    {                                        \
        "targets", read_targets, .offset = 0 \
    }
#define ROTATE_EVERY                                                                    \
    {                                                                                   \
        "rotate_every_s", read_rotate_every, .offset = 0, .min = 1, .max = ROTATE_MAX_S \
    }
static const struct field put_fields[] = {
    { "value", field_secret, .offset = offsetof(struct secret_write, value), .required = "the secret itself" },
    TARGETS,
    ROTATE_EVERY,
    { .name = NULL },
};
static const struct field patch_fields[] = { TARGETS, ROTATE_EVERY, { .name = NULL } };
static const struct field new_fields[] = {
    KEYGEN_FIELDS(offsetof(struct secret_write, keygen)),
    TARGETS,
    ROTATE_EVERY,
    { .name = NULL },
};
static const struct field rotate_fields[] = {
    { "value", field_secret, .offset = offsetof(struct secret_write, value) },
    { "generate", read_generate, .offset = 0 },
    { "overlap_s", field_int64, .offset = offsetof(struct secret_write, overlap_s), .min = 0, .max = OVERLAP_MAX_S },
    { .name = NULL },
};

/* --- what is done ---------------------------------------------------------------------------------------------------- */

static int make_value(struct secret_write *x, struct err *e)
{
    int rc = keygen_check(&x->keygen, false, e);
    if (rc)
        return x->kind == SECRET_ROTATE ? err_under(e, "/generate") : rc;
    x->made = guarded_alloc(KEYGEN_SIZE);
    x->len = keygen_make(&x->keygen, crypto_random, x->made);
    x->value = x->made;
    return 0;
}

static int put_value(struct secret_write *x, struct store *s, const struct request *q, struct err *e)
{
    int64_t version;
    if (x->kind == SECRET_GENERATE && x->before)
        return err_set(e, ERR_CONFLICT, "there is a secret '%s' already: rotate it to give it another value", x->name);
    if (x->kind == SECRET_ROTATE && !x->before)
        return err_set(e, ERR_NOT_FOUND, "there is no secret '%s': PUT makes it", x->name);
    if (x->kind == SECRET_ROTATE)
        return vault_rotate(x->vault, s, x->name, x->value, x->len, x->overlap_s * 1000, q->now, &version, e);
    return vault_set(x->vault, s, x->name, x->value, x->len, q->now, &version, e);
}

static int put_fields_of(const struct secret_write *x, struct store *s, const struct request *q, struct err *e)
{
    int64_t now;
    int rc = secrets_find(s, x->name, &now, e);
    if (rc)
        return rc;
    if (!now)
        return err_set(e, ERR_NOT_FOUND, "there is no secret '%s': PUT makes it", x->name);
    if (x->rotate_every_s >= 0)
        rc = secrets_set_rotation(s, x->name, x->rotate_every_s, e);
    if (!rc && x->n_targets >= 0)
        rc = secrets_bind(s, x->name, x->targets, x->n_targets, e);
    if (!rc && x->made)
        rc = audit_add(s, &(struct audit_entry){ AUDIT_SECRET_REVEAL, x->name, .at = q->now }, e);
    return rc;
}

static int answer(const struct secret_write *x, struct store *s, struct request *q, struct reply *p, struct err *e)
{
    struct secret_info *info;
    int n, rc = secrets_list(s, x->name, q->now, q->arena, &info, &n, e);
    if (rc)
        return rc;
    if (n == 0)
        return err_set(e, ERR_NOT_FOUND, "there is no secret '%s'", x->name);
    bool created = !x->before;
    struct json *v = view_secret(info, q->now), *warnings = json_add_array(v, "warnings");
    if (x->value)
        warning_add_value(warnings, x->name, x->value, x->len);
    if (created)
        reply_field(p, "Location", arena_printf(q->arena, ROUTE_PREFIX "secrets/%s", x->name));
    if (x->made)
        reply_json_secret(p, created ? 201 : 200, v, "value", x->made, x->len);
    else
        reply_json(p, created ? 201 : 200, v);
    return 0;
}

static int exec_write(struct store *s, struct request *q, struct reply *p, void *ctx, struct err *e)
{
    struct secret_write *x = ctx;
    int rc = secrets_find(s, x->name, &x->before, e);
    if (!rc && x->vault)
        rc = put_value(x, s, q, e);
    if (!rc)
        rc = put_fields_of(x, s, q, e);
    return rc ? rc : answer(x, s, q, p, e);
}

/* What can be told before the writer is asked. */
static int prepare(struct secret_write *x, struct request *q, struct err *e)
{
    int rc = 0;
    if (!secret_name_valid(x->name))
        return err_at(e, ERR_INVALID, "/name",
                      "'%.80s' is no name for a secret: letters, digits and '_', not a digit first, at most %d",
                      x->name, SECRET_NAME_MAX);
    if (x->kind == SECRET_ROTATE && !x->value == !x->generate)
        return err_set(e, ERR_INVALID, "give either 'value' or 'generate', which makes one");
    if (x->kind == SECRET_GENERATE || x->generate)
        rc = make_value(x, e);
    if (!rc && x->value)
        rc = strength_refuse(x->name, x->len, e);
    if (rc || x->kind == SECRET_PATCH)
        return rc;
    if (!q->service->engine)
        return err_set(e, ERR_UNAVAILABLE, "this listener takes no changes");
    return engine_vault(q->service->engine, &x->vault, e);
}

static int write_secret(struct request *q, struct reply *p, struct secret_write *x, const struct field *fields,
                        struct err *e)
{
    struct json *body;
    x->name = q->captures[0];
    x->n_targets = -1;
    x->rotate_every_s = -1;
    x->overlap_s = OVERLAP_S;
    int rc = request_json(q, &body, e);
    if (!rc)
        rc = request_read(q, body, fields, x, e);
    if (!rc && x->value)
        x->len = strlen(x->value);
    if (!rc)
        rc = prepare(x, q, e);
    if (!rc)
        rc = transaction_do(q, p, exec_write, x, e);
    vault_close(x->vault);
    guarded_free(x->made);
    json_wipe(body);
    return rc;
}

int api_secrets_put(struct request *q, struct reply *p, struct err *e)
{
    return write_secret(q, p, &(struct secret_write){ .kind = SECRET_PUT }, put_fields, e);
}

int api_secrets_patch(struct request *q, struct reply *p, struct err *e)
{
    return write_secret(q, p, &(struct secret_write){ .kind = SECRET_PATCH }, patch_fields, e);
}

int api_secrets_generate(struct request *q, struct reply *p, struct err *e)
{
    return write_secret(q, p, &(struct secret_write){ .kind = SECRET_GENERATE }, new_fields, e);
}

int api_secrets_rotate(struct request *q, struct reply *p, struct err *e)
{
    return write_secret(q, p, &(struct secret_write){ .kind = SECRET_ROTATE }, rotate_fields, e);
}

static int exec_remove(struct store *s, struct request *q, struct reply *p, void *ctx, struct err *e)
{
    (void)ctx;
    int rc = secrets_remove(s, q->captures[0], e);
    if (!rc)
        p->status = 204;
    return rc;
}

int api_secrets_remove(struct request *q, struct reply *p, struct err *e)
{
    return transaction_do(q, p, exec_remove, NULL, e);
}
