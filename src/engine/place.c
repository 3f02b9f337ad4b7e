/* place.c - where calls go, with the limits there; and the counted definitions that flights hold (flight.h). */
#include "engine/flight.h"

#include <string.h>

struct job_spec *job_spec_ref(struct job_spec *s)
{
    s->refs++;
    return s;
}

void job_spec_unref(struct engine *g, struct job_spec *s)
{
    if (!s || --s->refs > 0)
        return;
    place_unref(g, s->place);
    job_record_free(s->record);
    mem_free(s);
}

struct target_spec *target_spec_ref(struct target_spec *s)
{
    s->refs++;
    return s;
}

void target_spec_unref(struct target_spec *s)
{
    if (!s || --s->refs > 0)
        return;
    target_record_free(s->record);
    mem_free(s->allowed);
    mem_free(s);
}

#define AHEAD_US 20000
#define AHEAD_MOST 512
#define CALL_US_MIN 1000

static void rate_due(void *ctx)
{
    struct place *p = ctx;
    place_pump(p->engine, p);
}

/* allow_private of the target and the engine's own, read once. */
struct target_spec *target_spec_new(struct engine *g, struct target_record *record)
{
    struct target_spec *s = mem_alloc(sizeof *s);
    const struct target *t = record ? &record->target : NULL;
    s->refs = 1;
    s->record = record;
    s->allowed = mem_alloc((size_t)(g->n_allow_private + (t ? t->n_allow_private : 0)) * sizeof *s->allowed);
    for (int i = 0; i < g->n_allow_private; i++)
        s->allowed[s->n_allowed++] = g->allow_private[i];
    for (int i = 0; t && i < t->n_allow_private; i++)
        if (cidr_parse(t->allow_private[i], &s->allowed[s->n_allowed]))
            s->n_allowed++;
    if (t)
        s->tls = (struct net_tls_options){ t->ca_file, net_tls_version_parse(t->tls_min) };
    return s;
}

struct place *place_new(struct engine *g, const char *name)
{
    struct place *p = mem_alloc(sizeof *p);
    p->name = mem_strdup(name);
    p->max_concurrent = 64;
    p->engine = g;
    p->rate_timer = (struct loop_timer){ .fn = rate_due, .ctx = p };
    p->recent_us = -1;
    link_init(&p->waiting);
    link_init(&p->ready);
    map_put(&g->places, p->name, p);
    return p;
}

/* A place name cannot be mistaken: a target's begins with "target ", an origin's with "http". */
static char *place_name(const struct job *j)
{
    if (j->target)
        return mem_printf("target %s", j->target);
    const char *host = strstr(j->request.url, "://");
    size_t n = host ? (size_t)(host - j->request.url) + 3 : 0;
    return mem_strndup(j->request.url, n + strcspn(j->request.url + n, "/?"));
}

/* The place of a job, counted for it. One of a job without target comes into being with its first job. */
struct place *place_of(struct engine *g, const struct job *j)
{
    mem_auto char *name = place_name(j);
    struct place *p = map_get(&g->places, name);
    if (!p) {
        p = place_new(g, name);
        p->spec = target_spec_new(g, NULL);
    }
    return place_ref(p);
}

struct place *place_ref(struct place *p)
{
    p->refs++;
    return p;
}

void place_unref(struct engine *g, struct place *p)
{
    if (!p || --p->refs > 0)
        return;
    loop_timer_clear(g->loop, &p->rate_timer);
    if (map_get(&g->places, p->name) == p)
        map_remove(&g->places, p->name);
    target_spec_unref(p->spec);
    mem_free(p->name);
    mem_free(p);
}

/* --- slots ------------------------------------------------------------------------------------------------------- */

/* How many attempts may be begun in the store beyond those that may be sent: as many as will be sent within AHEAD_US, as
 * calls went lately. Where calls are short, a commit takes longer than they do, and slots would stand idle for it; where they are
 * long, a run that waits is `queued`. Not where a crash in between would cost a run that was never sent (at most once). */
static int ahead(const struct place *p, const struct flight *f)
{
    if (p->rate.n > 0 || p->recent_us < 0 || f->spec->record->job.delivery != DELIVERY_AT_LEAST_ONCE)
        return 0;
    int64_t n = p->max_concurrent * AHEAD_US / (p->recent_us > CALL_US_MIN ? p->recent_us : CALL_US_MIN);
    return n < AHEAD_MOST ? (int)n : AHEAD_MOST;
}

void place_took(struct place *p, int64_t call_us)
{
    p->recent_us = p->recent_us < 0 ? call_us : p->recent_us + (call_us - p->recent_us) / 8;
}

/* A rate spaces the starts evenly; the first start after a quiet time is at once. */
bool slot_take(struct engine *g, struct flight *f)
{
    struct place *p = f->place;
    struct mono now = loop_now(g->loop);
    if (p->admitted >= p->max_concurrent + ahead(p, f))
        return false;
    if (p->rate.n > 0) {
        if (p->next_start.us > now.us) {
            loop_timer_set(g->loop, &p->rate_timer, p->next_start);
            return false;
        }
        p->next_start.us = now.us + p->rate.interval_ms * 1000 / p->rate.n;
    }
    p->admitted++;
    f->admitted = true;
    return true;
}

void slot_release(struct engine *g, struct flight *f)
{
    if (!f->admitted)
        return;
    f->place->admitted--;
    f->place->in_flight -= f->in_flight;
    f->admitted = f->in_flight = false;
    place_pump(g, f->place);
    if (f->place->admitted == 0)
        f->place->recent_us = -1; /* what was true then need not be at the next calls */
}

/* A call that cannot be made ends at once, and its slot comes back here in the middle of it all. */
void place_pump(struct engine *g, struct place *p)
{
    if (p->pumping)
        return;
    p->pumping = true;
    while (!link_empty(&p->ready) && p->in_flight < p->max_concurrent)
        attempt_send(g, MEM_CONTAINER(p->ready.next, struct flight, of_place));
    while (!g->draining && !link_empty(&p->waiting)) {
        struct flight *f = MEM_CONTAINER(p->waiting.next, struct flight, of_place);
        if (!slot_take(g, f))
            break;
        link_remove(&f->of_place);
        attempt_begin(g, f);
    }
    p->pumping = false;
}
