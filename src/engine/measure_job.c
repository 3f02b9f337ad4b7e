/* measure_job.c - which jobs have figures of their own, and these (measure.h).
 *
 *   known --room--> idle --a run ends--> in use --removed--> kept for a while --> gone
 *   known --no room--> others --a run ends, and another is idle--> in use (the idle one goes to the others: it had nothing to tell) */
#include "engine/measure.h"

#include "base/json.h"
#include "base/log.h"

#include <string.h>

#define KEEP_REMOVED_MS 600000 /* of a removed job, so that what it did last is read */
#define VALUES_OF_A_JOB 40     /* as many as a job may have */
#define READ_A_TURN 8          /* jobs whose past is read: a millisecond at most, with 1,000,000 runs */

static struct measure_job *job_new(struct measure *m, struct entry *en)
{
    struct measure_job *j = mem_alloc(sizeof *j);
    j->name = mem_strdup(en->spec->record->job.name);
    j->entry = en;
    j->now.succeeded_at = WALL_NONE;
    j->now.duration_ms = -1;
    link_init(&j->idle);
    link_init(&j->unread);
    link_append(&m->idle, &j->idle);
    map_put(&m->jobs, j->name, j);
    return j;
}

static void job_free(struct measure *m, struct measure_job *j)
{
    map_remove(&m->jobs, j->name);
    link_remove(&j->idle);
    link_remove(&j->unread);
    m->removed -= !j->entry;
    m->n_values -= j->now.n_values;
    if (j->entry)
        j->entry->measured = NULL;
    for (int i = 0; i < j->now.n_values; i++)
        mem_free((char *)j->values[i].name);
    mem_free(j->values);
    mem_free(j->name);
    mem_free(j);
}

static void sweep(struct measure *m, struct mono before)
{
    struct measure_job *j;
    for (size_t pos = 0; m->removed > 0 && (j = map_each(&m->jobs, &pos));)
        if (!j->entry && j->removed.us <= before.us) {
            job_free(m, j);
            pos = 0; /* the map has changed */
        }
}

void measure_jobs_sweep(struct engine *g, struct mono now)
{
    sweep(g->measure, (struct mono){ now.us - KEEP_REMOVED_MS * 1000 });
}

void measure_jobs_free(struct engine *g)
{
    struct measure_job *j;
    for (size_t pos = 0; (j = map_each(&g->measure->jobs, &pos)); pos = 0) {
        j->entry = NULL;
        job_free(g->measure, j);
    }
    map_free(&g->measure->jobs);
}

/* --- what was before --------------------------------------------------------------------------------------------- */

/* A few each turn, so that neither a start nor what is due waits for it. A run that ended meanwhile is in the store already. */
static void read_some(void *ctx)
{
    struct engine *g = ctx;
    struct measure *m = g->measure;
    struct err e = { 0 };
    for (int i = 0; i < READ_A_TURN && !link_empty(&m->unread); i++) {
        struct measure_job *j = MEM_CONTAINER(m->unread.next, struct measure_job, unread);
        link_remove(&j->unread);
        if (figures_streak(g->store, j->name, &j->now.succeeded_at, &j->now.failures, &e))
            log_error("what metrics tell of a job's past could not be read", L_STR("job", j->name),
                      L_STR("error", e.text));
    }
    if (!link_empty(&m->unread))
        loop_later(g->loop, &m->read_some);
}

static void read_later(struct engine *g, struct measure_job *j)
{
    g->measure->read_some.fn = read_some;
    g->measure->read_some.ctx = g;
    link_append(&g->measure->unread, &j->unread);
    loop_later(g->loop, &g->measure->read_some);
}

/* --- the roster --------------------------------------------------------------------------------------------------- */

/* What a job does not take from its answers any more. */
static void drop_values(struct measure *m, struct measure_job *j, const struct job *spec)
{
    int n = 0;
    for (int i = 0; i < j->now.n_values; i++) {
        int k = 0;
        while (k < spec->n_metrics && strcmp(spec->metrics[k].name, j->values[i].name))
            k++;
        if (k < spec->n_metrics)
            j->values[n++] = j->values[i];
        else
            mem_free((char *)j->values[i].name);
    }
    m->n_values -= j->now.n_values - n;
    j->now.n_values = n;
}

void measure_entry(struct engine *g, struct entry *en)
{
    struct measure *m = g->measure;
    if (!en->measured && (en->measured = map_get(&m->jobs, en->spec->record->job.name))) {
        en->measured->entry = en; /* it was removed, and is back */
        m->removed--;
    }
    if (en->measured)
        drop_values(m, en->measured, &en->spec->record->job);
    else if (m->jobs.len < MEASURE_JOBS_MAX)
        read_later(g, en->measured = job_new(m, en));
}

void measure_forget(struct engine *g, struct entry *en)
{
    struct measure_job *j = en->measured;
    if (!j)
        return;
    if (!link_empty(&j->idle)) {
        job_free(g->measure, j);
        return;
    }
    en->measured = NULL;
    j->entry = NULL;
    j->removed = clock_mono();
    g->measure->removed++;
}

struct measure_job *measure_job_of(struct engine *g, struct entry *en, const char *job)
{
    struct measure *m = g->measure;
    struct measure_job *j = en ? en->measured : map_get(&m->jobs, job);
    if (!j && en) {
        if (m->jobs.len >= MEASURE_JOBS_MAX)
            sweep(m, clock_mono());
        if (m->jobs.len >= MEASURE_JOBS_MAX && !link_empty(&m->idle))
            job_free(m, MEM_CONTAINER(m->idle.prev, struct measure_job, idle));
        if (m->jobs.len < MEASURE_JOBS_MAX)
            j = en->measured = job_new(m, en);
    }
    if (!j)
        return &m->others;
    link_remove(&j->idle);
    return j;
}

/* --- numbers of answers ------------------------------------------------------------------------------------------ */

static struct measured_value *value_of(struct measure *m, struct measure_job *j, const char *name)
{
    for (int i = 0; i < j->now.n_values; i++)
        if (!strcmp(j->values[i].name, name))
            return &j->values[i];
    if (m->n_values >= MEASURE_VALUES_MAX || j->now.n_values >= VALUES_OF_A_JOB)
        return NULL;
    if (!j->values)
        j->values = mem_alloc(VALUES_OF_A_JOB * sizeof *j->values);
    m->n_values++;
    j->values[j->now.n_values] = (struct measured_value){ .name = mem_strdup(name) };
    return &j->values[j->now.n_values++];
}

void measure_values(struct engine *g, struct measure_job *j, const char *metrics)
{
    struct json *all = json_parse(metrics, strlen(metrics), NULL);
    for (const struct json *v = json_first(all); v; v = json_next(v)) {
        struct measured_value *to = value_of(g->measure, j, json_key(v));
        if (!to)
            continue;
        to->last = json_number(v);
        to->sum += to->last > 0 ? to->last : 0;
    }
    json_free(all);
}
