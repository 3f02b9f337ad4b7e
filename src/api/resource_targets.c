#include "api/resource.h"

#include "api/precondition.h"
#include "api/view.h"

static bool add_target(void *ctx, struct target_record *r)
{
    json_add(ctx, NULL, view_target(r));
    target_record_free(r);
    return true;
}

int api_targets_list(struct request *q, struct reply *p, struct err *e)
{
    struct json *items = json_new_array();
    int rc = targets_each(q->reader->store, add_target, items, e);
    if (rc)
        json_free(items);
    else
        reply_json(p, 200, view_list(items, NULL));
    return rc;
}

int api_targets_show(struct request *q, struct reply *p, struct err *e)
{
    struct target_record *r;
    int rc = targets_get(q->reader->store, q->captures[0], &r, e);
    if (rc)
        return rc;
    if (!precondition_unmodified(q, r->revision, p)) {
        reply_revision(p, r->revision);
        reply_json(p, 200, view_target(r));
    }
    target_record_free(r);
    return 0;
}
