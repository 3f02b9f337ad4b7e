#include "store/sessions.h"

#include "base/json.h"
#include "store/credential_find.h"

#include <stdio.h>
#include <string.h>

#define MINUTE_MS 60000

static int64_t minute_of(struct wall t)
{
    return t.ms - t.ms % MINUTE_MS;
}

static struct wall end_of(struct wall last_seen_at, struct wall expires_at)
{
    struct wall idle = { last_seen_at.ms + MINUTE_MS + SESSION_IDLE_MS }; /* last_seen_at is kept to the minute */
    return idle.ms < expires_at.ms ? idle : expires_at;
}

static int run_by_id(struct store *s, enum query query, const char *id, int64_t *ret_n, struct err *e)
{
    struct statement q = statement_begin(s, query);
    statement_id(&q, id);
    int rc = statement_run(&q, e);
    if (ret_n)
        *ret_n = statement_changes(&q);
    return rc;
}

/* Those that are over, and the oldest above the most. */
static int make_room(struct store *s, struct wall now, struct err *e)
{
    struct statement q = statement_begin(s, Q_SESSION_DELETE_OLD);
    statement_wall(&q, now);
    statement_int(&q, now.ms - SESSION_IDLE_MS - MINUTE_MS);
    int rc = statement_run(&q, e);
    if (rc)
        return rc;
    q = statement_begin(s, Q_SESSION_DELETE_MOST);
    statement_int(&q, SESSIONS_MAX - 1);
    return statement_run(&q, e);
}

/* What a browser says of itself is kept as text, cut where a character begins. */
static void clean_agent(const char *text, struct buf *out)
{
    struct buf whole = BUF_INIT(64 * 1024);
    if (text)
        json_utf8_repair(&whole, text, strlen(text));
    size_t len = whole.len < SESSION_AGENT_MAX ? whole.len : SESSION_AGENT_MAX;
    while (len < whole.len && len > 0 && ((unsigned char)whole.data[len] & 0xc0) == 0x80)
        len--;
    buf_add(out, buf_str(&whole), len);
    buf_free(&whole);
}

static int insert(struct store *s, const struct session_from *from, const struct credential *c, const char *id,
                  struct wall now, struct err *e)
{
    buf_auto struct buf agent = BUF_INIT(SESSION_AGENT_MAX);
    clean_agent(from->user_agent, &agent);
    struct statement q = statement_begin(s, Q_SESSION_INSERT);
    statement_id(&q, id);
    statement_text(&q, c->prefix);
    statement_blob(&q, c->hash, sizeof c->hash);
    statement_int(&q, now.ms);
    statement_int(&q, now.ms + SESSION_MOST_MS);
    statement_text(&q, from->address ? from->address : "");
    statement_text(&q, buf_str(&agent));
    return statement_run(&q, e);
}

static int record_login(struct store *s, const struct session_from *from, const char *id, struct wall now,
                        struct err *e)
{
    json_auto struct json *v = json_new_object();
    json_add_string(v, "session", id);
    json_add_string(v, "by", from->by);
    if (from->failures)
        json_add_int(v, "failures_before", from->failures);
    mem_auto char *detail = json_print(v);
    return audit_add(s, &(struct audit_entry){ AUDIT_SESSION_LOGIN, NULL, detail, now }, e);
}

static int begin(struct store *s, const struct session_from *from, const struct credential *c, const char *id,
                 struct wall now, struct err *e)
{
    int rc = make_room(s, now, e);
    if (!rc && from->before)
        rc = run_by_id(s, Q_SESSION_DELETE, from->before, NULL, e);
    if (!rc)
        rc = insert(s, from, c, id, now, e);
    return rc ? rc : record_login(s, from, id, now, e);
}

int sessions_begin(struct store *s, const struct session_from *from, struct wall now, char ret_secret[CREDENTIAL_SIZE],
                   char ret_id[ID_TEXT_SIZE], struct err *e)
{
    struct credential c;
    bool own;
    int rc = store_enter(s, &own, e);
    if (rc)
        return rc;
    credential_make(CREDENTIAL_SESSION, ret_secret);
    credential_take(CREDENTIAL_SESSION, ret_secret, &c);
    id_new(now, ret_id);
    rc = store_leave(s, own, begin(s, from, &c, ret_id, now, e), e);
    if (rc)
        mem_wipe(ret_secret, CREDENTIAL_SIZE);
    return rc;
}

static void read_identity(void *ctx, struct statement *q)
{
    struct session_identity *ret = ctx;
    next_id(q, ret->id);
    q->column++; /* hash */
    ret->created_at = next_wall(q);
    ret->last_seen_at = next_wall(q);
    ret->expires_at = end_of(ret->last_seen_at, next_wall(q));
}

int sessions_identify(struct store *s, const char *secret, struct wall now, struct session_identity *ret, struct err *e)
{
    struct credential c;
    bool found = false;
    int rc = 0;
    if (credential_take(CREDENTIAL_SESSION, secret, &c))
        rc = credential_find(s, Q_SESSION_BY_PREFIX, &c, read_identity, ret, &found, e);
    if (rc)
        return rc;
    if (!found)
        return err_set(e, ERR_UNAUTHENTICATED, "the session is not known: it was ended; log in again");
    if (ret->expires_at.ms <= now.ms)
        return err_set(e, ERR_UNAUTHENTICATED,
                       "the session is over, as each is after 12 hours without use or 7 days: "
                       "log in again");
    ret->stale = ret->last_seen_at.ms < minute_of(now);
    return 0;
}

int sessions_touch(struct store *s, const char *id, struct wall now, struct err *e)
{
    struct statement q = statement_begin(s, Q_SESSION_TOUCH);
    statement_int(&q, minute_of(now));
    statement_id(&q, id);
    return statement_run(&q, e);
}

int sessions_each(struct store *s, struct wall now, void (*each)(void *ctx, const struct session_info *i), void *ctx,
                  struct err *e)
{
    struct statement q = statement_begin(s, Q_SESSION_EACH);
    int rc;
    while ((rc = statement_row(&q, e)) > 0) {
        char id[ID_TEXT_SIZE];
        struct session_info i = { .id = id };
        next_id(&q, id);
        i.created_at = next_wall(&q);
        i.last_seen_at = next_wall(&q);
        i.expires_at = end_of(i.last_seen_at, next_wall(&q));
        i.address = next_text(&q);
        i.user_agent = next_text(&q);
        if (i.expires_at.ms > now.ms)
            each(ctx, &i);
    }
    return rc;
}

static int end(struct store *s, const char *id, enum audit_action action, struct wall now, struct err *e)
{
    int64_t n = 0;
    int rc = id_valid(id) ? run_by_id(s, Q_SESSION_DELETE, id, &n, e) : 0;
    if (!rc && !n)
        return err_set(e, ERR_NOT_FOUND, "there is no session '%.64s'", id);
    return rc ? rc : audit_add(s, &(struct audit_entry){ action, id, .at = now }, e);
}

int sessions_end(struct store *s, const char *id, enum audit_action action, struct wall now, struct err *e)
{
    bool own;
    int rc = store_enter(s, &own, e);
    return rc ? rc : store_leave(s, own, end(s, id, action, now, e), e);
}

static int end_others(struct store *s, const char *keep, struct wall now, int64_t *ret_n, struct err *e)
{
    char detail[64];
    int64_t n = 0;
    int rc = run_by_id(s, Q_SESSION_DELETE_OTHERS, keep, &n, e);
    if (ret_n)
        *ret_n = n;
    snprintf(detail, sizeof detail, "{\"sessions\":%lld}", (long long)n);
    return rc || !n ? rc : audit_add(s, &(struct audit_entry){ AUDIT_SESSION_REVOKE, NULL, detail, now }, e);
}

int sessions_end_others(struct store *s, const char *keep, struct wall now, int64_t *ret_n, struct err *e)
{
    bool own;
    int rc = store_enter(s, &own, e);
    return rc ? rc : store_leave(s, own, end_others(s, keep, now, ret_n, e), e);
}

void session_csrf(const char *secret, char out[SESSION_CSRF_SIZE])
{
    static const char purpose[] = "edgecron:csrf:v1";
    uint8_t mac[CRYPTO_SHA256_SIZE];
    crypto_hmac(secret, strlen(secret), purpose, sizeof purpose - 1, mac);
    crypto_base64url(mac, sizeof mac, out);
}
