#include "store/admin.h"

#include "base/json.h"
#include "store/sessions.h"
#include "store/statement.h"

#include <string.h>

void admin_make(const char *password, size_t len, struct admin_password *ret)
{
    *ret = (struct admin_password){ .rounds = ADMIN_ROUNDS, .updated_at = WALL_NONE };
    crypto_random(ret->salt, sizeof ret->salt);
    crypto_random(ret->device_key, sizeof ret->device_key);
    crypto_pbkdf2(password, len, ret->salt, sizeof ret->salt, ret->rounds, ret->hash);
}

bool admin_fits(const struct admin_password *p, const char *password, size_t len)
{
    uint8_t hash[CRYPTO_SHA256_SIZE];
    crypto_pbkdf2(password, len, p->salt, sizeof p->salt, p->rounds, hash);
    bool fits = crypto_equal(hash, p->hash, sizeof hash);
    mem_wipe(hash, sizeof hash);
    return fits;
}

static bool read_blob(struct statement *q, void *out, size_t size)
{
    size_t len;
    const void *data = next_blob(q, &len);
    if (len != size)
        return false;
    memcpy(out, data, len);
    return true;
}

int admin_get(struct store *s, bool *ret_is_set, struct admin_password *ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_ADMIN_GET);
    int rc = statement_row(&q, e);
    *ret_is_set = rc > 0;
    if (rc <= 0)
        return rc;
    bool whole = read_blob(&q, ret->salt, sizeof ret->salt) && read_blob(&q, ret->hash, sizeof ret->hash);
    ret->rounds = (int)next_int(&q);
    whole = whole && read_blob(&q, ret->device_key, sizeof ret->device_key);
    ret->updated_at = next_wall(&q);
    statement_end(&q);
    return whole ? 0
                 : err_set(e, ERR_STORE, "the password's row is damaged: set it with 'edgecron admin set-password'");
}

int admin_still(struct store *s, const struct admin_password *seen, struct err *e)
{
    struct admin_password p;
    bool is_set;
    int rc = admin_get(s, &is_set, &p, e);
    if (rc)
        return rc;
    bool same =
        is_set && crypto_equal(p.hash, seen->hash, sizeof p.hash) && crypto_equal(p.salt, seen->salt, sizeof p.salt);
    return same ? 0 : err_set(e, ERR_UNAUTHENTICATED, "the password was changed at this moment: use the new one");
}

static int drop_setup(struct store *s, struct err *e)
{
    struct statement q = statement_begin(s, Q_SETUP_DELETE);
    return statement_run(&q, e);
}

static int put(struct store *s, const struct admin_password *p, struct wall now, struct err *e)
{
    struct statement q = statement_begin(s, Q_ADMIN_PUT);
    statement_blob(&q, p->salt, sizeof p->salt);
    statement_blob(&q, p->hash, sizeof p->hash);
    statement_int(&q, p->rounds);
    statement_blob(&q, p->device_key, sizeof p->device_key);
    statement_wall(&q, now);
    return statement_run(&q, e);
}

static int record(struct store *s, const char *by, struct wall now, struct err *e)
{
    json_auto struct json *v = json_new_object();
    json_add_string(v, "by", by);
    mem_auto char *detail = json_print(v);
    return audit_add(s, &(struct audit_entry){ AUDIT_ADMIN_PASSWORD, NULL, detail, now }, e);
}

int admin_set(struct store *s, const struct admin_password *p, const char *keep, const char *by, struct wall now,
              struct err *e)
{
    bool own;
    int rc = store_enter(s, &own, e);
    if (rc)
        return rc;
    rc = put(s, p, now, e);
    if (!rc)
        rc = drop_setup(s, e);
    if (!rc)
        rc = record(s, by, now, e);
    if (!rc)
        rc = sessions_end_others(s, keep, now, NULL, e);
    return store_leave(s, own, rc, e);
}

static int refuse_set(struct store *s, struct err *e)
{
    struct admin_password p;
    bool is_set;
    int rc = admin_get(s, &is_set, &p, e);
    if (!rc && is_set)
        rc = err_set(e, ERR_CONFLICT,
                     "a password is set already: log in with it, or set another with 'edgecron admin "
                     "set-password'");
    return rc;
}

static int replace_setup(struct store *s, const char *token, struct wall now, struct err *e)
{
    struct credential c;
    struct statement q;
    int rc = refuse_set(s, e);
    if (rc)
        return rc;
    credential_take(CREDENTIAL_SETUP, token, &c);
    q = statement_begin(s, Q_SETUP_PUT);
    statement_blob(&q, c.hash, sizeof c.hash);
    statement_int(&q, now.ms + SETUP_VALID_MS);
    rc = statement_run(&q, e);
    return rc ? rc : audit_add(s, &(struct audit_entry){ AUDIT_SETUP_LINK, .at = now }, e);
}

int setup_make(struct store *s, struct wall now, char ret_token[CREDENTIAL_SIZE], struct err *e)
{
    bool own;
    int rc = store_enter(s, &own, e);
    if (rc)
        return rc;
    credential_make(CREDENTIAL_SETUP, ret_token);
    return store_leave(s, own, replace_setup(s, ret_token, now, e), e);
}

int setup_check(struct store *s, const char *token, struct wall now, struct err *e)
{
    struct credential c;
    int rc = refuse_set(s, e);
    if (rc)
        return rc;
    struct statement q = statement_begin(s, Q_SETUP_GET);
    rc = statement_row(&q, e);
    if (rc < 0)
        return rc;
    size_t len = 0;
    const void *kept = rc > 0 ? next_blob(&q, &len) : NULL;
    bool good = kept && credential_take(CREDENTIAL_SETUP, token, &c) && credential_equal(&c, kept, len);
    struct wall end = good ? next_wall(&q) : WALL_NONE;
    statement_end(&q);
    if (!good)
        return err_set(e, ERR_UNAUTHENTICATED,
                       "this is not the set-up link in force: 'edgecron admin setup-link' makes a new one");
    if (end.ms <= now.ms)
        return err_set(e, ERR_UNAUTHENTICATED,
                       "the set-up link was good for 30 minutes: 'edgecron admin setup-link' makes a new one");
    return 0;
}
