#include "api/form_write.h"

#include "api/precondition.h"
#include "api/transaction.h"
#include "core/merge.h"

/* One form being written, or removed. */
struct form_change {
    const struct form_kind *kind;
    enum form_write how;
    bool dry_run;
    struct precondition when;
    const struct json *input;
    const void *parsed; /* in the request's arena; FORM_PATCH: once it was merged */
    struct form_kept kept;
    struct json *before; /* NULL: there is none, or it cannot be read */
};

static int look_before(struct form_change *x, struct store *s, const char *name, struct reply *p, struct err *e)
{
    const struct form_kind *k = x->kind;
    struct err unreadable;
    int rc = k->revision(s, name, &x->kept.revision, e);
    if (!rc)
        rc = precondition_check(&x->when, k->what, name, x->kept.revision, p, e);
    if (!rc && x->how == FORM_CREATE && x->kept.revision)
        rc = err_set(e, ERR_CONFLICT, "there is a %s '%s' already: PUT replaces it, PATCH changes it", k->what, name);
    if (!rc && x->how == FORM_PATCH)
        return k->get(s, name, &x->kept, &x->before, e);
    if (!rc && x->kept.revision && k->get(s, name, &x->kept, &x->before, &unreadable))
        x->before = NULL; /* a PUT mends it */
    return rc;
}

static int merge(struct form_change *x, struct request *q, struct err *e)
{
    json_auto struct json *merged = merge_patch(x->before, x->input);
    return x->kind->parse(merged, q->captures[0], q->arena, &x->parsed, e);
}

static int answer(const struct form_change *x, struct store *s, struct request *q, struct reply *p, int status,
                  const struct form_kept *kept, struct err *e)
{
    struct json *v;
    int rc = x->kind->view(s, q, x->parsed, kept, &v, e);
    if (rc)
        return rc;
    reply_revision(p, kept->revision);
    if (status == 201)
        reply_field(p, "Location",
                    arena_printf(q->arena, ROUTE_PREFIX "%s/%s", x->kind->path, x->kind->name(x->parsed)));
    reply_json(p, status, v);
    return 0;
}

static int put_and_answer(const struct form_change *x, struct store *s, struct request *q, struct reply *p,
                          struct err *e)
{
    enum put_result put;
    struct form_kept kept;
    json_auto struct json *form = NULL;
    int rc = x->kind->put(s, x->parsed, q->now, &put, e);
    if (!rc)
        rc = x->kind->get(s, x->kind->name(x->parsed), &kept, &form, e);
    return rc ? rc : answer(x, s, q, p, put == PUT_CREATED ? 201 : 200, &kept, e);
}

static int try_and_answer(const struct form_change *x, struct store *s, struct request *q, struct reply *p,
                          struct err *e)
{
    json_auto struct json *now = x->kind->form(x->parsed);
    bool same = x->before && json_equal(now, x->before);
    struct form_kept would_be = {
        .revision = x->kept.revision + !same,
        .created_at = x->before ? x->kept.created_at : q->now,
        .updated_at = same ? x->kept.updated_at : q->now,
    };
    int rc = x->kind->check(s, x->parsed, e);
    return rc ? rc : answer(x, s, q, p, 200, &would_be, e);
}

static int exec_write(struct store *s, struct request *q, struct reply *p, void *ctx, struct err *e)
{
    struct form_change *x = ctx;
    int rc = look_before(x, s, x->how == FORM_CREATE ? x->kind->name(x->parsed) : q->captures[0], p, e);
    if (!rc && x->how == FORM_PATCH)
        rc = merge(x, q, e);
    if (!rc)
        rc = x->dry_run ? try_and_answer(x, s, q, p, e) : put_and_answer(x, s, q, p, e);
    json_free(x->before);
    x->before = NULL;
    return rc;
}

int form_write(struct request *q, struct reply *p, const struct form_kind *kind, enum form_write how, struct err *e)
{
    struct form_change x = { .kind = kind, .how = how, .dry_run = request_dry_run(q) };
    json_auto struct json *input = NULL;
    int rc = precondition_read(q, &x.when, e);
    if (!rc)
        rc = request_json(q, &input, e);
    if (rc)
        return rc;
    json_remove(input, "status"); /* what answers add to the form may come back with it */
    json_remove(input, "warnings");
    x.input = input;
    if (how != FORM_PATCH)
        rc = kind->parse(input, how == FORM_PUT ? q->captures[0] : NULL, q->arena, &x.parsed, e);
    if (rc)
        return rc;
    return x.dry_run ? exec_write(q->reader->store, q, p, &x, e) : transaction_do(q, p, exec_write, &x, e);
}

static int exec_remove(struct store *s, struct request *q, struct reply *p, void *ctx, struct err *e)
{
    struct form_change *x = ctx;
    const char *name = q->captures[0];
    int rc = x->kind->revision(s, name, &x->kept.revision, e);
    if (!rc && x->kept.revision)
        rc = precondition_check(&x->when, x->kind->what, name, x->kept.revision, p, e);
    if (!rc)
        rc = x->kind->remove(s, name, q->now, e);
    if (!rc)
        p->status = 204;
    return rc;
}

int form_remove(struct request *q, struct reply *p, const struct form_kind *kind, struct err *e)
{
    struct form_change x = { .kind = kind };
    int rc = precondition_read(q, &x.when, e);
    return rc ? rc : transaction_do(q, p, exec_remove, &x, e);
}
