/* stats_read.c - counts, and what is not yet folded into them, as statistics (stats.h). */
#include "store/job_set.h"
#include "store/stats.h"
#include "store/stats_note.h"

#include "base/log.h"

#include <string.h>

#define ROWS_MAX 12000 /* that one reading looks at, as far as days instead of hours can help: some 20 ms (measured) */

static void add_packed(struct stats *x, struct wall start, const void *data, size_t len)
{
    int i = window_point(&x->window, start);
    if (i >= 0 && !tally_merge_packed(&x->points[i].tally, data, len))
        log_error("statistics as kept are damaged: an hour or day is not counted in full", L_INT("start", start.ms));
}

static int add_job(struct store *s, const char *job, struct stats *x, struct err *e)
{
    struct statement q = statement_begin(s, Q_RUN_COUNT_EACH);
    int rc;
    statement_text(&q, job);
    statement_int(&q, x->window.point_ms / WINDOW_HOUR_MS);
    statement_wall(&q, x->window.since);
    statement_wall(&q, window_end(&x->window));
    while ((rc = statement_row(&q, e)) > 0) {
        size_t len;
        struct wall start = next_wall(&q);
        const void *data = next_blob(&q, &len);
        add_packed(x, start, data, len);
    }
    return rc;
}

static bool note_wanted(const struct job_set *jobs, const struct stats_note *note)
{
    char name[JOB_NAME_MAX + 1];
    if (jobs->all)
        return true;
    if (note->job_len >= sizeof name)
        return false;
    memcpy(name, note->job, note->job_len);
    name[note->job_len] = '\0';
    return job_set_has(jobs, name);
}

/* What ended so lately that it is not folded. */
static int add_notes(struct store *s, const struct job_set *jobs, struct stats *x, struct err *e)
{
    struct statement q = statement_begin(s, Q_RUN_END_EACH);
    int rc;
    while ((rc = statement_row(&q, e)) > 0) {
        size_t len;
        struct stats_note note;
        next_int(&q);
        const void *data = next_blob(&q, &len);
        struct stats_notes notes = stats_notes_begin(data, len);
        while (stats_notes_next(&notes, &note)) {
            int i = window_point(&x->window, note.at);
            if (i >= 0 && note_wanted(jobs, &note))
                tally_run_add(&x->points[i].tally, &note.run);
        }
    }
    return rc;
}

/* Points of a day, where those of an hour would be too many for so many jobs. */
static void coarsen(struct window *w, int jobs)
{
    if (w->point_ms != WINDOW_HOUR_MS || w->points < 48 || (int64_t)w->points * jobs <= ROWS_MAX)
        return;
    struct wall last = { window_end(w).ms - 1 };
    w->point_ms = WINDOW_DAY_MS;
    w->points = (w->points + 23) / 24;
    w->since.ms = window_floor(last, WINDOW_DAY_MS).ms - (w->points - 1) * WINDOW_DAY_MS;
}

static void begin(struct stats *x)
{
    x->points = mem_alloc((size_t)x->window.points * sizeof *x->points);
    for (int i = 0; i < x->window.points; i++)
        x->points[i].start.ms = x->window.since.ms + i * x->window.point_ms;
}

static int read_all(struct store *s, const struct job_scope *w, struct arena *a, struct stats *x, struct err *e)
{
    struct job_set jobs;
    int rc = job_set_find(s, w, a, &jobs, e);
    if (rc)
        return rc;
    coarsen(&x->window, jobs.n);
    begin(x);
    if (jobs.all)
        rc = add_job(s, "", x, e);
    for (int i = 0; rc == 0 && i < jobs.n; i++)
        rc = add_job(s, jobs.names[i], x, e);
    return rc ? rc : add_notes(s, &jobs, x, e);
}

int stats_read(struct store *s, const struct job_scope *jobs, const struct window *w, struct stats *ret, struct err *e)
{
    bool own;
    *ret = (struct stats){ .window = *w };
    int rc = store_enter_read(s, &own, e);
    if (rc)
        return rc;
    struct arena *a = arena_new(0);
    rc = store_leave(s, own, read_all(s, jobs, a, ret, e), e);
    arena_free(a);
    for (int i = 0; rc == 0 && i < ret->window.points; i++)
        tally_merge(&ret->total, &ret->points[i].tally);
    return rc;
}

void stats_free(struct stats *x)
{
    for (int i = 0; x->points && i < x->window.points; i++)
        tally_clear(&x->points[i].tally);
    mem_free(x->points);
    tally_clear(&x->total);
    x->points = NULL;
}
