/* vault_key.c - opening the vault: the master key unwraps the data key.
 *
 * A change of the master key (rekey.c) may have died half way. What is then found:
 *
 *   PATH   PATH.next
 *   fits   -           nothing under way
 *   fits   there       the store was not told: PATH.next is removed, after a commit (vault_key_clear)
 *   not    fits        the store was told: PATH.next becomes PATH
 *   not    not         neither is touched; sealed */
#include "store/vault_key.h"

#include "base/log.h"
#include "base/guarded.h"
#include "base/mem.h"
#include "store/master_key.h"
#include "store/statement.h"
#include "store/vault.h"

#include <string.h>
#include <unistd.h>

#define DATA_KEY_AAD "edgecron:data-key:v1"
#define WRAPPED_SIZE (CRYPTO_KEY_SIZE + CRYPTO_SEAL_OVERHEAD)

/* 1: wrapped[0..len) is filled; 0: the store has no data key yet. */
static int load_wrapped(struct store *s, uint8_t wrapped[WRAPPED_SIZE], int64_t *ret_number, struct err *e)
{
    size_t len;
    struct statement q = statement_begin(s, Q_VAULT_KEY_GET);
    int rc = statement_row(&q, e);
    if (rc <= 0)
        return rc;
    const void *data = next_blob(&q, &len);
    *ret_number = next_int(&q);
    if (len != WRAPPED_SIZE)
        rc = err_set(e, ERR_STORE, "the data key in '%s/" STORE_FILE "' is damaged: restore a backup", s->dir);
    else
        memcpy(wrapped, data, len);
    statement_end(&q);
    return rc;
}

int vault_key_try(struct vault *v, struct store *s, const uint8_t master[CRYPTO_KEY_SIZE], struct err *e)
{
    uint8_t wrapped[WRAPPED_SIZE];
    int rc = load_wrapped(s, wrapped, &v->number, e);
    if (rc <= 0)
        return rc;
    rc = crypto_open(master, DATA_KEY_AAD, strlen(DATA_KEY_AAD), wrapped, sizeof wrapped, v->data_key, NULL);
    return rc ? -(int)ERR_SEALED : 1;
}

int vault_key_put(const struct vault *v, struct store *s, const uint8_t master[CRYPTO_KEY_SIZE], struct err *e)
{
    uint8_t wrapped[WRAPPED_SIZE];
    int result = crypto_seal(master, DATA_KEY_AAD, strlen(DATA_KEY_AAD), v->data_key, sizeof v->data_key, wrapped, e);
    if (result)
        return result;
    struct statement q = statement_begin(s, Q_VAULT_KEY_PUT);
    statement_blob(&q, wrapped, sizeof wrapped);
    statement_int(&q, v->number);
    return statement_run(&q, e);
}

int64_t vault_number(const struct vault *v)
{
    return v->number;
}

int vault_number_kept(struct store *s, int64_t *ret, struct err *e)
{
    uint8_t wrapped[WRAPPED_SIZE];
    *ret = 0;
    int rc = load_wrapped(s, wrapped, ret, e);
    return rc < 0 ? rc : 0;
}

int vault_key_current(const struct vault *v, struct store *s, struct err *e)
{
    int64_t number;
    int result = vault_number_kept(s, &number, e);
    if (result == 0 && number != v->number)
        result = err_set(e, ERR_CONFLICT, "the keys of this store were changed meanwhile: do it again");
    return result;
}

static int any_secrets(struct store *s, bool *ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_SECRET_ANY);
    int rc = statement_row(&q, e);
    statement_end(&q);
    *ret = rc > 0;
    return rc < 0 ? rc : 0;
}

static int make_data_key(struct vault *v, struct store *s, const uint8_t master[CRYPTO_KEY_SIZE], struct err *e)
{
    int result = vault_number_kept(s, &v->number, e);
    if (result)
        return result;
    v->number++;
    crypto_random(v->data_key, sizeof v->data_key);
    return vault_key_put(v, s, master, e);
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
        return err_set(e, ERR_SEALED,
                       "the master key file '%s' is missing, and the secrets in '%s' cannot be read without it: put it "
                       "back, or give the key to 'edgecron unseal' (a new one cannot open them)",
                       key_file, s->dir);
    if (!create || s->mode != STORE_WRITE)
        return err_set(e, ERR_NOT_FOUND, "there is no master key file '%s' yet", key_file);
    result = master_key_create(key_file, master, e);
    return result ? result : make_data_key(v, s, master, e);
}

/* A change of the key that was not finished: the store was told already. 1: opened with the new one. A file that cannot
 * be renamed is no reason not to open. */
static int open_next(struct vault *v, struct store *s, const char *key_file, uint8_t master[CRYPTO_KEY_SIZE])
{
    struct err why = { 0 };
    mem_auto char *next = master_key_next(key_file);
    if (master_key_read(next, master, NULL) || vault_key_try(v, s, master, NULL) != 1)
        return 0;
    if (s->mode != STORE_WRITE)
        return 1;
    if (master_key_settle(key_file, &why))
        log_warn("the new master key is in use, but its file cannot take the place of the old one", L_STR("file", next),
                 L_STR("error", why.text));
    else
        log_info("a change of the master key that was not finished is finished now", L_STR("file", key_file));
    return 1;
}

/* What PATH.next holds, while the store is told of PATH. With the write lock. */
struct staged {
    bool there, whole;
    uint8_t key[CRYPTO_KEY_SIZE];
};

/* `put`: and tells the store of PATH once more. */
static int look_at_staged(struct store *s, const char *key_file, bool put, struct staged *ret, struct err *e)
{
    struct vault v = { 0 };
    uint8_t master[CRYPTO_KEY_SIZE];
    mem_auto char *next = master_key_next(key_file);
    *ret = (struct staged){ 0 };
    bool fits = master_key_read(key_file, master, NULL) == 0 && vault_key_try(&v, s, master, NULL) == 1;
    ret->there = fits && access(next, F_OK) == 0;
    ret->whole = ret->there && master_key_read(next, ret->key, NULL) == 0;
    int result = ret->there && put ? vault_key_put(&v, s, master, e) : 0;
    mem_wipe(&v, sizeof v);
    mem_wipe(master, sizeof master);
    return result;
}

/* A process that dies in its commit may leave it in the WAL whole, and unknown to those who have the store open; should they all die, the
 * next one finds it: the store is told after all. A commit of our own takes its place, so that what nobody was told of stays so;
 * then the file can go, if it is the same still, or no whole one. */
int vault_key_clear(struct store *s, const char *key_file, struct err *e)
{
    struct staged before, now;
    mem_auto char *next = master_key_next(key_file);
    if (s->mode != STORE_WRITE || access(next, F_OK))
        return 0;
    int result = store_begin(s, e);
    if (result == 0)
        result = store_leave(s, true, look_at_staged(s, key_file, true, &before, e), e);
    if (result || !before.there)
        return result;
    result = store_begin(s, e);
    if (result == 0)
        result = look_at_staged(s, key_file, false, &now, e);
    if (result == 0 && now.there && now.whole == before.whole && crypto_equal(now.key, before.key, sizeof now.key)) {
        master_key_unstage(key_file);
        log_info("a change of the master key that never took effect is undone", L_STR("file", next));
    }
    store_rollback(s);
    mem_wipe(&before, sizeof before);
    mem_wipe(&now, sizeof now);
    return result;
}

/* With the file's own key. */
static int open_with(struct vault *v, struct store *s, const char *key_file, const uint8_t master[CRYPTO_KEY_SIZE],
                     struct err *e)
{
    int rc = vault_key_try(v, s, master, e);
    if (rc == 1)
        return 0;
    if (rc == -(int)ERR_SEALED)
        return err_set(e, ERR_SEALED,
                       "the key in '%s' is not the master key of this store: put the right one there, or give it to "
                       "'edgecron unseal'",
                       key_file);
    if (rc)
        return rc;
    if (s->mode != STORE_WRITE)
        return err_set(e, ERR_NOT_FOUND, "the store in '%s' has no data key yet: no secret was ever set", s->dir);
    return make_data_key(v, s, master, e);
}

int vault_key_open(struct vault *v, struct store *s, const char *key_file, bool create, uint8_t master[CRYPTO_KEY_SIZE],
                   struct err *e)
{
    struct err own = { 0 };
    int result = master_key_read(key_file, master, &own);
    if (result == 0)
        result = open_with(v, s, key_file, master, &own);
    if (result && (own.code == ERR_SEALED || own.code == ERR_NOT_FOUND) && open_next(v, s, key_file, master) == 1)
        return 0;
    if (result == -(int)ERR_NOT_FOUND && access(key_file, F_OK))
        return create_keys(v, s, key_file, create, master, e);
    if (result && e)
        *e = own;
    return result;
}

/* --- the public side --------------------------------------------------------------------------------------------- */

int vault_open(struct vault **ret, struct store *s, const char *key_file, bool create, struct err *e)
{
    bool own;
    uint8_t master[CRYPTO_KEY_SIZE];
    int result = store_enter(s, &own, e);
    if (result)
        return result;
    struct vault *v = guarded_alloc(sizeof *v);
    result = store_leave(s, own, vault_key_open(v, s, key_file, create, master, e), e);
    mem_wipe(master, sizeof master);
    if (result) {
        vault_close(v);
        return result;
    }
    *ret = v;
    struct err why = { 0 };
    if (own && vault_key_clear(s, key_file, &why))
        log_warn("what is left of a change of the master key stays", L_STR("error", why.text));
    return 0;
}

int vault_open_with(struct vault **ret, struct store *s, const uint8_t key[CRYPTO_KEY_SIZE], struct err *e)
{
    struct vault *v = guarded_alloc(sizeof *v);
    int rc = vault_key_try(v, s, key, e);
    if (rc == 1) {
        *ret = v;
        return 0;
    }
    vault_close(v);
    if (rc == 0)
        return err_set(e, ERR_CONFLICT, "the store in '%s' is not sealed: no secret was ever set", s->dir);
    if (rc == -(int)ERR_SEALED)
        return err_set(e, ERR_SEALED, "the key given is not the master key of this store");
    return rc;
}

struct vault *vault_copy(const struct vault *v)
{
    struct vault *copy = guarded_alloc(sizeof *copy);
    memcpy(copy, v, sizeof *copy);
    return copy;
}

void vault_close(struct vault *v)
{
    guarded_free(v);
}
