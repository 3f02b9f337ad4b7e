/* watch_world.c - see watch_world.h. */
#include "watch_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RULES_MAX (WORLD_FEW + ALERT_OF_JOB_MAX)

void world_init(struct world *w)
{
    *w = (struct world){ .a = arena_new(0), .t = { { 0 }, 60000 } };
}

void world_free(struct world *w)
{
    mem_free(w->due);
    arena_free(w->due_arena);
    arena_free(w->a);
}

static int state_index(const struct world *w, const char *rule, const char *subject)
{
    for (int i = 0; i < w->n_states; i++)
        if (strcmp(w->states[i].rule, rule) == 0 && strcmp(w->states[i].subject, subject) == 0)
            return i;
    return -1;
}

const struct watch_state *world_state(const struct world *w, const char *rule, const char *subject)
{
    int i = state_index(w, rule, subject);
    return i < 0 ? NULL : &w->states[i];
}

/* As a store does: dirty states are written or deleted, the others stay what they were. */
static void keep(struct world *w, const char *rule, const char *subject, const struct watch_state *st)
{
    int i = state_index(w, rule, subject);
    if (!st->dirty)
        return;
    if (i < 0 && st->phase != WATCH_NONE) {
        if (w->n_states == WORLD_STATES)
            abort();
        i = w->n_states++;
    }
    if (i >= 0)
        w->states[i] = *st;
    if (i >= 0 && st->phase == WATCH_NONE)
        w->states[i] = w->states[--w->n_states];
    else if (i >= 0)
        w->states[i].dirty = false;
}

static struct watch_state load(const struct world *w, const char *rule, const char *subject)
{
    int i = state_index(w, rule, subject);
    struct watch_state st;
    memset(&st, 0x55, sizeof st); /* of no row, anything may stand there */
    st.phase = WATCH_NONE;
    st.dirty = false;
    return i < 0 ? st : w->states[i];
}

static const char *key_of(const struct alert_rule *r, const struct alert_job *j, char key[WATCH_RULE_SIZE])
{
    if (r->name)
        snprintf(key, WATCH_RULE_SIZE, "%s", r->name);
    else
        snprintf(key, WATCH_RULE_SIZE, "@%d:%s", (int)(r - j->own), alert_on_name(r->on));
    return key;
}

struct world_job *world_find_job(struct world *w, const char *name)
{
    for (int i = 0; i < w->n_jobs; i++)
        if (strcmp(w->jobs[i].job.name, name) == 0)
            return &w->jobs[i];
    return NULL;
}

static const struct alert_rule *rule_of(struct world *w, const struct watch_state *st)
{
    const struct alert_rule *found[RULES_MAX];
    const struct world_job *j = world_find_job(w, st->subject);
    char key[WATCH_RULE_SIZE];
    if (alert_on_of_job(st->on)) {
        int n = j ? alert_rules_for(&j->job, w->rules, w->n_rules, found, RULES_MAX) : 0;
        for (int i = 0; i < n; i++)
            if (strcmp(key_of(found[i], &j->job, key), st->rule) == 0 && found[i]->on == st->on)
                return found[i];
        return NULL;
    }
    for (int i = 0; i < w->n_rules; i++)
        if (strcmp(w->rules[i].name, st->rule) == 0 && w->rules[i].on == st->on && w->rules[i].enabled)
            return &w->rules[i];
    return NULL;
}

static void sweep(struct world *w)
{
    for (int i = w->n_states - 1; i >= 0; i--)
        if (!rule_of(w, &w->states[i]))
            w->states[i] = w->states[--w->n_states];
}

int world_rule(struct world *w, const char *json, struct err *e)
{
    struct alert_rule r;
    json_auto struct json *doc = json_parse(json, strlen(json), e);
    int rc = doc ? alert_rule_parse(doc, NULL, w->a, &r, e) : -ERR_MALFORMED, i = 0;
    if (rc)
        return rc;
    while (i < w->n_rules && strcmp(w->rules[i].name, r.name) != 0)
        i++;
    if (i == WORLD_FEW)
        abort();
    w->n_rules += i == w->n_rules;
    w->rules[i] = r;
    sweep(w);
    return 0;
}

void world_rule_gone(struct world *w, const char *name)
{
    for (int i = 0; i < w->n_rules; i++)
        if (strcmp(w->rules[i].name, name) == 0)
            w->rules[i--] = w->rules[--w->n_rules];
    sweep(w);
}

int world_job(struct world *w, const char *name, const char *target, const char *tags, const char *own, struct err *e)
{
    struct world_job *j = world_find_job(w, name);
    struct alert_rule *rules = NULL;
    const char **list = arena_alloc(w->a, 20 * sizeof *list);
    char *rest = arena_strdup(w->a, tags);
    int n = 0, rc = own ? alert_rules_of_job(own, w->a, &rules, &n, e) : 0;
    if (rc)
        return rc;
    if (!j && w->n_jobs == WORLD_JOBS)
        abort();
    if (!j) {
        j = &w->jobs[w->n_jobs++];
        j->success_at = w->t.now;
    }
    j->target = arena_strdup(w->a, target);
    j->job = (struct alert_job){ arena_strdup(w->a, name), list, 0, rules, n };
    for (char *tag; rest && (tag = strsep(&rest, ",")) && j->job.n_tags < 20;)
        list[j->job.n_tags++] = tag;
    sweep(w);
    return 0;
}

void world_mute(struct world *w, const char *scope, const char *name, struct wall until)
{
    for (int i = 0; i < w->n_mutes; i++)
        if (strcmp(w->mutes[i].scope, scope) == 0 && strcmp(w->mutes[i].name, name) == 0)
            w->mutes[i--] = w->mutes[--w->n_mutes];
    if (wall_is_none(until))
        return;
    if (w->n_mutes == WORLD_FEW)
        abort();
    w->mutes[w->n_mutes++] = (struct world_mute){ arena_strdup(w->a, scope), arena_strdup(w->a, name), until };
}

static struct wall muted_until(const struct world *w, const char *rule, const char *subject, const char *target)
{
    struct wall until = WALL_NONE;
    for (int i = 0; i < w->n_mutes; i++) {
        const struct world_mute *m = &w->mutes[i];
        const char *of = m->scope[0] == 'a' ? "" : m->scope[0] == 'r' ? rule : m->scope[0] == 'j' ? subject : target;
        if (strcmp(m->name, of) == 0 && m->until.ms > w->t.now.ms && (wall_is_none(until) || m->until.ms > until.ms))
            until = m->until;
    }
    return until;
}

bool world_is_muted(const struct world *w, const char *rule, const char *subject, const char *target)
{
    return !wall_is_none(muted_until(w, rule, subject, target));
}

void world_end(struct world *w, struct watch_end *x)
{
    const struct alert_rule *found[RULES_MAX];
    struct world_job *j = world_find_job(w, x->job);
    char key[WATCH_RULE_SIZE];
    int n = j ? alert_rules_for(&j->job, w->rules, w->n_rules, found, RULES_MAX) : 0;
    x->target = j ? j->target : "";
    x->at = w->t.now;
    w->runs++;
    if (!x->run[0])
        snprintf(x->run, sizeof x->run, "run-%lld", (long long)w->runs);
    if (j && x->state == RUN_SUCCEEDED && !x->edited)
        j->success_at = x->at;
    for (int i = 0; i < n; i++) {
        struct watch_state st = load(w, key_of(found[i], &j->job, key), x->job);
        watch_ended(found[i], key, x, w->t, &st);
        keep(w, key, x->job, &st);
    }
}

static void hold(struct world *w, const struct alert_rule *r, const char *key, const char *subject, const char *target,
                 bool holds, struct wall since, double value, const char *run)
{
    struct watch_state st = load(w, key, subject);
    watch_holds(r, key, subject, target, holds, since, value, run, w->t, &st);
    keep(w, key, subject, &st);
}

void world_holds(struct world *w, enum alert_on on, const char *subject, bool holds, struct wall since, double value,
                 const char *run)
{
    const struct alert_rule *found[RULES_MAX];
    const struct world_job *j = alert_on_of_job(on) ? world_find_job(w, subject) : NULL;
    char key[WATCH_RULE_SIZE];
    int n = j ? alert_rules_for(&j->job, w->rules, w->n_rules, found, RULES_MAX) : 0;
    for (int i = 0; i < n; i++)
        if (found[i]->on == on)
            hold(w, found[i], key_of(found[i], &j->job, key), subject, j->target, holds, since, value, run);
    for (int i = 0; i < w->n_rules && !j; i++)
        if (w->rules[i].on == on && w->rules[i].enabled)
            hold(w, &w->rules[i], w->rules[i].name, subject, "", holds, since, value, run);
}

void world_look(struct world *w)
{
    const struct alert_rule *found[RULES_MAX];
    char key[WATCH_RULE_SIZE];
    for (int i = 0; i < w->n_jobs; i++) {
        const struct world_job *j = &w->jobs[i];
        int n = alert_rules_for(&j->job, w->rules, w->n_rules, found, RULES_MAX);
        int64_t ago_s = (w->t.now.ms - j->success_at.ms) / 1000;
        for (int k = 0; k < n; k++)
            if (found[k]->on == ALERT_NO_SUCCESS)
                hold(w, found[k], key_of(found[k], &j->job, key), j->job.name, j->target, ago_s > found[k]->over_s,
                     j->success_at, (double)ago_s, "");
    }
}

/* The channels of a rule that are there. */
static void resolve(struct world *w, struct watch_due *d)
{
    const char **channels = arena_alloc(w->due_arena, ((size_t)w->n_channels + 1) * sizeof *channels);
    for (int i = 0; i < w->n_channels; i++) {
        bool named = d->rule->n_channels == 0;
        for (int k = 0; k < d->rule->n_channels; k++)
            named = named || strcmp(d->rule->channels[k], w->channels[i]) == 0;
        if (named)
            channels[d->n_channels++] = w->channels[i];
    }
    d->channels = channels;
}

static void list_due(struct world *w)
{
    mem_free(w->due);
    arena_free(w->due_arena);
    w->due_arena = arena_new(0);
    w->due = mem_alloc(((size_t)w->n_states + 1) * sizeof *w->due);
    w->n_due = 0;
    for (int i = 0; i < w->n_states; i++) {
        struct watch_state *st = &w->states[i];
        struct watch_due d = { .state = st, .rule = rule_of(w, st) };
        if (!d.rule)
            abort(); /* sweep left it */
        d.muted_until = muted_until(w, st->rule, st->subject, st->target);
        resolve(w, &d);
        w->due[w->n_due++] = d;
    }
}

/* What is changed must be dirty, or it would not be kept. */
static void check_dirty(const struct world *w, const struct watch_state *before)
{
    for (int i = 0; i < w->n_states; i++)
        if (!w->states[i].dirty && memcmp(&before[i], &w->states[i], sizeof *before) != 0)
            abort();
}

static void forget_ended(struct world *w)
{
    for (int i = w->n_states - 1; i >= 0; i--) {
        w->states[i].dirty = false;
        if (w->states[i].phase == WATCH_NONE)
            w->states[i] = w->states[--w->n_states];
    }
}

void world_tell(struct world *w)
{
    struct arena *a = arena_new(0);
    struct watch_message *messages;
    mem_auto struct watch_state *before = mem_alloc(((size_t)w->n_states + 1) * sizeof *before);
    int n;
    memcpy(before, w->states, (size_t)w->n_states * sizeof *before);
    list_due(w);
    watch_gather(w->due, w->n_due, w->t, a, &messages, &n);
    for (int i = 0; i < n; i++)
        w->tell(w->ctx, w, &messages[i]);
    for (int i = 0; i < n; i++)
        for (int k = 0; k < messages[i].n_items; k++)
            watch_told(messages[i].items[k]->rule, w->t, messages[i].items[k]->state);
    arena_free(a);
    check_dirty(w, before);
    forget_ended(w);
}

struct wall world_next(struct world *w)
{
    list_due(w);
    return watch_next(w->due, w->n_due);
}
