#include "store/retention.h"

#include "base/crash.h"
#include "store/run_row.h"

#include <stdio.h>
#include <string.h>

#define ATTEMPTS_AT_ONCE 4 /* a run with more is emptied attempt by attempt before it goes: one may have 140 KB */

/* Runs that go need not lose their bodies first. */
enum phase { PHASE_AGE, PHASE_NUMBER, PHASE_BODIES, PHASE_BODIES_LONG, PHASE_END };

static const enum run_state FINAL[] = { RUN_SUCCEEDED, RUN_FAILED, RUN_CANCELED, RUN_SKIPPED, RUN_MISSED };
#define FINALS ((int)MEM_COUNT(FINAL))

/* --- looking ----------------------------------------------------------------------------------------------------- */

/* Ids of runs made before `t` are less. */
static void least_id(struct wall t, uint8_t out[ID_SIZE])
{
    uint64_t ms = t.ms < 0 ? 0 : (uint64_t)t.ms;
    memset(out, 0, ID_SIZE);
    for (int i = 0; i < 6; i++)
        out[i] = (uint8_t)(ms >> (40 - 8 * i));
}

static void read_blob_id(struct statement *q, uint8_t out[ID_SIZE])
{
    size_t len;
    const void *id = next_blob(q, &len);
    if (id && len == ID_SIZE)
        memcpy(out, id, ID_SIZE);
}

static void enter(struct retention_pass *p, int phase, int state)
{
    p->phase = phase;
    p->state = state;
    p->within = false;
    memset(p->after, 0, ID_SIZE);
}

/* Brings the pages of its attempts into memory, so that the writer need not wait for the disk. */
static int look_at(struct store *s, const uint8_t id[ID_SIZE], struct err *e)
{
    struct statement q = statement_begin(s, Q_RETENTION_ATTEMPT_LOOK);
    statement_blob(&q, id, ID_SIZE);
    return statement_run(&q, e);
}

static void take(struct retention_batch *b, const uint8_t id[ID_SIZE], int attempts)
{
    memcpy(b->runs[b->n].id, id, ID_SIZE);
    b->runs[b->n++].attempts = attempts;
}

static int look_at_all(struct store *s, const struct retention_batch *b, struct err *e)
{
    int rc = 0;
    for (int i = 0; rc == 0 && i < b->n; i++)
        if (b->runs[i].attempts)
            rc = look_at(s, b->runs[i].id, e);
    return rc;
}

/* Rows of (id, attempts, goes). *more: there were as many as there may be. */
static int read_batch(struct statement *q, struct retention_pass *p, struct retention_batch *b, bool *more,
                      struct err *e)
{
    int rc, rows = 0;
    while ((rc = statement_row(q, e)) > 0) {
        read_blob_id(q, p->after);
        int attempts = (int)next_int(q);
        if (next_int(q))
            take(b, p->after, attempts);
        rows++;
    }
    *more = rows == RETENTION_BATCH;
    return rc ? rc : look_at_all(q->store, b, e);
}

static int begin_bodies(struct store *s, struct retention_pass *p, struct err *e)
{
    uint8_t below[ID_SIZE];
    struct statement q = statement_begin(s, Q_RETENTION_BODIES_UNTIL);
    int rc = statement_row(&q, e);
    if (rc > 0)
        read_blob_id(&q, p->after);
    statement_end(&q);
    /* Beyond what is due: the time was shorter once, or the clock ahead. */
    least_id(retention_bodies_before(&p->settings, p->now), below);
    if (memcmp(p->after, below, ID_SIZE) > 0)
        memcpy(p->after, below, ID_SIZE);
    p->within = true;
    return rc < 0 ? rc : 0;
}

static int next_bodies(struct store *s, struct retention_pass *p, struct retention_batch *b, struct err *e)
{
    int rc = p->within ? 0 : begin_bodies(s, p, e), rows = 0;
    if (rc)
        return rc;
    struct wall before = retention_bodies_before(&p->settings, p->now);
    enum retention_bodies what = RETENTION_GO;
    uint8_t below[ID_SIZE];
    least_id(before, below);
    struct statement q = statement_begin(s, Q_RETENTION_BODIES);
    statement_blob(&q, p->after, ID_SIZE);
    statement_blob(&q, below, ID_SIZE);
    statement_int(&q, RETENTION_BATCH);
    uint8_t at[ID_SIZE];
    memcpy(at, p->after, ID_SIZE);
    while (what != RETENTION_WAIT && (rc = statement_row(&q, e)) > 0) {
        uint8_t id[ID_SIZE] = { 0 };
        read_blob_id(&q, id);
        int attempts = (int)next_int(&q);
        struct wall created_at = next_wall(&q), finished_at = next_wall(&q);
        what = retention_bodies_of(attempts, created_at, finished_at, before);
        if (what == RETENTION_GO)
            take(b, id, attempts);
        if (what != RETENTION_WAIT)
            memcpy(at, id, ID_SIZE);
        rows++;
    }
    statement_end(&q);
    b->bodies = b->marks = true;
    memcpy(b->until, at, ID_SIZE);
    memcpy(p->after, at, ID_SIZE);
    if (what == RETENTION_WAIT || rows < RETENTION_BATCH)
        enter(p, PHASE_BODIES_LONG, 0);
    return rc < 0 ? rc : look_at_all(s, b, e);
}

static int next_bodies_long(struct store *s, struct retention_pass *p, struct retention_batch *b, struct err *e)
{
    uint8_t below[ID_SIZE];
    struct wall before = retention_bodies_before(&p->settings, p->now);
    bool more;
    least_id(before, below);
    struct statement q = statement_begin(s, Q_RETENTION_BODIES_LONG);
    statement_wall(&q, before);
    statement_blob(&q, p->after, ID_SIZE);
    statement_blob(&q, below, ID_SIZE);
    statement_int(&q, RETENTION_BATCH);
    int rc = read_batch(&q, p, b, &more, e);
    b->bodies = true;
    if (!more)
        enter(p, PHASE_END, 0);
    return rc;
}

static int next_by_age(struct store *s, struct retention_pass *p, struct retention_batch *b, struct err *e)
{
    uint8_t below[ID_SIZE];
    struct wall before = retention_before(&p->settings, FINAL[p->state], p->now);
    bool more;
    least_id(before, below);
    struct statement q = statement_begin(s, Q_RETENTION_BY_AGE);
    statement_wall(&q, before);
    statement_text(&q, run_state_name(FINAL[p->state]));
    statement_blob(&q, p->after, ID_SIZE);
    statement_blob(&q, below, ID_SIZE);
    statement_int(&q, RETENTION_BATCH);
    int rc = read_batch(&q, p, b, &more, e);
    if (!more)
        enter(p, p->state + 1 < FINALS ? PHASE_AGE : PHASE_NUMBER, (p->state + 1) % FINALS);
    return rc;
}

/* The next job; *ret false when there is none. */
static int next_job(struct store *s, struct retention_pass *p, bool *ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_RETENTION_JOB_AFTER);
    statement_text(&q, p->job);
    int rc = statement_row(&q, e);
    *ret = rc > 0;
    if (*ret)
        snprintf(p->job, sizeof p->job, "%s", next_text(&q));
    statement_end(&q);
    return rc < 0 ? rc : 0;
}

/* 1: runs up to p->last are too many, of the job and state. */
static int look_over(struct store *s, struct retention_pass *p, struct err *e)
{
    struct statement q = statement_begin(s, Q_RETENTION_FIRST_OVER);
    statement_text(&q, p->job);
    statement_text(&q, run_state_name(FINAL[p->state]));
    statement_int(&q, p->settings.retention_runs);
    int rc = statement_row(&q, e);
    if (rc > 0)
        read_blob_id(&q, p->last);
    statement_end(&q);
    return rc;
}

/* Moves on to the next job and state that has too many. 0: there is none. */
static int find_over(struct store *s, struct retention_pass *p, struct err *e)
{
    int rc = 0;
    bool found = true;
    while (rc == 0) {
        if (p->state == 0)
            rc = next_job(s, p, &found, e);
        if (rc || !found)
            return rc;
        rc = look_over(s, p, e);
        if (rc == 0)
            p->state = (p->state + 1) % FINALS;
    }
    return rc;
}

static int next_by_number(struct store *s, struct retention_pass *p, struct retention_batch *b, struct err *e)
{
    bool more;
    int rc = p->within ? 1 : p->settings.retention_runs ? find_over(s, p, e) : 0;
    if (rc <= 0) {
        enter(p, PHASE_BODIES, 0);
        return rc;
    }
    p->within = true;
    struct statement q = statement_begin(s, Q_RETENTION_BY_NUMBER);
    statement_text(&q, p->job);
    statement_text(&q, run_state_name(FINAL[p->state]));
    statement_blob(&q, p->after, ID_SIZE);
    statement_blob(&q, p->last, ID_SIZE);
    statement_int(&q, RETENTION_BATCH);
    rc = read_batch(&q, p, b, &more, e);
    if (!more)
        enter(p, PHASE_NUMBER, (p->state + 1) % FINALS);
    return rc;
}

int retention_next(struct store *s, struct retention_pass *p, struct retention_batch *ret, struct err *e)
{
    static int (*const phases[])(struct store *, struct retention_pass *, struct retention_batch *, struct err *) = {
        [PHASE_BODIES] = next_bodies,
        [PHASE_BODIES_LONG] = next_bodies_long,
        [PHASE_AGE] = next_by_age,
        [PHASE_NUMBER] = next_by_number,
    };
    ret->n = ret->done = 0;
    ret->bodies = ret->marks = false;
    if (p->phase == PHASE_END)
        return 0;
    int rc = phases[p->phase](s, p, ret, e);
    return rc < 0 ? rc : 1;
}

/* --- deleting ---------------------------------------------------------------------------------------------------- */

static bool over(struct retention_end end)
{
    return end.over(end.ctx);
}

static int of_run(struct store *s, enum query query, const uint8_t id[ID_SIZE], struct err *e)
{
    struct statement q = statement_begin(s, query);
    statement_blob(&q, id, ID_SIZE);
    return statement_run(&q, e);
}

/* Its attempts one by one. False: the time was up before the last. */
static int strip(struct store *s, const uint8_t id[ID_SIZE], int attempts, struct retention_end end, bool *whole,
                 struct err *e)
{
    int rc = 0, number = 1;
    for (; rc == 0 && number <= attempts && (number == 1 || !over(end)); number++) {
        struct statement q = statement_begin(s, Q_RETENTION_STRIP);
        statement_blob(&q, id, ID_SIZE);
        statement_int(&q, number);
        rc = statement_run(&q, e);
    }
    *whole = number > attempts;
    return rc;
}

static int delete_one(struct store *s, const struct retention_batch *b, struct retention_end end, bool *whole,
                      struct err *e)
{
    const uint8_t *id = b->runs[b->done].id;
    int rc = 0, attempts = b->runs[b->done].attempts;
    *whole = true;
    if (b->bodies || attempts > ATTEMPTS_AT_ONCE)
        rc = strip(s, id, attempts, end, whole, e);
    if (rc || !*whole)
        return rc;
    return of_run(s, b->bodies ? Q_RETENTION_BODY_DELETE : Q_RETENTION_RUN_DELETE, id, e);
}

static int mark(struct store *s, const struct retention_batch *b, struct err *e)
{
    const uint8_t *until = b->done == b->n ? b->until : b->done ? b->runs[b->done - 1].id : NULL;
    if (!b->marks || !until)
        return 0;
    struct statement q = statement_begin(s, Q_RETENTION_SET_BODIES_UNTIL);
    statement_blob(&q, until, ID_SIZE);
    return statement_run(&q, e);
}

static int delete_some(struct store *s, struct retention_batch *b, struct retention_end end, struct err *e)
{
    int rc = 0;
    bool whole = true;
    do {
        if (b->done < b->n)
            rc = delete_one(s, b, end, &whole, e);
        crash_here(CRASH_IN_RETENTION);
        b->done += rc == 0 && whole && b->done < b->n;
    } while (rc == 0 && b->done < b->n && !over(end));
    return rc ? rc : mark(s, b, e);
}

int retention_delete(struct store *s, struct retention_batch *b, struct retention_end end, struct err *e)
{
    bool own;
    int done = b->done, rc = store_enter(s, &own, e);
    if (rc)
        return rc;
    rc = store_leave(s, own, delete_some(s, b, end, e), e);
    if (rc)
        b->done = done;
    return rc;
}

/* --- space ------------------------------------------------------------------------------------------------------- */

static int read_pragma(struct store *s, const char *sql, int64_t *ret, struct err *e)
{
    sqlite3_stmt *stmt;
    int rc = sqlite3_prepare_v2(s->db, sql, -1, &stmt, NULL);
    if (rc)
        return store_fail(s, rc, e);
    rc = sqlite3_step(stmt);
    *ret = rc == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
    int result = rc == SQLITE_ROW ? 0 : store_fail(s, rc, e);
    sqlite3_finalize(stmt);
    return result;
}

int retention_space(struct store *s, int64_t *ret_pages, int64_t *ret_free, struct err *e)
{
    int rc = read_pragma(s, "PRAGMA page_count", ret_pages, e);
    return rc ? rc : read_pragma(s, "PRAGMA freelist_count", ret_free, e);
}

/* The pragma gives a row for each page, and may be left at any. */
static int shrink(struct store *s, int64_t pages, struct retention_end end, int64_t *ret, struct err *e)
{
    sqlite3_stmt *stmt;
    int rc = sqlite3_prepare_v2(s->db, "PRAGMA incremental_vacuum", -1, &stmt, NULL);
    *ret = 0;
    if (rc)
        return store_fail(s, rc, e);
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW && ++*ret < pages && !over(end))
        ;
    int result = rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : store_fail(s, rc, e);
    sqlite3_finalize(stmt);
    return result;
}

int retention_shrink(struct store *s, int64_t pages, struct retention_end end, int64_t *ret, struct err *e)
{
    bool own;
    int rc = store_enter(s, &own, e);
    return rc ? rc : store_leave(s, own, shrink(s, pages, end, ret, e), e);
}
