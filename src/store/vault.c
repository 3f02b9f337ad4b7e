/* vault.c - secrets in and out of the vault. Its keys are in vault_key.c, what is told of secrets in secrets.c. */
#include "store/vault.h"

#include "base/crash.h"
#include "base/guarded.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/job.h"
#include "store/audit.h"
#include "store/secret_rows.h"
#include "store/vault_key.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SECRET_AAD "edgecron:secret:v1"

void secret_wipe(struct secret *x)
{
    guarded_free(x->value);
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

/* From the columns version and value of a row. */
static int open_row(const struct vault *v, struct statement *q, const char *name, struct secret *ret, struct err *e)
{
    char aad[128];
    size_t sealed_len;
    int64_t version = next_int(q);
    const uint8_t *sealed = next_blob(q, &sealed_len);
    if (sealed_len > CRYPTO_SEAL_OVERHEAD && sealed_len <= SECRET_VALUE_MAX + CRYPTO_SEAL_OVERHEAD) {
        size_t len = sealed_len - CRYPTO_SEAL_OVERHEAD;
        char *plain = guarded_alloc(len + 1);
        if (crypto_open(v->data_key, aad, secret_aad(name, version, aad), sealed, sealed_len, plain, NULL) == 0) {
            *ret = (struct secret){ plain, len, version };
            return 0;
        }
        guarded_free(plain);
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

/* Values that are deleted or moved leave the file: secure_delete = FAST (store.c) would leave them on free pages.
 * The WAL holds the pages from before until it is written over or the last process closes the store. */
int secret_run(struct statement *q, struct err *e)
{
    sqlite3 *db = q->store->db;
    sqlite3_exec(db, "PRAGMA secure_delete = ON", NULL, NULL, NULL);
    int result = statement_run(q, e);
    sqlite3_exec(db, "PRAGMA secure_delete = FAST", NULL, NULL, NULL);
    return result;
}

static int add_version(const struct vault *v, struct store *s, const char *name, const char *value, size_t len,
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
    statement_wall(&q, now);
    result = statement_run(&q, e);
    if (result)
        return result;
    q = statement_begin(s, Q_SECRET_VERSION_PUT);
    statement_text(&q, name);
    statement_int(&q, version);
    statement_blob(&q, sealed, len + CRYPTO_SEAL_OVERHEAD);
    statement_wall(&q, now);
    return statement_run(&q, e);
}

static int destroy_previous(struct store *s, const char *name, struct err *e)
{
    struct statement q = statement_begin(s, Q_SECRET_VERSION_DESTROY_PREVIOUS);
    statement_text(&q, name);
    return secret_run(&q, e);
}

/* The current version becomes the previous one, until then. */
static int retire(struct store *s, const char *name, struct wall expires_at, struct err *e)
{
    int result = destroy_previous(s, name, e);
    if (result)
        return result;
    struct statement q = statement_begin(s, Q_SECRET_VERSION_RETIRE);
    statement_wall(&q, expires_at);
    statement_text(&q, name);
    return secret_run(&q, e); /* the row moves: where it was nothing is to stay */
}

static int forget_places(struct store *s, const char *name, int64_t before, struct err *e)
{
    struct statement q = statement_begin(s, Q_SECRET_ACCEPTED_FORGET);
    statement_text(&q, name);
    statement_int(&q, before);
    return statement_run(&q, e);
}

/* A value as it is put: new, in place of the one before, or beside it for a while. */
struct change {
    const char *name, *value;
    size_t len;
    bool rotate; /* the secret must be there, and the value another */
    int64_t overlap_ms;
    struct wall now;
};

/* Is it the value that the secret has? *opens: can the present one be read at all? */
static int compare(const struct vault *v, struct store *s, const struct change *c, bool *same, bool *opens,
                   struct err *e)
{
    secret_auto struct secret x = { 0 };
    struct err own = { 0 };
    int result = vault_get(v, s, c->name, &x, &own);
    *opens = result == 0;
    *same = result == 0 && x.len == c->len && crypto_equal(x.value, c->value, c->len);
    if (result == 0 || own.code == ERR_SEALED || own.code == ERR_NOT_FOUND)
        return 0;
    if (e)
        *e = own;
    return result;
}

static int record(struct store *s, const struct change *c, int64_t before, struct err *e)
{
    char detail[80];
    enum audit_action action = before == 0 ? AUDIT_SECRET_CREATE
                               : c->rotate ? AUDIT_SECRET_ROTATE
                                           : AUDIT_SECRET_REPLACE;
    snprintf(detail, sizeof detail, "{\"version\":%" PRId64 ",\"overlap_s\":%" PRId64 "}", before + 1,
             c->overlap_ms / 1000);
    return audit_add(s, &(struct audit_entry){ action, c->name, detail, c->now }, e);
}

static int put_value(const struct vault *v, struct store *s, const struct change *c, int64_t *version, struct err *e)
{
    bool same, opens;
    int current = vault_key_current(v, s, e);
    if (current)
        return current;
    int64_t before;
    int result = secrets_find(s, c->name, &before, e);
    if (result)
        return result;
    *version = before;
    if (c->rotate && before == 0)
        return err_set(e, ERR_NOT_FOUND, "there is no secret '%s': 'edgecron secret set %s' makes it", c->name,
                       c->name);
    result = compare(v, s, c, &same, &opens, e);
    if (result == 0 && same && c->rotate)
        return err_at(e, ERR_CONFLICT, "/value", "secret '%s' has this value already: give it a new one", c->name);
    if (result == 0 && same)
        return destroy_previous(s, c->name, e);
    int64_t overlap_ms = opens ? c->overlap_ms : 0; /* of one that cannot be read nothing is left to overlap */
    if (result == 0 && before)
        result = retire(s, c->name, (struct wall){ c->now.ms + overlap_ms }, e);
    if (result == 0 && overlap_ms == 0)
        result = destroy_previous(s, c->name, e);
    if (result == 0)
        result = forget_places(s, c->name, before, e);
    *version = before + 1;
    if (result == 0)
        result = record(s, c, before, e);
    if (before)
        crash_here(CRASH_IN_ROTATION);
    return result ? result : add_version(v, s, c->name, c->value, c->len, *version, c->now, e);
}

static int put_checked(const struct vault *v, struct store *s, const struct change *c, int64_t *ret_version,
                       struct err *e)
{
    bool own;
    int64_t version = 0;
    int result = check_value(c->name, c->value, c->len, e);
    if (result == 0)
        result = store_enter(s, &own, e);
    if (result)
        return result;
    result = store_leave(s, own, put_value(v, s, c, &version, e), e);
    if (result == 0 && ret_version)
        *ret_version = version;
    return result;
}

int vault_set(struct vault *v, struct store *s, const char *name, const char *value, size_t len, struct wall now,
              int64_t *ret_version, struct err *e)
{
    const struct change c = { .name = name, .value = value, .len = len, .now = now };
    return put_checked(v, s, &c, ret_version, e);
}

int vault_rotate(struct vault *v, struct store *s, const char *name, const char *value, size_t len, int64_t overlap_ms,
                 struct wall now, int64_t *ret_version, struct err *e)
{
    const struct change c = {
        .name = name, .value = value, .len = len, .rotate = true, .overlap_ms = overlap_ms, .now = now
    };
    return put_checked(v, s, &c, ret_version, e);
}

int vault_each(const struct vault *v, struct store *s, void (*each)(void *ctx, const struct secret_version *x),
               void *ctx, struct err *e)
{
    struct statement q = statement_begin(s, Q_SECRET_EACH);
    int rc;
    while ((rc = statement_row(&q, e)) > 0) {
        secret_auto struct secret x = { 0 };
        struct err why = { 0 };
        struct secret_version row = { .name = next_text(&q), .version = sqlite3_column_int64(q.stmt, 1) };
        bool opens = open_row(v, &q, row.name, &x, &why) == 0;
        row.expires_at = next_wall(&q);
        row.value = opens ? &x : NULL;
        row.why = opens ? NULL : &why;
        each(ctx, &row);
    }
    return rc;
}

/* --- another data key -------------------------------------------------------------------------------------------- */

struct resealed {
    struct resealed *next;
    char *name;
    int64_t version;
    uint8_t *sealed;
    size_t len;
};

/* One row, sealed anew, into the arena. */
static int reseal(const struct vault *from, const struct vault *to, struct statement *q, struct arena *a,
                  struct resealed **list, struct err *e)
{
    char aad[128];
    secret_auto struct secret x = { 0 };
    struct resealed *r = arena_alloc(a, sizeof *r);
    r->name = next_text_copy(q, a);
    int result = open_row(from, q, r->name, &x, e);
    if (result)
        return result;
    r->version = x.version;
    r->len = x.len + CRYPTO_SEAL_OVERHEAD;
    r->sealed = arena_alloc(a, r->len);
    r->next = *list;
    *list = r;
    return crypto_seal(to->data_key, aad, secret_aad(r->name, r->version, aad), x.value, x.len, r->sealed, e);
}

static int read_all(const struct vault *from, const struct vault *to, struct store *s, struct arena *a,
                    struct resealed **list, struct err *e)
{
    int rc = 0, result = 0;
    struct statement q = statement_begin(s, Q_SECRET_EACH);
    while (result == 0 && (rc = statement_row(&q, e)) > 0)
        result = reseal(from, to, &q, a, list, e);
    if (result)
        statement_end(&q);
    return rc < 0 ? rc : result;
}

int vault_reseal(const struct vault *from, const struct vault *to, struct store *s, int *ret_n, struct err *e)
{
    struct arena *a = arena_new(0);
    struct resealed *list = NULL;
    int result = read_all(from, to, s, a, &list, e);
    *ret_n = 0;
    for (struct resealed *r = list; r && result == 0; r = r->next, ++*ret_n) {
        struct statement q = statement_begin(s, Q_SECRET_VERSION_RESEAL);
        statement_blob(&q, r->sealed, r->len);
        statement_text(&q, r->name);
        statement_int(&q, r->version);
        result = secret_run(&q, e);
    }
    arena_free(a);
    return result;
}
