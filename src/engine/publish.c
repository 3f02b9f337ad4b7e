#include "engine/publish.h"

#include "engine/flight.h"
#include "engine/keyring.h"

#include <string.h>

static void name_set(struct feed_entry *x, const char *name)
{
    size_t len = strlen(name);
    memcpy(x->name, name, len < sizeof x->name ? len : sizeof x->name - 1);
}

/* Made when they are first told of: with nobody listening, no job needs them. */
static struct feed_tags *tags_of(struct job_spec *s)
{
    if (s && !s->tags)
        s->tags = feed_tags_new(s->record->job.tags, s->record->job.n_tags);
    return s ? feed_tags_ref(s->tags) : NULL;
}

/* --- runs -------------------------------------------------------------------------------------------------------- */

/* As the job is now, if there is one: who may see it may see its runs. */
static struct job_spec *spec_of(struct engine *g, const struct flight *f, const char *job)
{
    const struct entry *en = f ? f->entry : map_get(&g->jobs, job);
    return en ? en->spec : f ? f->spec : NULL;
}

void publish_run(struct engine *g, const struct run *r, const struct flight *f)
{
    if (!feed_on(g->feed))
        return;
    struct feed_entry x = { .kind = FEED_RUN, .tags = tags_of(spec_of(g, f, r->job)) };
    name_set(&x, r->job);
    x.run = (struct feed_run){
        .trigger = r->trigger,
        .state = r->state,
        .outcome = r->outcome,
        .http_status = r->http_status,
        .attempts = r->attempts,
        .scheduled_for = r->scheduled_for,
        .created_at = r->created_at,
        .started_at = r->started_at,
        .finished_at = r->finished_at,
        .next_attempt_at = r->next_attempt_at,
        .lateness_ms = r->lateness_ms,
        .duration_ms = r->duration_ms,
        .edited = r->edited,
    };
    memcpy(x.run.id, r->id, sizeof x.run.id);
    feed_message(&x.run, r->message);
    feed_put(g->feed, &x);
}

/* The run as its flight knows it; the rest is what just became true. */
static struct run run_of(const struct flight *f)
{
    struct run r = {
        .job = f->spec->record->job.name,
        .trigger = f->trigger,
        .scheduled_for = f->scheduled_for,
        .created_at = f->created_at,
        .attempts = f->attempt,
        .started_at = f->attempt > 0 ? f->started_at : WALL_NONE,
        .finished_at = WALL_NONE,
        .next_attempt_at = WALL_NONE,
        .lateness_ms = f->attempt > 0 ? flight_lateness(f, f->started_at) : -1,
        .duration_ms = -1,
        .outcome = f->outcome,
        .http_status = f->http_status,
        .edited = f->edited,
    };
    memcpy(r.id, f->id, sizeof r.id);
    return r;
}

void publish_attempt(struct engine *g, const struct flight *f, const struct record_op *o)
{
    if (!feed_on(g->feed))
        return;
    struct run r = run_of(f);
    r.state = RUN_RUNNING;
    r.attempts = o->attempt.number;
    publish_run(g, &r, f);
}

static void publish_end(struct engine *g, const struct flight *f, struct run *r)
{
    if (r->attempts > 0 && !wall_is_none(r->finished_at))
        r->duration_ms = r->finished_at.ms > r->started_at.ms ? r->finished_at.ms - r->started_at.ms : 0;
    publish_run(g, r, f);
}

void publish_result(struct engine *g, const struct flight *f, const struct record_op *o)
{
    if (!feed_on(g->feed))
        return;
    struct run r = run_of(f);
    r.state = o->run.state;
    r.message = o->run.message;
    r.finished_at = run_state_final(o->run.state) ? o->run.finished_at : WALL_NONE;
    r.next_attempt_at = o->run.state == RUN_RETRYING ? o->run.next_attempt_at : WALL_NONE;
    if (o->run.outcome != OUTCOME_NONE)
        r.outcome = o->run.outcome;
    publish_end(g, f, &r);
}

void publish_removed_run(struct engine *g, const struct flight *f, struct wall now)
{
    if (!feed_on(g->feed))
        return;
    struct run r = run_of(f);
    r.state = RUN_CANCELED;
    r.outcome = OUTCOME_CANCELED;
    r.message = "its job was removed while it waited";
    r.finished_at = now;
    publish_end(g, f, &r);
}

/* --- what others change ------------------------------------------------------------------------------------------ */

static bool wanted(const struct engine *g)
{
    return g->taken_up && feed_on(g->feed);
}

static bool same_tags(const struct job *a, const struct job *b)
{
    for (int i = 0; a->n_tags == b->n_tags && i < a->n_tags; i++)
        if (strcmp(a->tags[i], b->tags[i]))
            return false;
    return a->n_tags == b->n_tags;
}

static enum feed_action action_of(const void *before, const void *now)
{
    return !now ? FEED_REMOVED : before ? FEED_CHANGED : FEED_CREATED;
}

void publish_job(struct engine *g, struct job_spec *before, struct job_spec *now)
{
    if (!wanted(g))
        return;
    const struct job_record *r = (now ? now : before)->record;
    struct feed_entry x = { .kind = FEED_JOB, .action = action_of(before, now), .revision = now ? r->revision : 0 };
    name_set(&x, r->job.name);
    x.tags = tags_of(now ? now : before);
    if (before && now && before->record->paused != r->paused)
        x.action = r->paused ? FEED_PAUSED : FEED_RESUMED;
    if (before && now && !same_tags(&before->record->job, &r->job)) {
        x.retagged = true;
        x.tags_before = tags_of(before);
    }
    feed_put(g->feed, &x);
}

void publish_target(struct engine *g, const struct target_record *before, const struct target_record *now)
{
    if (!wanted(g))
        return;
    struct feed_entry x = { .kind = FEED_TARGET,
                            .action = action_of(before, now),
                            .revision = now ? now->revision : 0 };
    name_set(&x, (now ? now : before)->target.name);
    feed_put(g->feed, &x);
}

static bool same_key(const struct key *a, const struct key *b)
{
    for (int i = 0; a->n_targets == b->n_targets && i < a->n_targets; i++)
        if (strcmp(a->targets[i], b->targets[i]))
            return false;
    return a->current.version == b->current.version && a->previous.version == b->previous.version &&
           a->previous_until.ms == b->previous_until.ms && a->n_targets == b->n_targets;
}

void publish_secret(struct engine *g, const struct key *before, const struct key *now)
{
    if (!wanted(g) || (before && now && same_key(before, now)))
        return;
    struct feed_entry x = { .kind = FEED_SECRET,
                            .action = action_of(before, now),
                            .revision = now ? now->current.version : 0 };
    name_set(&x, (now ? now : before)->name);
    feed_put(g->feed, &x);
}

void publish_settings(struct engine *g, const struct settings *now)
{
    if (!wanted(g))
        return;
    struct feed_entry x = { .kind = FEED_SETTINGS, .action = FEED_CHANGED, .paused = now->paused };
    feed_put(g->feed, &x);
}
