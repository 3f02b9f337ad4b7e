/* targets.c - the targets of jobs.h. */
#include "base/json.h"
#include "base/log.h"
#include "store/alerts_rows.h"
#include "store/audit_change.h"
#include "store/jobs.h"
#include "store/record.h"
#include "store/secret_rows.h"

#include <string.h>

void target_record_free(struct target_record *r)
{
    if (r)
        arena_free(r->arena);
}

static int parse_spec(const char *spec, struct arena *a, struct target *ret, struct err *e)
{
    json_auto struct json *doc = json_parse(spec, strlen(spec), e);
    if (!doc)
        return e ? -(int)e->code : -(int)ERR_MALFORMED;
    return target_parse(doc, NULL, a, ret, e);
}

static struct target_record *read_record(struct statement *q, struct err *e)
{
    struct arena *a = arena_new(0);
    struct target_record *r = arena_alloc(a, sizeof *r);
    r->arena = a;
    if (parse_spec(next_text(q), a, &r->target, e)) {
        arena_free(a);
        return NULL;
    }
    r->revision = next_int(q);
    r->created_at = next_wall(q);
    r->updated_at = next_wall(q);
    return r;
}

int targets_get(struct store *s, const char *name, struct target_record **ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_TARGET_GET);
    statement_text(&q, name);
    int rc = statement_row(&q, e);
    if (rc < 0)
        return rc;
    if (rc == 0)
        return err_set(e, ERR_NOT_FOUND, "there is no target '%s'", name);
    struct err why = { 0 };
    *ret = read_record(&q, &why);
    statement_end(&q);
    return *ret ? 0
                : err_set(e, ERR_STORE, "target '%s' as kept is not valid to this edgecron (%s): set it again", name,
                          why.text);
}

int targets_each(struct store *s, bool (*each)(void *ctx, struct target_record *r), void *ctx, struct err *e)
{
    struct statement q = statement_begin(s, Q_TARGET_EACH);
    int rc;
    while ((rc = statement_row(&q, e)) > 0) {
        struct err why = { 0 };
        struct target_record *r = read_record(&q, &why);
        if (!r) {
            log_error("target as kept is not valid and cannot be used: set it again",
                      L_STR("target", (const char *)sqlite3_column_text(q.stmt, 4)), L_STR("pointer", why.pointer),
                      L_STR("error", why.text));
            continue;
        }
        if (!each(ctx, r)) {
            statement_end(&q);
            return 0;
        }
    }
    return rc;
}

int target_look(struct store *s, const char *name, bool *ret_exists, struct err *e)
{
    struct statement q = statement_begin(s, Q_TARGET_GET);
    statement_text(&q, name);
    int rc = statement_row(&q, e);
    *ret_exists = rc > 0;
    statement_end(&q);
    return rc < 0 ? rc : 0;
}

static int find(struct store *s, const char *name, bool *exists, int64_t *revision, struct target_record **ret,
                struct err *e)
{
    struct statement q = statement_begin(s, Q_TARGET_GET);
    statement_text(&q, name);
    int rc = statement_row(&q, e);
    *exists = rc > 0;
    *revision = 0;
    *ret = NULL;
    if (rc <= 0)
        return rc;
    struct err unreadable;
    *revision = sqlite3_column_int64(q.stmt, 1);
    *ret = read_record(&q, &unreadable);
    statement_end(&q);
    return 0;
}

static char *spec_text(const struct target *t)
{
    json_auto struct json *doc = target_to_json(t);
    return json_print(doc);
}

static int insert(struct store *s, const struct target *t, const char *spec, struct wall now, struct err *e)
{
    struct statement q = statement_begin(s, Q_TARGET_INSERT);
    statement_text(&q, t->name);
    statement_text(&q, spec);
    statement_wall(&q, now);
    return statement_run(&q, e);
}

static int update(struct store *s, const struct target *t, const char *spec, struct wall now, struct err *e)
{
    struct statement q = statement_begin(s, Q_TARGET_UPDATE);
    statement_text(&q, spec);
    statement_wall(&q, now);
    statement_text(&q, t->name);
    return statement_run(&q, e);
}

int targets_check(struct store *s, const struct target *t, struct err *e)
{
    return secret_targets_check_target(s, t, e);
}

static int record(struct store *s, enum audit_action action, const char *name, const struct target_record *before,
                  const struct target *after, struct wall now, struct err *e)
{
    json_auto struct json *old = before ? target_to_json(&before->target) : NULL;
    json_auto struct json *new = after ? target_to_json(after) : NULL;
    return audit_change(s, action, name, old, new, now, e);
}

static int put_over(struct store *s, const struct target *t, bool exists, const struct target_record *old,
                    struct wall now, enum put_result *ret, struct err *e)
{
    mem_auto char *spec = spec_text(t);
    mem_auto char *old_spec = old ? spec_text(&old->target) : NULL;
    if (old_spec && strcmp(spec, old_spec) == 0) {
        *ret = PUT_UNCHANGED;
        return 0;
    }
    *ret = exists ? PUT_UPDATED : PUT_CREATED;
    int result = exists ? update(s, t, spec, now, e) : insert(s, t, spec, now, e);
    return result ? result : record(s, exists ? AUDIT_TARGET_UPDATE : AUDIT_TARGET_CREATE, t->name, old, t, now, e);
}

static int put(struct store *s, const struct target *t, int64_t if_revision, struct wall now, enum put_result *ret,
               struct err *e)
{
    bool exists;
    int64_t revision;
    struct target_record *old;
    int result = find(s, t->name, &exists, &revision, &old, e);
    if (result == 0)
        result = record_expect("target", t->name, exists, revision, if_revision, e);
    if (result == 0)
        result = secret_targets_check_target(s, t, e);
    if (result == 0)
        result = put_over(s, t, exists, old, now, ret, e);
    target_record_free(old);
    return result;
}

int targets_put(struct store *s, const struct target *t, int64_t if_revision, struct wall now, enum put_result *ret,
                struct err *e)
{
    bool own;
    int result = store_enter(s, &own, e);
    return result ? result : store_leave(s, own, put(s, t, if_revision, now, ret, e), e);
}

static int add_users(struct store *s, enum query query, const char *kind, const char *name, struct buf *names, int *n,
                     struct err *e)
{
    struct statement q = statement_begin(s, query);
    int rc;
    statement_text(&q, name);
    statement_int(&q, RECORD_NAMES_SHOWN + 1);
    while ((rc = statement_row(&q, e)) > 0)
        record_name_add(names, (*n)++, kind, next_text(&q));
    return rc;
}

/* A secret that is bound to it would be bound to nothing, and then go anywhere. */
static int refuse_used(struct store *s, const char *name, struct err *e)
{
    buf_auto struct buf names = BUF_INIT(4096);
    int n = 0, rc = add_users(s, Q_JOB_OF_TARGET, "job", name, &names, &n, e);
    if (rc == 0)
        rc = add_users(s, Q_SECRET_OF_TARGET, "secret", name, &names, &n, e);
    if (rc == 0 && n > 0)
        rc = err_set(e, ERR_CONFLICT, "target '%s' is used by %s: change or remove what uses it first", name,
                     buf_str(&names));
    return rc;
}

static int delete (struct store *s, const char *name, struct err *e)
{
    struct statement q = statement_begin(s, Q_TARGET_DELETE);
    statement_text(&q, name);
    return statement_run(&q, e);
}

static int remove_target(struct store *s, const char *name, int64_t if_revision, struct err *e)
{
    bool exists;
    int64_t revision;
    struct target_record *old;
    int result = find(s, name, &exists, &revision, &old, e);
    if (result == 0 && !exists)
        result = err_set(e, ERR_NOT_FOUND, "there is no target '%s'", name);
    if (result == 0)
        result = record_expect("target", name, exists, revision, if_revision, e);
    if (result == 0)
        result = refuse_used(s, name, e);
    if (result == 0)
        result = delete (s, name, e);
    if (result == 0)
        result = alerts_forget_target(s, name, e);
    if (result == 0)
        result = record(s, AUDIT_TARGET_REMOVE, name, old, NULL, clock_wall(), e);
    target_record_free(old);
    return result;
}

int targets_remove(struct store *s, const char *name, int64_t if_revision, struct err *e)
{
    bool own;
    int result = store_enter(s, &own, e);
    return result ? result : store_leave(s, own, remove_target(s, name, if_revision, e), e);
}
