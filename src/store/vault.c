/* vault.c - secrets in and out of the vault. Its keys are in vault_key.c, what is told of secrets in secrets.c. */
#include "store/vault.h"

#include "base/json.h"
#include "base/mem.h"
#include "core/job.h"
#include "store/statement.h"
#include "store/vault_key.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SECRET_AAD "edgecron:secret:v1"

void secret_wipe(struct secret *x)
{
    if (x->value)
        mem_wipe(x->value, x->len);
    mem_free(x->value);
    *x = (struct secret){ 0 };
}

void secret_auto_wipe(struct secret *x)
{
    secret_wipe(x);
}

/* "edgecron:secret:v1" NUL name NUL version: a row moved to another name or version does not open. */
static size_t secret_aad(const char *name, int64_t version, char out[128])
{
    int n = snprintf(out, 128, SECRET_AAD "%c%.63s%c%" PRId64, '\0', name, '\0', version);
    return (size_t)n;
}

static int check_value(const char *name, const char *value, size_t len, struct err *e)
{
    if (!secret_name_valid(name))
        return err_at(e, ERR_INVALID, "/name",
                      "'%.80s' is not a secret's name: expected 1 to 63 letters, digits and '_', the first no digit",
                      name);
    if (len < 1 || len > SECRET_VALUE_MAX)
        return err_at(e, ERR_INVALID, "/value", "the value of secret '%s' has %zu bytes: expected 1 to %d", name, len,
                      SECRET_VALUE_MAX);
    if (memchr(value, 0, len))
        return err_at(e, ERR_INVALID, "/value", "the value of secret '%s' holds a NUL byte: give text", name);
    if (!json_utf8_valid(value, len)) /* no JSON could carry it, and what is stored of an answer is made UTF-8 first */
        return err_at(e, ERR_INVALID, "/value",
                      "the value of secret '%s' is not UTF-8: give text, such as base64 of it", name);
    return 0;
}

static int current_version(struct store *s, const char *name, int64_t *ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_SECRET_GET);
    statement_text(&q, name);
    int rc = statement_row(&q, e);
    *ret = rc > 0 ? next_int(&q) : 0;
    statement_end(&q);
    return rc < 0 ? rc : 0;
}

static int put_value(const struct vault *v, struct store *s, const char *name, const char *value, size_t len,
                     int64_t version, struct wall now, struct err *e)
{
    char aad[128];
    size_t aad_len = secret_aad(name, version, aad);
    mem_auto uint8_t *sealed = mem_alloc(len + CRYPTO_SEAL_OVERHEAD);
    int result = crypto_seal(v->data_key, aad, aad_len, value, len, sealed, e);
    if (result)
        return result;
    struct statement q = statement_begin(s, Q_SECRET_PUT);
    statement_text(&q, name);
    statement_int(&q, version);
    statement_blob(&q, sealed, len + CRYPTO_SEAL_OVERHEAD);
    statement_wall(&q, now);
    return statement_run(&q, e);
}

int vault_set(struct vault *v, struct store *s, const char *name, const char *value, size_t len, struct wall now,
              int64_t *ret_version, struct err *e)
{
    bool own;
    int64_t version = 0;
    int result = check_value(name, value, len, e);
    if (result == 0)
        result = store_enter(s, &own, e);
    if (result)
        return result;
    result = current_version(s, name, &version, e);
    if (result == 0)
        result = put_value(v, s, name, value, len, version + 1, now, e);
    result = store_leave(s, own, result, e);
    if (result == 0 && ret_version)
        *ret_version = version + 1;
    return result;
}

/* From the columns version and value of a row. */
static int open_row(const struct vault *v, struct statement *q, const char *name, struct secret *ret, struct err *e)
{
    char aad[128];
    size_t sealed_len;
    int64_t version = next_int(q);
    const uint8_t *sealed = next_blob(q, &sealed_len);
    if (sealed_len > CRYPTO_SEAL_OVERHEAD && sealed_len <= SECRET_VALUE_MAX + CRYPTO_SEAL_OVERHEAD) {
        size_t len = sealed_len - CRYPTO_SEAL_OVERHEAD;
        char *plain = mem_alloc(len + 1);
        if (crypto_open(v->data_key, aad, secret_aad(name, version, aad), sealed, sealed_len, plain, NULL) == 0) {
            *ret = (struct secret){ plain, len, version };
            return 0;
        }
        mem_free(plain);
    }
    return err_set(e, ERR_SEALED, "secret '%s' was altered or damaged in the store and cannot be read: set it again",
                   name);
}

int vault_get(const struct vault *v, struct store *s, const char *name, struct secret *ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_SECRET_GET);
    statement_text(&q, name);
    int rc = statement_row(&q, e);
    if (rc < 0)
        return rc;
    if (rc == 0)
        return err_set(e, ERR_NOT_FOUND, "secret '%s' is not set", name);
    rc = open_row(v, &q, name, ret, e);
    statement_end(&q);
    return rc;
}

int vault_each(const struct vault *v, struct store *s,
               void (*each)(void *ctx, const char *name, const struct secret *x, const struct err *why), void *ctx,
               struct err *e)
{
    struct statement q = statement_begin(s, Q_SECRET_EACH);
    int rc;
    while ((rc = statement_row(&q, e)) > 0) {
        secret_auto struct secret x = { 0 };
        struct err why = { 0 };
        const char *name = next_text(&q);
        if (open_row(v, &q, name, &x, &why) == 0)
            each(ctx, name, &x, NULL);
        else
            each(ctx, name, NULL, &why);
    }
    return rc;
}
