/* resource_targets_write.c - targets created, replaced, patched and removed. */
#include "api/resource.h"

#include "api/precondition.h"
#include "api/transaction.h"
#include "api/view.h"
#include "api/warning.h"
#include "core/merge.h"

enum target_write_kind { TARGET_CREATE, TARGET_PUT, TARGET_PATCH };

/* One target being written. */
struct target_write {
    enum target_write_kind kind;
    bool dry_run;
    struct precondition when;
    struct json *patch;           /* TARGET_PATCH */
    struct target target;         /* in the request's arena; TARGET_PATCH: once it was merged */
    struct target_record *before; /* NULL: there is none, or it cannot be read */
    int64_t revision;             /* of what there is; 0: none */
};

static int look_before(struct target_write *x, struct store *s, const char *name, struct reply *p, struct err *e)
{
    struct err unreadable;
    int rc = targets_revision(s, name, &x->revision, e);
    if (!rc)
        rc = precondition_check(&x->when, "target", name, x->revision, p, e);
    if (!rc && x->kind == TARGET_CREATE && x->revision)
        rc = err_set(e, ERR_CONFLICT, "there is a target '%s' already: PUT replaces it, PATCH changes it", name);
    if (!rc && x->kind == TARGET_PATCH)
        return targets_get(s, name, &x->before, e);
    if (!rc && x->revision && targets_get(s, name, &x->before, &unreadable))
        x->before = NULL; /* a PUT mends it */
    return rc;
}

static int merge_target(struct target_write *x, struct request *q, struct err *e)
{
    json_auto struct json *form = target_to_json(&x->before->target);
    json_auto struct json *merged = merge_patch(form, x->patch);
    return target_parse(merged, q->captures[0], q->arena, &x->target, e);
}

static bool same_form(const struct target *a, const struct target *b)
{
    json_auto struct json *one = target_to_json(a), *other = target_to_json(b);
    return json_equal(one, other);
}

static struct target_record would_be(const struct target_write *x, struct wall now)
{
    const struct target_record *old = x->before;
    bool same = old && same_form(&old->target, &x->target);
    return (struct target_record){
        .target = x->target,
        .revision = same ? x->revision : x->revision + 1,
        .created_at = old ? old->created_at : now,
        .updated_at = same ? old->updated_at : now,
    };
}

static void answer(struct store *s, struct request *q, struct reply *p, int status, const struct target_record *r)
{
    struct json *v = view_target(r);
    warning_add_target(json_add_array(v, "warnings"), s, &r->target);
    reply_revision(p, r->revision);
    if (status == 201)
        reply_field(p, "Location", arena_printf(q->arena, ROUTE_PREFIX "targets/%s", r->target.name));
    reply_json(p, status, v);
}

static int put_and_answer(struct target_write *x, struct store *s, struct request *q, struct reply *p, struct err *e)
{
    enum put_result put;
    struct target_record *r;
    int rc = targets_put(s, &x->target, -1, q->now, &put, e);
    if (!rc)
        rc = targets_get(s, x->target.name, &r, e);
    if (rc)
        return rc;
    answer(s, q, p, put == PUT_CREATED ? 201 : 200, r);
    target_record_free(r);
    return 0;
}

static int try_and_answer(struct target_write *x, struct store *s, struct request *q, struct reply *p, struct err *e)
{
    struct target_record r = would_be(x, q->now);
    int rc = targets_check(s, &x->target, e);
    if (!rc)
        answer(s, q, p, 200, &r);
    return rc;
}

static int exec_write(struct store *s, struct request *q, struct reply *p, void *ctx, struct err *e)
{
    struct target_write *x = ctx;
    int rc = look_before(x, s, x->kind == TARGET_CREATE ? x->target.name : q->captures[0], p, e);
    if (!rc && x->kind == TARGET_PATCH)
        rc = merge_target(x, q, e);
    if (!rc)
        rc = x->dry_run ? try_and_answer(x, s, q, p, e) : put_and_answer(x, s, q, p, e);
    target_record_free(x->before);
    x->before = NULL;
    return rc;
}

static int write_target(struct request *q, struct reply *p, enum target_write_kind kind, struct err *e)
{
    struct target_write x = { .kind = kind, .dry_run = request_dry_run(q) };
    json_auto struct json *form = NULL;
    int rc = precondition_read(q, &x.when, e);
    if (!rc)
        rc = request_json(q, &form, e);
    if (rc)
        return rc;
    json_remove(form, "status"); /* what answers add to the form may come back with it */
    json_remove(form, "warnings");
    x.patch = form;
    if (kind != TARGET_PATCH)
        rc = target_parse(form, kind == TARGET_PUT ? q->captures[0] : NULL, q->arena, &x.target, e);
    if (rc)
        return rc;
    return x.dry_run ? exec_write(q->reader->store, q, p, &x, e) : transaction_do(q, p, exec_write, &x, e);
}

int api_targets_create(struct request *q, struct reply *p, struct err *e)
{
    return write_target(q, p, TARGET_CREATE, e);
}

int api_targets_put(struct request *q, struct reply *p, struct err *e)
{
    return write_target(q, p, TARGET_PUT, e);
}

int api_targets_patch(struct request *q, struct reply *p, struct err *e)
{
    return write_target(q, p, TARGET_PATCH, e);
}

static int exec_remove(struct store *s, struct request *q, struct reply *p, void *ctx, struct err *e)
{
    int64_t revision;
    const char *name = q->captures[0];
    int rc = targets_revision(s, name, &revision, e);
    if (!rc && revision)
        rc = precondition_check(ctx, "target", name, revision, p, e);
    if (!rc)
        rc = targets_remove(s, name, -1, e);
    if (!rc)
        p->status = 204;
    return rc;
}

int api_targets_remove(struct request *q, struct reply *p, struct err *e)
{
    struct precondition when;
    int rc = precondition_read(q, &when, e);
    return rc ? rc : transaction_do(q, p, exec_remove, &when, e);
}
