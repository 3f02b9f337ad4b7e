#include "store/rekey.h"

#include "base/crash.h"
#include "base/mem.h"
#include "store/audit.h"
#include "store/master_key.h"
#include "store/statement.h"
#include "store/vault.h"
#include "store/vault_key.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int record(struct store *s, enum audit_action action, const char *detail, struct wall now, struct err *e)
{
    return audit_add(s, &(struct audit_entry){ .action = action, .detail = detail, .at = now }, e);
}

/* --- rekey ------------------------------------------------------------------------------------------------------- */

static int open_old(struct vault *v, struct store *s, const char *key_file, const uint8_t key[CRYPTO_KEY_SIZE],
                    struct err *e)
{
    uint8_t old[CRYPTO_KEY_SIZE];
    int result = vault_key_open(v, s, key_file, true, old, e);
    if (result == 0 && crypto_equal(old, key, sizeof old))
        result =
            err_set(e, ERR_CONFLICT, "the key given is the master key in use: give another, or none for a random one");
    mem_wipe(old, sizeof old);
    return result;
}

/* v gets a new data key. */
static int renew_data_key(struct vault *v, struct store *s, struct rekey *how, struct err *e)
{
    struct vault fresh = { .number = v->number + 1 };
    crypto_random(fresh.data_key, sizeof fresh.data_key);
    int result = vault_reseal(v, &fresh, s, &how->resealed, e);
    *v = fresh;
    mem_wipe(&fresh, sizeof fresh);
    return result;
}

static int record_change(struct store *s, const struct rekey *how, struct wall now, struct err *e)
{
    char detail[120];
    snprintf(detail, sizeof detail, "{\"key_file\":\"%s\",\"data_key\":%s,\"resealed\":%d}",
             how->replaced ? "replaced" : "kept elsewhere", how->data_key ? "true" : "false", how->resealed);
    return record(s, AUDIT_VAULT_REKEY, detail, now, e);
}

static int change(struct vault *v, struct store *s, const char *key_file, const uint8_t key[CRYPTO_KEY_SIZE],
                  struct rekey *how, struct wall now, struct err *e)
{
    int result = open_old(v, s, key_file, key, e);
    mem_auto char *next = master_key_next(key_file);
    if (result == 0 && how->replaced && access(next, F_OK) == 0)
        result = err_set(e, ERR_CONFLICT,
                         "another change of the master key was under way a moment ago ('%s'): do it again", next);
    if (result)
        return result; /* that file is another's */
    if (how->replaced)
        result = master_key_stage(key_file, key, e);
    if (result)
        return result;
    if (how->data_key)
        result = renew_data_key(v, s, how, e);
    if (result == 0)
        result = vault_key_put(v, s, key, e);
    crash_here(CRASH_IN_REKEY);
    if (result == 0)
        result = record_change(s, how, now, e);
    if (result && how->replaced)
        master_key_unstage(key_file);
    return result;
}

/* Does the file itself hold the key by now? */
static int check_file(struct store *s, const char *key_file, struct err *e)
{
    uint8_t master[CRYPTO_KEY_SIZE];
    struct vault v = { 0 };
    int result = master_key_read(key_file, master, e);
    if (result == 0 && vault_key_try(&v, s, master, NULL) != 1)
        result = err_set(e, ERR_IO, "'%s' still holds the old one", key_file);
    mem_wipe(master, sizeof master);
    mem_wipe(&v, sizeof v);
    return result;
}

static bool next_fits(struct store *s, const char *key_file)
{
    uint8_t master[CRYPTO_KEY_SIZE];
    struct vault v = { 0 };
    mem_auto char *next = master_key_next(key_file);
    bool fits = master_key_read(next, master, NULL) == 0 && vault_key_try(&v, s, master, NULL) == 1;
    mem_wipe(master, sizeof master);
    mem_wipe(&v, sizeof v);
    return fits;
}

/* In a transaction, as another process may be changing the key again, or have put the files straight already. */
static int settle(struct store *s, const char *key_file, struct err *e)
{
    int result = store_begin(s, e);
    if (result)
        return result;
    if (next_fits(s, key_file))
        result = master_key_settle(key_file, e);
    if (result == 0)
        result = check_file(s, key_file, e);
    store_rollback(s);
    return result;
}

static int change_all(struct store *s, const char *key_file, const uint8_t key[CRYPTO_KEY_SIZE], struct rekey *how,
                      struct wall now, struct err *e)
{
    struct vault v = { 0 };
    int result = store_begin(s, e);
    if (result)
        return result;
    result = change(&v, s, key_file, key, how, now, e);
    mem_wipe(&v, sizeof v);
    if (result)
        store_rollback(s);
    else
        result = store_commit(s, e); /* should it fail, the next one who opens the store knows what came of it */
    return result;
}

static int refuse_in_place(const struct store *s, const char *key_file, const struct err *why, struct err *e)
{
    return err_set(e, ERR_CONFLICT,
                   "%.200s; do this: 1. openssl rand -hex 32 > new.key  2. edgecron rekey --data '%s' --new-key-file "
                   "new.key  3. put new.key where '%s' comes from, before the next start",
                   why->text, s->dir, key_file);
}

int vault_rekey(struct store *s, const char *key_file, struct rekey *how, struct wall now, struct err *e)
{
    uint8_t key[CRYPTO_KEY_SIZE];
    struct err why = { 0 };
    how->replaced = master_key_replaceable(key_file, &why) == 0;
    if (!how->replaced && !how->key)
        return refuse_in_place(s, key_file, &why, e);
    if (how->key)
        memcpy(key, how->key, sizeof key);
    else
        crypto_random(key, sizeof key);
    int result = vault_key_clear(s, key_file, e);
    if (result == 0)
        result = change_all(s, key_file, key, how, now, e);
    mem_wipe(key, sizeof key);
    crash_here(CRASH_BEFORE_SETTLE);
    if (result || !how->replaced || settle(s, key_file, e) == 0)
        return result;
    mem_auto char *next = master_key_next(key_file);
    return err_wrap(e, "the master key is changed, and is in '%s'; move that file over the old one by hand", next);
}

bool vault_key_decode(const char *data, size_t len, uint8_t ret[CRYPTO_KEY_SIZE])
{
    return master_key_decode(data, len, ret);
}

/* --- unseal ------------------------------------------------------------------------------------------------------ */

/* Does the key file open the store by itself? */
static bool opens(struct store *s, const char *key_file)
{
    uint8_t master[CRYPTO_KEY_SIZE];
    struct vault v = { 0 };
    bool fits = vault_key_open(&v, s, key_file, false, master, NULL) == 0;
    mem_wipe(master, sizeof master);
    mem_wipe(&v, sizeof v);
    return fits;
}

static int put_in_place(struct store *s, const char *key_file, const uint8_t key[CRYPTO_KEY_SIZE], struct wall now,
                        struct unsealed *ret, struct err *e)
{
    ret->had = opens(s, key_file);
    if (ret->had)
        return 0;
    int result = record(s, AUDIT_VAULT_UNSEAL, "{\"key\":\"put in place\"}", now, e);
    return result ? result : master_key_restore(key_file, key, s->dir, now, &ret->kept, e);
}

/* Tells the key from a wrong one; a wrong one is recorded, and that is kept. */
static int check(struct store *s, const uint8_t key[CRYPTO_KEY_SIZE], struct wall now, bool *ret_wrong, struct err *e)
{
    struct vault *v;
    int result = vault_open_with(&v, s, key, e);
    *ret_wrong = result == -(int)ERR_SEALED;
    if (result == 0)
        vault_close(v);
    if (!*ret_wrong)
        return result;
    return record(s, AUDIT_VAULT_UNSEAL_FAILED, NULL, now, e);
}

int vault_unseal(struct store *s, const char *key_file, const uint8_t key[CRYPTO_KEY_SIZE], struct wall now,
                 struct unsealed *ret, struct err *e)
{
    bool wrong;
    *ret = (struct unsealed){ 0 };
    int result = store_begin(s, e);
    if (result)
        return result;
    result = check(s, key, now, &wrong, e);
    if (result == 0 && !wrong)
        result = put_in_place(s, key_file, key, now, ret, e);
    if (result)
        store_rollback(s);
    else
        result = store_commit(s, e);
    if (result == 0 && wrong)
        result = err_set(e, ERR_SEALED, "the key given is not the master key of this store: nothing is changed");
    return result;
}
