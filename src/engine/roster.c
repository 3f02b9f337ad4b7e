#include "engine/refusal.h"
#include "engine/roster.h"

#include "base/log.h"
#include "engine/asked.h"
#include "engine/backlog.h"
#include "engine/backups.h"
#include "engine/channel_entry.h"
#include "engine/due.h"
#include "engine/flight.h"
#include "engine/heartbeat.h"
#include "engine/keyring.h"
#include "engine/measure.h"
#include "engine/publish.h"
#include "engine/seal.h"
#include "engine/watch.h"
#include "store/settings.h"
#include "store/upkeep.h"

#include <stdio.h>
#include <string.h>

#define FRESH_MS 60000 /* a job changed so shortly before planned_until may not have been planned up to there */

static bool same_version(int64_t revision, struct wall updated_at, int64_t other_revision, struct wall other_updated_at)
{
    return revision == other_revision && updated_at.ms == other_updated_at.ms;
}

static void target_load(struct engine *g, struct place *p, struct target_record *r)
{
    const struct target *t = &r->target;
    publish_target(g, p->known ? p->spec->record : NULL, r);
    target_spec_unref(p->spec);
    p->spec = target_spec_new(g, r);
    p->max_concurrent = t->max_concurrent;
    if (p->rate.n != t->rate.n || p->rate.interval_ms != t->rate.interval_ms)
        p->next_start = (struct mono){ 0 }; /* the next start was the old rate's */
    p->rate = t->rate;
    if (!p->known)
        place_ref(p); /* the roster's own, until the target is removed */
    p->known = p->seen = true;
    place_pump(g, p); /* limits may have been widened */
}

struct changes {
    struct engine *engine;
    char **names;
    size_t n, cap;
};

static void change_add(struct changes *c, const char *name)
{
    if (c->n == c->cap) {
        c->cap = c->cap ? c->cap * 2 : 64;
        c->names = mem_resize(c->names, c->cap * sizeof *c->names);
    }
    c->names[c->n++] = mem_strdup(name);
}

static void changes_free(struct changes *c)
{
    for (size_t i = 0; i < c->n; i++)
        mem_free(c->names[i]);
    mem_free(c->names);
}

static void target_revision(void *ctx, const char *name, int64_t revision, struct wall updated_at)
{
    struct changes *c = ctx;
    mem_auto char *key = mem_printf("target %s", name);
    struct place *p = map_get(&c->engine->places, key);
    if (p)
        p->seen = true;
    if (!p || !p->spec->record ||
        !same_version(revision, updated_at, p->spec->record->revision, p->spec->record->updated_at))
        change_add(c, name);
}

static void targets_forget(struct engine *g)
{
    struct place *p;
    size_t pos = 0;
    while ((p = map_each(&g->places, &pos))) {
        if (!p->known || p->seen)
            continue;
        publish_target(g, p->spec->record, NULL);
        p->known = false;
        place_unref(g, p);
        pos = 0; /* the map may have changed */
    }
}

static int targets_refresh(struct engine *g, struct err *e)
{
    struct changes c = { .engine = g };
    struct place *p;
    for (size_t pos = 0; (p = map_each(&g->places, &pos));)
        p->seen = false;
    int rc = targets_revisions(g->store, target_revision, &c, e);
    for (size_t i = 0; !rc && i < c.n; i++) {
        struct target_record *r;
        mem_auto char *key = mem_printf("target %s", c.names[i]);
        rc = targets_get(g->store, c.names[i], &r, e);
        if (rc)
            break;
        p = map_get(&g->places, key);
        target_load(g, p ? p : place_new(g, key), r);
    }
    changes_free(&c);
    if (!rc)
        targets_forget(g);
    return rc;
}

/* --- jobs -------------------------------------------------------------------------------------------------------- */

static void entry_free(struct engine *g, struct entry *en)
{
    due_forget(g, en);
    due_forget_told(en);
    refusal_forget(en);
    measure_forget(g, en);
    flight_orphan(g, en, "canceled: the job was removed");
    backlog_forget(g, en);
    watch_job_gone(g, en->spec->record->job.name);
    map_remove(&g->jobs, en->spec->record->job.name);
    job_spec_unref(g, en->spec);
    mem_free(en);
}

/* Where planning starts for an entry that was not known. One that comes to a running server is new, whatever the others are planned up to;
 * as is one that came so shortly before the end of the server before that nobody can tell. With jitter an occurrence may lie up to that
 * much before planned_until and have no row. What has one is passed over (due_recall). */
static struct wall start_of(struct engine *g, const struct job_record *r)
{
    struct wall from = g->planned_safe;
    if (g->taken_up || wall_is_none(from) || r->effective_from.ms > from.ms - FRESH_MS)
        return r->effective_from;
    from.ms -= r->job.jitter_s * 1000;
    return from.ms > r->effective_from.ms ? from : r->effective_from;
}

static bool entry_schedule(struct engine *g, struct entry *en, const struct job_record *r, struct err *e)
{
    const struct job *j = &r->job;
    const struct zone *zone = zones_get(g->zones, j->timezone, e);
    if (!zone || cron_parse(j->schedule, &en->cron, e))
        return false;
    en->schedule = plan_schedule_of(j, r->created_at, &en->cron, zone);
    return true;
}

static void entry_load(struct engine *g, struct job_record *r)
{
    struct entry *en = map_get(&g->jobs, r->job.name);
    struct entry fresh = { .seen = true };
    struct err e = { 0 };
    if (!entry_schedule(g, &fresh, r, &e)) {
        log_error("job cannot be scheduled", L_STR("job", r->job.name), L_STR("error", e.text));
        job_record_free(r);
        return;
    }
    struct job_spec *spec = mem_alloc(sizeof *spec);
    *spec = (struct job_spec){ .refs = 1, .record = r, .place = place_of(g, &r->job) };
    publish_job(g, en ? en->spec : NULL, spec);
    if (!en) {
        en = mem_alloc(sizeof *en);
        link_init(&en->flights);
        link_init(&en->of_backlog);
        en->left_counted = g->taken_up && !g->runs_left; /* else there may be runs of it (backlog_read) */
        link_init(&en->of_refused);
        en->from = start_of(g, r);
    } else {
        map_remove(&g->jobs, r->job.name); /* its key lives in the old record */
        due_forget(g, en);
        job_spec_unref(g, en->spec);
    }
    map_put(&g->jobs, r->job.name, en);
    en->spec = spec;
    en->cron = fresh.cron;
    en->schedule = fresh.schedule;
    en->schedule.cron = &en->cron;
    en->seen = true;
    if (r->effective_from.ms > en->from.ms)
        en->from = r->effective_from;
    due_entry(g, en);
    measure_entry(g, en);
    watch_job(g, r);
}

static bool each_job(void *ctx, struct job_record *r)
{
    entry_load(ctx, r);
    return true;
}

static void job_revision(void *ctx, const char *name, int64_t revision, struct wall updated_at)
{
    struct changes *c = ctx;
    struct entry *en = map_get(&c->engine->jobs, name);
    if (en)
        en->seen = true;
    if (!en || !same_version(revision, updated_at, en->spec->record->revision, en->spec->record->updated_at))
        change_add(c, name);
}

static void jobs_forget(struct engine *g)
{
    struct changes gone = { .engine = g };
    struct entry *en;
    for (size_t pos = 0; (en = map_each(&g->jobs, &pos));)
        if (!en->seen)
            change_add(&gone, en->spec->record->job.name);
    for (size_t i = 0; i < gone.n; i++) {
        en = map_get(&g->jobs, gone.names[i]);
        publish_job(g, en->spec, NULL);
        entry_free(g, en);
    }
    changes_free(&gone);
}

static int jobs_refresh(struct engine *g, struct err *e)
{
    struct changes c = { .engine = g };
    struct entry *en;
    if (g->jobs.len == 0)
        return jobs_each(g->store, "", 0, each_job, g, e);
    for (size_t pos = 0; (en = map_each(&g->jobs, &pos));)
        en->seen = false;
    int rc = jobs_revisions(g->store, job_revision, &c, e);
    for (size_t i = 0; !rc && i < c.n; i++) {
        struct job_record *r;
        rc = jobs_get(g->store, c.names[i], &r, e);
        if (!rc)
            entry_load(g, r);
    }
    changes_free(&c);
    if (!rc)
        jobs_forget(g);
    return rc;
}

/* --- all --------------------------------------------------------------------------------------------------------- */

static int settings_refresh(struct engine *g, struct err *e)
{
    struct settings now = { 0 }; /* whole: the rest of a text is compared, too */
    int rc = settings_get(g->store, &now, e);
    if (!rc)
        rc = home_held(g->store, &g->held, e);
    if (!rc && now.paused != g->settings.paused)
        log_info(now.paused ? "everything is paused" : "nothing is paused any more");
    if (!rc && !settings_equal(&now, &g->settings)) {
        publish_settings(g, &now);
        if (g->taken_up)
            upkeep_poke(g->upkeep);
    }
    if (rc)
        return rc;
    if (memcmp(g->settings.backup_schedule, now.backup_schedule, sizeof now.backup_schedule) ||
        g->settings.backup_keep != now.backup_keep)
        backups_tell(g->backups, &now);
    g->settings = now;
    heartbeat_tell(g, now.heartbeat_url, now.heartbeat_every_s);
    return 0;
}

void roster_sealed(struct engine *g)
{
    struct err e = { 0 };
    int rc = settings_refresh(g, &e);
    if (!rc)
        rc = channel_entries_refresh(g, &e);
    watch_changed(g);
    if (rc && !*g->roster_error)
        log_error("settings and channels cannot be read", L_STR("error", e.text));
    snprintf(g->roster_error, sizeof g->roster_error, "%s", e.text);
}

void roster_reload_zones(struct engine *g)
{
    struct zones *fresh = zones_open();
    struct entry *en;
    struct err e = { 0 };
    for (size_t pos = 0; (en = map_each(&g->jobs, &pos));)
        if (!zones_get(fresh, en->spec->record->job.timezone, &e)) {
            log_error("the time zone data on disk lacks a zone in use; what was read before stays",
                      L_STR("error", e.text));
            zones_close(fresh);
            return;
        }
    for (size_t pos = 0; (en = map_each(&g->jobs, &pos));) {
        en->schedule.zone = zones_get(fresh, en->spec->record->job.timezone, NULL);
        due_entry(g, en);
    }
    zones_close(g->zones);
    g->zones = fresh;
    log_info("time zone data read", L_STR("version", zones_version(fresh)));
}

static int refresh(struct engine *g, struct err *e)
{
    int rc = settings_refresh(g, e);
    if (!rc)
        rc = seal_renew(g, e);
    if (!rc)
        rc = keyring_refresh(g, e);
    if (!rc)
        rc = targets_refresh(g, e);
    if (!rc)
        rc = jobs_refresh(g, e);
    if (!rc)
        rc = channel_entries_refresh(g, e);
    if (!rc)
        rc = publish_alerts(g, e);
    watch_changed(g);
    return rc ? rc : measure_failing_read(g, e);
}

/* All from one state of the store: a job without its target, or a run without its job, would be told of wrongly. */
void roster_refresh(struct engine *g)
{
    struct err e = { 0 };
    int rc = store_begin(g->store, &e);
    if (!rc)
        rc = refresh(g, &e);
    if (rc)
        log_error("what changed in the store could not be read; what was known goes on", L_STR("error", e.text));
    if (g->taken_up && store_in_transaction(g->store))
        asked_take_up(g);
    store_rollback(g->store);
    snprintf(g->roster_error, sizeof g->roster_error, "%s", rc ? e.text : "");
}

void roster_free(struct engine *g)
{
    struct entry *en;
    struct place *p;
    for (size_t pos = 0; (en = map_each(&g->jobs, &pos));) {
        due_forget_told(en);
        job_spec_unref(g, en->spec);
        mem_free(en);
    }
    channel_entries_free(g);
    for (size_t pos = 0; (p = map_each(&g->places, &pos)); pos = 0) /* unref takes it out of the map */
        place_unref(g, p);
    map_free(&g->jobs);
    map_free(&g->places);
    keyring_forget(g);
    mem_free(g->secrets_seen);
}
