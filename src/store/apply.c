/* apply.c - the apply file in and out of the store (jobs.h). */
#include "base/crash.h"
#include "base/json.h"
#include "base/map.h"
#include "store/jobs.h"
#include "store/settings.h"
#include "store/statement.h"

#include <string.h>

/* One application of a file, under way. */
struct application {
    struct store *s;
    const struct document *d;
    struct wall now;
    const struct apply_options *o;
    struct apply_result r;
};

const char *apply_action_name(enum apply_action a)
{
    static const char *const names[] = { "unchanged", "created", "updated", "removed" };
    return names[a];
}

static const enum apply_action action_of[] = {
    [PUT_UNCHANGED] = APPLY_UNCHANGED, [PUT_CREATED] = APPLY_CREATED, [PUT_UPDATED] = APPLY_UPDATED
};

static void count(struct apply_counts *n, enum apply_action action)
{
    int *const counters[] = { &n->unchanged, &n->created, &n->updated, &n->removed };
    ++*counters[action];
}

static void drop_forms(struct apply_change *c)
{
    json_free(c->before);
    json_free(c->after);
    c->before = c->after = NULL;
}

/* Forms become the result's; of what does not change nobody needs them, and it may be 100,000 jobs. */
static void note(struct application *x, const struct apply_change *c)
{
    struct apply_result *r = &x->r;
    if (r->n == r->cap) {
        struct apply_change *more = arena_alloc(r->arena, (size_t)(r->cap = r->cap ? 2 * r->cap : 64) * sizeof *more);
        if (r->n)
            memcpy(more, r->changes, (size_t)r->n * sizeof *more);
        r->changes = more;
    }
    r->changes[r->n] = *c;
    if (c->action == APPLY_UNCHANGED)
        drop_forms(&r->changes[r->n]);
    r->changes[r->n++].name = arena_strdup(r->arena, c->name);
    if (*c->kind != 's')
        count(*c->kind == 't' ? &r->targets : &r->jobs, c->action);
}

void apply_result_free(struct apply_result *r)
{
    for (int i = 0; i < r->n; i++)
        drop_forms(&r->changes[i]);
    arena_free(r->arena);
    *r = (struct apply_result){ 0 };
}

/* What is kept; NULL when there is nothing, or nothing that can be read. */
static struct json *target_form(struct store *s, const char *name)
{
    struct target_record *t = NULL;
    struct json *form = targets_get(s, name, &t, NULL) ? NULL : target_to_json(&t->target);
    target_record_free(t);
    return form;
}

static struct json *job_form(struct store *s, const char *name)
{
    struct job_record *j = NULL;
    struct json *form = jobs_get(s, name, &j, NULL) ? NULL : job_to_json(&j->job);
    job_record_free(j);
    return form;
}

static int apply_target(struct application *x, const struct target *t, struct err *e)
{
    enum put_result put;
    struct apply_change c = { .kind = "target", .name = t->name };
    c.before = x->o->forms ? target_form(x->s, t->name) : NULL;
    int result = targets_put(x->s, t, -1, x->now, &put, e);
    if (result) {
        json_free(c.before);
        return result;
    }
    c.action = action_of[put];
    c.after = x->o->forms ? target_to_json(t) : NULL;
    note(x, &c);
    return 0;
}

static int apply_job(struct application *x, const struct job *j, struct err *e)
{
    enum put_result put;
    struct apply_change c = { .kind = "job", .name = j->name };
    c.before = x->o->forms ? job_form(x->s, j->name) : NULL;
    int result = jobs_put(x->s, j, -1, x->now, &put, e);
    if (result) {
        json_free(c.before);
        return result;
    }
    c.action = action_of[put];
    c.after = x->o->forms ? job_to_json(j) : NULL;
    note(x, &c);
    return 0;
}

static int apply_items(struct application *x, struct err *e)
{
    for (int i = 0; i < x->d->n_targets; i++) {
        int result = apply_target(x, &x->d->targets[i], e);
        if (result) {
            err_under(e, "/targets/%d", i);
            return result;
        }
    }
    for (int i = 0; i < x->d->n_jobs; i++) {
        int result = apply_job(x, &x->d->jobs[i], e);
        if (result) {
            err_under(e, "/jobs/%d", i);
            return result;
        }
        crash_here(CRASH_IN_APPLY);
    }
    return 0;
}

static void note_setting(struct application *x, const char *name, struct json *before, struct json *after)
{
    struct apply_change c = { .kind = "setting", .name = name, .before = before, .after = after };
    c.action = json_equal(before, after) ? APPLY_UNCHANGED : APPLY_UPDATED;
    note(x, &c);
}

static int apply_settings(struct application *x, struct err *e)
{
    const struct document *d = x->d;
    struct settings v;
    bool any = false;
    for (int i = 0; i < SETTING_COUNT; i++)
        any = any || d->has[i];
    if (!any)
        return 0;
    int result = settings_get(x->s, &v, e);
    if (result)
        return result;
    struct settings before = v;
    for (int i = 0; i < SETTING_COUNT; i++)
        if (d->has[i])
            setting_copy(&v, &d->settings, (enum setting)i);
    json_auto struct json *old = settings_to_json(&before), *new = settings_to_json(&v);
    for (int i = 0; i < SETTING_COUNT; i++) {
        const char *name = setting_name((enum setting)i);
        if (d->has[i])
            note_setting(x, name, json_clone(json_get(old, name)), json_clone(json_get(new, name)));
    }
    return settings_put(x->s, &v, e);
}

/* --- what the file does not hold ---------------------------------------------------------------------------------- */

/* Names kept but not in the file, in the result's arena. */
struct leftovers {
    struct arena *a;
    struct map held;
    struct leftover {
        const char *name;
        struct leftover *next;
    } * first, **last;
};

static void look_over(void *ctx, const char *name, int64_t revision, struct wall updated_at)
{
    struct leftovers *l = ctx;
    (void)revision, (void)updated_at;
    if (map_get(&l->held, name))
        return;
    struct leftover *one = arena_alloc(l->a, sizeof *one);
    one->name = arena_strdup(l->a, name);
    *l->last = one;
    l->last = &one->next;
}

static int prune_jobs(struct application *x, struct err *e)
{
    struct leftovers l = { .a = x->r.arena, .last = &l.first };
    for (int i = 0; i < x->d->n_jobs; i++)
        map_put(&l.held, x->d->jobs[i].name, (void *)(uintptr_t)x->d);
    int result = jobs_revisions(x->s, look_over, &l, e);
    map_free(&l.held);
    for (const struct leftover *p = l.first; p && result == 0; p = p->next) {
        struct apply_change c = { .kind = "job", .name = p->name, .action = APPLY_REMOVED };
        c.before = x->o->forms ? job_form(x->s, p->name) : NULL;
        note(x, &c);
        result = jobs_remove(x->s, p->name, -1, x->now, e);
    }
    return result;
}

static int prune_targets(struct application *x, struct err *e)
{
    struct leftovers l = { .a = x->r.arena, .last = &l.first };
    for (int i = 0; i < x->d->n_targets; i++)
        map_put(&l.held, x->d->targets[i].name, (void *)(uintptr_t)x->d);
    int result = targets_revisions(x->s, look_over, &l, e);
    map_free(&l.held);
    for (const struct leftover *p = l.first; p && result == 0; p = p->next) {
        struct apply_change c = { .kind = "target", .name = p->name, .action = APPLY_REMOVED };
        c.before = x->o->forms ? target_form(x->s, p->name) : NULL;
        note(x, &c);
        result = targets_remove(x->s, p->name, -1, e);
        if (result)
            err_wrap(e, "the file does not hold target '%s', which cannot be removed", p->name);
    }
    return result;
}

static int apply_all(struct application *x, struct err *e)
{
    int result = apply_items(x, e);
    if (result == 0)
        result = apply_settings(x, e);
    if (result == 0 && x->o->prune)
        result = prune_jobs(x, e);
    if (result == 0 && x->o->prune)
        result = prune_targets(x, e);
    return result;
}

/* A savepoint of its own, also in a caller's transaction. */
static int apply_and_undo(struct application *x, struct err *e)
{
    int result = store_savepoint(x->s, e);
    if (result)
        return result;
    result = apply_all(x, e);
    int undone = store_in_transaction(x->s) ? store_release(x->s, false, result ? NULL : e) : 0;
    return result ? result : undone;
}

int apply_document(struct store *s, const struct document *d, struct wall now, const struct apply_options *o,
                   struct apply_result *ret, struct err *e)
{
    bool own;
    struct application x = { .s = s, .d = d, .now = now, .o = o, .r.arena = NULL };
    int result = store_enter(s, &own, e);
    if (result)
        return result;
    x.r.arena = arena_new(0);
    result = store_leave(s, own, o->dry_run ? apply_and_undo(&x, e) : apply_all(&x, e), e);
    if (result == 0)
        *ret = x.r;
    else
        apply_result_free(&x.r);
    return result;
}

static bool export_target(void *ctx, struct target_record *r)
{
    json_add(ctx, NULL, target_to_json(&r->target));
    target_record_free(r);
    return true;
}

static bool export_job(void *ctx, struct job_record *r)
{
    json_add(ctx, NULL, job_to_json(&r->job));
    job_record_free(r);
    return true;
}

static int export_into(struct store *s, struct json *doc, struct err *e)
{
    struct settings v;
    int result = targets_each(s, export_target, json_add_array(doc, "targets"), e);
    if (result == 0)
        result = jobs_each(s, "", 0, export_job, json_add_array(doc, "jobs"), e);
    if (result == 0)
        result = settings_get(s, &v, e);
    if (result)
        return result;
    json_add(doc, "settings", settings_to_json(&v));
    return 0;
}

struct json *export_document(struct store *s, struct err *e)
{
    bool own;
    if (store_enter(s, &own, e))
        return NULL;
    struct json *doc = json_new_object();
    json_add_int(doc, "version", 1);
    if (store_leave(s, own, export_into(s, doc, e), e) == 0)
        return doc;
    json_free(doc);
    return NULL;
}
