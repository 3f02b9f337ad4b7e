/* apply.c - the apply file into the store (jobs.h). */
#include "base/crash.h"
#include "base/json.h"
#include "base/map.h"
#include "store/alerts.h"
#include "store/settings.h"
#include "store/statement.h"

#include <stddef.h>
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

/* What a file has lists of. Each item's structure begins with its name. */
struct kind {
    const char *word, *member;
    size_t list, n, size;                                    /* in struct document */
    size_t counts;                                           /* in struct apply_result */
    struct json *(*form)(struct store *s, const char *name); /* what is kept; NULL: nothing that can be read */
    struct json *(*to_json)(const void *item);
    int (*put)(struct application *x, const void *item, enum put_result *ret, struct err *e);
    int (*remove)(struct application *x, const char *name, struct err *e);
    int (*revisions)(struct store *s, revision_each each, void *ctx, struct err *e);
};

static struct json *target_form(struct store *s, const char *name)
{
    struct target_record *t = NULL;
    struct json *form = targets_get(s, name, &t, NULL) ? NULL : target_to_json(&t->target);
    target_record_free(t);
    return form;
}

static struct json *target_json(const void *item)
{
    return target_to_json(item);
}

static int put_target(struct application *x, const void *item, enum put_result *ret, struct err *e)
{
    return targets_put(x->s, item, -1, x->now, ret, e);
}

static int remove_target(struct application *x, const char *name, struct err *e)
{
    return targets_remove(x->s, name, -1, e);
}

static struct json *channel_form(struct store *s, const char *name)
{
    struct channel_record *c = NULL;
    struct json *form = channels_get(s, name, &c, NULL) ? NULL : channel_to_json(&c->channel);
    channel_record_free(c);
    return form;
}

static struct json *channel_json(const void *item)
{
    return channel_to_json(item);
}

static int put_channel(struct application *x, const void *item, enum put_result *ret, struct err *e)
{
    return channels_put(x->s, item, -1, x->now, ret, e);
}

static int remove_channel(struct application *x, const char *name, struct err *e)
{
    return channels_remove(x->s, name, -1, x->now, e);
}

static struct json *job_form(struct store *s, const char *name)
{
    struct job_record *j = NULL;
    struct json *form = jobs_get(s, name, &j, NULL) ? NULL : job_to_json(&j->job);
    job_record_free(j);
    return form;
}

static struct json *job_json(const void *item)
{
    return job_to_json(item);
}

static int put_job(struct application *x, const void *item, enum put_result *ret, struct err *e)
{
    int result = jobs_put(x->s, item, -1, x->now, ret, e);
    if (result == 0)
        crash_here(CRASH_IN_APPLY);
    return result;
}

/* It would be taken out of rules of the file. */
static int refuse_named(const struct document *d, const char *job, struct err *e)
{
    for (int i = 0; i < d->n_alerts; i++)
        for (int k = 0; k < d->alerts[i].n_jobs; k++)
            if (strcmp(d->alerts[i].jobs[k], job) == 0) {
                mem_auto char *pointer = mem_printf("/alerts/%d/jobs/%d", i, k);
                return err_at(e, ERR_INVALID, pointer,
                              "job '%s' is named by this rule, but the file does not hold it: it would be removed",
                              job);
            }
    return 0;
}

static int remove_job(struct application *x, const char *name, struct err *e)
{
    int result = refuse_named(x->d, name, e);
    return result ? result : jobs_remove(x->s, name, -1, x->now, e);
}

static struct json *alert_form(struct store *s, const char *name)
{
    struct alert_record *r = NULL;
    struct json *form = alerts_get(s, name, &r, NULL) ? NULL : alert_rule_to_json(&r->rule);
    alert_record_free(r);
    return form;
}

static struct json *alert_json(const void *item)
{
    return alert_rule_to_json(item);
}

static int put_alert(struct application *x, const void *item, enum put_result *ret, struct err *e)
{
    return alerts_put(x->s, item, -1, x->now, ret, e);
}

static int remove_alert(struct application *x, const char *name, struct err *e)
{
    return alerts_remove(x->s, name, -1, e);
}

/* In this order, as each may name what comes before; what is not in the file is removed the other way round. */
#define LISTED(member_)                                                                   \
#member_, offsetof(struct document, member_), offsetof(struct document, n_##member_), \
        sizeof *((struct document *)0)->member_, offsetof(struct apply_result, member_)
static const struct kind KINDS[] = {
    { "target", LISTED(targets), target_form, target_json, put_target, remove_target, targets_revisions },
    { "channel", LISTED(channels), channel_form, channel_json, put_channel, remove_channel, channels_revisions },
    { "job", LISTED(jobs), job_form, job_json, put_job, remove_job, jobs_revisions },
    { "alert", LISTED(alerts), alert_form, alert_json, put_alert, remove_alert, alerts_revisions },
};

static int length_of(const struct kind *k, const struct document *d)
{
    return *(const int *)((const char *)d + k->n);
}

static const void *item_of(const struct kind *k, const struct document *d, int i)
{
    const char *list;
    memcpy(&list, (const char *)d + k->list, sizeof list);
    return list + (size_t)i * k->size;
}

static const char *name_of(const void *item)
{
    return *(const char *const *)item;
}

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

/* Forms become the result's; of what does not change nobody needs them, and it may be 100,000 jobs. `k` NULL: a setting. */
static void note(struct application *x, const struct kind *k, const struct apply_change *c)
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
    if (k)
        count((struct apply_counts *)((char *)r + k->counts), c->action);
}

void apply_result_free(struct apply_result *r)
{
    for (int i = 0; i < r->n; i++)
        drop_forms(&r->changes[i]);
    arena_free(r->arena);
    *r = (struct apply_result){ 0 };
}

static int apply_item(struct application *x, const struct kind *k, const void *item, struct err *e)
{
    enum put_result put;
    struct apply_change c = { .kind = k->word, .name = name_of(item) };
    c.before = x->o->forms ? k->form(x->s, c.name) : NULL;
    int result = k->put(x, item, &put, e);
    if (result) {
        json_free(c.before);
        return result;
    }
    c.action = action_of[put];
    c.after = x->o->forms ? k->to_json(item) : NULL;
    note(x, k, &c);
    return 0;
}

static int apply_list(struct application *x, const struct kind *k, struct err *e)
{
    int result = 0, n = length_of(k, x->d);
    for (int i = 0; result == 0 && i < n; i++) {
        result = apply_item(x, k, item_of(k, x->d, i), e);
        if (result)
            err_under(e, "/%s/%d", k->member, i);
    }
    return result;
}

static void note_setting(struct application *x, const char *name, struct json *before, struct json *after)
{
    struct apply_change c = { .kind = "setting", .name = name, .before = before, .after = after };
    c.action = json_equal(before, after) ? APPLY_UNCHANGED : APPLY_UPDATED;
    note(x, NULL, &c);
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

static int prune_list(struct application *x, const struct kind *k, struct err *e)
{
    struct leftovers l = { .a = x->r.arena, .last = &l.first };
    for (int i = 0; i < length_of(k, x->d); i++)
        map_put(&l.held, name_of(item_of(k, x->d, i)), (void *)(uintptr_t)x->d);
    int result = k->revisions(x->s, look_over, &l, e);
    map_free(&l.held);
    for (const struct leftover *p = l.first; p && result == 0; p = p->next) {
        struct apply_change c = { .kind = k->word, .name = p->name, .action = APPLY_REMOVED };
        c.before = x->o->forms ? k->form(x->s, p->name) : NULL;
        note(x, k, &c);
        result = k->remove(x, p->name, e);
        if (result && e && !*e->pointer)
            err_wrap(e, "the file does not hold %s '%s', which cannot be removed", k->word, p->name);
    }
    return result;
}

/* Files from before there were channels and rules do not name them. */
static bool is_pruned(const struct kind *k, const struct document *d)
{
    return (k->remove != remove_channel || d->has_channels) && (k->remove != remove_alert || d->has_alerts);
}

static int apply_all(struct application *x, struct err *e)
{
    int result = 0, n = (int)MEM_COUNT(KINDS);
    for (int i = 0; result == 0 && i < n; i++)
        result = apply_list(x, &KINDS[i], e);
    if (result == 0)
        result = apply_settings(x, e);
    for (int i = n - 1; result == 0 && x->o->prune && i >= 0; i--)
        if (is_pruned(&KINDS[i], x->d))
            result = prune_list(x, &KINDS[i], e);
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
