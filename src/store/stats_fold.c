/* stats_fold.c - notes of runs that ended become counts (stats.h). */
#include "store/stats_fold.h"

#include "base/crash.h"
#include "base/log.h"
#include "store/run_ended.h"
#include "store/run_row.h"
#include "store/stats_note.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HISTORY_BATCH_BYTES (1024 * 1024) /* of notes: some 20,000 runs */

/* Notes that are to be counted. */
struct notes {
    struct stats_note *list;
    size_t n, cap;
};

static int compare_jobs(const struct stats_note *x, const struct stats_note *y)
{
    int order = memcmp(x->job, y->job, x->job_len < y->job_len ? x->job_len : y->job_len);
    return order ? order : (x->job_len > y->job_len) - (x->job_len < y->job_len);
}

static int compare_times(const void *a, const void *b)
{
    const struct stats_note *x = a, *y = b;
    return (x->at.ms > y->at.ms) - (x->at.ms < y->at.ms);
}

static int compare_notes(const void *a, const void *b)
{
    int order = compare_jobs(a, b);
    return order ? order : compare_times(a, b);
}

/* False: a part of the row is damaged, and left out. */
static bool take_notes(struct notes *x, const void *data, size_t len)
{
    struct stats_notes row = stats_notes_begin(data, len);
    struct stats_note note;
    while (stats_notes_next(&row, &note)) {
        if (x->n == x->cap) {
            x->cap = x->cap ? 2 * x->cap : 256;
            x->list = mem_resize(x->list, x->cap * sizeof *x->list);
        }
        x->list[x->n++] = note;
    }
    return !row.u.bad;
}

static int load(struct store *s, const char *job, int hours, struct wall start, struct tally *t, struct err *e)
{
    struct statement q = statement_begin(s, Q_RUN_COUNT_GET);
    statement_text(&q, job);
    statement_int(&q, hours);
    statement_wall(&q, start);
    int rc = statement_row(&q, e);
    if (rc > 0) {
        size_t len;
        const void *data = next_blob(&q, &len);
        if (!tally_merge_packed(t, data, len)) {
            log_error("statistics as kept are damaged: an hour or day is counted anew", L_STR("job", job));
            tally_clear(t);
        }
    }
    statement_end(&q);
    return rc < 0 ? rc : 0;
}

static int save(struct store *s, const char *job, int hours, struct wall start, const struct tally *t, struct err *e)
{
    buf_auto struct buf data = BUF_INIT(1024 * 1024);
    tally_pack(t, &data);
    struct statement q = statement_begin(s, Q_RUN_COUNT_PUT);
    statement_text(&q, job);
    statement_int(&q, hours);
    statement_wall(&q, start);
    statement_blob(&q, data.data, data.len);
    return statement_run(&q, e);
}

/* Notes of one job ('': of all), in order of time, into its hours or days. */
static int count(struct store *s, const char *job, int hours, const struct stats_note *notes, size_t n, struct err *e)
{
    int64_t unit_ms = hours * WINDOW_HOUR_MS;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n;) {
        struct wall start = window_floor(notes[i].at, unit_ms);
        struct tally t = { 0 };
        rc = load(s, job, hours, start, &t, e);
        for (; rc == 0 && i < n && notes[i].at.ms < start.ms + unit_ms; i++)
            tally_run_add(&t, &notes[i].run);
        if (rc == 0)
            rc = save(s, job, hours, start, &t, e);
        tally_clear(&t);
    }
    return rc;
}

static int count_both(struct store *s, const char *job, const struct stats_note *notes, size_t n, struct err *e)
{
    int rc = count(s, job, 1, notes, n, e);
    return rc ? rc : count(s, job, 24, notes, n, e);
}

static int count_all(struct store *s, struct notes *x, struct err *e)
{
    char job[JOB_NAME_MAX + 1];
    int rc = 0;
    if (x->n)
        qsort(x->list, x->n, sizeof *x->list, compare_notes);
    for (size_t i = 0, next; rc == 0 && i < x->n; i = next) {
        const struct stats_note *first = &x->list[i];
        for (next = i + 1; next < x->n && compare_jobs(first, &x->list[next]) == 0;)
            next++;
        size_t len = first->job_len < sizeof job ? first->job_len : sizeof job - 1;
        memcpy(job, first->job, len);
        job[len] = '\0';
        rc = count_both(s, job, first, next - i, e);
    }
    if (rc || !x->n)
        return rc;
    qsort(x->list, x->n, sizeof *x->list, compare_times);
    return count_both(s, "", x->list, x->n, e);
}

/* Rows of run_ends from the oldest on, until they hold so many runs. */
static int read_rows(struct store *s, struct notes *x, struct arena *a, int64_t *last, bool *more, struct err *e)
{
    struct statement q = statement_begin(s, Q_RUN_END_EACH);
    int rc;
    *more = false;
    while ((rc = statement_row(&q, e)) > 0) {
        if (x->n >= STATS_FOLD_RUNS) {
            *more = true;
            break;
        }
        size_t len;
        *last = next_int(&q);
        const void *data = next_blob(&q, &len);
        void *copy = arena_alloc(a, len + 1);
        if (len)
            memcpy(copy, data, len);
        if (!take_notes(x, copy, len))
            log_error("notes of runs that ended are damaged: some are not counted", L_INT("row", *last));
    }
    statement_end(&q);
    return rc < 0 ? rc : 0;
}

static int delete_rows(struct store *s, int64_t last, struct err *e)
{
    struct statement q = statement_begin(s, Q_RUN_END_DELETE);
    statement_int(&q, last);
    return statement_run(&q, e);
}

/* Whoever watches. */
struct teller {
    run_ended_each each; /* NULL: nobody */
    void *ctx;
};

static int tell_one(const struct teller *t, const struct stats_note *note, struct err *e)
{
    char job[JOB_NAME_MAX + 1];
    struct watch_end x = {
        .job = job,
        .target = "",
        .state = note->run.state,
        .at = note->ended_at,
        .scheduled_for = note->scheduled_for,
        .occurrences = note->run.occurrences,
        .lateness_ms = note->run.lateness_ms,
        .duration_ms = note->run.duration_ms,
        .metrics = note->run.metrics_len ? note->run.metrics : NULL,
        .metrics_len = note->run.metrics_len,
        .edited = note->edited,
    };
    size_t len = note->job_len < sizeof job ? note->job_len : sizeof job - 1;
    memcpy(job, note->job, len);
    job[len] = '\0';
    id_from_bytes(note->id, x.run);
    return t->each(t->ctx, &x, e);
}

/* Runs from before there were rules are told to nobody. */
static int tell(const struct teller *t, const struct notes *x, struct err *e)
{
    int rc = 0;
    for (size_t i = 0; t->each && rc == 0 && i < x->n; i++)
        if (x->list[i].id)
            rc = tell_one(t, &x->list[i], e);
    return rc;
}

static int fold(struct store *s, const struct teller *t, bool *more, struct err *e)
{
    struct notes x = { 0 };
    struct arena *a = arena_new(0);
    int64_t last = 0;
    int rc = read_rows(s, &x, a, &last, more, e);
    if (rc == 0)
        rc = tell(t, &x, e);
    if (rc == 0)
        rc = count_all(s, &x, e);
    crash_here(CRASH_IN_FOLD);
    if (rc == 0 && last > 0)
        rc = delete_rows(s, last, e);
    mem_free(x.list);
    arena_free(a);
    return rc;
}

int stats_fold_telling(struct store *s, run_ended_each each, void *ctx, bool *more, struct err *e)
{
    bool own;
    const struct teller t = { each, ctx };
    int rc = store_enter(s, &own, e);
    return rc ? rc : store_leave(s, own, fold(s, &t, more, e), e);
}

int stats_fold(struct store *s, bool *more, struct err *e)
{
    return stats_fold_telling(s, NULL, NULL, more, e);
}

static int count_batch(struct store *s, struct buf *batch, struct err *e)
{
    struct notes x = { 0 };
    take_notes(&x, batch->data, batch->len);
    int rc = count_all(s, &x, e);
    mem_free(x.list);
    buf_clear(batch);
    return rc;
}

/* 1 when the run of the row has ended. */
static int note_row(struct statement *q, struct buf *batch)
{
    struct arena *a = arena_new(0);
    struct run r;
    run_row_read(q, a, &r);
    bool final = run_state_final(r.state);
    if (final)
        stats_note_pack(&r, batch);
    arena_free(a);
    return final;
}

static int count_runs(struct store *s, int64_t *n, struct err *e)
{
    uint8_t least[ID_SIZE] = { 0 }, below[ID_SIZE];
    buf_auto struct buf batch = BUF_INIT((size_t)64 * 1024 * 1024);
    struct statement q = statement_begin(s, Q_RUN_WALK_UP);
    int rc;
    memset(below, 0xff, sizeof below);
    statement_blob(&q, least, ID_SIZE);
    statement_blob(&q, below, ID_SIZE);
    while ((rc = statement_row(&q, e)) > 0) {
        *n += note_row(&q, &batch);
        if (batch.len > HISTORY_BATCH_BYTES && (rc = count_batch(s, &batch, e)) < 0)
            break;
    }
    statement_end(&q);
    return rc == 0 ? count_batch(s, &batch, e) : rc;
}

static int read_counted(struct store *s, bool *ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_STATS_COUNTED);
    int rc = statement_row(&q, e);
    *ret = rc > 0 && next_int(&q) != 0;
    statement_end(&q);
    return rc < 0 ? rc : 0;
}

/* Another process may have done it meanwhile. */
static int count_history(struct store *s, struct err *e)
{
    bool counted;
    int64_t n = 0;
    int rc = read_counted(s, &counted, e);
    if (rc || counted)
        return rc;
    rc = count_runs(s, &n, e);
    if (rc)
        return rc;
    struct statement q = statement_begin(s, Q_STATS_SET_COUNTED);
    if (n)
        log_info("runs of the past were counted for statistics", L_INT("runs", n));
    return statement_run(&q, e);
}

int stats_count_history(struct store *s, struct err *e)
{
    bool counted, own;
    int rc = read_counted(s, &counted, e);
    if (rc || counted)
        return rc;
    rc = store_enter(s, &own, e);
    return rc ? rc : store_leave(s, own, count_history(s, e), e);
}

static int next_job(struct store *s, char after[JOB_NAME_MAX + 1], bool *found, struct err *e)
{
    struct statement q = statement_begin(s, Q_RUN_COUNT_JOB_AFTER);
    statement_text(&q, after);
    int rc = statement_row(&q, e);
    *found = rc > 0;
    if (*found)
        snprintf(after, JOB_NAME_MAX + 1, "%s", next_text(&q));
    else
        after[0] = '\0';
    statement_end(&q);
    return rc < 0 ? rc : 0;
}

static int prune_job(struct store *s, const char *job, int hours, struct wall before, struct err *e)
{
    struct statement q = statement_begin(s, Q_RUN_COUNT_PRUNE);
    statement_text(&q, job);
    statement_int(&q, hours);
    statement_wall(&q, before);
    return statement_run(&q, e);
}

static int prune(struct store *s, struct wall now, int jobs, char after[JOB_NAME_MAX + 1], struct err *e)
{
    struct wall before = { now.ms - STATS_DAYS * WINDOW_DAY_MS };
    bool found = true, of_all = !*after;
    int rc = 0;
    for (int i = 0; rc == 0 && found && i < jobs; i++) {
        if (!of_all)
            rc = next_job(s, after, &found, e);
        if (rc == 0 && found)
            rc = prune_job(s, after, 1, before, e);
        if (rc == 0 && found)
            rc = prune_job(s, after, 24, before, e);
        of_all = false;
    }
    return rc;
}

int stats_prune(struct store *s, struct wall now, int jobs, char after[JOB_NAME_MAX + 1], struct err *e)
{
    bool own;
    int rc = store_enter(s, &own, e);
    return rc ? rc : store_leave(s, own, prune(s, now, jobs, after, e), e);
}
