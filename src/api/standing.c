#include "api/standing.h"

#include <string.h>

/* --- mutes ------------------------------------------------------------------------------------------------------- */

struct mute {
    const char *key;
    struct wall until;
};

static const char *key_of(struct arena *a, enum mute_scope scope, const char *name)
{
    return arena_printf(a, "%s %s", mute_scope_name(scope), name);
}

static void take_mute(void *ctx, enum mute_scope scope, const char *name, struct wall until)
{
    struct mutes *m = ctx;
    struct mute *x = arena_alloc(m->arena, sizeof *x);
    *x = (struct mute){ key_of(m->arena, scope, name), until };
    map_put(&m->by_name, x->key, x);
}

int mutes_load(struct store *s, struct wall now, struct arena *a, struct mutes *ret, struct err *e)
{
    *ret = (struct mutes){ .arena = a };
    int rc = mute_each(s, now, take_mute, ret, e);
    if (rc)
        mutes_free(ret);
    return rc;
}

void mutes_free(struct mutes *m)
{
    map_free(&m->by_name);
    m->by_name = (struct map){ 0 };
}

static struct wall later(struct wall a, struct wall b)
{
    return b.ms > a.ms ? b : a; /* WALL_NONE is the least */
}

static struct wall until_of(const struct mutes *m, enum mute_scope scope, const char *name)
{
    mem_auto char *key = mem_printf("%s %s", mute_scope_name(scope), name ? name : "");
    const struct mute *x = map_get(&m->by_name, key);
    return x ? x->until : WALL_NONE;
}

static struct wall until_of_target(const struct mutes *m, const char *target)
{
    return target && *target ? until_of(m, MUTE_TARGET, target) : WALL_NONE;
}

struct wall mutes_of_rule(const struct mutes *m, const char *rule)
{
    return later(until_of(m, MUTE_ALL, ""), until_of(m, MUTE_RULE, rule));
}

struct wall mutes_of_job(const struct mutes *m, const char *job, const char *target)
{
    return later(later(until_of(m, MUTE_ALL, ""), until_of(m, MUTE_JOB, job)), until_of_target(m, target));
}

struct wall mutes_of_state(const struct mutes *m, const struct watch_state *st)
{
    struct wall until = mutes_of_rule(m, st->rule);
    if (alert_on_of_job(st->on))
        until = later(until, until_of(m, MUTE_JOB, st->subject));
    return later(until, until_of_target(m, st->target));
}

/* --- rules and jobs ---------------------------------------------------------------------------------------------- */

struct rule_look {
    const struct mutes *mutes;
    struct firing_row *rows; /* room for ALERT_SUBJECTS_SHOWN, the newest first */
    struct alert_standing *found;
};

/* Keeps the newest, in order. */
static void note_of_rule(void *ctx, const struct watch_state *st)
{
    struct rule_look *l = ctx;
    if (st->phase != WATCH_FIRING)
        return;
    int n = l->found->n_subjects, at = n;
    l->found->firing++;
    while (at > 0 && l->rows[at - 1].state.since.ms < st->since.ms)
        at--;
    if (at == ALERT_SUBJECTS_SHOWN)
        return;
    if (n < ALERT_SUBJECTS_SHOWN)
        l->found->n_subjects = ++n;
    memmove(&l->rows[at + 1], &l->rows[at], (size_t)(n - 1 - at) * sizeof *l->rows);
    l->rows[at] = (struct firing_row){ *st, mutes_of_state(l->mutes, st) };
}

int standing_of_rule(struct store *s, const struct mutes *m, const char *rule, struct arena *a,
                     struct alert_standing *ret, struct err *e)
{
    *ret = (struct alert_standing){ .muted_until = mutes_of_rule(m, rule) };
    struct rule_look l = { m, arena_alloc(a, ALERT_SUBJECTS_SHOWN * sizeof *l.rows), ret };
    int rc = watch_states_of(s, rule, note_of_rule, &l, e);
    ret->subjects = l.rows;
    return rc;
}

int standing_of_job(struct store *s, struct wall now, const struct job *j, struct job_standing *ret, struct err *e)
{
    const struct {
        enum mute_scope scope;
        const char *name;
    } mutes[] = { { MUTE_ALL, "" }, { MUTE_JOB, j->name }, { MUTE_TARGET, j->target } };
    int rc = watch_states_count(s, j->name, &ret->firing, e);
    ret->muted_until = WALL_NONE;
    for (size_t i = 0; i < MEM_COUNT(mutes) && !rc; i++) {
        struct wall until = WALL_NONE;
        if (mutes[i].name)
            rc = mute_get(s, mutes[i].scope, mutes[i].name, now, &until, e);
        ret->muted_until = later(ret->muted_until, until);
    }
    return rc;
}
