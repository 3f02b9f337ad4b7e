/* measure.c - what is counted, and the copies of it that others read (measure.h). */
#include "engine/measure.h"

#include "engine/watch.h"
#include "store/failing.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FRESH_MS 1000 /* a copy is good for so long */
#define PATIENCE_S 2  /* for the engine to make one */
#define WINDOW_MS 10000

const char *const measured_mode_names[MODES] = {
    [MODE_ACTIVE] = "active", [MODE_PAUSED] = "paused", [MODE_DISABLED] = "disabled", [MODE_ENDED] = "ended"
};

/* From the length of a commit to that of an outage. */
const struct metrics_bounds measure_lateness_bounds = {
    .n = 16,
    .per_unit = 1000,
    .at = { 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 3600000 },
};
/* From a function that answers at once to the longest time-outs. */
const struct metrics_bounds measure_duration_bounds = {
    .n = 15,
    .per_unit = 1000,
    .at = { 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 120000, 600000 },
};

void measure_init(struct engine *g)
{
    struct measure *m = g->measure = mem_alloc(sizeof *m);
    pthread_condattr_t monotonic;
    link_init(&m->idle);
    link_init(&m->unread);
    link_init(&m->others.idle);
    m->others.now = (struct measured_job){ .succeeded_at = WALL_NONE, .next_at = WALL_NONE, .duration_ms = -1 };
    pthread_mutex_init(&m->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&m->made, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

static void copy_free(struct measured *c)
{
    if (!c)
        return;
    arena_free(c->arena);
    mem_free(c);
}

void measure_free(struct engine *g)
{
    struct measure *m = g->measure;
    struct measure_target *t;
    for (size_t pos = 0; (t = map_each(&m->targets, &pos)); pos = 0) {
        map_remove(&m->targets, t->name);
        mem_free(t->name);
        mem_free(t);
    }
    map_free(&m->targets);
    struct measure_channel *ch;
    for (size_t pos = 0; (ch = map_each(&m->channels, &pos));) {
        mem_free(ch->name);
        mem_free(ch);
    }
    map_free(&m->channels);
    measure_jobs_free(g);
    copy_free(m->copy);
    pthread_cond_destroy(&m->made);
    pthread_mutex_destroy(&m->lock);
    mem_free(m);
}

/* --- counting ---------------------------------------------------------------------------------------------------- */

/* Of those that are disabled, or paused until somebody resumes them, people know. */
static bool counts_as_failing(enum measured_mode mode, bool failing)
{
    return failing && (mode == MODE_ACTIVE || mode == MODE_ENDED);
}

void measure_mode(struct engine *g, const struct entry *en, enum measured_mode now)
{
    g->measure->modes[en->mode]--;
    g->measure->modes[now]++;
    g->jobs_failing += counts_as_failing(now, en->failing) - counts_as_failing(en->mode, en->failing);
}

static void set_failing(struct engine *g, struct entry *en, bool failing)
{
    g->jobs_failing += counts_as_failing(en->mode, failing) - counts_as_failing(en->mode, en->failing);
    en->failing = failing;
}

static void found_failing(void *ctx, const char *job)
{
    struct engine *g = ctx;
    struct entry *en = map_get(&g->jobs, job);
    if (en)
        set_failing(g, en, true);
}

/* Answers of the writer that come later repeat what is read here, or add to it. */
int measure_failing_read(struct engine *g, struct err *e)
{
    struct entry *en;
    for (size_t pos = 0; (en = map_each(&g->jobs, &pos));)
        set_failing(g, en, false);
    return failing_each(g->store, found_failing, g, e);
}

/* A run of the job ended so. It may be of one by that name that was removed: so it is in the store. */
static void note_failing(struct engine *g, struct entry *en, const char *job, const struct run *r)
{
    en = en ? en : map_get(&g->jobs, job);
    if (en && !r->edited && (r->state == RUN_SUCCEEDED || r->state == RUN_FAILED || r->state == RUN_MISSED))
        set_failing(g, en, r->state != RUN_SUCCEEDED);
}

void measure_clock_step(struct engine *g)
{
    g->measure->clock_steps++;
}

/* Messages are no work: they are counted apart, by what came of them. */
static void measure_message(struct measure *m, const char *channel, const struct run *r)
{
    struct measure_channel *c = map_get(&m->channels, channel);
    if (!c && m->channels.len >= MEASURE_CHANNELS_MAX)
        return;
    if (!c) {
        c = mem_alloc(sizeof *c);
        c->name = mem_strdup(channel);
        map_put(&m->channels, c->name, c);
    }
    c->runs[r->state]++;
}

void measure_run(struct engine *g, struct entry *en, const char *job, const struct run *r)
{
    if (channel_of_job(job)) {
        measure_message(g->measure, channel_of_job(job), r);
        return;
    }
    struct measure_job *j = measure_job_of(g, en, job);
    watch_run(g, en, r);
    note_failing(g, en, job, r);
    j->now.runs[r->state]++;
    if (r->state == RUN_SUCCEEDED && !r->edited) {
        j->now.failures = 0;
        j->now.succeeded_at = r->finished_at;
    } else if ((r->state == RUN_FAILED || r->state == RUN_MISSED) && !r->edited) {
        j->now.failures++;
    }
    if (r->attempts > 0 && r->duration_ms >= 0)
        j->now.duration_ms = r->duration_ms;
    if (r->metrics && j->name)
        measure_values(g, j, r->metrics);
}

static struct measure_target *target_of(struct measure *m, struct place *p)
{
    const char *name = p->spec->record ? p->spec->record->target.name : "";
    if (p->measured)
        return p->measured;
    struct measure_target *t = map_get(&m->targets, name);
    if (!t && m->targets.len >= MEASURE_TARGETS_MAX)
        return &m->other_targets;
    if (!t) {
        t = mem_alloc(sizeof *t);
        t->name = mem_strdup(name);
        map_put(&m->targets, t->name, t);
    }
    return p->measured = t;
}

void measure_attempt(struct engine *g, const struct flight *f, const struct attempt *a)
{
    if (f->spec->channel)
        return;
    measure_job_of(g, f->entry, f->spec->record->job.name)->now.attempts[a->outcome]++;
    if (a->total_ms >= 0)
        metrics_observe(&target_of(g->measure, f->place)->duration_ms, &measure_duration_bounds, a->total_ms);
}

/* Windows that nothing was put into keep their old number, and are passed over. */
static void window_add(struct measure *m, struct mono now, int64_t lateness_ms)
{
    int64_t number = now.us / (WINDOW_MS * 1000);
    struct measure_window *w = &m->windows[number % MEASURE_WINDOWS];
    if (w->number != number)
        *w = (struct measure_window){ .number = number };
    w->counts[metrics_bucket(&measure_lateness_bounds, lateness_ms)]++;
    if (lateness_ms > w->most_ms)
        w->most_ms = lateness_ms;
}

void measure_sent(struct engine *g, const struct flight *f, int64_t lateness_ms)
{
    if (f->spec->channel)
        return;
    metrics_observe(&g->measure->lateness_ms[f->trigger], &measure_lateness_bounds, lateness_ms);
    if (f->trigger == TRIGGER_SCHEDULE)
        window_add(g->measure, loop_now(g->loop), lateness_ms);
}

/* --- copies ------------------------------------------------------------------------------------------------------ */

static int64_t lateness_p95(const struct measure *m, struct mono now)
{
    int64_t number = now.us / (WINDOW_MS * 1000), most_ms = 0, counts[METRICS_BUCKETS_MAX + 1] = { 0 };
    for (int i = 0; i < MEASURE_WINDOWS; i++) {
        const struct measure_window *w = &m->windows[i];
        if (w->number <= number - MEASURE_WINDOWS)
            continue;
        for (int k = 0; k <= measure_lateness_bounds.n; k++)
            counts[k] += w->counts[k];
        if (w->most_ms > most_ms)
            most_ms = w->most_ms;
    }
    return metrics_quantile(&measure_lateness_bounds, counts, 0.95, most_ms);
}

/* Since when it has been waiting for its turn. */
static struct wall waits_since(const struct flight *f)
{
    bool waits = f->phase == FLIGHT_WAITING || f->phase == FLIGHT_BEHIND || f->phase == FLIGHT_READY;
    return !waits                                                                       ? WALL_NONE
           : f->attempt > 0 && !wall_is_none(f->retry_at) && f->retry_at.ms > f->due.ms ? f->retry_at
                                                                                        : f->due;
}

static int64_t longest_wait(const struct engine *g)
{
    const struct flight *f;
    int64_t now_ms = clock_wall().ms, longest = 0;
    if (!g->phases[FLIGHT_WAITING] && !g->phases[FLIGHT_BEHIND] && !g->phases[FLIGHT_READY])
        return 0;
    for (size_t pos = 0; (f = map_each(&g->flights, &pos));) {
        struct wall since = waits_since(f);
        if (!wall_is_none(since) && now_ms - since.ms > longest)
            longest = now_ms - since.ms;
    }
    return longest;
}

static struct measured_job job_copy(struct measured *c, const struct measure_job *j)
{
    struct measured_job to = j->now;
    struct measured_value *values = arena_alloc(c->arena, (size_t)to.n_values * sizeof *values + 1);
    to.name = arena_strdup(c->arena, j->name);
    to.next_at = j->entry ? j->entry->next : WALL_NONE;
    for (int i = 0; i < to.n_values; i++) {
        values[i] = j->values[i];
        values[i].name = arena_strdup(c->arena, j->values[i].name);
    }
    to.values = values;
    return to;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct measured_job *)a)->name, ((const struct measured_job *)b)->name);
}

static void copy_jobs(struct measured *c, const struct measure *m)
{
    const struct measure_job *j;
    struct measured_job *jobs = arena_alloc(c->arena, (m->jobs.len + 1) * sizeof *jobs);
    for (size_t pos = 0; (j = map_each(&m->jobs, &pos));)
        jobs[c->n_jobs++] = job_copy(c, j);
    qsort(jobs, (size_t)c->n_jobs, sizeof *jobs, by_name);
    jobs[c->n_jobs++] = job_copy(c, &m->others);
    c->jobs = jobs;
}

static void copy_targets(struct measured *c, const struct measure *m)
{
    const struct measure_target *t;
    struct measured_target *targets = arena_alloc(c->arena, (m->targets.len + 1) * sizeof *targets);
    for (size_t pos = 0; (t = map_each(&m->targets, &pos)); c->n_targets++) {
        targets[c->n_targets].name = arena_strdup(c->arena, t->name);
        metrics_read(&t->duration_ms, &targets[c->n_targets].duration_ms);
    }
    metrics_read(&m->other_targets.duration_ms, &targets[c->n_targets++].duration_ms);
    c->targets = targets;
}

static void copy_channels(struct measured *c, const struct measure *m)
{
    const struct measure_channel *from;
    struct measured_channel *channels = arena_alloc(c->arena, m->channels.len * sizeof *channels + 1);
    for (size_t pos = 0; (from = map_each(&m->channels, &pos)); c->n_channels++) {
        channels[c->n_channels].name = arena_strdup(c->arena, from->name);
        memcpy(channels[c->n_channels].runs, from->runs, sizeof from->runs);
    }
    c->channels = channels;
}

static struct measured *copy_new(struct engine *g)
{
    struct measure *m = g->measure;
    struct measured *c = mem_alloc(sizeof *c);
    c->refs = 1;
    c->arena = arena_new(16384);
    c->at = clock_mono();
    measure_jobs_sweep(g, c->at);
    copy_jobs(c, m);
    copy_targets(c, m);
    copy_channels(c, m);
    memcpy(c->jobs_by_mode, m->modes, sizeof c->jobs_by_mode);
    c->jobs_summed = (int64_t)g->jobs.len - ((int64_t)m->jobs.len - m->removed);
    for (int i = 0; i < TRIGGER_COUNT; i++)
        metrics_read(&m->lateness_ms[i], &c->lateness_ms[i]);
    c->lateness_p95_ms = lateness_p95(m, c->at);
    c->waiting_ms = longest_wait(g);
    c->clock_steps = m->clock_steps;
    http_client_stats(g->http, &c->client);
    return c;
}

static void unref(struct measured *c)
{
    if (c && --c->refs == 0)
        copy_free(c);
}

void measure_publish(struct engine *g)
{
    struct measure *m = g->measure;
    struct measured *fresh = copy_new(g);
    pthread_mutex_lock(&m->lock);
    unref(m->copy);
    m->copy = fresh;
    m->wanted = false;
    pthread_cond_broadcast(&m->made);
    pthread_mutex_unlock(&m->lock);
}

void measure_close(struct engine *g)
{
    struct measure *m = g->measure;
    pthread_mutex_lock(&m->lock);
    m->closed = true;
    pthread_cond_broadcast(&m->made);
    pthread_mutex_unlock(&m->lock);
}

static bool fresh_enough(const struct measure *m)
{
    return m->closed || (m->copy && mono_ms_since(m->copy->at, clock_mono()) < FRESH_MS);
}

const struct measured *measured_take(struct engine *g)
{
    struct measure *m = g->measure;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += PATIENCE_S;
    pthread_mutex_lock(&m->lock);
    while (!fresh_enough(m)) {
        if (!m->wanted)
            engine_order_measure(g);
        m->wanted = true;
        if (pthread_cond_timedwait(&m->made, &m->lock, &until))
            break;
    }
    struct measured *c = m->copy;
    if (c)
        c->refs++;
    pthread_mutex_unlock(&m->lock);
    return c;
}

void measured_give(struct engine *g, const struct measured *c)
{
    pthread_mutex_lock(&g->measure->lock);
    unref((struct measured *)c);
    pthread_mutex_unlock(&g->measure->lock);
}

void measured_space(const struct engine *g, struct figures_space *ret)
{
    figures_space(g->data_dir, ret);
}
