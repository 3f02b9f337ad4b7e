#include "cli/import.h"

#include "cli/apply.h"
#include "cli/output.h"

#include <string.h>

#define FORMS_MAX 1000 /* jobs up to which each field that changes is shown */

struct storing {
    struct data *d;
    const struct document *all; /* as the files say */
    struct document fresh;      /* without what stays as it is */
    struct import_kept kept;
    struct arena *arena;
};

/* What apply would do with each target and job of the document. */
static enum apply_action *plan(struct storing *s, struct err *e)
{
    const struct apply_options o = { .dry_run = true };
    struct apply_result r = { .arena = NULL };
    if (apply_document(s->d->store, s->all, clock_wall(), &o, &r, e) < 0)
        return NULL;
    enum apply_action *actions = arena_alloc(s->arena, ((size_t)r.n + 1) * sizeof *actions);
    for (int i = 0; i < r.n; i++)
        actions[i] = r.changes[i].action;
    apply_result_free(&r);
    return actions;
}

/* Is a job that was imported before on that target? Then it is this import's, and was changed on purpose. */
static bool is_ours(struct storing *s, const struct target *t)
{
    for (int i = 0; i < s->all->n_jobs; i++) {
        struct job_record *r = NULL;
        const struct job *j = &s->all->jobs[i];
        if (strcmp(j->target, t->name) != 0 || jobs_get(s->d->store, j->name, &r, NULL) < 0)
            continue;
        bool same = r->job.target && !strcmp(r->job.target, t->name);
        job_record_free(r);
        if (same)
            return true;
    }
    return false;
}

/* Another target of that name may be somebody else's: the keys of the imported jobs must not go there. */
static int check_target(struct storing *s, const struct target *t, struct err *e)
{
    struct target_record *r = NULL;
    int rc = targets_get(s->d->store, t->name, &r, e);
    if (rc < 0)
        return rc;
    bool elsewhere = strcmp(r->target.base_url, t->base_url) != 0;
    if (elsewhere && !is_ours(s, t))
        rc = err_set(
            e, ERR_CONFLICT,
            "target '%s' is there already, with the address %.150s; the files say %.150s: rename one of them, or "
            "take the files' with --replace",
            t->name, r->target.base_url, t->base_url);
    target_record_free(r);
    return rc;
}

static int take_targets(struct storing *s, const enum apply_action *actions, struct err *e)
{
    const struct document *all = s->all;
    s->kept.targets = arena_alloc(s->arena, ((size_t)all->n_targets + 1) * sizeof(char *));
    s->fresh.targets = arena_alloc(s->arena, ((size_t)all->n_targets + 1) * sizeof *s->fresh.targets);
    for (int i = 0; i < all->n_targets; i++) {
        int r = actions[i] == APPLY_UPDATED ? check_target(s, &all->targets[i], e) : 0;
        if (r < 0)
            return r;
        if (actions[i] == APPLY_UPDATED)
            s->kept.targets[s->kept.n_targets++] = all->targets[i].name;
        else
            s->fresh.targets[s->fresh.n_targets++] = all->targets[i];
    }
    return 0;
}

static void take_jobs(struct storing *s, const enum apply_action *actions)
{
    const struct document *all = s->all;
    s->kept.jobs = arena_alloc(s->arena, ((size_t)all->n_jobs + 1) * sizeof(char *));
    s->fresh.jobs = arena_alloc(s->arena, ((size_t)all->n_jobs + 1) * sizeof *s->fresh.jobs);
    for (int i = 0; i < all->n_jobs; i++) {
        if (actions[all->n_targets + i] == APPLY_UPDATED)
            s->kept.jobs[s->kept.n_jobs++] = all->jobs[i].name;
        else
            s->fresh.jobs[s->fresh.n_jobs++] = all->jobs[i];
    }
}

/* Leaves out what is there already in another form: it was changed since, or is somebody else's. */
static int leave_alone(struct storing *s, struct err *e)
{
    const enum apply_action *actions = plan(s, e);
    if (!actions)
        return -(int)e->code;
    s->fresh.n_targets = s->fresh.n_jobs = 0;
    int r = take_targets(s, actions, e);
    if (r == 0)
        take_jobs(s, actions);
    return r;
}

static int store_within(struct storing *s, bool replace, const struct apply_options *o, struct apply_result *ret,
                        struct err *e)
{
    int r = 0;
    s->fresh = *s->all;
    if (!replace)
        r = leave_alone(s, e);
    if (r == 0)
        r = apply_document(s->d->store, &s->fresh, clock_wall(), o, ret, e);
    return r;
}

static int store_all(struct storing *s, bool replace, const struct apply_options *o, struct apply_result *ret,
                     struct err *e)
{
    int r = store_begin(s->d->store, e);
    if (r < 0)
        return r;
    r = store_within(s, replace, o, ret, e);
    if (r == 0)
        return store_commit(s->d->store, e);
    store_rollback(s->d->store);
    return r;
}

static void note_secrets(struct storing *s)
{
    for (int i = 0; i < s->all->n_jobs; i++)
        data_note_secrets(s->d, &s->all->jobs[i], NULL);
}

static void print_result(const struct storing *s, const struct apply_result *r, const struct apply_options *o)
{
    bool changed = r->jobs.created + r->jobs.updated + r->targets.created + r->targets.updated > 0;
    if (changed) {
        apply_print(r, o);
        data_changed(s->d, NULL);
    } else if (s->all->n_jobs > 0) {
        output_text("nothing changed: all that the files say is there already\n");
    } else {
        output_text("nothing changed: there is no job to import\n");
    }
    import_print_kept(&s->kept);
}

int import_store(struct data *d, const struct pgcron_document *doc, bool replace, struct err *e)
{
    struct arena *a = arena_new(0);
    struct document all = { .n_jobs = 0 };
    struct storing s = { .d = d, .all = &all, .arena = a };
    struct apply_result result = { .arena = NULL };
    int r = document_parse(doc->file, zones_known, data_zones(d), a, &all, e);
    const struct apply_options o = { .forms = all.n_jobs <= FORMS_MAX };
    if (r == 0)
        r = store_all(&s, replace, &o, &result, e);
    if (r == 0) {
        note_secrets(&s);
        print_result(&s, &result, &o);
    }
    apply_result_free(&result);
    arena_free(a);
    return r;
}
