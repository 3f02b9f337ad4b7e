#include "api/resource.h"

#include "api/access.h"
#include "api/health.h"
#include "api/view.h"
#include "base/confine.h"
#include "engine/heartbeat.h"
#include "store/alerts.h"
#include "store/retention.h"
#include "versions.h"

int api_alive(struct request *q, struct reply *p, struct err *e)
{
    (void)q, (void)e;
    struct json *v = json_new_object();
    json_add_string(v, "status", "ok");
    reply_json(p, 200, v);
    return 0;
}

static void add_check(struct json *list, const char *name, bool ok, const char *message)
{
    struct json *c = json_add(list, NULL, json_new_object());
    json_add_string(c, "name", name);
    json_add_bool(c, "ok", ok);
    json_add_string(c, "message", message);
}

/* True when it is ready. Strangers get outlines, as messages may name files. */
static bool add_checks(struct json *list, const struct health_facts *f, bool known)
{
    struct health_check checks[HEALTH_CHECKS];
    health_judge(f, checks);
    for (int i = 0; i < HEALTH_CHECKS; i++) {
        const struct health_check *c = &checks[i];
        add_check(list, c->name, c->ok, known || !*c->message ? c->message : c->outline);
    }
    return health_ready(checks);
}

/* What the process gave up, and what it could not. No check: a kernel without Landlock runs jobs as well as another. */
static void add_confinement(struct json *list)
{
    for (int m = 0; m < CONFINE_MEASURES; m++) {
        struct confine_state s = confine_state((enum confine_measure)m);
        add_check(list, confine_name((enum confine_measure)m), s.on, s.on ? "" : s.why);
    }
}

static int facts_of(const struct request *q, struct health_facts *ret, struct err *e)
{
    if (!q->service->engine)
        return err_set(e, ERR_UNAVAILABLE, "the engine is not running");
    health_look(q->service->engine, ret);
    return 0;
}

/* Nobody needs to be known here, but who is gets to see more. A store that cannot be read makes strangers of all. */
static bool is_known(struct request *q)
{
    struct reply unused = REPLY_INIT;
    if (!q->header(q->ctx, "Authorization") && !q->header(q->ctx, "Cookie"))
        return false;
    q->reader = readers_take(q->service->readers);
    bool known = reader_store(q->reader, NULL) && !access_identify(q, &unused, NULL);
    readers_give(q->service->readers, q->reader);
    q->reader = NULL;
    reply_free(&unused);
    return known;
}

int api_ready(struct request *q, struct reply *p, struct err *e)
{
    struct health_facts f;
    int rc = facts_of(q, &f, e);
    if (rc)
        return rc;
    struct json *v = json_new_object(), *checks = json_new_array();
    bool ok = add_checks(checks, &f, is_known(q));
    json_add_string(v, "status", ok ? "ready" : "not_ready");
    json_add(v, "checks", checks);
    if (!ok)
        reply_field(p, "Retry-After", "5");
    reply_json(p, ok ? 200 : 503, v);
    return 0;
}

static void count_due(void *ctx, const char *name, struct wall updated_at, struct wall due_at)
{
    (void)name, (void)updated_at;
    *(int64_t *)ctx += !wall_is_none(due_at) && due_at.ms <= clock_wall().ms;
}

static void add_or_null(struct json *v, const char *key, int64_t n, int64_t null_value)
{
    if (n == null_value)
        json_add_null(v, key);
    else
        json_add_int(v, key, n);
}

static int64_t unused_bytes(struct store *s, int64_t bytes)
{
    int64_t pages = 0, unused;
    return retention_space(s, &pages, &unused, NULL) || pages == 0 || bytes < 0 ? 0 : unused * (bytes / pages);
}

/* How well it keeps up, and what it keeps. */
static void add_figures(struct json *v, const struct request *q, const struct health_facts *f)
{
    const struct measured *m = measured_take(q->service->engine);
    int64_t due = 0;
    figures_secrets(q->reader->store, MEASURE_SECRETS_MAX, count_due, &due, NULL);
    json_add_int(v, "waiting_ms", m ? m->waiting_ms : 0);
    add_or_null(v, "lateness_p95_ms", m ? m->lateness_p95_ms : -1, -1);
    json_add_int(v, "secrets_due", due);
    json_add_int(v, "store_bytes",
                 (f->space.database > 0 ? f->space.database : 0) + (f->space.wal > 0 ? f->space.wal : 0));
    json_add_int(v, "store_unused_bytes", unused_bytes(q->reader->store, f->space.database));
    add_or_null(v, "disk_free_bytes", f->space.free, -1);
    measured_give(q->service->engine, m);
}

struct failing_count {
    struct store *store;
    struct arena *arena;
    int64_t n;
};

static bool count_failing(void *ctx, struct channel_record *r)
{
    struct failing_count *c = ctx;
    struct channel_health h;
    if (r->channel.enabled && !channel_health(c->store, r->channel.name, c->arena, &h, NULL))
        c->n += !wall_is_none(h.failing_since);
    channel_record_free(r);
    return true;
}

/* Is anybody told, and are we known to be alive? */
static void add_watching(struct json *v, const struct request *q, const struct health_facts *f)
{
    struct failing_count channels = { q->reader->store, q->arena, 0 };
    struct heartbeat_status beat;
    channels_each(q->reader->store, count_failing, &channels, NULL);
    heartbeat_status(q->service->engine, &beat);
    json_add_int(v, "alerts_firing", f->engine.alerts_firing);
    json_add_int(v, "channels_failing", channels.n);
    view_add_time(v, "heartbeat_last_at", beat.last_ok_at);
    view_add_time(v, "heartbeat_failing_since", beat.failing_since);
}

int api_status(struct request *q, struct reply *p, struct err *e)
{
    struct health_facts f;
    int rc = facts_of(q, &f, e);
    if (rc)
        return rc;
    const struct engine_status *s = &f.engine;
    struct json *v = json_new_object();
    json_add_string(v, "version", EDGECRON_VERSION);
    view_add_time(v, "now", q->now);
    view_add_time(v, "started_at", s->started_at);
    json_add_int(v, "jobs", s->jobs);
    json_add_int(v, "jobs_active", s->jobs_active);
    json_add_int(v, "jobs_failing", s->jobs_failing);
    json_add_int(v, "in_flight", s->in_flight);
    json_add_int(v, "queued", s->queued);
    json_add_int(v, "queued_in_store", s->queued_in_store);
    view_add_time(v, "overloaded_since", s->overloaded_since);
    json_add_int(v, "retrying", s->retrying);
    json_add_int(v, "finished", s->finished);
    json_add_bool(v, "paused", s->paused);
    json_add_string(v, "paused_reason", home_hold_name(s->held.hold));
    json_add_bool(v, "sealed", s->sealed);
    json_add_bool(v, "draining", s->draining);
    view_add_time(v, "backup_last_at", f.backup.last_at);
    view_add_time(v, "backup_next_at", f.backup.next_at);
    add_watching(v, q, &f);
    view_add_time(v, "next_due", s->next_due);
    json_add_string(v, "next_job", wall_is_none(s->next_due) ? NULL : s->next_job);
    json_add_string(v, "timezones", zones_version(reader_zones(q->reader)));
    add_figures(v, q, &f);
    add_checks(json_add_array(v, "checks"), &f, true);
    add_confinement(json_add_array(v, "confinement"));
    reply_json(p, 200, v);
    return 0;
}
