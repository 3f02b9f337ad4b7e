#include "api/resource.h"

#include "api/view.h"

#include <string.h>

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
    reply_revision(p, r->revision);
    reply_json(p, 200, view_target(r));
    target_record_free(r);
    return 0;
}

static void add_secret(void *ctx, const struct secret_info *i)
{
    json_add(ctx, NULL, view_secret(i));
}

int api_secrets_list(struct request *q, struct reply *p, struct err *e)
{
    struct json *items = json_new_array();
    int rc = secrets_each(q->reader->store, add_secret, items, e);
    if (rc)
        json_free(items);
    else
        reply_json(p, 200, view_list(items, NULL));
    return rc;
}

struct wanted {
    const char *name;
    struct json *found;
};

static void find_secret(void *ctx, const struct secret_info *i)
{
    struct wanted *w = ctx;
    if (!w->found && !strcmp(i->name, w->name))
        w->found = view_secret(i);
}

int api_secrets_show(struct request *q, struct reply *p, struct err *e)
{
    struct wanted w = { .name = q->captures[0] };
    int rc = secrets_each(q->reader->store, find_secret, &w, e);
    if (rc) {
        json_free(w.found);
        return rc;
    }
    if (!w.found)
        return err_set(e, ERR_NOT_FOUND, "there is no secret '%.80s'; 'edgecron secret set' makes one", w.name);
    reply_json(p, 200, w.found);
    return 0;
}
