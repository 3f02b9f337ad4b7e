/* resource_alerts.c - alert rules, the states that they are in, and what is muted. */
#include "api/resource.h"

#include "api/precondition.h"
#include "api/standing.h"
#include "api/transaction.h"
#include "api/view.h"

#include <string.h>

struct alert_list {
    struct request *q;
    struct mutes mutes;
    struct json *items;
    int rc;
    struct err *e;
};

static bool add_alert(void *ctx, struct alert_record *r)
{
    struct alert_list *l = ctx;
    struct alert_standing st;
    l->rc = standing_of_rule(l->q->reader->store, &l->mutes, r->rule.name, l->q->arena, &st, l->e);
    if (!l->rc)
        json_add(l->items, NULL, view_alert(r, &st));
    alert_record_free(r);
    return !l->rc;
}

int api_alerts_list(struct request *q, struct reply *p, struct err *e)
{
    struct alert_list l = { .q = q, .e = e };
    int rc = mutes_load(q->reader->store, q->now, q->arena, &l.mutes, e);
    if (rc)
        return rc;
    l.items = json_new_array();
    rc = alerts_each(q->reader->store, add_alert, &l, e);
    rc = rc ? rc : l.rc;
    if (rc)
        json_free(l.items);
    else
        reply_json(p, 200, view_list(l.items, NULL));
    mutes_free(&l.mutes);
    return rc;
}

int api_alerts_view(struct store *s, struct request *q, const struct alert_record *r, struct json **ret, struct err *e)
{
    struct mutes mutes;
    struct alert_standing st;
    int rc = mutes_load(s, q->now, q->arena, &mutes, e);
    if (rc)
        return rc;
    rc = standing_of_rule(s, &mutes, r->rule.name, q->arena, &st, e);
    if (!rc)
        *ret = view_alert(r, &st);
    mutes_free(&mutes);
    return rc;
}

int api_alerts_show(struct request *q, struct reply *p, struct err *e)
{
    struct alert_record *r;
    struct json *v;
    int rc = alerts_get(q->reader->store, q->captures[0], &r, e);
    if (rc)
        return rc;
    if (!precondition_unmodified(q, r->revision, p) && !(rc = api_alerts_view(q->reader->store, q, r, &v, e))) {
        reply_revision(p, r->revision);
        reply_json(p, 200, v);
    }
    alert_record_free(r);
    return rc;
}

/* --- states ------------------------------------------------------------------------------------------------------ */

static int read_filter(const struct request *q, struct firing_filter *f, struct err *e)
{
    int64_t limit;
    *f = (struct firing_filter){ .job = request_query(q, "job"),
                                 .rule = request_query(q, "rule"),
                                 .target = request_query(q, "target"),
                                 .tags = q->identity.tags,
                                 .n_tags = q->identity.n_tags,
                                 .cursor = request_query(q, "cursor") };
    int rc = request_query_choices(q, "phase", &f->phases, e);
    if (!rc)
        rc = request_query_int(q, "limit", &limit, e);
    if (rc)
        return rc;
    f->limit = (int)limit;
    f->phases <<= WATCH_PENDING; /* "pending", "firing", "over" */
    if (!f->phases)
        f->phases = 1u << WATCH_PENDING | 1u << WATCH_FIRING;
    return 0;
}

int api_firing_list(struct request *q, struct reply *p, struct err *e)
{
    struct firing_filter f;
    struct mutes mutes;
    struct firing_row *rows;
    const char *next;
    int n, rc = read_filter(q, &f, e);
    if (!rc)
        rc = mutes_load(q->reader->store, q->now, q->arena, &mutes, e);
    if (rc)
        return rc;
    rc = firing_list(q->reader->store, &mutes, &f, q->arena, &rows, &n, &next, e);
    if (!rc) {
        struct json *items = json_new_array();
        for (int i = 0; i < n; i++)
            json_add(items, NULL, view_firing(&rows[i]));
        reply_json(p, 200, view_list(items, next));
    }
    mutes_free(&mutes);
    return rc;
}

/* --- mutes ------------------------------------------------------------------------------------------------------- */

static void add_mute(void *ctx, enum mute_scope scope, const char *name, struct wall until)
{
    json_add(ctx, NULL, view_mute(scope, scope == MUTE_ALL ? "all" : name, until));
}

int api_mutes_list(struct request *q, struct reply *p, struct err *e)
{
    struct json *items = json_new_array();
    int rc = mute_each(q->reader->store, q->now, add_mute, items, e);
    if (rc)
        json_free(items);
    else
        reply_json(p, 200, view_list(items, NULL));
    return rc;
}

struct mute_write {
    enum mute_scope scope;
    const char *name; /* "" of all */
    struct wall until;
};

static int read_place(const struct request *q, struct mute_write *ret, struct err *e)
{
    if (!mute_scope_parse(q->captures[0], &ret->scope))
        return err_set(e, ERR_NOT_FOUND, "'%.64s' cannot be muted: there are 'all', 'rule', 'job' and 'target'",
                       q->captures[0]);
    ret->name = ret->scope == MUTE_ALL ? "" : q->captures[1];
    if (ret->scope == MUTE_ALL && strcmp(q->captures[1], "all"))
        return err_set(e, ERR_NOT_FOUND, "all alerts are muted at 'mutes/all/all'");
    return 0;
}

static int exec_mute(struct store *s, struct request *q, struct reply *p, void *ctx, struct err *e)
{
    const struct mute_write *x = ctx;
    int rc = mute_put(s, x->scope, x->name, x->until, q->now, e);
    if (!rc)
        reply_json(p, 200, view_mute(x->scope, q->captures[1], x->until));
    return rc;
}

int api_mutes_put(struct request *q, struct reply *p, struct err *e)
{
    static const struct field fields[] = { { "until", field_time, .offset = offsetof(struct mute_write, until) },
                                           { .name = NULL } };
    json_auto struct json *body = NULL;
    struct mute_write x = { .until = WALL_NONE };
    int rc = request_json(q, &body, e);
    if (rc)
        return rc;
    json_remove(body, "scope"); /* what an answer has beside it may come back with it */
    json_remove(body, "name");
    rc = request_read(q, body, fields, &x, e);
    if (!rc)
        rc = read_place(q, &x, e);
    if (rc)
        return rc;
    if (wall_is_none(x.until))
        x.until = MUTED_FOR_EVER;
    if (x.until.ms <= q->now.ms)
        return err_at(e, ERR_INVALID, "/until", "'until' must be a time to come, or null: until it is ended");
    return transaction_do(q, p, exec_mute, &x, e);
}

static int exec_unmute(struct store *s, struct request *q, struct reply *p, void *ctx, struct err *e)
{
    const struct mute_write *x = ctx;
    struct wall until;
    int rc = mute_get(s, x->scope, x->name, q->now, &until, e);
    if (!rc && wall_is_none(until))
        rc = err_set(e, ERR_NOT_FOUND, "%s%s%.64s%s not muted", x->scope == MUTE_ALL ? "" : mute_scope_name(x->scope),
                     x->scope == MUTE_ALL ? "all alerts are" : " '", x->name, x->scope == MUTE_ALL ? "" : "' is");
    if (!rc)
        rc = mute_put(s, x->scope, x->name, WALL_NONE, q->now, e);
    if (!rc)
        p->status = 204;
    return rc;
}

int api_mutes_remove(struct request *q, struct reply *p, struct err *e)
{
    struct mute_write x = { .until = WALL_NONE };
    int rc = read_place(q, &x, e);
    return rc ? rc : transaction_do(q, p, exec_unmute, &x, e);
}
