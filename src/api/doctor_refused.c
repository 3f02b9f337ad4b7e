/* doctor_refused.c - functions that said 401 or 403 to the last run that called them: which secret was sent, in which header, in
 * which version. From the history, as only a call with its key could ask, and that would make the function work. */
#include "api/doctor.h"
#include "base/age.h"
#include "base/buf.h"
#include "base/mem.h"
#include "core/template.h"
#include "store/runs.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

/* One answer of one place to the same credentials, of however many jobs. */
struct refusal {
    char *key;           /* place and credentials */
    const char *place;   /* "target 'prod'" or an origin */
    const char *target;  /* its name, or the origin, as secret_accepted has them */
    const char *sent;    /* "'X-Key' (secret K, version 2)"; "" */
    const char *message; /* of one of the runs */
    const char *run;     /* its id */
    int status;
    struct wall at;                   /* of the newest of them */
    const struct secret_info *secret; /* the first that was sent, as it is now; NULL: none, or it is not set */
    int n_secrets;
    bool active;
    struct names jobs;
};
struct refusals {
    struct doctor *d;
    struct map found; /* key -> struct refusal, in the arena */
};
struct carried {
    struct doctor *d;
    struct buf *sent;
    const char *place; /* of the template that is walked */
    const struct secret_info *first;
    int n;
};

static void note_secret(void *ctx, const char *name)
{
    struct carried *c = ctx;
    const struct secret_info *s = doctor_secret(c->d, name);
    buf_printf(c->sent, "%s'%s' (secret '%s'", c->n ? " and " : "", c->place, name);
    if (s)
        buf_printf(c->sent, ", version %" PRId64, s->version);
    buf_char(c->sent, ')');
    if (c->n++ == 0)
        c->first = s;
}

static bool replaces(const struct job *j, const struct header *h)
{
    for (int i = 0; i < j->request.n_headers; i++)
        if (!strcasecmp(j->request.headers[i].name, h->name))
            return true;
    return false;
}

static void walk(struct carried *c, const struct job *j, const struct target *t)
{
    for (int i = 0; i < j->request.n_headers; i++) {
        c->place = j->request.headers[i].name;
        template_secrets(j->request.headers[i].value, note_secret, c);
    }
    for (int i = 0; t && i < t->n_headers; i++) {
        c->place = t->headers[i].name;
        if (!replaces(j, &t->headers[i]))
            template_secrets(t->headers[i].value, note_secret, c);
    }
    c->place = "request.url";
    template_secrets(j->request.url, note_secret, c);
    c->place = "request.body";
    if (j->request.body)
        template_secrets(j->request.body, note_secret, c);
}

static struct refusal *find_refusal(struct refusals *w, const struct job_record *r, const struct target *t,
                                    const struct run *run)
{
    struct doctor *d = w->d;
    struct url parts;
    buf_auto struct buf sent = BUF_INIT(65536);
    struct carried c = { .d = d, .sent = &sent };
    walk(&c, &r->job, t);
    bool by_path = r->job.request.url[0] == '/';
    const char *origin = by_path ? NULL : doctor_origin(d, r->job.request.url, &parts);
    const char *target = by_path && t ? t->name : origin ? origin : "a place of its own";
    const char *key = doctor_text(d, "%d %s %s %s", run->http_status, target, buf_str(&sent), c.n ? "" : r->job.name);
    struct refusal *x = map_get(&w->found, key);
    if (x)
        return x;
    x = arena_alloc(d->arena, sizeof *x);
    *x = (struct refusal){ .key = (char *)key,
                           .place = by_path && t ? doctor_text(d, "target '%s'", t->name) : target,
                           .target = arena_strdup(d->arena, target),
                           .sent = arena_strdup(d->arena, buf_str(&sent)),
                           .message = arena_strdup(d->arena, run->message),
                           .run = arena_strdup(d->arena, run->id),
                           .status = run->http_status,
                           .at = WALL_NONE,
                           .secret = c.first,
                           .n_secrets = c.n };
    map_put(&w->found, x->key, x);
    return x;
}

static void look_at_job(void *ctx, const struct job_record *r, const struct target *t)
{
    struct refusals *w = ctx;
    struct arena *a = arena_new(0);
    struct runs_filter f = RUNS_FILTER_INIT;
    struct run *run = NULL;
    int n = 0;
    const char *next;
    f.jobs.job = r->job.name;
    f.states = RUN_BIT(RUN_SUCCEEDED) | RUN_BIT(RUN_FAILED);
    f.limit = 1;
    if (runs_list(w->d->store, &f, a, &run, &n, &next, NULL) == 0 && n > 0 && run->state == RUN_FAILED &&
        (run->http_status == 401 || run->http_status == 403)) {
        struct refusal *x = find_refusal(w, r, t, run);
        x->active |= doctor_job_active(w->d, r);
        if (wall_is_none(x->at) || run->finished_at.ms > x->at.ms)
            x->at = run->finished_at;
        names_add(w->d, &x->jobs, r->job.name);
    }
    arena_free(a);
}

/* Which version the place took before, if that is known. */
static const char *history_of(struct doctor *d, const struct refusal *x)
{
    char at[AGE_TEXT_SIZE];
    for (int i = 0; x->secret && i < x->secret->n_accepted; i++) {
        const struct secret_accepted *y = &x->secret->accepted[i];
        if (!strcmp(y->place, x->target) && y->version != x->secret->version)
            return doctor_text(d, "it took version %" PRId64 " until %s, so it was not given version %" PRId64 " yet: ",
                               y->version, age_time(y->at, d->now, at), x->secret->version);
        if (!strcmp(y->place, x->target))
            return doctor_text(d,
                               "it took this version until %s, so it was changed there: ", age_time(y->at, d->now, at));
    }
    return "";
}

static void say_refusal(struct doctor *d, const struct refusal *x)
{
    char at[AGE_TEXT_SIZE];
    const char *jobs = names_text(d, &x->jobs), *s = x->jobs.n == 1 ? "" : "s";
    age_time(x->at, d->now, at);
    if (x->n_secrets == 0)
        doctor_add(d, x->active ? DOCTOR_PROBLEM : DOCTOR_NOTICE, doctor_text(d, "its last run says: %s", x->message),
                   doctor_text(d, "edgecron run show %s%s", x->run, d->hint),
                   "%s answered HTTP %d to job%s %s, which carr%s no secret, at %s", x->place, x->status, s, jobs,
                   x->jobs.n == 1 ? "ies" : "y", at);
    else if (x->secret && x->secret->updated_at.ms > x->at.ms)
        doctor_add(d, DOCTOR_NOTICE, "the secret was set anew since: run the job to see whether it is taken now",
                   doctor_text(d, "edgecron job run %s --wait%s", x->jobs.shown[0], d->hint),
                   "%s answered HTTP %d to job%s %s at %s, before %s", x->place, x->status, s, jobs, at, x->sent);
    else
        doctor_add(
            d, x->active ? DOCTOR_PROBLEM : DOCTOR_NOTICE,
            doctor_text(d,
                        "%severy run fails until both sides have the same value; this gives edgecron another, or set "
                        "the function's own to what edgecron has",
                        history_of(d, x)),
            x->n_secrets == 1 && x->secret ? doctor_text(d, "edgecron secret set %s%s", x->secret->name, d->key_hint)
                                           : doctor_text(d, "edgecron run show %s%s", x->run, d->hint),
            "%s answered HTTP %d, and did not take %s of job%s %s, at %s", x->place, x->status, x->sent, s, jobs, at);
}

void doctor_refused(struct doctor *d)
{
    struct refusals w = { .d = d };
    size_t pos = 0;
    doctor_jobs(d, look_at_job, &w);
    for (const struct refusal *x; (x = map_each(&w.found, &pos));)
        say_refusal(d, x);
    map_free(&w.found);
}
