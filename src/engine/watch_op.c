#include "engine/watch_op.h"

#include "store/run_ended.h"

/* --- runs that ended --------------------------------------------------------------------------------------------- */

struct folding {
    struct watch_book *book;
    struct watch_times times;
    struct watch_state none; /* what a rule hears of that never had a state */
};

static void show(struct folding *f, struct watched *w, const struct watch_end *x)
{
    struct watch_state *st = w->row ? &w->row->st : &f->none;
    watch_ended(w->rule, w->key, x, f->times, st);
    if (!st->dirty)
        return;
    w->row = watch_book_keep(f->book, w->row, st);
    f->none = watch_state_none();
}

static void note_success(struct watch_job *j, const struct watch_end *x)
{
    bool news = wall_is_none(j->success_at) || x->at.ms > j->success_at.ms;
    if (x->state == RUN_SUCCEEDED && !x->edited && news)
        j->success_at = x->at;
}

static int ended(void *ctx, const struct watch_end *x, struct err *e)
{
    struct folding *f = ctx;
    struct watch_job *j = map_get(&f->book->jobs, x->job);
    (void)e;
    if (!j)
        return 0; /* it is gone, and its rules with it */
    watch_book_rules(f->book, j);
    note_success(j, x);
    struct watch_end of = *x;
    of.target = j->target;
    for (int i = 0; i < j->n_rules; i++)
        show(f, &j->rules[i], &of);
    return 0;
}

/* --- the op ------------------------------------------------------------------------------------------------------ */

static int64_t shorter(int64_t a, int64_t b)
{
    return a < 0 || b < a ? b : a;
}

static void shortest_limits(struct watch_op *o, const struct alert_rule *rules, int n)
{
    for (int i = 0; i < n; i++) {
        if (rules[i].enabled && rules[i].on == ALERT_LATENESS)
            o->late_ms = shorter(o->late_ms, rules[i].over_ms);
        if (rules[i].enabled && rules[i].on == ALERT_DURATION)
            o->long_ms = shorter(o->long_ms, rules[i].over_ms);
    }
}

/* What the engine is to know for the next time. */
static void find_limits(struct watch_op *o)
{
    const struct watch_book *b = o->book;
    const struct watch_job *j;
    o->late_ms = o->long_ms = -1;
    o->looks = false;
    for (int on = 0; on < ALERT_ON_COUNT; on++)
        o->looks =
            o->looks || (on != ALERT_FAILURE && on != ALERT_MISSED && on != ALERT_METRIC && watch_book_has(b, on));
    shortest_limits(o, b->rules, b->n_rules);
    for (size_t pos = 0;
         b->own_rules[ALERT_LATENESS] + b->own_rules[ALERT_DURATION] > 0 && (j = map_each(&b->jobs, &pos));)
        shortest_limits(o, j->own, j->n_own);
}

static void find_next(struct watch_op *o)
{
    const struct watch_row *row;
    o->next = o->book->next;
    o->firing = 0;
    for (size_t pos = 0; (row = map_each(&o->book->rows, &pos));) {
        const struct watch_state *st = &row->st;
        o->firing += st->phase == WATCH_FIRING;
        if (st->phase < WATCH_FIRING || wall_is_none(st->due_at) || st->due_at.ms == WATCH_MUTED.ms ||
            (o->sealed && alert_on_of_job(st->on)))
            continue;
        if (wall_is_none(o->next) || st->due_at.ms < o->next.ms)
            o->next = st->due_at;
    }
}

static int watch(struct watch_op *o, struct store *s, struct err *e)
{
    struct watch_times t = { clock_wall(), o->group_ms };
    struct folding f = { o->book, t, watch_state_none() };
    struct watch_job *changed = o->facts->jobs;
    o->facts->jobs = NULL; /* the book's, also when all this is undone and done again */
    int rc = watch_book_begin(o->book, s, changed, o->generation, t.now, e);
    if (!rc)
        watch_book_sweep(o->book, !o->sealed);
    if (!rc && !o->sealed)
        rc = stats_fold_telling(s, ended, &f, &o->more, e);
    if (!rc)
        rc = watch_look(o, s, t, e);
    if (!rc && o->tell)
        rc = watch_tell(o, s, t, e);
    if (!rc)
        rc = watch_book_write(o->book, s, e);
    find_limits(o);
    find_next(o);
    return rc;
}

/* Damage must not keep runs from being recorded: what the store says of it is a conflict, which undoes the op and is nobody else's
 * trouble (record.h). */
int watch_op_exec(struct store *s, struct write_op *op, struct err *e)
{
    struct watch_op *o = (struct watch_op *)op;
    o->more = false;
    o->made = 0;
    o->next = WALL_NONE;
    int rc = o->plain ? stats_fold(s, &o->more, e) : watch(o, s, e);
    bool damaged = rc == -(int)ERR_STORE || rc == -(int)ERR_INTERNAL || rc == -(int)ERR_INVALID;
    if (damaged && e)
        e->code = ERR_CONFLICT;
    return damaged ? -(int)ERR_CONFLICT : rc;
}
