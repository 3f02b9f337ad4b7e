/* runs_read.c - reading runs, but for lists of them (runs.h). */
#include "store/run_row.h"
#include "store/runs_walk.h"

#include <string.h>

int runs_since(struct store *s, struct wall since,
               void (*each)(void *ctx, const char *job, enum run_state state, const char *message), void *ctx,
               struct err *e)
{
    uint8_t least[ID_SIZE];
    runs_walk_least(since, least);
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

int runs_body(struct store *s, const char *id, struct arena *a, const char **ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_RUN_BODY_GET);
    statement_id(&q, id);
    int rc = statement_row(&q, e);
    if (rc > 0)
        *ret = next_text_copy(&q, a);
    statement_end(&q);
    return rc < 0 ? rc : rc > 0 ? 0 : err_set(e, ERR_NOT_FOUND, "run '%.64s' has no body of its own", id);
}

static int read_run(struct store *s, const char *id, struct arena *a, struct run **ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_RUN_GET);
    statement_id(&q, id);
    int n, result = run_rows(&q, a, ret, &n, e);
    if (result)
        return result;
    if (n == 0)
        return err_set(e, ERR_NOT_FOUND, "there is no run '%.64s'", id);
    result = (*ret)->edited ? runs_body(s, id, a, &(*ret)->body, e) : 0;
    return result == -(int)ERR_NOT_FOUND && run_state_final((*ret)->state) ? 0 : result; /* deleted by age */
}

/* One snapshot for both, so that a run never shows an attempt more or less than it counts. */
int runs_get(struct store *s, const char *id, struct arena *a, struct run **ret, struct attempt **ret_attempts,
             int *ret_n_attempts, struct err *e)
{
    bool own;
    int result = store_enter_read(s, &own, e);
    if (result)
        return result;
    result = read_run(s, id, a, ret, e);
    if (result == 0)
        result = read_attempts(s, *ret, a, ret_attempts, ret_n_attempts, e);
    return store_leave(s, own, result, e);
}

int runs_last(struct store *s, const char *job, struct arena *a, struct run **ret, struct err *e)
{
    int n;
    struct statement q = statement_begin(s, Q_RUN_LAST);
    statement_text(&q, job);
    return run_rows(&q, a, ret, &n, e);
}

int runs_open(struct store *s, const char *after, int most, struct arena *a, struct run **ret, int *ret_n,
              struct err *e)
{
    static const uint8_t first[ID_SIZE];
    struct statement q = statement_begin(s, Q_RUN_OPEN);
    if (after)
        statement_id(&q, after);
    else
        statement_blob(&q, first, sizeof first);
    statement_int(&q, most);
    return run_rows(&q, a, ret, ret_n, e);
}

int runs_left(struct store *s, const char *job, int most, struct arena *a, struct run **ret, int *ret_n, struct err *e)
{
    struct statement q = statement_begin(s, Q_RUN_LEFT);
    statement_text(&q, job);
    statement_int(&q, most);
    return run_rows(&q, a, ret, ret_n, e);
}

int runs_left_jobs(struct store *s, void (*each)(void *ctx, const char *job, int64_t runs), void *ctx, struct err *e)
{
    struct statement q = statement_begin(s, Q_RUN_LEFT_JOBS);
    int rc;
    while ((rc = statement_row(&q, e)) > 0) {
        const char *job = next_text(&q);
        each(ctx, job, next_int(&q));
    }
    return rc;
}

/* Ids alone at first: of a thousand that wait most are known. */
int runs_requested(struct store *s, bool (*known)(void *ctx, const char *id), void *ctx, struct arena *a,
                   struct run **ret, int *ret_n, struct err *e)
{
    struct statement ids = statement_begin(s, Q_RUN_REQUESTED);
    struct run *rows = NULL;
    char id[ID_TEXT_SIZE];
    int n = 0, cap = 0, rc;
    while ((rc = statement_row(&ids, e)) > 0) {
        next_id(&ids, id);
        if (known && known(ctx, id))
            continue;
        struct statement q = statement_begin(s, Q_RUN_GET);
        statement_id(&q, id);
        if (n == cap) {
            cap = cap ? 2 * cap : 16;
            rows = mem_resize(rows, (size_t)cap * sizeof *rows);
        }
        rc = statement_row(&q, e);
        if (rc > 0)
            run_row_read(&q, a, &rows[n++]);
        statement_end(&q);
        if (rc < 0)
            break;
    }
    statement_end(&ids);
    *ret_n = n;
    *ret = n ? arena_alloc(a, (size_t)n * sizeof *rows) : NULL;
    if (n)
        memcpy(*ret, rows, (size_t)n * sizeof *rows);
    mem_free(rows);
    return rc < 0 ? rc : 0;
}

int runs_cancel_requested(struct store *s, struct arena *a, struct run **ret, int *ret_n, struct err *e)
{
    struct statement q = statement_begin(s, Q_RUN_CANCEL_REQUESTED);
    return run_rows(&q, a, ret, ret_n, e);
}
