/* doctor_secrets.c - secrets that are missing, unused, due, or half way through a rotation. */
#include "base/mem.h"
#include "api/doctor.h"
#include "base/age.h"
#include "core/template.h"

#include <inttypes.h>
#include <string.h>

/* A secret that is named and not set, and who names it. */
struct missing {
    char *name;
    struct names users;
    bool active;    /* one of them is a job that will run */
    int noted;      /* the number of the user noted last */
    bool by_target; /* the users are targets that no job calls */
};
struct missing_walk {
    struct doctor *d;
    struct map found; /* name -> struct missing, in the arena */
    const char *user; /* whose templates are looked at now ... */
    int number;       /* ... and which one in order that is: 1, 2, ... */
    bool active;
};

static void note_missing(void *ctx, const char *name)
{
    struct missing_walk *w = ctx;
    struct missing *m = map_get(&w->found, name);
    if (!m && secrets_have(w->d->store, name))
        return;
    if (!m) {
        m = arena_alloc(w->d->arena, sizeof *m);
        m->name = arena_strdup(w->d->arena, name);
        map_put(&w->found, m->name, m);
    }
    m->active = m->active || w->active;
    if (m->noted != w->number) /* once, though it stands in several places */
        names_add(w->d, &m->users, w->user);
    m->noted = w->number;
}

static void note_missing_in_target(void *ctx, const char *name)
{
    struct missing_walk *w = ctx;
    struct missing *m = map_get(&w->found, name);
    if (m && !m->by_target)
        return; /* a job's, said already */
    note_missing(ctx, name);
    if ((m = map_get(&w->found, name)))
        m->by_target = true;
}

static void look_in_job(void *ctx, const struct job_record *r, const struct target *t)
{
    struct missing_walk *w = ctx;
    w->number++;
    w->user = r->job.name;
    w->active = doctor_job_active(w->d, r);
    template_job_secrets(&r->job, t, note_missing, w);
}

/* For those that no job uses yet; what a job's target names was noted with the job. */
static bool look_in_target(void *ctx, struct target_record *r)
{
    struct missing_walk *w = ctx;
    w->number++;
    w->user = r->target.name;
    w->active = false;
    for (int i = 0; i < r->target.n_headers; i++)
        template_secrets(r->target.headers[i].value, note_missing_in_target, w);
    target_record_free(r);
    return true;
}

void doctor_missing(struct doctor *d)
{
    struct err e = { 0 };
    struct missing_walk w = { .d = d };
    size_t pos = 0;
    if (d->unlisted.code)
        doctor_failed(d, &d->unlisted);
    doctor_jobs(d, look_in_job, &w);
    if (targets_each(d->store, look_in_target, &w, &e) < 0)
        doctor_failed(d, &e);
    for (const struct missing *m; (m = map_each(&w.found, &pos));) {
        const char *why = m->by_target ? "no job calls that target yet; once one does, its runs fail"
                          : m->active  ? "calls that need it are not made, and their runs fail"
                                       : "those jobs do not run now; once they do, they fail";
        doctor_add(d, m->active ? DOCTOR_PROBLEM : DOCTOR_NOTICE, why,
                   doctor_text(d, "edgecron secret set %s%s", m->name, d->key_hint),
                   "secret '%s' is not set, but used by %s%s %s", m->name, m->by_target ? "target" : "job",
                   m->users.n == 1 ? "" : "s", names_text(d, &m->users));
    }
    map_free(&w.found);
}

/* Before there is a job, a key waits for the one that is to use it: it is not advised to remove it. */
void doctor_unused(struct doctor *d)
{
    int64_t jobs = 0;
    if (d->store)
        jobs_count(d->store, &jobs, NULL);
    for (int i = 0; i < d->n_secrets; i++) {
        const struct secret_info *s = &d->secrets[i];
        if (s->n_jobs + s->n_users + s->n_channels == 0 && !s->heartbeat)
            doctor_add(
                d, DOCTOR_NOTICE,
                jobs ? "a key that nobody needs can only leak"
                     : doctor_text(d, "it is sent where a header of a target or job names it: {{secret.%s}}", s->name),
                jobs ? doctor_text(d, "edgecron secret remove %s%s", s->name, d->hint) : NULL,
                "no job, target or channel uses secret '%s'", s->name);
    }
}

void doctor_rotation(struct doctor *d)
{
    char age[AGE_TEXT_SIZE], every[AGE_TEXT_SIZE];
    for (int i = 0; i < d->n_secrets; i++) {
        const struct secret_info *s = &d->secrets[i];
        if (!wall_is_none(s->due_at) && s->due_at.ms <= d->now.ms)
            doctor_add(d, DOCTOR_WARNING, "the longer a key is in use, the more places it may have leaked to",
                       doctor_text(d, "edgecron secret rotate %s --generate%s", s->name, d->key_hint),
                       "secret '%s' has its value for %s, and is to be rotated every %s", s->name,
                       age_text(d->now.ms - s->updated_at.ms, age), age_text(s->rotate_every_s * 1000, every));
    }
}

/* Where the previous version was taken last, since there is a new one. Returns how many. */
static int say_behind(struct doctor *d, const struct secret_info *s, const char *until)
{
    int n = 0;
    for (int i = 0; i < s->n_accepted; i++) {
        const struct secret_accepted *x = &s->accepted[i];
        if (x->version != s->previous_version || x->at.ms < s->updated_at.ms)
            continue;
        doctor_add(d, DOCTOR_WARNING,
                   doctor_text(d,
                               "then version %" PRId64
                               " is destroyed, and calls there are refused: set version %" PRId64
                               " in the function's own settings",
                               s->previous_version, s->version),
                   NULL,
                   "the function at %s'%s' still takes version %" PRId64 " of secret '%s': set version %" PRId64
                   " there before %s",
                   strstr(x->place, "://") ? "" : "target ", x->place, x->version, s->name, s->version, until);
        n++;
    }
    return n;
}

static void say_overlap(struct doctor *d, const struct secret_info *s)
{
    char until[AGE_TEXT_SIZE];
    struct names current = { 0 };
    age_time(s->previous_expires_at, d->now, until);
    if (say_behind(d, s, until) > 0)
        return;
    for (int i = 0; i < s->n_accepted; i++)
        if (s->accepted[i].version == s->version)
            names_add(d, &current, s->accepted[i].place);
    doctor_add(d, DOCTOR_NOTICE,
               current.n ? doctor_text(d, "the new one is taken at %s; see that no other place needs the old one",
                                       names_text(d, &current))
                         : "no call has shown yet which of the two the functions take",
               NULL, "secret '%s' is being rotated: version %" PRId64 " is destroyed at %s", s->name,
               s->previous_version, until);
}

void doctor_overlap(struct doctor *d)
{
    for (int i = 0; i < d->n_secrets; i++)
        if (d->secrets[i].previous_version)
            say_overlap(d, &d->secrets[i]);
}
