#include "api/events.h"
#include "api/events_text.h"
#include "api/resource.h"

#include <string.h>

static int busy(struct reply *p, struct err *e)
{
    if (e->code == ERR_TOO_MANY)
        buf_printf(&p->fields, "Retry-After: %d\r\n", EVENTS_BUSY_RETRY_S);
    return -(int)e->code;
}

/* Browsers give the field when they come back by themselves: it is newer than what the address says. */
static const char *last_id(const struct request *q)
{
    const char *field = q->header(q->ctx, "Last-Event-ID");
    return field && *field ? field : request_query(q, "last_event_id");
}

static int take_wishes(const struct request *q, struct events_want *w, struct err *e)
{
    unsigned kinds;
    int rc = request_query_choices(q, "types", &kinds, e);
    *w = (struct events_want){
        .kind = q->identity.kind,
        .tags = q->identity.tags,
        .n_tags = q->identity.n_tags,
        .job = request_query(q, "job"),
        .kinds = kinds ? kinds : ~0u,
        .last_id = last_id(q),
        .remote = q->remote,
        .encrypted = q->encrypted,
        .authorization = q->header(q->ctx, "Authorization"),
        .cookie = q->header(q->ctx, "Cookie"),
    };
    memcpy(w->name, q->identity.name, sizeof w->name);
    return rc;
}

int api_events(struct request *q, struct reply *p, struct err *e)
{
    struct events_want w;
    int rc = take_wishes(q, &w, e);
    if (rc)
        return rc;
    p->status = 200;
    p->content_type = "text/event-stream; charset=utf-8";
    p->policy = REPLY_API;
    if (!strcmp(q->method, "HEAD"))
        return 0;
    if (!q->service->events)
        return err_set(e, ERR_UNAVAILABLE, "there are no events here");
    struct listener *l = events_open(q->service->events, &w, e);
    if (!l)
        return busy(p, e);
    reply_field(p, "X-Accel-Buffering", "no"); /* nginx would keep events back */
    p->attach = events_attach;
    p->attach_ctx = l;
    return 0;
}
