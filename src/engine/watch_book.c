#include "engine/watch_book.h"

#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HOLD_MAX (ALERT_RULES_MAX + ALERT_OF_JOB_MAX) /* rules that hold for one job */
#define GONE_MOST 1000                                /* rows in memory that are none any more */

struct watch_state watch_state_none(void)
{
    return (struct watch_state){
        .since = WALL_NONE, .last_at = WALL_NONE, .over_at = WALL_NONE, .told_at = WALL_NONE, .due_at = WALL_NONE
    };
}

/* --- jobs -------------------------------------------------------------------------------------------------------- */

static void take_own(struct watch_job *j, const char *alerts)
{
    struct err e = { 0 };
    if (!alerts || !strcmp(alerts, "[]"))
        return;
    if (alert_rules_of_job(alerts, j->arena, &j->own, &j->n_own, &e)) {
        log_error("the alert rules of a job cannot be read: those of all jobs hold for it", L_STR("job", j->name),
                  L_STR("error", e.text));
        j->n_own = 0;
    }
    j->own_keys = arena_alloc(j->arena, (size_t)j->n_own * sizeof *j->own_keys + 1);
    for (int i = 0; i < j->n_own; i++)
        j->own_keys[i] = arena_printf(j->arena, "@%d:%s", i, alert_on_name(j->own[i].on));
}

struct watch_job *watch_job_new(const struct job_record *r, const char *name)
{
    struct watch_job *j = mem_alloc(sizeof *j);
    j->arena = arena_new(128);
    j->name = arena_strdup(j->arena, name);
    j->gone = !r;
    j->epoch = -1;
    j->success_at = WALL_NONE;
    if (!r)
        return j;
    const char **tags = arena_alloc(j->arena, (size_t)r->job.n_tags * sizeof *tags + 1);
    for (int i = 0; i < r->job.n_tags; i++)
        tags[i] = arena_strdup(j->arena, r->job.tags[i]);
    j->tags = tags;
    j->n_tags = r->job.n_tags;
    j->target = r->job.target ? arena_strdup(j->arena, r->job.target) : "";
    j->active = r->job.enabled && !(r->paused && wall_is_none(r->paused_until));
    j->from = r->effective_from;
    j->created_at = r->created_at;
    if (r->paused && !wall_is_none(r->paused_until) && r->paused_until.ms > j->from.ms)
        j->from = r->paused_until;
    take_own(j, r->job.alerts);
    return j;
}

void watch_job_free(struct watch_job *j)
{
    if (!j)
        return;
    mem_free(j->rules);
    arena_free(j->arena);
    mem_free(j);
}

static void count_own(struct watch_book *b, const struct watch_job *j, int by)
{
    for (int i = 0; i < j->n_own; i++)
        b->own_rules[j->own[i].on] += j->own[i].enabled ? by : 0;
}

/* It was removed, and is back: what was wrong with the one before is of no interest. */
static void drop_states_of(struct watch_book *b, const char *job)
{
    struct watch_row *row;
    for (size_t pos = 0; (row = map_each(&b->rows, &pos));)
        if (row->st.phase != WATCH_NONE && alert_on_of_job(row->st.on) && !strcmp(row->st.subject, job))
            watch_book_drop(b, row);
}

static void take_job(struct watch_book *b, struct watch_job *j)
{
    struct watch_job *before = map_remove(&b->jobs, j->name);
    if (before) {
        count_own(b, before, -1);
        if (before->created_at.ms == j->created_at.ms) {
            j->success_known = before->success_known;
            j->success_at = before->success_at;
        } else {
            drop_states_of(b, j->name);
        }
        watch_job_free(before);
    }
    if (j->gone) {
        watch_job_free(j);
        return;
    }
    count_own(b, j, 1);
    map_put(&b->jobs, j->name, j);
}

static void take_jobs(struct watch_book *b, struct watch_job *changed)
{
    for (struct watch_job *j = changed, *next; j; j = next) {
        next = j->next;
        take_job(b, j);
        b->swept = false;
    }
}

/* --- states ------------------------------------------------------------------------------------------------------ */

static void row_key(const char *rule, const char *subject, char key[sizeof((struct watch_row *)0)->key])
{
    snprintf(key, sizeof((struct watch_row *)0)->key, "%s\n%s", rule, subject);
}

struct watch_row *watch_book_row(const struct watch_book *b, const char *rule, const char *subject)
{
    char key[sizeof((struct watch_row *)0)->key];
    if (b->rows.len == 0)
        return NULL;
    row_key(rule, subject, key);
    return map_get(&b->rows, key);
}

static struct watch_row *row_new(struct watch_book *b, const struct watch_state *st)
{
    struct watch_row *row = mem_alloc(sizeof *row);
    row->st = *st;
    row_key(st->rule, st->subject, row->key);
    map_put(&b->rows, row->key, row);
    return row;
}

static void take_state(void *ctx, const struct watch_state *st)
{
    row_new(ctx, st)->st.dirty = false;
}

static void forget_rows(struct watch_book *b)
{
    struct watch_row *row;
    for (size_t pos = 0; (row = map_each(&b->rows, &pos));)
        mem_free(row);
    map_free(&b->rows);
    b->rows = (struct map){ 0 };
    b->n_dirty = 0;
    b->epoch++; /* jobs have pointers to them */
    b->loaded = false;
}

static int read_rows(struct watch_book *b, struct store *s, struct err *e)
{
    forget_rows(b);
    int rc = watch_states_each(s, take_state, b, e);
    b->loaded = rc == 0;
    b->swept = false;
    return rc;
}

struct watch_row *watch_book_keep(struct watch_book *b, struct watch_row *row, const struct watch_state *st)
{
    if (!st->dirty)
        return row;
    if (!row)
        row = row_new(b, st);
    else if (&row->st != st)
        row->st = *st;
    if (row->listed)
        return row;
    if (b->n_dirty == b->cap_dirty) {
        b->cap_dirty = b->cap_dirty ? 2 * b->cap_dirty : 64;
        b->dirty = mem_resize(b->dirty, b->cap_dirty * sizeof(void *));
    }
    row->listed = true;
    b->dirty[b->n_dirty++] = row;
    return row;
}

void watch_book_drop(struct watch_book *b, struct watch_row *row)
{
    row->st.phase = WATCH_NONE;
    row->st.due_at = WALL_NONE;
    row->st.dirty = true;
    watch_book_keep(b, row, &row->st);
}

/* What has come to its end stays in memory as a row that is none, as jobs point to it. */
static int write_row(struct store *s, struct watch_row *row, struct err *e)
{
    struct watch_state *st = &row->st;
    if (st->phase != WATCH_NONE)
        return watch_state_put(s, st, e);
    int rc = watch_state_remove(s, st->rule, st->subject, e);
    return rc == -(int)ERR_NOT_FOUND ? 0 : rc;
}

static int by_key(const void *a, const void *b)
{
    return strcmp((*(struct watch_row *const *)a)->key, (*(struct watch_row *const *)b)->key);
}

/* In their order, so that thousands are written page by page. */
int watch_book_write(struct watch_book *b, struct store *s, struct err *e)
{
    int rc = 0;
    if (b->n_dirty)
        qsort(b->dirty, b->n_dirty, sizeof(void *), by_key);
    for (size_t i = 0; rc == 0 && i < b->n_dirty; i++) {
        b->dirty[i]->listed = b->dirty[i]->st.dirty = false;
        rc = write_row(s, b->dirty[i], e);
    }
    b->n_dirty = 0;
    return rc;
}

/* --- what holds for what ----------------------------------------------------------------------------------------- */

static const char *key_of(const struct watch_job *j, const struct alert_rule *r)
{
    bool own = r >= j->own && r < j->own + j->n_own && j->n_own > 0;
    return own ? j->own_keys[r - j->own] : r->name;
}

void watch_book_rules(struct watch_book *b, struct watch_job *j)
{
    const struct alert_rule *found[HOLD_MAX];
    if (j->epoch == b->epoch)
        return;
    const struct alert_job as = { j->name, j->tags, j->n_tags, j->own, j->n_own };
    j->n_rules = j->active ? alert_rules_for(&as, b->rules, b->n_rules, found, HOLD_MAX) : 0;
    j->rules = mem_resize(j->rules, (size_t)j->n_rules * sizeof *j->rules + 1);
    for (int i = 0; i < j->n_rules; i++) {
        const char *key = key_of(j, found[i]);
        j->rules[i] = (struct watched){ found[i], key, watch_book_row(b, key, j->name) };
    }
    j->epoch = b->epoch;
}

static const struct alert_rule *rule_named(const struct watch_book *b, const char *name, enum alert_on on)
{
    for (int i = 0; i < b->n_rules; i++)
        if (b->rules[i].on == on && b->rules[i].enabled && !strcmp(b->rules[i].name, name))
            return &b->rules[i];
    return NULL;
}

const struct alert_rule *watch_book_rule(struct watch_book *b, const struct watch_state *st)
{
    if (!alert_on_of_job(st->on))
        return rule_named(b, st->rule, st->on);
    struct watch_job *j = map_get(&b->jobs, st->subject);
    if (!j)
        return NULL;
    watch_book_rules(b, j);
    for (int i = 0; i < j->n_rules; i++)
        if (j->rules[i].rule->on == st->on && !strcmp(j->rules[i].key, st->rule))
            return j->rules[i].rule;
    return NULL;
}

void watch_book_sweep(struct watch_book *b, bool jobs_known)
{
    struct watch_row *row;
    if (b->swept || b->generation < 0) /* no rules were read yet */
        return;
    for (size_t pos = 0; (row = map_each(&b->rows, &pos));)
        if (row->st.phase != WATCH_NONE && (jobs_known || !alert_on_of_job(row->st.on)) &&
            !watch_book_rule(b, &row->st))
            watch_book_drop(b, row);
    b->swept = jobs_known;
}

bool watch_book_has(const struct watch_book *b, enum alert_on on)
{
    for (int i = 0; i < b->n_rules; i++)
        if (b->rules[i].enabled && b->rules[i].on == on)
            return true;
    return b->own_rules[on] > 0;
}

/* --- life -------------------------------------------------------------------------------------------------------- */

static bool too_many_gone(const struct watch_book *b)
{
    const struct watch_row *row;
    size_t n = 0;
    if (b->rows.len < GONE_MOST)
        return false;
    for (size_t pos = 0; (row = map_each(&b->rows, &pos));)
        n += row->st.phase == WATCH_NONE;
    return n > GONE_MOST && n > b->rows.len / 2;
}

int watch_book_begin(struct watch_book *b, struct store *s, struct watch_job *changed, int64_t generation,
                     struct wall now, struct err *e)
{
    take_jobs(b, changed);
    int rc = generation == b->generation ? 0 : watch_rules_read(b, s, generation, now, e);
    if (!rc && (!b->loaded || !b->clean || too_many_gone(b)))
        rc = read_rows(b, s, e);
    b->clean = false;
    return rc;
}

struct watch_book *watch_book_new(void)
{
    struct watch_book *b = mem_alloc(sizeof *b);
    b->generation = -1;
    b->next = WALL_NONE;
    b->looked = true;
    return b;
}

void watch_book_free(struct watch_book *b)
{
    struct watch_job *j;
    forget_rows(b);
    for (size_t pos = 0; (j = map_each(&b->jobs, &pos));)
        watch_job_free(j);
    map_free(&b->jobs);
    watch_rules_free(b);
    mem_free(b->dirty);
    mem_free(b);
}
