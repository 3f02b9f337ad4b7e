/* resource_apply.c - the apply file, in and out. */
#include "api/resource.h"

#include "api/transaction.h"
#include "api/view.h"
#include "api/view_alert.h"
#include "api/warning.h"

#include <stdatomic.h>

#define EXPORTS_MAX 2 /* at the same time, of all that ask: each has all jobs in memory */

static atomic_int exports;

struct application {
    struct apply_options options;
    struct document document;
};

static int exec_apply(struct store *s, struct request *q, struct reply *p, void *ctx, struct err *e)
{
    struct application *x = ctx;
    struct apply_result r;
    int rc = apply_document(s, &x->document, q->now, &x->options, &r, e);
    if (rc)
        return rc;
    struct json *v = view_apply(&r, &x->options);
    warning_add_document(json_add_array(v, "warnings"), s, &x->document);
    apply_result_free(&r);
    reply_json(p, 200, v);
    return 0;
}

int api_apply(struct request *q, struct reply *p, struct err *e)
{
    struct application x = {
        .options = { .prune = request_query_bool(q, "prune"), .dry_run = request_dry_run(q), .forms = true },
    };
    json_auto struct json *body = NULL;
    int rc = request_json(q, &body, e);
    if (!rc)
        rc = document_parse(body, zones_known, reader_zones(q->reader), q->arena, &x.document, e);
    return rc ? rc : transaction_do(q, p, exec_apply, &x, e);
}

int api_export(struct request *q, struct reply *p, struct err *e)
{
    struct json *v = NULL;
    if (atomic_fetch_add(&exports, 1) < EXPORTS_MAX) {
        v = export_document(q->reader->store, e);
        if (v && q->identity.scope != SCOPE_ADMIN)
            view_cover_file(v);
        if (v)
            reply_json(p, 200, v);
    } else {
        reply_field(p, "Retry-After", "2");
        err_set(e, ERR_TOO_MANY, "%d exports are being made already: try again in a moment", EXPORTS_MAX);
    }
    atomic_fetch_sub(&exports, 1);
    return v ? 0 : -(int)e->code;
}
