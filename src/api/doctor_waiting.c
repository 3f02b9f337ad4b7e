/* doctor_waiting.c - jobs that more is due of than is called. */

#include "api/doctor.h"
#include "core/plan.h"
#include "store/runs.h"

#include <inttypes.h>

#define MANY PLAN_MAX_ROWS /* more than an outage leaves to catch up */

struct waiting {
    struct doctor *d;
    struct names jobs; /* each with its number */
    int64_t runs;      /* of theirs */
};

static void count(void *ctx, const char *job, int64_t runs)
{
    struct waiting *w = ctx;
    if (runs <= MANY)
        return;
    names_add(w->d, &w->jobs, job);
    w->runs += runs;
}

void doctor_waiting(struct doctor *d)
{
    struct waiting w = { .d = d };
    struct err e = { 0 };
    if (runs_left_jobs(d->store, count, &w, &e) < 0)
        doctor_failed(d, &e);
    else if (w.jobs.n)
        doctor_add(
            d, DOCTOR_WARNING,
            "more is due than its target takes: none is lost, but they are late, and those past their catch-up "
            "window will be missed; raise the target's max_concurrent (or rate), have the job run less often, or "
            "choose overlap: skip",
            doctor_text(d, "edgecron run list --state queued%s", d->hint),
            "%" PRId64 " runs of job%s %s wait for their turn", w.runs, w.jobs.n == 1 ? "" : "s",
            names_text(d, &w.jobs));
}
