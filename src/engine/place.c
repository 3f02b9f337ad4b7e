/* Places and the counted definitions that flights hold. */
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
