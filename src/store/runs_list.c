/* runs_list.c - lists of runs (runs.h). */
#include "store/runs_walk.h"

#include <stdlib.h>
#include <string.h>

#define COST_MAX 12000 /* rows of the table that a list looks at: some 20 ms (measured) */

struct list {
    const struct runs_filter *filter;
    struct job_set jobs;
    unsigned states;
    struct run *rows;
    int n, cap;
    char last[ID_TEXT_SIZE]; /* looked at */
    bool more;
};

/* States that runs of this filter can be in: one that succeeded has the outcome ok (promise 4). */
static unsigned states_of(const struct runs_filter *f)
{
    unsigned states = f->states ? f->states : RUN_BIT(RUN_STATE_COUNT) - 1;
    bool not_ok = f->outcomes && !(f->outcomes & RUN_BIT(OUTCOME_OK));
    return not_ok ? states & ~RUN_BIT(RUN_SUCCEEDED) : states;
}

static const char *column_text(const struct statement *q, enum run_column column)
{
    return (const char *)sqlite3_column_text(q->stmt, column);
}

static bool fits_words(const struct list *l, const struct statement *q)
{
    const struct runs_filter *f = l->filter;
    enum run_state state = RUN_QUEUED;
    enum outcome outcome = OUTCOME_NONE;
    enum trigger trigger = TRIGGER_SCHEDULE;
    if (!run_state_parse(column_text(q, RUN_COLUMN_STATE), &state) || !(l->states & RUN_BIT(state)))
        return false;
    if (f->outcomes &&
        (!outcome_parse(column_text(q, RUN_COLUMN_OUTCOME), &outcome) || !(f->outcomes & RUN_BIT(outcome))))
        return false;
    return !f->triggers ||
           (trigger_parse(column_text(q, RUN_COLUMN_TRIGGER), &trigger) && (f->triggers & RUN_BIT(trigger)));
}

static bool fits(const struct list *l, const struct statement *q)
{
    const struct runs_filter *f = l->filter;
    int64_t scheduled_for = sqlite3_column_int64(q->stmt, RUN_COLUMN_SCHEDULED_FOR);
    if (scheduled_for < f->since.ms || (!wall_is_none(f->until) && scheduled_for >= f->until.ms))
        return false;
    if (!fits_words(l, q) || !job_set_has(&l->jobs, column_text(q, RUN_COLUMN_JOB)))
        return false;
    return !f->text || strcasestr(column_text(q, RUN_COLUMN_MESSAGE), f->text);
}

static void keep(struct list *l, struct statement *q, struct arena *a)
{
    if (l->n == l->cap) {
        l->cap = l->cap ? 2 * l->cap : 16;
        l->rows = mem_resize(l->rows, (size_t)l->cap * sizeof *l->rows);
    }
    run_row_read(q, a, &l->rows[l->n++]);
}

/* Until the page is full and there is one more, or no more may be looked at. */
static int collect(struct list *l, struct runs_walk *w, struct arena *a, struct err *e)
{
    int rc = 0;
    while (!l->more && (rc = runs_walk_next(w, e)) > 0) {
        bool wanted = fits(l, &w->q);
        l->more = wanted ? l->n == l->filter->limit : w->cost >= COST_MAX;
        if (wanted && l->more)
            break;
        if (wanted)
            keep(l, &w->q, a);
        w->q.column = RUN_COLUMN_ID;
        next_id(&w->q, l->last);
    }
    runs_walk_end(w);
    return rc < 0 ? rc : 0;
}

static void give(struct list *l, struct arena *a, struct run **ret, int *ret_n, const char **ret_next_cursor)
{
    *ret_n = l->n;
    *ret = arena_alloc(a, ((size_t)l->n + 1) * sizeof **ret);
    if (l->n)
        memcpy(*ret, l->rows, (size_t)l->n * sizeof **ret);
    *ret_next_cursor = l->more ? arena_strdup(a, l->last) : NULL;
}

/* What a run is ranked by, while all of them are gone through. */
struct ranked {
    int64_t value;
    uint8_t id[ID_SIZE];
};

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    return x->value != y->value ? (x->value < y->value) - (x->value > y->value) : memcmp(y->id, x->id, ID_SIZE);
}

static int too_many(struct err *e)
{
    return err_at(e, ERR_INVALID, "/sort",
                  "too many runs for this order: name a job or states, or give a narrower 'since' and 'until'");
}

static int rank_all(struct list *l, struct runs_walk *w, struct ranked **ret, int *ret_n, struct err *e)
{
    enum run_column column = l->filter->order == RUNS_LONGEST ? RUN_COLUMN_DURATION_MS : RUN_COLUMN_LATENESS_MS;
    int n = 0, cap = 0, rc = 0;
    while (w->cost < COST_MAX && (rc = runs_walk_next(w, e)) > 0) {
        if (!fits(l, &w->q) || sqlite3_column_type(w->q.stmt, column) == SQLITE_NULL)
            continue;
        if (n == cap) {
            cap = cap ? 2 * cap : 256;
            *ret = mem_resize(*ret, (size_t)cap * sizeof **ret);
        }
        (*ret)[n].value = sqlite3_column_int64(w->q.stmt, column);
        memcpy((*ret)[n++].id, sqlite3_column_blob(w->q.stmt, RUN_COLUMN_ID), ID_SIZE);
    }
    runs_walk_end(w);
    *ret_n = n;
    return rc > 0 ? too_many(e) : rc;
}

static int keep_ranked(struct store *s, struct list *l, const struct ranked *best, struct arena *a, struct err *e)
{
    struct statement q = statement_begin(s, Q_RUN_GET);
    statement_blob(&q, best->id, ID_SIZE);
    int rc = statement_row(&q, e);
    if (rc > 0)
        keep(l, &q, a);
    statement_end(&q);
    return rc < 0 ? rc : 0;
}

static int rank(struct store *s, struct list *l, struct runs_walk *w, struct arena *a, struct err *e)
{
    struct ranked *all = NULL;
    int n, rc = rank_all(l, w, &all, &n, e);
    if (rc == 0 && n)
        qsort(all, (size_t)n, sizeof *all, compare_ranked);
    for (int i = 0; rc == 0 && i < n && i < l->filter->limit; i++)
        rc = keep_ranked(s, l, &all[i], a, e);
    mem_free(all);
    return rc;
}

static bool by_rank(const struct runs_filter *f)
{
    return f->order == RUNS_LONGEST || f->order == RUNS_MOST_LATE;
}

static int list(struct store *s, struct list *l, struct arena *a, struct err *e)
{
    struct runs_walk w;
    int result = job_set_find(s, &l->filter->jobs, a, &l->jobs, e);
    bool messages = l->filter->messages || l->filter->triggers == RUN_BIT(TRIGGER_ALERT);
    if (result == 0 && l->jobs.all && messages) /* few among many: found by their jobs */
        result = job_set_of_channels(s, a, &l->jobs, e);
    if (result == 0)
        result = runs_walk_begin(&w, s, l->filter, l->states, &l->jobs, a, e);
    if (result)
        return result;
    return by_rank(l->filter) ? rank(s, l, &w, a, e) : collect(l, &w, a, e);
}

int runs_list(struct store *s, const struct runs_filter *f, struct arena *a, struct run **ret, int *ret_n,
              const char **ret_next_cursor, struct err *e)
{
    struct list l = { .filter = f, .states = states_of(f) };
    bool own;
    if (f->limit < 1 || f->limit > 1000)
        return err_at(e, ERR_INVALID, "/limit", "'limit' is 1 to 1000");
    if (by_rank(f) && f->cursor)
        return err_at(e, ERR_INVALID, "/cursor", "a list in this order has one page: give a greater 'limit'");
    int result = store_enter_read(s, &own, e);
    if (result == 0)
        result = store_leave(s, own, list(s, &l, a, e), e);
    if (result == 0)
        give(&l, a, ret, ret_n, ret_next_cursor);
    mem_free(l.rows);
    return result;
}
