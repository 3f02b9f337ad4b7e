#include "store/jobs_list.h"

#include "base/log.h"
#include "store/job_set.h"
#include "store/record.h"
#include "store/runs_newest.h"

#include <stdio.h>
#include <string.h>

/* What a list may look at, in microseconds or so (measured): reading a spec through, taking it apart, finding newest runs. */
#define COST_MAX 20000
#define COST_ROW 4
#define COST_FAILING 2
#define COST_RECORD 10
#define COST_LAST 20
#define COST_RECENT 8   /* more, for each */
#define LARGE_SPEC 4096 /* from there on, what is in it counts as well */
#define PER_COST_VALUES 4
#define PER_COST_BYTES 256

struct list {
    const struct jobs_filter *f;
    struct wall now;
    struct runs_newest newest;
    struct job_row *rows;
    int n, cost;
    char last[JOB_NAME_MAX + 1]; /* looked at */
    bool more;
};

static bool wanted(enum jobs_wanted w, bool so)
{
    return w == JOBS_EITHER || (w == JOBS_SO) == so;
}

/* May the job be one of those, going by the text of its spec? Spares taking most apart. Words with what JSON escapes may be
 * written in another way there. */
static bool may_fit(const struct jobs_filter *f, const char *spec)
{
    if (f->enabled != JOBS_EITHER && !strstr(spec, f->enabled == JOBS_SO ? "\"enabled\":true" : "\"enabled\":false"))
        return false;
    return !f->text || strpbrk(f->text, "\"\\/") || strcasestr(spec, f->text);
}

static bool fits(const struct list *l, const struct job_record *r)
{
    const struct jobs_filter *f = l->f;
    bool paused = r->paused && (wall_is_none(r->paused_until) || r->paused_until.ms > l->now.ms);
    if (!wanted(f->enabled, r->job.enabled) || !wanted(f->paused, paused))
        return false;
    return !f->text || strcasestr(r->job.name, f->text) ||
           (r->job.description && strcasestr(r->job.description, f->text));
}

static bool fits_runs(const struct jobs_filter *f, const struct job_row *row)
{
    return !f->last_states || (row->n_runs > 0 && (f->last_states & RUN_BIT(row->runs[0].state)));
}

static int find_runs(struct list *l, struct job_row *row, struct arena *a, struct err *e)
{
    return runs_newest_of(&l->newest, row->record->job.name, a, &row->runs, &row->n_runs, e);
}

/* What a page tells of each of its jobs beside the job itself. */
static int find_rest(struct list *l, struct arena *a, struct err *e)
{
    int rc = 0;
    for (int i = 0; rc == 0 && i < l->n; i++) {
        struct job_row *row = &l->rows[i];
        rc = row->runs ? 0 : find_runs(l, row, a, e);
        if (rc == 0)
            rc = failing_get(l->newest.s, row->record->job.name, a, &row->failing, e);
    }
    return rc;
}

/* 1: it is on the page. */
static int take(struct list *l, struct job_row *row, struct arena *a, struct err *e)
{
    if (l->f->recent > 0 || l->f->last_states) /* if not now, then for the page */
        l->cost += COST_LAST + COST_RECENT * (l->newest.most - 1);
    int rc = l->f->last_states ? find_runs(l, row, a, e) : 0;
    if (rc || !fits_runs(l->f, row))
        return rc;
    l->more = l->n == l->f->limit;
    if (!l->more)
        l->rows[l->n++] = *row;
    return !l->more;
}

/* A body of 100,000 values takes as long as a thousand jobs, and as much memory: whoever may read could have many such at once. */
static int cost_of_spec(struct statement *q)
{
    const char *spec = (const char *)sqlite3_column_text(q->stmt, 0);
    int len = sqlite3_column_bytes(q->stmt, 0), values = 0;
    if (len < LARGE_SPEC)
        return COST_RECORD;
    for (const char *p = spec; (p = strchr(p, ',')); p++)
        values++;
    return COST_RECORD + values / PER_COST_VALUES + len / PER_COST_BYTES;
}

/* 1: as far as that goes, the job may be one of those. */
static int fits_failing(struct list *l, const char *name, struct err *e)
{
    bool failing;
    if (l->f->failing == JOBS_EITHER)
        return 1;
    l->cost += COST_FAILING;
    int rc = failing_is(l->newest.s, name, &failing, e);
    return rc ? rc : wanted(l->f->failing, failing);
}

/* Takes the job of the row in, when it is one of those. */
static int look(struct list *l, struct statement *q, struct arena *a, struct err *e)
{
    struct job_row row = { .record = NULL };
    l->cost += COST_ROW;
    if (!may_fit(l->f, (const char *)sqlite3_column_text(q->stmt, 0)))
        return 0;
    int may = fits_failing(l, (const char *)sqlite3_column_text(q->stmt, JOB_COLUMN_NAME), e);
    if (may <= 0)
        return may;
    l->cost += cost_of_spec(q);
    row.record = job_record_read(q);
    if (!row.record)
        return 0;
    int rc = fits(l, row.record) ? take(l, &row, a, e) : 0;
    if (rc <= 0)
        job_record_free(row.record);
    return rc < 0 ? rc : 0;
}

/* Of the row that was looked at, unless it belongs to the next page. */
static void move_on(struct list *l, const char *name)
{
    if (l->more)
        return;
    snprintf(l->last, sizeof l->last, "%s", name);
    l->more = l->cost >= COST_MAX;
}

static int list_all(struct store *s, struct list *l, struct arena *a, struct err *e)
{
    bool failing = l->f->failing == JOBS_SO;
    struct statement q = statement_begin(s, failing ? Q_FAILING_JOB_EACH : Q_JOB_EACH);
    int rc = 0;
    statement_text(&q, l->f->cursor ? l->f->cursor : "");
    if (!failing)
        statement_int(&q, -1);
    while (!l->more && (rc = statement_row(&q, e)) > 0) {
        rc = look(l, &q, a, e);
        if (rc < 0)
            break;
        move_on(l, (const char *)sqlite3_column_text(q.stmt, JOB_COLUMN_NAME));
    }
    statement_end(&q);
    return rc < 0 ? rc : 0;
}

static int list_set(struct store *s, struct list *l, const struct job_set *jobs, struct arena *a, struct err *e)
{
    int rc = 0;
    for (int i = 0; rc == 0 && !l->more && i < jobs->n; i++) {
        if (l->f->cursor && strcmp(jobs->names[i], l->f->cursor) <= 0)
            continue;
        struct statement q = statement_begin(s, Q_JOB_GET);
        statement_text(&q, jobs->names[i]);
        rc = statement_row(&q, e);
        if (rc > 0)
            rc = look(l, &q, a, e);
        statement_end(&q);
        move_on(l, jobs->names[i]);
    }
    return rc;
}

static int list(struct store *s, struct list *l, struct arena *a, struct err *e)
{
    struct job_set jobs;
    int rc = job_set_find(s, &l->f->scope, a, &jobs, e);
    if (rc)
        return rc;
    rc = runs_newest_begin(&l->newest, s, l->f->recent > 1 ? l->f->recent : 1, e);
    if (rc == 0)
        rc = jobs.all ? list_all(s, l, a, e) : list_set(s, l, &jobs, a, e);
    if (rc == 0 && l->f->recent > 0)
        rc = find_rest(l, a, e);
    runs_newest_end(&l->newest);
    return rc;
}

int jobs_list(struct store *s, const struct jobs_filter *f, struct wall now, struct arena *a, struct job_row **ret,
              int *ret_n, const char **ret_next_cursor, struct err *e)
{
    bool own;
    struct list l = { .f = f, .now = now };
    *ret_n = 0;
    *ret = l.rows = arena_alloc(a, (size_t)f->limit * sizeof *l.rows);
    if (f->cursor && !job_name_valid(f->cursor))
        return err_at(e, ERR_INVALID, "/cursor", "'%.64s' is not a cursor: give 'next_cursor' of the page before",
                      f->cursor);
    int rc = store_enter_read(s, &own, e);
    if (rc == 0)
        rc = store_leave(s, own, list(s, &l, a, e), e);
    *ret_n = l.n;
    *ret_next_cursor = l.more ? arena_strdup(a, l.last) : NULL;
    return rc;
}

static int find_all(struct store *s, struct job_row *rows, int n, int recent, struct arena *a, struct err *e)
{
    struct list l = { .rows = rows, .n = n };
    int rc = runs_newest_begin(&l.newest, s, recent, e);
    if (rc == 0)
        rc = find_rest(&l, a, e);
    runs_newest_end(&l.newest);
    return rc;
}

int jobs_list_runs(struct store *s, struct job_row *rows, int n, int recent, struct arena *a, struct err *e)
{
    bool own;
    int rc = store_enter_read(s, &own, e);
    return rc ? rc : store_leave(s, own, find_all(s, rows, n, recent, a, e), e);
}

void jobs_list_free(struct job_row *rows, int n)
{
    for (int i = 0; i < n; i++)
        job_record_free(rows[i].record);
}
