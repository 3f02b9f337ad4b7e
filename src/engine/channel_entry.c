#include "engine/channel_entry.h"

#include "base/log.h"
#include "engine/flight.h"

#include <string.h>

static const char removed[] = "canceled: the channel was removed";
static const char disabled[] = "canceled: the channel is disabled";

struct entry *channel_entry_or_job(const struct engine *g, const char *job)
{
    return map_get(channel_of_job(job) ? &g->channels : &g->jobs, job);
}

static void note_secret(void *ctx, const char *name)
{
    (void)name;
    *(bool *)ctx = true;
}

/* May it be used just now? Without the vault no secret has a value. */
static bool usable(const struct engine *g, const struct channel *c)
{
    bool names_secret = false;
    if (!g->vault)
        channel_secrets(c, note_secret, &names_secret);
    return c->enabled && !names_secret;
}

const char *channel_entry_why_not(struct engine *g, const char *job)
{
    struct channel_record *r = NULL;
    int rc = channels_get(g->store, channel_of_job(job), &r, NULL);
    const char *why = rc == -(int)ERR_NOT_FOUND ? removed : !rc && !r->channel.enabled ? disabled : NULL;
    if (!rc)
        channel_record_free(r);
    return why;
}

/* --- its definition ---------------------------------------------------------------------------------------------- */

static struct job_record *job_of(const struct channel_record *from)
{
    struct arena *a = arena_new(0);
    struct job_record *r = arena_alloc(a, sizeof *r);
    r->arena = a;
    r->revision = from->revision;
    r->created_at = from->created_at;
    r->updated_at = from->updated_at;
    r->effective_from = from->created_at;
    r->paused_until = WALL_NONE;
    channel_job(&from->channel, a, &r->job);
    return r;
}

/* What a place keeps of it is its own: calls that are under way may outlive the channel. */
static struct target_record *target_of(const struct channel_record *from)
{
    struct arena *a = arena_new(0);
    struct target_record *r = arena_alloc(a, sizeof *r);
    r->arena = a;
    channel_target(&from->channel, a, &r->target);
    r->target.ca_file = arena_strdup(a, r->target.ca_file);
    return r;
}

static void place_load(struct engine *g, struct place *p, const struct channel_record *from)
{
    struct target_record *r = target_of(from);
    target_spec_unref(p->spec);
    p->spec = target_spec_new(g, r);
    p->max_concurrent = r->target.max_concurrent;
    p->rate = r->target.rate;
}

/* Counted for the caller. Its name cannot be a target's or an origin's. */
static struct place *place_of_channel(struct engine *g, const struct channel_record *from)
{
    mem_auto char *name = mem_printf("channel %s", from->channel.name);
    struct place *p = map_get(&g->places, name);
    if (!p)
        p = place_new(g, name);
    place_load(g, p, from);
    return place_ref(p);
}

static struct entry *entry_new(void)
{
    struct entry *en = mem_alloc(sizeof *en);
    link_init(&en->flights);
    link_init(&en->of_backlog);
    link_init(&en->of_refused);
    en->from = en->next = WALL_NONE;
    return en;
}

static void entry_load(struct engine *g, struct entry *en, struct channel_record *r)
{
    struct job_spec *spec = mem_alloc(sizeof *spec);
    *spec = (struct job_spec){ .refs = 1, .record = job_of(r), .channel = r, .place = place_of_channel(g, r) };
    if (en) {
        map_remove(&g->channels, en->spec->record->job.name); /* its key lives in the old record */
        job_spec_unref(g, en->spec);
    } else {
        en = entry_new();
    }
    en->spec = spec;
    en->seen = true;
    map_put(&g->channels, spec->record->job.name, en);
    place_pump(g, spec->place); /* limits may have been widened */
}

static void entry_free(struct engine *g, struct entry *en, const char *why)
{
    flight_orphan(g, en, why);
    map_remove(&g->channels, en->spec->record->job.name);
    job_spec_unref(g, en->spec);
    mem_free(en);
}

/* --- refresh ----------------------------------------------------------------------------------------------------- */

static bool same_version(const struct channel_record *a, const struct channel_record *b)
{
    return a->revision == b->revision && a->updated_at.ms == b->updated_at.ms;
}

static bool take(void *ctx, struct channel_record *r)
{
    struct engine *g = ctx;
    mem_auto char *name = mem_printf(CHANNEL_JOB_PREFIX "%s", r->channel.name);
    struct entry *en = map_get(&g->channels, name);
    if (!usable(g, &r->channel)) {
        channel_record_free(r);
    } else if (en && same_version(en->spec->channel, r)) {
        en->seen = true;
        channel_record_free(r);
    } else {
        entry_load(g, en, r);
    }
    return true;
}

/* One that cannot be read, or used, just now stays as it was. */
static void forget_others(struct engine *g)
{
    struct entry *en;
    for (size_t pos = 0; (en = map_each(&g->channels, &pos));) {
        const char *why = en->seen ? NULL : channel_entry_why_not(g, en->spec->record->job.name);
        if (!why)
            continue;
        entry_free(g, en, why);
        pos = 0; /* the map has changed */
    }
}

/* They are few: CHANNELS_MAX. */
int channel_entries_refresh(struct engine *g, struct err *e)
{
    struct entry *en;
    for (size_t pos = 0; (en = map_each(&g->channels, &pos));)
        en->seen = false;
    int rc = channels_each(g->store, take, g, e);
    if (!rc)
        forget_others(g);
    return rc;
}

void channel_entries_free(struct engine *g)
{
    struct entry *en;
    for (size_t pos = 0; (en = map_each(&g->channels, &pos));) {
        job_spec_unref(g, en->spec);
        mem_free(en);
    }
    map_free(&g->channels);
}
