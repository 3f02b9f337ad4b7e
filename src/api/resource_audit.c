#include "api/resource.h"

#include "api/view.h"

int api_audit_list(struct request *q, struct reply *p, struct err *e)
{
    struct wall since;
    struct audit_row *rows;
    const char *next;
    int64_t limit;
    int n, rc = request_query_time(q, "since", &since, e);
    if (!rc)
        rc = request_query_int(q, "limit", &limit, e);
    if (!rc)
        rc = audit_list(q->reader->store, since, request_query(q, "cursor"), (int)limit, q->arena, &rows, &n, &next, e);
    if (rc)
        return rc;
    struct json *items = json_new_array();
    for (int i = 0; i < n; i++)
        json_add(items, NULL, view_audit(&rows[i]));
    reply_json(p, 200, view_list(items, next));
    return 0;
}
