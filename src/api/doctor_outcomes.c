/* doctor_outcomes.c - how runs ended: in the last 24 hours, and jobs that never succeeded at all. */
#include "base/buf.h"
#include "base/mem.h"
#include "api/doctor.h"
#include "core/channel.h"
#include "store/runs.h"

#include <inttypes.h>
#include <string.h>

#define LATELY_MS (24 * 3600 * 1000LL)

struct tally {
    char *job;
    bool active; /* the job is there, and will run */
    int64_t counts[RUN_STATE_COUNT];
    enum run_state last; /* of those that succeeded or failed */
    char *message;       /* of the last that failed */
};
struct tallies {
    struct doctor *d;
    struct map jobs; /* name -> struct tally, owned */
    int64_t counts[RUN_STATE_COUNT];
    int64_t messages[RUN_STATE_COUNT], n_messages; /* of channels, whose failures doctor_channels tells of */
};

static void count(void *ctx, const char *job, enum run_state state, const char *message)
{
    struct tallies *x = ctx;
    if (channel_of_job(job)) {
        x->messages[state]++;
        x->n_messages++;
        return;
    }
    struct tally *t = map_get(&x->jobs, job);
    if (!t) {
        t = mem_alloc(sizeof *t);
        t->job = mem_strdup(job);
        map_put(&x->jobs, t->job, t);
    }
    t->counts[state]++;
    x->counts[state]++;
    if (state == RUN_SUCCEEDED || state == RUN_FAILED)
        t->last = state;
    if (state == RUN_FAILED) {
        mem_free(t->message);
        t->message = mem_strdup(message);
    }
}

static void free_tallies(struct tallies *x)
{
    size_t pos = 0;
    for (struct tally *t; (t = map_each(&x->jobs, &pos));) {
        mem_free(t->job);
        mem_free(t->message);
        mem_free(t);
    }
    map_free(&x->jobs);
}

static bool find_last(struct doctor *d, const char *job, enum run_state state, struct arena *a, struct run **ret)
{
    struct runs_filter f = RUNS_FILTER_INIT;
    f.jobs.job = job;
    f.states = RUN_BIT(state);
    f.limit = 1;
    int n = 0;
    const char *next;
    return runs_list(d->store, &f, a, ret, &n, &next, NULL) == 0 && n > 0;
}

static const char *show_runs(struct doctor *d, const char *job)
{
    return doctor_text(d, "edgecron run list --job %s --state failed%s", job, d->hint);
}

/* It ran, and never succeeded, whenever that was. */
static void look_for_success(void *ctx, const struct job_record *r, const struct target *t)
{
    struct tallies *x = ctx;
    struct doctor *d = x->d;
    struct run *run;
    struct arena *a = arena_new(0);
    struct tally *lately = map_get(&x->jobs, r->job.name);
    (void)t;
    if (lately)
        lately->active = doctor_job_active(d, r);
    if (!find_last(d, r->job.name, RUN_SUCCEEDED, a, &run) && find_last(d, r->job.name, RUN_FAILED, a, &run)) {
        doctor_add(d, doctor_job_active(d, r) ? DOCTOR_PROBLEM : DOCTOR_NOTICE,
                   doctor_text(d, "its last run says: %s", run->message), show_runs(d, r->job.name),
                   "job '%s' ran, and has never succeeded", r->job.name);
        if (lately)
            lately->counts[RUN_FAILED] = 0; /* said */
    }
    arena_free(a);
}

static void say_failing(struct doctor *d, const struct tally *t)
{
    if (t->counts[RUN_FAILED] > 0)
        doctor_add(d,
                   !t->active              ? DOCTOR_NOTICE
                   : t->last == RUN_FAILED ? DOCTOR_PROBLEM
                                           : DOCTOR_WARNING,
                   doctor_text(d, "%s: %s",
                               t->last == RUN_FAILED ? "so did the last that ended"
                                                     : "it has succeeded since; the last that failed says",
                               t->message),
                   show_runs(d, t->job),
                   "%" PRId64 " run%s of job '%s' failed in the last 24 hours, %" PRId64 " succeeded",
                   t->counts[RUN_FAILED], t->counts[RUN_FAILED] == 1 ? "" : "s", t->job, t->counts[RUN_SUCCEEDED]);
    if (t->counts[RUN_MISSED] > 0)
        doctor_add(d, DOCTOR_NOTICE,
                   "no server ran when they were due, or not one that could call: see the job's catch_up",
                   doctor_text(d, "edgecron run list --job %s --state missed%s", t->job, d->hint),
                   "%" PRId64 " run%s of job '%s' %s missed in the last 24 hours", t->counts[RUN_MISSED],
                   t->counts[RUN_MISSED] == 1 ? "" : "s", t->job, t->counts[RUN_MISSED] == 1 ? "was" : "were");
}

static void say_counts(struct doctor *d, const char *what, const int64_t counts[RUN_STATE_COUNT])
{
    buf_auto struct buf text = BUF_INIT(1024);
    for (int i = 0; i < RUN_STATE_COUNT; i++)
        if (counts[i] > 0)
            buf_printf(&text, "%s%" PRId64 " %s", text.len ? ", " : "", counts[i], run_state_name((enum run_state)i));
    doctor_add(d, DOCTOR_OK, NULL, NULL, "%s of the last 24 hours: %s", what, text.len ? buf_str(&text) : "none");
}

void doctor_outcomes(struct doctor *d)
{
    struct err e = { 0 };
    struct tallies x = { .d = d };
    size_t pos = 0;
    if (runs_since(d->store, (struct wall){ d->now.ms - LATELY_MS }, count, &x, &e) < 0)
        doctor_failed(d, &e);
    say_counts(d, "runs", x.counts);
    if (x.n_messages)
        say_counts(d, "messages", x.messages);
    doctor_jobs(d, look_for_success, &x);
    for (const struct tally *t; (t = map_each(&x.jobs, &pos));)
        say_failing(d, t);
    free_tallies(&x);
}
