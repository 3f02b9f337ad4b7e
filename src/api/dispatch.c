#include "api/dispatch.h"

#include "api/access.h"
#include "api/page.h"
#include "api/sample.h"
#include "base/log.h"

#include <string.h>

static int refuse_method(const struct request *q, const struct buf *allow, struct reply *p, struct err *e)
{
    reply_field(p, "Allow", buf_str(allow));
    return err_set(e, ERR_METHOD, "'%.20s' cannot be used here; what can: %s", q->method, buf_str(allow));
}

static int run_route(struct request *q, struct reply *p, struct err *e)
{
    struct route_match m;
    buf_auto struct buf allow = BUF_INIT(200);
    switch (route_find(q->method, q->path, &m, &allow)) {
    case ROUTE_FOUND:
        break;
    case ROUTE_NO_METHOD:
        return refuse_method(q, &allow, p, e);
    default:
        return err_set(e, ERR_NOT_FOUND, "there is nothing at '%.120s'; /api/openapi.json lists what there is",
                       q->path);
    }
    int rc = request_take(q, &m, e);
    if (!rc)
        rc = access_allow(q, m.route, e);
    return rc ? rc : m.route->handle(q, p, e);
}

static bool store_failed(const struct err *e)
{
    return e->code == ERR_STORE || e->code == ERR_IO || e->code == ERR_INTERNAL;
}

/* What a route says, and everything under ROUTE_PREFIX that is none. To handlers that are for anyone a reader is lent for moments alone, as
 * they wait. */
static bool is_guarded(const struct request *q)
{
    struct route_match m;
    if (route_find(q->method, q->path, &m, NULL) == ROUTE_FOUND)
        return m.route->access != ACCESS_ANYONE;
    return !strncmp(q->path, ROUTE_PREFIX, strlen(ROUTE_PREFIX));
}

static int run_guarded(struct request *q, struct reply *p, struct err *e)
{
    q->reader = readers_take(q->service->readers);
    int rc = reader_store(q->reader, e) ? access_identify(q, p, e) : -(int)e->code;
    if (!rc)
        rc = run_route(q, p, e);
    if (rc && store_failed(e))
        reader_drop_store(q->reader);
    readers_give(q->service->readers, q->reader);
    q->reader = NULL;
    return rc;
}

static int answer(struct request *q, struct reply *p, struct err *e)
{
    if (q->service->sample_key && sample_serves(q->path))
        return sample_answer(q, p, e);
    if (!q->service->api)
        return err_set(e, ERR_NOT_FOUND, "there is nothing at '%.120s'", q->path);
    if (page_serves(q->path))
        return page_answer(q, p, e);
    if (is_guarded(q))
        return run_guarded(q, p, e);
    return run_route(q, p, e);
}

void dispatch(struct request *q, struct reply *p)
{
    struct err e = { 0 };
    int rc = answer(q, p, &e);
    if (!rc)
        return;
    if (store_failed(&e))
        log_error("request failed", L_STR("method", q->method), L_STR("path", q->path), L_STR("error", e.text));
    reply_problem(p, &e);
}
