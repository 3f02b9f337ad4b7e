/* doctor_jobs.c - jobs and targets as they are stored: can each be read, and will it run? */
#include "api/upcoming.h"
#include "base/age.h"
#include "base/mem.h"
#include "api/doctor.h"

#include <stdio.h>
#include <string.h>

/* Each name, read once; what cannot be read is left out of every list, so that nothing else would tell of it. */
static void look_at_job(void *ctx, const char *name, int64_t revision, struct wall updated_at)
{
    struct doctor *d = ctx;
    struct job_record *r = NULL;
    struct err e = { 0 };
    (void)revision, (void)updated_at;
    if (jobs_get(d->store, name, &r, &e) == 0)
        job_record_free(r);
    else if (e.code != ERR_NOT_FOUND)
        doctor_add(d, DOCTOR_PROBLEM, "it does not run, and no list shows it: write it anew",
                   doctor_text(d, "edgecron job set %s --file job.json%s", name, d->hint), "%s", e.text);
}

static void look_at_target(void *ctx, const char *name, int64_t revision, struct wall updated_at)
{
    struct doctor *d = ctx;
    struct target_record *r = NULL;
    struct err e = { 0 };
    (void)revision, (void)updated_at;
    if (targets_get(d->store, name, &r, &e) == 0)
        target_record_free(r);
    else if (e.code != ERR_NOT_FOUND)
        doctor_add(d, DOCTOR_PROBLEM, "its jobs cannot be called, and no list shows it: write it anew",
                   doctor_text(d, "edgecron target set %s --file target.json%s", name, d->hint), "%s", e.text);
}

void doctor_readable(struct doctor *d)
{
    struct err e = { 0 };
    if (jobs_revisions(d->store, look_at_job, d, &e) < 0 || targets_revisions(d->store, look_at_target, d, &e) < 0)
        doctor_failed(d, &e);
}

static void look_at_schedule(void *ctx, const struct job_record *r, const struct target *t)
{
    struct doctor *d = ctx;
    struct err e = { 0 };
    struct upcoming next;
    char text[AGE_TEXT_SIZE];
    (void)t;
    if (!doctor_job_active(d, r) || !zones_get(d->zones, r->job.timezone, NULL))
        return; /* it is not to run, or time.zones says why it does not */
    int n = upcoming_list(d->zones, r, d->now, &next, 1, &e);
    if (n < 0)
        doctor_failed(d, &e);
    else if (n == 0)
        doctor_add(d, DOCTOR_NOTICE,
                   "its schedule or ends_at is over: remove it, or switch it off, so that nobody waits "
                   "for it",
                   doctor_text(d, "edgecron job set %s --disabled%s", r->job.name, d->hint),
                   "job '%s' is switched on, and never due again ('%s')", r->job.name, r->job.schedule);
    else
        doctor_add(d, DOCTOR_OK, NULL, NULL, "job '%s' is next due at %s", r->job.name,
                   age_time_at(next.scheduled_for, next.offset_s, d->now, text));
}

void doctor_schedules(struct doctor *d)
{
    doctor_jobs(d, look_at_schedule, d);
}
