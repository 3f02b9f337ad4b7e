/* doctor_clock.c - the clock, and the zones that schedules are read in. */
#include "api/doctor.h"
#include "base/age.h"
#include "store/runs.h"

#include <stdio.h>
#include <sys/timex.h>

#define AHEAD_MS 60000 /* planning never leads; what two readings of a clock that is being set may differ by */

static void look_at_plan(struct doctor *d)
{
    struct err e = { 0 };
    struct wall planned;
    char ahead[AGE_TEXT_SIZE], until[AGE_TEXT_SIZE];
    if (runs_get_planned_until(d->store, &planned, &e) < 0)
        doctor_failed(d, &e);
    else if (!wall_is_none(planned) && planned.ms > d->now.ms + AHEAD_MS)
        doctor_add(d, DOCTOR_WARNING,
                   "the clock was set back: a server starts again from where the clock is, and calls nothing twice; is "
                   "the clock right now?",
                   "timedatectl", "the clock is %s behind what was planned (up to %s)",
                   age_text(planned.ms - d->now.ms, ahead), age_time(planned, WALL_NONE, until));
}

/* A server that is confined may not ask. */
void doctor_clock(struct doctor *d)
{
    struct timex t = { .modes = 0 };
    int state = adjtimex(&t);
    look_at_plan(d);
    if (state == TIME_ERROR && (t.status & STA_UNSYNC))
        doctor_add(d, DOCTOR_NOTICE,
                   "a clock that nothing corrects drifts, and jobs with it; in a container or virtual "
                   "machine its host may see to it",
                   "timedatectl set-ntp true", "nothing is known to keep this system's clock right (NTP)");
    if (d->said == 0)
        doctor_add(d, DOCTOR_OK, NULL, NULL, "the clock is not behind what was planned%s",
                   state < 0 ? "; whether the system keeps it right (NTP), a server may not ask: the command can"
                             : ", and the system keeps it right");
}

struct zone_walk {
    struct doctor *d;
    struct map seen; /* names of zones, in the arena */
    int n;
};

static void look_at_zone(void *ctx, const struct job_record *r, const struct target *t)
{
    struct zone_walk *w = ctx;
    struct err e = { 0 };
    (void)t;
    if (!zones_get(w->d->zones, r->job.timezone, &e)) {
        doctor_add(w->d, doctor_job_active(w->d, r) ? DOCTOR_PROBLEM : DOCTOR_NOTICE,
                   "its schedule cannot be read, so it does not run",
                   doctor_text(w->d, "edgecron job set %s --timezone UTC%s", r->job.name, w->d->hint), "job '%s': %s",
                   r->job.name, e.text);
    } else if (!map_get(&w->seen, r->job.timezone)) {
        char *name = arena_strdup(w->d->arena, r->job.timezone);
        map_put(&w->seen, name, name);
        w->n++;
    }
}

void doctor_zones(struct doctor *d)
{
    struct zone_walk w = { .d = d };
    doctor_jobs(d, look_at_zone, &w);
    map_free(&w.seen);
    if (d->said == 0)
        doctor_add(d, DOCTOR_OK, NULL, NULL, "time zone data is %s; jobs use %d zone%s of it", zones_version(d->zones),
                   w.n, w.n == 1 ? "" : "s");
}
