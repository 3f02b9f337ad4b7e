/* alerts_channels.c - the channels of alerts.h. */
#include "base/log.h"
#include "core/binding.h"
#include "core/template.h"
#include "store/alerts_rows.h"
#include "store/record.h"
#include "store/run_row.h"
#include "store/secrets.h"

#include <string.h>

void channel_record_free(struct channel_record *r)
{
    if (r)
        arena_free(r->arena);
}

static int parse_channel(const char *spec, struct arena *a, struct channel *ret, struct err *e)
{
    json_auto struct json *doc = json_parse(spec, strlen(spec), e);
    if (!doc)
        return e ? -(int)e->code : -(int)ERR_MALFORMED;
    return channel_parse(doc, NULL, a, ret, e);
}

static struct json *form_of(const struct alerts_row *row, struct arena *a)
{
    struct channel c;
    return row->exists && parse_channel(row->spec, a, &c, NULL) == 0 ? channel_to_json(&c) : NULL;
}

static struct channel_record *read_record(struct statement *q, struct err *e)
{
    struct arena *a = arena_new(0);
    struct channel_record *r = arena_alloc(a, sizeof *r);
    struct alerts_row row;
    r->arena = a;
    alerts_row_read(q, a, &row);
    if (parse_channel(row.spec, a, &r->channel, e)) {
        arena_free(a);
        return NULL;
    }
    r->revision = row.revision;
    r->created_at = row.created_at;
    r->updated_at = row.updated_at;
    return r;
}

int channels_get(struct store *s, const char *name, struct channel_record **ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_CHANNEL_GET);
    struct err why = { 0 };
    statement_text(&q, name);
    int rc = statement_row(&q, e);
    if (rc < 0)
        return rc;
    if (rc == 0)
        return err_set(e, ERR_NOT_FOUND, "there is no channel '%s'", name);
    *ret = read_record(&q, &why);
    statement_end(&q);
    return *ret ? 0
                : err_set(e, ERR_STORE, "channel '%s' as kept is not valid to this edgecron (%s): set it again", name,
                          why.text);
}

int channels_each(struct store *s, bool (*each)(void *ctx, struct channel_record *r), void *ctx, struct err *e)
{
    struct statement q = statement_begin(s, Q_CHANNEL_EACH);
    int rc;
    while ((rc = statement_row(&q, e)) > 0) {
        struct err why = { 0 };
        struct channel_record *r = read_record(&q, &why);
        if (!r)
            log_error("channel as kept is not valid and sends nothing: set it again",
                      L_STR("channel", (const char *)sqlite3_column_text(q.stmt, 4)), L_STR("pointer", why.pointer),
                      L_STR("error", why.text));
        if (r && !each(ctx, r)) {
            statement_end(&q);
            return 0;
        }
    }
    return rc;
}

/* --- secrets ------------------------------------------------------------------------------------------------------- */

/* Looks for secrets that are bound, in one template after another. */
struct bound {
    struct store *s;
    struct arena *a;
    const char *pointer;
    struct err *e;
    int result;
};

static void refuse_bound(void *ctx, const char *name)
{
    struct bound *b = ctx;
    struct binding binding;
    if (b->result)
        return;
    b->result = secrets_binding(b->s, name, b->a, &binding, b->e);
    if (b->result == 0 && binding.n)
        b->result =
            err_at(b->e, ERR_INVALID, b->pointer,
                   "secret '%s' is bound to target '%s'%s, and a channel is none: use another secret, or unbind "
                   "this one",
                   name, binding.targets[0].name, binding.n > 1 ? " and others" : "");
}

int secret_unbound_check(struct store *s, const char *text, const char *pointer, struct err *e)
{
    struct bound b = { .s = s, .a = arena_new(0), .pointer = pointer, .e = e };
    if (text)
        template_secrets(text, refuse_bound, &b);
    arena_free(b.a);
    return b.result;
}

static int check_headers(struct store *s, const struct channel *c, struct err *e)
{
    int rc = 0;
    for (int i = 0; rc == 0 && i < c->request.n_headers; i++) {
        mem_auto char *pointer = mem_printf("/headers/%s", c->request.headers[i].name);
        rc = secret_unbound_check(s, c->request.headers[i].value, pointer, e);
    }
    return rc;
}

int channels_check(struct store *s, const struct channel *c, struct err *e)
{
    int rc = secret_unbound_check(s, c->request.url, "/url", e);
    if (rc == 0)
        rc = check_headers(s, c, e);
    if (rc == 0)
        rc = secret_unbound_check(s, c->request.body, "/body", e);
    return rc ? rc : secret_unbound_check(s, c->mail.password, "/email/password", e);
}

/* --- writing ------------------------------------------------------------------------------------------------------- */

static int put(struct store *s, const struct channel *c, int64_t if_revision, struct wall now, struct arena *a,
               enum put_result *ret, struct err *e)
{
    struct alerts_row old;
    int rc = alerts_row_find(s, &ALERTS_CHANNELS, c->name, if_revision, a, &old, e);
    if (rc == 0)
        rc = channels_check(s, c, e);
    if (rc)
        return rc;
    json_auto struct json *before = form_of(&old, a), *form = channel_to_json(c);
    return alerts_row_put(s, &ALERTS_CHANNELS, c->name, &old, before, form, now, ret, e);
}

int channels_put(struct store *s, const struct channel *c, int64_t if_revision, struct wall now, enum put_result *ret,
                 struct err *e)
{
    bool own;
    int rc = store_enter(s, &own, e);
    if (rc)
        return rc;
    struct arena *a = arena_new(0);
    rc = store_leave(s, own, put(s, c, if_revision, now, a, ret, e), e);
    arena_free(a);
    return rc;
}

/* Rules and jobs that name a channel. */
struct users {
    const char *channel;
    int n;
    struct buf names;
};

static bool names_it(const struct alert_rule *r, const char *channel)
{
    for (int i = 0; i < r->n_channels; i++)
        if (strcmp(r->channels[i], channel) == 0)
            return true;
    return false;
}

static bool look_in_rule(void *ctx, struct alert_record *r)
{
    struct users *u = ctx;
    if (names_it(&r->rule, u->channel))
        record_name_add(&u->names, u->n++, "alert rule", r->rule.name);
    alert_record_free(r);
    return true;
}

static void look_in_job(struct users *u, const char *job, const char *alerts)
{
    struct arena *a = arena_new(0);
    struct alert_rule *own;
    int n = 0;
    bool hit = false;
    if (alert_rules_of_job(alerts, a, &own, &n, NULL))
        n = 0;
    for (int i = 0; i < n; i++)
        hit = hit || names_it(&own[i], u->channel);
    if (hit)
        record_name_add(&u->names, u->n++, "job", job);
    arena_free(a);
}

static int look_in_jobs(struct store *s, struct users *u, struct err *e)
{
    mem_auto char *quoted = mem_printf("\"%s\"", u->channel);
    struct statement q = statement_begin(s, Q_CHANNEL_JOBS);
    int rc;
    statement_text(&q, quoted);
    while ((rc = statement_row(&q, e)) > 0) {
        const char *job = next_text(&q);
        look_in_job(u, job, next_text(&q));
    }
    return rc;
}

static int refuse_used(struct store *s, const char *name, struct err *e)
{
    struct users u = { .channel = name, .names = BUF_INIT(4096) };
    int rc = alerts_each(s, look_in_rule, &u, e);
    if (rc == 0)
        rc = look_in_jobs(s, &u, e);
    if (rc == 0 && u.n > 0)
        rc = err_set(e, ERR_CONFLICT, "channel '%s' is named by %s: change or remove what names it first", name,
                     buf_str(&u.names));
    buf_free(&u.names);
    return rc;
}

static int cancel_waiting(struct store *s, const char *name, struct wall now, struct err *e)
{
    mem_auto char *job = mem_printf(CHANNEL_JOB_PREFIX "%s", name);
    struct statement q = statement_begin(s, Q_RUN_FINISH_JOB);
    statement_wall(&q, now);
    statement_text(&q, "its channel was removed while it waited");
    statement_text(&q, job);
    return run_rows_note(&q, e);
}

static int remove_channel(struct store *s, const char *name, int64_t if_revision, struct wall now, struct arena *a,
                          struct err *e)
{
    struct alerts_row old;
    int rc = alerts_row_get(s, &ALERTS_CHANNELS, name, a, &old, e);
    if (rc == 0)
        rc = alerts_row_find(s, &ALERTS_CHANNELS, name, if_revision, a, &old, e);
    if (rc == 0)
        rc = refuse_used(s, name, e);
    if (rc == 0)
        rc = cancel_waiting(s, name, now, e);
    if (rc)
        return rc;
    json_auto struct json *before = form_of(&old, a);
    return alerts_row_remove(s, &ALERTS_CHANNELS, name, before, now, e);
}

int channels_remove(struct store *s, const char *name, int64_t if_revision, struct wall now, struct err *e)
{
    bool own;
    int rc = store_enter(s, &own, e);
    if (rc)
        return rc;
    struct arena *a = arena_new(0);
    rc = store_leave(s, own, remove_channel(s, name, if_revision, now, a, e), e);
    arena_free(a);
    return rc;
}
