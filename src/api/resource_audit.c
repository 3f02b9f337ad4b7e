#include "api/resource.h"

#include "api/view.h"

static int read_filter(const struct request *q, struct audit_filter *f, struct err *e)
{
    int64_t limit;
    *f = (struct audit_filter){ .actor = request_query(q, "actor"),
                                .action = request_query(q, "action"),
                                .resource = request_query(q, "resource"),
                                .cursor = request_query(q, "cursor") };
    int rc = request_query_time(q, "since", &f->since, e);
    if (!rc)
        rc = request_query_time(q, "until", &f->until, e);
    if (!rc)
        rc = request_query_int(q, "limit", &limit, e);
    if (!rc)
        f->limit = (int)limit;
    return rc;
}

int api_audit_list(struct request *q, struct reply *p, struct err *e)
{
    struct audit_filter f;
    struct audit_row *rows;
    const char *next;
    int n, rc = read_filter(q, &f, e);
    if (!rc)
        rc = audit_list(q->reader->store, &f, q->arena, &rows, &n, &next, e);
    if (rc)
        return rc;
    struct json *items = json_new_array();
    for (int i = 0; i < n; i++)
        json_add(items, NULL, view_audit(&rows[i]));
    reply_json(p, 200, view_list(items, next));
    return 0;
}
