#include "store/runs_walk.h"

#include <string.h>

/* Ids are made when a run is created, which is not before its occurrence: so `since` bounds the id as well, and a
 * list of the last hour never looks at older rows. The slack covers a clock that was set back between planning and
 * creating. Rows created later than that after their occurrence are in an index of their own (runs_late). */
#define SLACK_MS 3600000
#define MERGE_JOBS_MAX 32 /* more are told apart row by row */
#define BATCH 16
#define LOOKUP_COST 6 /* of a row found through an index, in rows of the table (measured) */

/* Whose ids a stream has. */
enum source {
    TABLE, /* walked, not merged */
    LATE,  /* the same */
    OF_STATE,
    OF_JOB, /* and state */
    OPEN,
    OPEN_OF_JOB,
    TOLD /* succeeded, with a message */
};
static const enum query QUERIES[][2] = {
    [TABLE] = { Q_RUN_WALK, Q_RUN_WALK_UP },
    [LATE] = { Q_RUN_WALK_LATE, Q_RUN_WALK_LATE_UP },
    [OF_STATE] = { Q_RUN_IDS_STATE, Q_RUN_IDS_STATE_UP },
    [OF_JOB] = { Q_RUN_IDS_JOB, Q_RUN_IDS_JOB_UP },
    [OPEN] = { Q_RUN_IDS_OPEN, Q_RUN_IDS_OPEN_UP },
    [OPEN_OF_JOB] = { Q_RUN_IDS_OPEN_JOB, Q_RUN_IDS_OPEN_JOB_UP },
    [TOLD] = { Q_RUN_IDS_TOLD, Q_RUN_IDS_TOLD_UP },
};

struct run_stream {
    enum source source;
    const char *job, *state; /* NULL: any */
    uint8_t ids[BATCH][ID_SIZE];
    int n, pos;
    bool last; /* there are no more than these */
};

static void id_of_time(int64_t ms, uint8_t out[ID_SIZE])
{
    for (int i = 0; i < ID_SIZE; i++)
        out[i] = i < 6 ? (uint8_t)((uint64_t)(ms > 0 ? ms : 0) >> (40 - 8 * i)) : 0;
}

void runs_walk_least(struct wall since, uint8_t out[ID_SIZE])
{
    id_of_time(wall_is_none(since) ? 0 : since.ms - SLACK_MS, out);
}

static void add_part(struct runs_walk *w, const uint8_t *least, const uint8_t *below, bool late)
{
    if (memcmp(least, below, ID_SIZE) >= 0)
        return;
    memcpy(w->parts[w->n_parts].least, least, ID_SIZE);
    memcpy(w->parts[w->n_parts].below, below, ID_SIZE);
    w->parts[w->n_parts++].late = late;
}

static const uint8_t *lesser(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a, b, ID_SIZE) < 0 ? a : b;
}

static const uint8_t *greater(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a, b, ID_SIZE) < 0 ? b : a;
}

/* An end in time splits what is walked: up to there in full, after it what was late alone. */
static void bound(struct runs_walk *w, struct wall until, const uint8_t *least, const uint8_t *below)
{
    uint8_t middle[ID_SIZE];
    bool open = wall_is_none(until);
    if (!open)
        id_of_time(until.ms + SLACK_MS + 1, middle);
    if (!open && !w->up)
        add_part(w, greater(least, middle), below, true);
    add_part(w, least, open ? below : lesser(below, middle), false);
    if (!open && w->up)
        add_part(w, greater(least, middle), below, true);
}

static int take_cursor(struct runs_walk *w, const struct runs_filter *f, struct err *e)
{
    uint8_t least[ID_SIZE], below[ID_SIZE], cursor[ID_SIZE];
    runs_walk_least(f->since, least);
    memset(below, 0xff, ID_SIZE);
    if (f->cursor && !id_to_bytes(f->cursor, cursor))
        return err_at(e, ERR_INVALID, "/cursor", "'%.64s' is not a cursor: give 'next_cursor' of the page before",
                      f->cursor);
    const uint8_t *from = f->cursor && w->up ? greater(least, cursor) : least;
    const uint8_t *to = f->cursor && !w->up ? cursor : below;
    bound(w, f->until, from, to);
    return 0;
}

static void add_stream(struct runs_walk *w, enum source source, const char *job, const char *state)
{
    struct run_stream *x = &w->streams[w->n_streams++];
    x->source = source;
    x->job = job;
    x->state = state;
}

static void add_final(struct runs_walk *w, const char *job, unsigned states)
{
    for (int i = 0; i < RUN_STATE_COUNT; i++)
        if (states & RUNS_FINAL & RUN_BIT(i))
            add_stream(w, job ? OF_JOB : OF_STATE, job, run_state_name((enum run_state)i));
}

/* Most runs succeed, with nothing to say: where the message counts they are left out. */
static void choose_streams(struct runs_walk *w, unsigned states, bool by_text, const struct job_set *jobs,
                           struct arena *a)
{
    bool few = !jobs->all && jobs->n <= MERGE_JOBS_MAX;
    bool told = by_text && (states & RUN_BIT(RUN_SUCCEEDED));
    if (!few && !told && (states & RUNS_FINAL) == RUNS_FINAL)
        return;
    if (told)
        states &= ~RUN_BIT(RUN_SUCCEEDED);
    int most = (few ? jobs->n : 1) * RUN_STATE_COUNT + 2;
    w->streams = arena_alloc(a, (size_t)most * sizeof *w->streams);
    for (int i = 0; few && i < jobs->n; i++)
        add_final(w, jobs->names[i], states);
    if (!few)
        add_final(w, NULL, states);
    if (told)
        add_stream(w, TOLD, NULL, NULL);
    bool one = few && jobs->n == 1;
    if (states & ~RUNS_FINAL)
        add_stream(w, one ? OPEN_OF_JOB : OPEN, one ? jobs->names[0] : NULL, NULL);
}

int runs_walk_begin(struct runs_walk *w, struct store *s, const struct runs_filter *f, unsigned states,
                    const struct job_set *jobs, struct arena *a, struct err *e)
{
    *w = (struct runs_walk){ .s = s, .up = f->order == RUNS_OLDEST };
    int result = take_cursor(w, f, e);
    if (result == 0 && (!states || (!jobs->all && jobs->n == 0)))
        w->n_parts = 0;
    else if (result == 0)
        choose_streams(w, states, f->text != NULL, jobs, a);
    return result;
}

/* The next batch: after the last one of the batch before. */
static int refill(struct runs_walk *w, struct run_stream *x, struct err *e)
{
    const uint8_t *least = w->parts[w->part].least, *below = w->parts[w->part].below;
    const uint8_t *last = x->n ? x->ids[x->n - 1] : NULL;
    uint8_t from[ID_SIZE];
    if (last)
        memcpy(from, last, ID_SIZE);
    struct statement q = statement_begin(w->s, QUERIES[x->source][w->up]);
    statement_blob(&q, last && w->up ? from : least, ID_SIZE);
    statement_blob(&q, last && !w->up ? from : below, ID_SIZE);
    if (x->job)
        statement_text(&q, x->job);
    if (x->state)
        statement_text(&q, x->state);
    statement_int(&q, BATCH);
    int rc;
    x->n = x->pos = 0;
    while ((rc = statement_row(&q, e)) > 0) {
        size_t len;
        const void *id = next_blob(&q, &len);
        memcpy(x->ids[x->n++], id, ID_SIZE);
    }
    x->last = x->n < BATCH;
    return rc;
}

/* The stream whose next id comes first. *ret NULL: all are at their end. */
static int first_stream(struct runs_walk *w, struct run_stream **ret, struct err *e)
{
    *ret = NULL;
    for (int i = 0; i < w->n_streams; i++) {
        struct run_stream *x = &w->streams[i];
        int result = x->pos == x->n && !x->last ? refill(w, x, e) : 0;
        if (result)
            return result;
        if (x->pos == x->n)
            continue;
        int order = *ret ? memcmp(x->ids[x->pos], (*ret)->ids[(*ret)->pos], ID_SIZE) : 0;
        if (!*ret || (w->up ? order < 0 : order > 0))
            *ret = x;
    }
    return 0;
}

static int next_merged(struct runs_walk *w, struct err *e)
{
    struct run_stream *x;
    statement_end(&w->q);
    w->open = false;
    int result = first_stream(w, &x, e);
    if (result || !x)
        return result;
    w->q = statement_begin(w->s, Q_RUN_GET);
    w->open = true;
    statement_blob(&w->q, x->ids[x->pos++], ID_SIZE);
    w->cost += LOOKUP_COST;
    return statement_row(&w->q, e);
}

static int next_walked(struct runs_walk *w, struct err *e)
{
    bool late = w->parts[w->part].late;
    if (!w->open) {
        w->q = statement_begin(w->s, QUERIES[late ? LATE : TABLE][w->up]);
        statement_blob(&w->q, w->parts[w->part].least, ID_SIZE);
        statement_blob(&w->q, w->parts[w->part].below, ID_SIZE);
        w->open = true;
    }
    w->cost += late ? LOOKUP_COST : 1;
    int rc = statement_row(&w->q, e);
    w->open = rc > 0;
    return rc;
}

int runs_walk_next(struct runs_walk *w, struct err *e)
{
    for (; w->part < w->n_parts; w->part++) {
        bool merged = w->n_streams > 0 && !w->parts[w->part].late;
        int rc = merged ? next_merged(w, e) : next_walked(w, e);
        if (rc)
            return rc;
    }
    return 0;
}

void runs_walk_end(struct runs_walk *w)
{
    if (w->open)
        statement_end(&w->q);
    w->open = false;
}
