/* doctor_bindings.c - secrets that are bound to nothing, in jobs that name a whole URL: whoever may change such a job can
 * send the secret anywhere. Where possible, the command names the targets that those jobs call already. */
#include "base/buf.h"
#include "base/mem.h"
#include "api/doctor.h"
#include "core/binding.h"
#include "core/template.h"

#include <stdio.h>
#include <string.h>

struct origin {
    const char *target; /* of the store */
    struct url url;
};
struct loose {
    const struct secret_info *info;
    struct names jobs, targets; /* that carry it to an absolute URL; targets that calls go to */
    const char *elsewhere;      /* a URL's origin that no target has, or "" when it is not known */
};
struct binding_walk {
    struct doctor *d;
    struct origin *origins;
    int n_origins, room;
    struct map loose; /* secret -> struct loose, in the arena */
    const struct job *job;
    bool absolute;
    const char *target, *elsewhere; /* that this job calls */
};

static bool add_origin(void *ctx, struct target_record *r)
{
    struct binding_walk *w = ctx;
    if (w->n_origins == w->room) {
        w->room = w->room ? w->room * 2 : 16;
        w->origins = mem_resize(w->origins, (size_t)w->room * sizeof *w->origins);
    }
    struct origin *o = &w->origins[w->n_origins];
    o->target = arena_strdup(w->d->arena, r->target.name);
    const char *base = arena_strdup(w->d->arena, r->target.base_url); /* the parsed one points into it */
    if (url_parse(base, &o->url, NULL) == 0)
        w->n_origins++;
    target_record_free(r);
    return true;
}

/* Where an absolute URL goes: a target with its origin, or that origin, or "" when it is filled in at the call. */
static void find_place(struct binding_walk *w, const char *url)
{
    struct url u;
    const char *origin = doctor_origin(w->d, url, &u);
    w->target = NULL;
    w->elsewhere = origin ? origin : "";
    for (int i = 0; origin && i < w->n_origins && !w->target; i++)
        if (origin_equal(&w->origins[i].url, &u))
            w->target = w->origins[i].target;
}

static void add_once(struct doctor *d, struct names *x, const char *name)
{
    for (int i = 0; i < x->n && i < DOCTOR_NAMES_SHOWN; i++)
        if (!strcmp(x->shown[i], name))
            return;
    names_add(d, x, name);
}

static void note_use(void *ctx, const char *name)
{
    struct binding_walk *w = ctx;
    const struct secret_info *info = doctor_secret(w->d, name);
    if (!info || info->n_targets > 0)
        return;
    struct loose *l = map_get(&w->loose, name);
    if (!l) {
        l = arena_alloc(w->d->arena, sizeof *l);
        l->info = info;
        map_put(&w->loose, info->name, l);
    }
    if (w->absolute)
        add_once(w->d, &l->jobs, w->job->name);
    if (w->target)
        add_once(w->d, &l->targets, w->target);
    else
        l->elsewhere = w->elsewhere;
}

static void look_at_job(void *ctx, const struct job_record *r, const struct target *t)
{
    struct binding_walk *w = ctx;
    w->job = &r->job;
    w->absolute = strstr(r->job.request.url, "://") && r->job.request.url[0] != '/';
    if (w->absolute)
        find_place(w, r->job.request.url);
    else
        w->target = r->job.target;
    template_job_secrets(&r->job, t, note_use, w);
}

/* A name for a target that is to be made, of a host's characters. */
static const char *name_for(struct doctor *d, const char *origin)
{
    char name[JOB_NAME_MAX + 1];
    size_t n = 0;
    for (const char *s = strstr(origin, "://") + 3; *s && n < JOB_NAME_MAX; s++)
        if (strchr("abcdefghijklmnopqrstuvwxyz0123456789", *s) || n > 0)
            name[n++] = strchr("abcdefghijklmnopqrstuvwxyz0123456789", *s) ? *s : '-';
    name[n] = '\0';
    return doctor_text(d, "%s", n ? name : "target");
}

static const char *bind_command(struct doctor *d, struct loose *l)
{
    buf_auto struct buf list = BUF_INIT(1024);
    const char *made = NULL;
    if (l->elsewhere && !*l->elsewhere)
        return NULL;
    if (l->elsewhere) {
        const char *name = name_for(d, l->elsewhere);
        made = doctor_text(d, "edgecron target set %s --base-url %s%s && ", name, l->elsewhere, d->hint);
        add_once(d, &l->targets, name);
    }
    if (l->targets.n > DOCTOR_NAMES_SHOWN)
        return NULL;
    for (int i = 0; i < l->targets.n; i++)
        buf_printf(&list, "%s%s", i ? "," : "", l->targets.shown[i]);
    return doctor_text(d, "%sedgecron secret set %s --target %s%s </dev/null", made ? made : "", l->info->name,
                       buf_str(&list), d->key_hint);
}

void doctor_bindings(struct doctor *d)
{
    struct err e = { 0 };
    struct binding_walk w = { .d = d };
    if (targets_each(d->store, add_origin, &w, &e) < 0)
        doctor_failed(d, &e);
    doctor_jobs(d, look_at_job, &w);
    for (int i = 0; i < d->n_secrets; i++) {
        struct loose *l = map_get(&w.loose, d->secrets[i].name);
        if (l && l->jobs.n > 0)
            doctor_add(d, DOCTOR_NOTICE,
                       "whoever may change a job can send it anywhere: bound to targets, it is refused elsewhere",
                       bind_command(d, l), "secret '%s' goes to an absolute URL in job%s %s, and is bound to no target",
                       l->info->name, l->jobs.n == 1 ? "" : "s", names_text(d, &l->jobs));
    }
    map_free(&w.loose);
    mem_free(w.origins);
}
