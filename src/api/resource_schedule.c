#include "api/preview.h"
#include "api/resource.h"

int api_schedule_preview(struct request *q, struct reply *p, struct err *e)
{
    struct preview v = { .schedule = request_query(q, "schedule"), .timezone = request_query(q, "timezone") };
    int rc = request_query_time(q, "from", &v.from, e);
    if (!rc)
        rc = request_query_int(q, "count", &v.count, e);
    if (rc)
        return rc;
    if (!v.schedule)
        return err_set(e, ERR_INVALID, "the query parameter 'schedule' is missing; expected a cron expression");
    if (!v.timezone)
        v.timezone = "UTC";
    if (wall_is_none(v.from))
        v.from = q->now;
    struct json *json = preview_schedule(reader_zones(q->reader), &v, e);
    if (!json)
        return -(int)e->code;
    reply_json(p, 200, json);
    return 0;
}
