/* resource_settings.c - settings of the whole appliance. */
#include "api/resource.h"

#include "api/precondition.h"
#include "api/transaction.h"
#include "api/view_alert.h"
#include "core/merge.h"
#include "store/settings.h"

static int answer(struct store *s, struct request *q, struct reply *p, struct err *e)
{
    struct settings v;
    int64_t revision;
    int rc = settings_get(s, &v, e);
    if (!rc)
        rc = settings_revision(s, &revision, e);
    if (rc)
        return rc;
    reply_revision(p, revision);
    struct json *form = settings_to_json(&v);
    if (q->identity.scope != SCOPE_ADMIN)
        view_cover_settings(form);
    reply_json(p, 200, form);
    return 0;
}

int api_settings_show(struct request *q, struct reply *p, struct err *e)
{
    int64_t revision;
    int rc = settings_revision(q->reader->store, &revision, e);
    if (rc || precondition_unmodified(q, revision, p))
        return rc;
    return answer(q->reader->store, q, p, e);
}

struct settings_write {
    struct precondition when;
    struct json *patch;
};

static int exec_patch(struct store *s, struct request *q, struct reply *p, void *ctx, struct err *e)
{
    struct settings_write *x = ctx;
    struct settings v;
    int64_t revision;
    int rc = settings_revision(s, &revision, e);
    if (!rc)
        rc = precondition_check(&x->when, "resource", "settings", revision, p, e);
    if (!rc)
        rc = settings_get(s, &v, e);
    if (rc)
        return rc;
    json_auto struct json *form = settings_to_json(&v);
    json_auto struct json *merged = merge_patch(form, x->patch);
    rc = settings_parse(merged, q->arena, &v, e);
    if (!rc)
        rc = settings_put(s, &v, e);
    return rc ? rc : answer(s, q, p, e);
}

int api_settings_patch(struct request *q, struct reply *p, struct err *e)
{
    struct settings_write x = { .patch = NULL };
    json_auto struct json *patch = NULL;
    int rc = precondition_read(q, &x.when, e);
    if (!rc)
        rc = request_json(q, &patch, e);
    x.patch = patch;
    return rc ? rc : transaction_do(q, p, exec_patch, &x, e);
}
