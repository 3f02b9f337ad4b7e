/* runs_list.c - reading runs (runs.h). */
#include "store/run_row.h"

#include <string.h>

/* Ids are made when a run is created, which is not before its occurrence: so `since` bounds the id as well, and a
 * list of the last hour never looks at older rows. The slack covers a clock that was set back between planning and
 * creating. */
#define SINCE_SLACK_MS 3600000

static const enum query LISTS[2][3] = {
    /* any state, final, open */
    { Q_RUN_LIST, Q_RUN_LIST_FINAL, Q_RUN_LIST_OPEN },
    { Q_RUN_LIST_JOB, Q_RUN_LIST_JOB_FINAL, Q_RUN_LIST_JOB_OPEN },
};

static void least_of_since(struct wall since, uint8_t out[ID_SIZE])
{
    int64_t ms = wall_is_none(since) || since.ms < SINCE_SLACK_MS ? 0 : since.ms - SINCE_SLACK_MS;
    for (int i = 0; i < ID_SIZE; i++)
        out[i] = i < 6 ? (uint8_t)((uint64_t)ms >> (40 - 8 * i)) : 0;
}

static int greatest_of_cursor(const char *cursor, uint8_t out[ID_SIZE], struct err *e)
{
    memset(out, 0xff, ID_SIZE);
    if (cursor && !id_to_bytes(cursor, out))
        return err_at(e, ERR_INVALID, "/cursor", "'%.64s' is not a cursor: give 'next_cursor' of the page before",
                      cursor);
    return 0;
}

/* One row more than asked for tells whether there is a next page. */
static void bind_list(struct statement *q, const struct runs_filter *f, const uint8_t least[ID_SIZE],
                      const uint8_t below[ID_SIZE])
{
    statement_blob(q, least, ID_SIZE);
    statement_blob(q, below, ID_SIZE);
    statement_int(q, f->since.ms); /* WALL_NONE is the least value there is */
    statement_int(q, wall_is_none(f->until) ? INT64_MAX : f->until.ms);
    if (f->job)
        statement_text(q, f->job);
    if (f->state >= 0)
        statement_text(q, run_state_name((enum run_state)f->state));
    statement_int(q, (int64_t)f->limit + 1);
}

int runs_list(struct store *s, const struct runs_filter *f, struct arena *a, struct run **ret, int *ret_n,
              const char **ret_next_cursor, struct err *e)
{
    uint8_t least[ID_SIZE], below[ID_SIZE];
    if (f->limit < 1 || f->limit > 1000)
        return err_at(e, ERR_INVALID, "/limit", "'limit' is 1 to 1000");
    int result = greatest_of_cursor(f->cursor, below, e);
    if (result)
        return result;
    least_of_since(f->since, least);
    int kind = f->state < 0 ? 0 : run_state_final((enum run_state)f->state) ? 1 : 2;
    struct statement q = statement_begin(s, LISTS[f->job != NULL][kind]);
    bind_list(&q, f, least, below);
    result = run_rows(&q, a, ret, ret_n, e);
    if (result)
        return result;
    bool more = *ret_n > f->limit;
    if (more)
        *ret_n = f->limit;
    *ret_next_cursor = more ? (*ret)[f->limit - 1].id : NULL;
    return 0;
}

int runs_since(struct store *s, struct wall since,
               void (*each)(void *ctx, const char *job, enum run_state state, const char *message), void *ctx,
               struct err *e)
{
    uint8_t least[ID_SIZE];
    least_of_since(since, least);
    struct statement q = statement_begin(s, Q_RUN_EACH_SINCE);
    statement_blob(&q, least, ID_SIZE);
    statement_int(&q, since.ms);
    int rc;
    while ((rc = statement_row(&q, e)) > 0) {
        enum run_state state = RUN_QUEUED;
        const char *job = next_text(&q);
        run_state_parse(next_text(&q), &state);
        each(ctx, job, state, next_text(&q));
    }
    return rc;
}

/* The first attempt has no row of its own while it is under way (attempt_insert in runs.sql). */
static struct attempt first_attempt(const struct run *r)
{
    return (struct attempt){
        .number = 1,
        .started_at = r->started_at,
        .finished_at = WALL_NONE,
        .message = "",
        .dns_ms = -1,
        .connect_ms = -1,
        .tls_ms = -1,
        .first_byte_ms = -1,
        .total_ms = -1,
        .response_size = -1,
    };
}

static int read_attempts(struct store *s, const struct run *r, struct arena *a, struct attempt **ret, int *ret_n,
                         struct err *e)
{
    struct statement q = statement_begin(s, Q_ATTEMPT_EACH);
    int n = 0, rc = 0, expected = r->attempts;
    *ret = arena_alloc(a, (size_t)(expected + 1) * sizeof **ret);
    statement_id(&q, r->id);
    while (n < expected && (rc = statement_row(&q, e)) > 0)
        attempt_row_read(&q, a, &(*ret)[n++]);
    if (n < expected && rc < 0)
        return rc;
    statement_end(&q);
    if (n == 0 && r->state == RUN_RUNNING && expected == 1)
        (*ret)[n++] = first_attempt(r);
    *ret_n = n;
    return 0;
}

static int read_run(struct store *s, const char *id, struct arena *a, struct run **ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_RUN_GET);
    statement_id(&q, id);
    int n, result = run_rows(&q, a, ret, &n, e);
    if (result)
        return result;
    return n ? 0 : err_set(e, ERR_NOT_FOUND, "there is no run '%.64s'", id);
}

/* One snapshot for both, so that a run never shows an attempt more or less than it counts. */
int runs_get(struct store *s, const char *id, struct arena *a, struct run **ret, struct attempt **ret_attempts,
             int *ret_n_attempts, struct err *e)
{
    bool own = !store_in_transaction(s);
    if (own) {
        struct statement q = statement_begin(s, Q_STORE_BEGIN_READ);
        int result = statement_run(&q, e);
        if (result)
            return result;
    }
    int result = read_run(s, id, a, ret, e);
    if (result == 0)
        result = read_attempts(s, *ret, a, ret_attempts, ret_n_attempts, e);
    return store_leave(s, own, result, e);
}

static int read_all(struct store *s, enum query query, struct arena *a, struct run **ret, int *ret_n, struct err *e)
{
    struct statement q = statement_begin(s, query);
    return run_rows(&q, a, ret, ret_n, e);
}

int runs_last(struct store *s, const char *job, struct arena *a, struct run **ret, struct err *e)
{
    int n;
    struct statement q = statement_begin(s, Q_RUN_LAST);
    statement_text(&q, job);
    return run_rows(&q, a, ret, &n, e);
}

int runs_open(struct store *s, struct arena *a, struct run **ret, int *ret_n, struct err *e)
{
    return read_all(s, Q_RUN_OPEN, a, ret, ret_n, e);
}

int runs_requested(struct store *s, struct arena *a, struct run **ret, int *ret_n, struct err *e)
{
    return read_all(s, Q_RUN_REQUESTED, a, ret, ret_n, e);
}

int runs_cancel_requested(struct store *s, struct arena *a, struct run **ret, int *ret_n, struct err *e)
{
    return read_all(s, Q_RUN_CANCEL_REQUESTED, a, ret, ret_n, e);
}
