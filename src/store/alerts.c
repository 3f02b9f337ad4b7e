#include "store/alerts.h"

#include "base/log.h"
#include "store/alerts_rows.h"

#include <string.h>

void alert_record_free(struct alert_record *r)
{
    if (r)
        arena_free(r->arena);
}

static int parse_rule(const char *spec, struct arena *a, struct alert_rule *ret, struct err *e)
{
    json_auto struct json *doc = json_parse(spec, strlen(spec), e);
    if (!doc)
        return e ? -(int)e->code : -(int)ERR_MALFORMED;
    return alert_rule_parse(doc, NULL, a, ret, e);
}

/* The form of what is kept; NULL when there is none, or it cannot be read. */
static struct json *form_of(const struct alerts_row *row, struct arena *a)
{
    struct alert_rule rule;
    return row->exists && parse_rule(row->spec, a, &rule, NULL) == 0 ? alert_rule_to_json(&rule) : NULL;
}

static struct wall in_force(struct wall until, struct wall now)
{
    return until.ms > now.ms ? until : WALL_NONE;
}

/* From a row of alert_get or alert_each. NULL when the spec kept is not a rule to this edgecron. */
static struct alert_record *read_record(struct statement *q, struct err *e)
{
    struct arena *a = arena_new(0);
    struct alert_record *r = arena_alloc(a, sizeof *r);
    struct alerts_row row;
    r->arena = a;
    alerts_row_read(q, a, &row);
    if (parse_rule(row.spec, a, &r->rule, e)) {
        arena_free(a);
        return NULL;
    }
    r->revision = row.revision;
    r->created_at = row.created_at;
    r->updated_at = row.updated_at;
    r->muted_until = in_force(next_wall(q), clock_wall());
    return r;
}

int alerts_get(struct store *s, const char *name, struct alert_record **ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_ALERT_GET);
    struct err why = { 0 };
    statement_text(&q, name);
    int rc = statement_row(&q, e);
    if (rc < 0)
        return rc;
    if (rc == 0)
        return err_set(e, ERR_NOT_FOUND, "there is no alert rule '%s'", name);
    *ret = read_record(&q, &why);
    statement_end(&q);
    return *ret ? 0
                : err_set(e, ERR_STORE, "alert rule '%s' as kept is not valid to this edgecron (%s): set it again",
                          name, why.text);
}

/* One that cannot be read is left out, loudly: it must not keep the others from being watched (promise 7). */
int alerts_each(struct store *s, bool (*each)(void *ctx, struct alert_record *r), void *ctx, struct err *e)
{
    struct statement q = statement_begin(s, Q_ALERT_EACH);
    int rc;
    while ((rc = statement_row(&q, e)) > 0) {
        struct err why = { 0 };
        struct alert_record *r = read_record(&q, &why);
        if (!r)
            log_error("alert rule as kept is not valid and watches nothing: set it again",
                      L_STR("rule", (const char *)sqlite3_column_text(q.stmt, 5)), L_STR("pointer", why.pointer),
                      L_STR("error", why.text));
        if (r && !each(ctx, r)) {
            statement_end(&q);
            return 0;
        }
    }
    return rc;
}

static int check_names(struct store *s, enum query get, const char *member, const char *kind, const char *const *names,
                       int n, struct err *e)
{
    int rc = 0;
    for (int i = 0; rc == 0 && i < n; i++) {
        bool exists;
        rc = alerts_row_exists(s, get, names[i], &exists, e);
        if (rc || exists)
            continue;
        mem_auto char *pointer = mem_printf("/%s/%d", member, i);
        rc = err_at(e, ERR_INVALID, pointer, "there is no %s '%s'", kind, names[i]);
    }
    return rc;
}

int alerts_check(struct store *s, const struct alert_rule *r, struct err *e)
{
    int rc = check_names(s, Q_JOB_GET, "jobs", "job", r->jobs, r->n_jobs, e);
    return rc ? rc : check_names(s, Q_CHANNEL_GET, "channels", "channel", r->channels, r->n_channels, e);
}

int alerts_check_job(struct store *s, const struct job *j, struct err *e)
{
    struct alert_rule *own;
    struct arena *a;
    int n;
    if (strcmp(j->alerts, "[]") == 0)
        return 0;
    a = arena_new(0);
    int rc = alert_rules_of_job(j->alerts, a, &own, &n, e);
    for (int i = 0; rc == 0 && i < n; i++) {
        rc = check_names(s, Q_CHANNEL_GET, "channels", "channel", own[i].channels, own[i].n_channels, e);
        if (rc && e && *e->pointer)
            err_under(e, "/alerts/%d", i);
    }
    arena_free(a);
    return rc;
}

static int put(struct store *s, const struct alert_rule *r, int64_t if_revision, struct wall now, struct arena *a,
               enum put_result *ret, struct err *e)
{
    struct alerts_row old;
    int rc = alerts_row_find(s, &ALERTS_RULES, r->name, if_revision, a, &old, e);
    if (rc == 0)
        rc = alerts_check(s, r, e);
    if (rc)
        return rc;
    json_auto struct json *before = form_of(&old, a), *form = alert_rule_to_json(r);
    return alerts_row_put(s, &ALERTS_RULES, r->name, &old, before, form, now, ret, e);
}

int alerts_put(struct store *s, const struct alert_rule *r, int64_t if_revision, struct wall now, enum put_result *ret,
               struct err *e)
{
    bool own;
    int rc = store_enter(s, &own, e);
    if (rc)
        return rc;
    struct arena *a = arena_new(0);
    rc = store_leave(s, own, put(s, r, if_revision, now, a, ret, e), e);
    arena_free(a);
    return rc;
}

static int forget_states(struct store *s, enum query query, const char *name, struct err *e)
{
    struct statement q = statement_begin(s, query);
    statement_text(&q, name);
    return statement_run(&q, e);
}

static int remove_rule(struct store *s, const char *name, int64_t if_revision, struct wall now, struct arena *a,
                       struct err *e)
{
    struct alerts_row old;
    int rc = alerts_row_get(s, &ALERTS_RULES, name, a, &old, e);
    if (rc == 0)
        rc = alerts_row_find(s, &ALERTS_RULES, name, if_revision, a, &old, e);
    if (rc)
        return rc;
    json_auto struct json *before = form_of(&old, a);
    rc = alerts_row_remove(s, &ALERTS_RULES, name, before, now, e);
    if (rc == 0)
        rc = mute_forget(s, MUTE_RULE, name, e);
    return rc ? rc : forget_states(s, Q_WATCH_STATE_FORGET_RULE, name, e);
}

int alerts_remove(struct store *s, const char *name, int64_t if_revision, struct err *e)
{
    bool own;
    int rc = store_enter(s, &own, e);
    if (rc)
        return rc;
    struct arena *a = arena_new(0);
    rc = store_leave(s, own, remove_rule(s, name, if_revision, clock_wall(), a, e), e);
    arena_free(a);
    return rc;
}

/* --- what goes along with a job, target or secret ------------------------------------------------------------------ */

/* Takes a name out of a list of r's own; false when it is not in it. */
static bool take_out(struct alert_rule *r, const char *job, struct arena *a)
{
    const char **rest = arena_alloc(a, ((size_t)r->n_jobs + 1) * sizeof *rest);
    int n = 0;
    for (int i = 0; i < r->n_jobs; i++)
        if (strcmp(r->jobs[i], job) != 0)
            rest[n++] = r->jobs[i];
    bool found = n < r->n_jobs;
    r->jobs = rest;
    r->n_jobs = n;
    return found;
}

/* Of no job and no tag it would be of all. */
static int forget_in_rule(struct store *s, const char *name, const char *job, struct wall now, struct arena *a,
                          struct err *e)
{
    struct alerts_row old;
    struct alert_rule r;
    enum put_result put_result;
    int rc = alerts_row_get(s, &ALERTS_RULES, name, a, &old, e);
    if (rc)
        return rc;
    if (parse_rule(old.spec, a, &r, NULL) || !take_out(&r, job, a))
        return 0;
    if (r.n_jobs == 0 && r.n_tags == 0)
        return remove_rule(s, name, -1, now, a, e);
    json_auto struct json *before = form_of(&old, a), *form = alert_rule_to_json(&r);
    return alerts_row_put(s, &ALERTS_RULES, name, &old, before, form, now, &put_result, e);
}

static int forget_in_rules(struct store *s, const char *job, struct wall now, struct arena *a, struct err *e)
{
    const char *names[ALERT_RULES_MAX];
    mem_auto char *quoted = mem_printf("\"%s\"", job);
    struct statement q = statement_begin(s, Q_ALERT_NAMING);
    int n = 0, rc;
    statement_text(&q, quoted);
    while ((rc = statement_row(&q, e)) > 0 && n < ALERT_RULES_MAX)
        names[n++] = next_text_copy(&q, a);
    statement_end(&q);
    for (int i = 0; rc >= 0 && i < n; i++)
        rc = forget_in_rule(s, names[i], job, now, a, e);
    return rc < 0 ? rc : 0;
}

int alerts_forget_job(struct store *s, const char *job, struct wall now, struct err *e)
{
    struct arena *a = arena_new(0);
    int rc = forget_in_rules(s, job, now, a, e);
    arena_free(a);
    if (rc == 0)
        rc = mute_forget(s, MUTE_JOB, job, e);
    return rc ? rc : forget_states(s, Q_WATCH_STATE_FORGET_JOB, job, e);
}

int alerts_forget_target(struct store *s, const char *target, struct err *e)
{
    int rc = mute_forget(s, MUTE_TARGET, target, e);
    return rc ? rc : forget_states(s, Q_WATCH_STATE_FORGET_TARGET, target, e);
}

int alerts_forget_secret(struct store *s, const char *secret, struct err *e)
{
    return forget_states(s, Q_WATCH_STATE_FORGET_SECRET, secret, e);
}
