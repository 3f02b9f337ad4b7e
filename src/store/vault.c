/* vault.c - opening the vault, and secrets in and out of it. Their metadata is in secrets.c. */
#include "store/vault.h"

#include "base/json.h"
#include "base/mem.h"
#include "core/job.h"
#include "store/master_key.h"
#include "store/statement.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DATA_KEY_AAD "edgecron:data-key:v1"
#define SECRET_AAD "edgecron:secret:v1"

struct vault {
    uint8_t data_key[CRYPTO_KEY_SIZE];
};

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

/* 1: wrapped[0..len) is filled; 0: the store has no data key yet. */
static int load_wrapped(struct store *s, uint8_t wrapped[CRYPTO_KEY_SIZE + CRYPTO_SEAL_OVERHEAD], struct err *e)
{
    size_t len;
    struct statement q = statement_begin(s, Q_VAULT_KEY_GET);
    int rc = statement_row(&q, e);
    if (rc <= 0)
        return rc;
    const void *data = next_blob(&q, &len);
    if (len != CRYPTO_KEY_SIZE + CRYPTO_SEAL_OVERHEAD)
        rc = err_set(e, ERR_STORE, "the data key in '%s/" STORE_FILE "' is damaged: restore a backup", s->dir);
    else
        memcpy(wrapped, data, len);
    statement_end(&q);
    return rc;
}

static int any_secrets(struct store *s, bool *ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_SECRET_ANY);
    int rc = statement_row(&q, e);
    statement_end(&q);
    *ret = rc > 0;
    return rc < 0 ? rc : 0;
}

static int unwrap(struct vault *v, const uint8_t master[CRYPTO_KEY_SIZE],
                  const uint8_t wrapped[CRYPTO_KEY_SIZE + CRYPTO_SEAL_OVERHEAD], const char *key_file, struct err *e)
{
    if (crypto_open(master, DATA_KEY_AAD, strlen(DATA_KEY_AAD), wrapped, CRYPTO_KEY_SIZE + CRYPTO_SEAL_OVERHEAD,
                    v->data_key, NULL) == 0)
        return 0;
    return err_set(e, ERR_SEALED, "the key in '%s' is not the master key of this store: put the right one there",
                   key_file);
}

static int make_data_key(struct vault *v, struct store *s, const uint8_t master[CRYPTO_KEY_SIZE], struct err *e)
{
    uint8_t wrapped[CRYPTO_KEY_SIZE + CRYPTO_SEAL_OVERHEAD];
    crypto_random(v->data_key, sizeof v->data_key);
    int result = crypto_seal(master, DATA_KEY_AAD, strlen(DATA_KEY_AAD), v->data_key, sizeof v->data_key, wrapped, e);
    if (result)
        return result;
    struct statement q = statement_begin(s, Q_VAULT_KEY_PUT);
    statement_blob(&q, wrapped, sizeof wrapped);
    return statement_run(&q, e);
}

/* No key file. A store whose secrets are under a key that is gone must not get another: they could never be read
 * again, and nobody would know why. */
static int create_keys(struct vault *v, struct store *s, const char *key_file, bool create,
                       uint8_t master[CRYPTO_KEY_SIZE], struct err *e)
{
    bool secrets;
    int result = any_secrets(s, &secrets, e);
    if (result)
        return result;
    if (secrets)
        return err_set(
            e, ERR_NOT_FOUND,
            "the master key file '%s' is missing, and the secrets in '%s' cannot be read without it: put it back "
            "(a new one cannot open them)",
            key_file, s->dir);
    if (!create || s->mode != STORE_WRITE)
        return err_set(e, ERR_NOT_FOUND, "there is no master key file '%s' yet", key_file);
    result = master_key_create(key_file, master, e);
    return result ? result : make_data_key(v, s, master, e);
}

static int open_keys(struct vault *v, struct store *s, const char *key_file, bool create,
                     uint8_t master[CRYPTO_KEY_SIZE], struct err *e)
{
    struct err own = { 0 };
    uint8_t wrapped[CRYPTO_KEY_SIZE + CRYPTO_SEAL_OVERHEAD];
    int result = master_key_read(key_file, master, &own);
    if (result == -(int)ERR_NOT_FOUND)
        return create_keys(v, s, key_file, create, master, e);
    if (result) {
        if (e)
            *e = own;
        return result;
    }
    int have = load_wrapped(s, wrapped, e);
    if (have < 0)
        return have;
    if (have)
        return unwrap(v, master, wrapped, key_file, e);
    if (s->mode != STORE_WRITE)
        return err_set(e, ERR_NOT_FOUND, "the store in '%s' has no data key yet: no secret was ever set", s->dir);
    return make_data_key(v, s, master, e);
}

/* In one transaction with a writing store, so that two processes that start together agree on the keys. */
int vault_open(struct vault **ret, struct store *s, const char *key_file, bool create, struct err *e)
{
    bool own;
    uint8_t master[CRYPTO_KEY_SIZE];
    int result = store_enter(s, &own, e);
    if (result)
        return result;
    struct vault *v = mem_alloc(sizeof *v);
    result = store_leave(s, own, open_keys(v, s, key_file, create, master, e), e);
    mem_wipe(master, sizeof master);
    if (result)
        vault_close(v);
    else
        *ret = v;
    return result;
}

void vault_close(struct vault *v)
{
    if (!v)
        return;
    mem_wipe(v, sizeof *v);
    mem_free(v);
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
