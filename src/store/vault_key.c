/* vault_key.c - opening the vault: the master key unwraps the data key. */
#include "store/vault_key.h"

#include "base/mem.h"
#include "store/master_key.h"
#include "store/statement.h"
#include "store/vault.h"

#include <string.h>

#define DATA_KEY_AAD "edgecron:data-key:v1"

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
