/* place.c - where calls go; and the counted definitions that flights hold (flight.h). Its limits: slot.c. */
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
    channel_record_free(s->channel);
    feed_tags_unref(s->tags);
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
    p->rate_timer = (struct loop_timer){ .fn = slot_rate_due, .ctx = p };
    p->recent_us = -1;
    p->certificate_until = WALL_NONE;
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
    mem_free(p->why_slot);
    mem_free(p->why_rate);
    mem_free(p->name);
    mem_free(p);
}
