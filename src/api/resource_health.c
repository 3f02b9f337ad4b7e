#include "api/resource.h"

#include "api/view.h"
#include "base/confine.h"
#include "versions.h"

int api_alive(struct request *q, struct reply *p, struct err *e)
{
    (void)q, (void)e;
    struct json *v = json_new_object();
    json_add_string(v, "status", "ok");
    reply_json(p, 200, v);
    return 0;
}

static bool add_check(struct json *list, const char *name, bool ok, const char *message)
{
    struct json *c = json_add(list, NULL, json_new_object());
    json_add_string(c, "name", name);
    json_add_bool(c, "ok", ok);
    json_add_string(c, "message", ok ? "" : message);
    return ok;
}

/* True when all are well. */
static bool add_checks(struct json *list, const struct engine_status *s)
{
    bool ok = add_check(list, "store", s->store_ok, s->store_error);
    ok &= add_check(list, "vault", s->vault_ok, s->vault_error);
    ok &= add_check(list, "sealed", !s->sealed, s->seal_error);
    /* Told, but no reason to be unready: what is due runs, and a restart would not mend it. */
    add_check(list, "clock", s->clock_ok,
              "the clock was set back by more than a minute: occurrences that have a run already do not run again");
    ok &= add_check(list, "engine", !s->draining, "the server is stopping: no new run is started");
    return ok;
}

/* What the process gave up, and what it could not. No check: a kernel without Landlock runs jobs as well as another. */
static void add_confinement(struct json *list)
{
    for (int m = 0; m < CONFINE_MEASURES; m++) {
        struct confine_state s = confine_state((enum confine_measure)m);
        add_check(list, confine_name((enum confine_measure)m), s.on, s.why);
    }
}

static int status_of(struct request *q, struct engine_status *ret, struct err *e)
{
    if (!q->service->engine)
        return err_set(e, ERR_UNAVAILABLE, "the engine is not running");
    engine_status(q->service->engine, ret);
    return 0;
}

int api_ready(struct request *q, struct reply *p, struct err *e)
{
    struct engine_status s;
    int rc = status_of(q, &s, e);
    if (rc)
        return rc;
    struct json *v = json_new_object(), *checks = json_new_array();
    bool ok = add_checks(checks, &s);
    json_add_string(v, "status", ok ? "ready" : "not_ready");
    json_add(v, "checks", checks);
    reply_json(p, ok ? 200 : 503, v);
    return 0;
}

int api_status(struct request *q, struct reply *p, struct err *e)
{
    struct engine_status s;
    int rc = status_of(q, &s, e);
    if (rc)
        return rc;
    struct json *v = json_new_object();
    json_add_string(v, "version", EDGECRON_VERSION);
    view_add_time(v, "now", q->now);
    view_add_time(v, "started_at", s.started_at);
    json_add_int(v, "jobs", s.jobs);
    json_add_int(v, "jobs_active", s.jobs_active);
    json_add_int(v, "in_flight", s.in_flight);
    json_add_int(v, "queued", s.queued);
    json_add_int(v, "retrying", s.retrying);
    json_add_int(v, "finished", s.finished);
    json_add_bool(v, "paused", s.paused);
    json_add_bool(v, "sealed", s.sealed);
    json_add_bool(v, "draining", s.draining);
    view_add_time(v, "next_due", s.next_due);
    json_add_string(v, "next_job", wall_is_none(s.next_due) ? NULL : s.next_job);
    json_add_string(v, "timezones", zones_version(reader_zones(q->reader)));
    add_checks(json_add_array(v, "checks"), &s);
    add_confinement(json_add_array(v, "confinement"));
    reply_json(p, 200, v);
    return 0;
}
