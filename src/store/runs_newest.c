#include "store/runs_newest.h"

#include "store/runs_walk.h"

#include <string.h>

struct open_run {
    uint8_t id[ID_SIZE];
    const char *job;
    struct open_run *older, *oldest; /* of the job; oldest: of the first alone */
    int n;                           /* the same: how many */
};

static void note_open(struct runs_newest *x, const uint8_t *id, const char *job)
{
    struct open_run *first = map_get(&x->open, job);
    if (first && first->n == x->most)
        return;
    struct open_run *o = arena_alloc(x->a, sizeof *o);
    memcpy(o->id, id, ID_SIZE);
    if (!first) {
        o->job = arena_strdup(x->a, job);
        o->oldest = o;
        o->n = 1;
        map_put(&x->open, o->job, o);
        return;
    }
    first->n++;
    first->oldest = first->oldest->older = o;
}

int runs_newest_begin(struct runs_newest *x, struct store *s, int most, struct err *e)
{
    *x = (struct runs_newest){ .s = s, .most = most, .a = arena_new(0) };
    struct statement q = statement_begin(s, Q_RUN_OPEN_JOBS);
    int rc;
    while ((rc = statement_row(&q, e)) > 0) {
        size_t len;
        const uint8_t *id = next_blob(&q, &len);
        note_open(x, id, next_text(&q));
    }
    return rc;
}

void runs_newest_end(struct runs_newest *x)
{
    map_free(&x->open);
    arena_free(x->a);
}

static int read_open(struct runs_newest *x, const struct open_run *o, struct arena *a, struct run *ret, struct err *e)
{
    struct statement q = statement_begin(x->s, Q_RUN_GET);
    statement_blob(&q, o->id, ID_SIZE);
    int rc = statement_row(&q, e);
    if (rc > 0)
        run_row_read(&q, a, ret);
    statement_end(&q);
    return rc;
}

/* The newest run that is over. */
static int last_final(struct runs_newest *x, const char *job, struct arena *a, struct run *ret, int *ret_n,
                      struct err *e)
{
    struct statement q = statement_begin(x->s, Q_RUN_LAST_FINAL);
    statement_text(&q, job);
    int rc = statement_row(&q, e);
    if (rc > 0)
        run_row_read(&q, a, ret);
    *ret_n = rc > 0;
    statement_end(&q);
    return rc < 0 ? rc : 0;
}

static int newest_final(struct runs_newest *x, const char *job, struct arena *a, struct run *ret, int *ret_n,
                        struct err *e)
{
    struct runs_filter f = RUNS_FILTER_INIT;
    struct job_set one = { .names = &job, .n = 1 };
    struct runs_walk w;
    int n = 0, rc = runs_walk_begin(&w, x->s, &f, RUNS_FINAL, &one, a, e);
    while (rc == 0 && n < x->most && (rc = runs_walk_next(&w, e)) > 0) {
        run_row_read(&w.q, a, &ret[n++]);
        rc = 0;
    }
    runs_walk_end(&w);
    *ret_n = n;
    return rc < 0 ? rc : 0;
}

/* Puts a run where it belongs by its id, and drops the oldest when there is no room. */
static void insert(struct run *rows, int *n, int most, const struct run *r)
{
    int i = *n;
    while (i > 0 && strcmp(rows[i - 1].id, r->id) < 0)
        i--;
    if (i == most)
        return;
    int moved = (*n < most ? *n : most - 1) - i;
    memmove(&rows[i + 1], &rows[i], (size_t)moved * sizeof *rows);
    rows[i] = *r;
    *n += *n < most;
}

int runs_newest_of(struct runs_newest *x, const char *job, struct arena *a, struct run **ret, int *ret_n, struct err *e)
{
    struct run *rows = arena_alloc(a, (size_t)x->most * sizeof *rows), r;
    int n = 0;
    int rc = x->most == 1 ? last_final(x, job, a, rows, &n, e) : newest_final(x, job, a, rows, &n, e);
    for (const struct open_run *o = map_get(&x->open, job); rc == 0 && o; o = o->older) {
        int found = read_open(x, o, a, &r, e);
        if (found > 0)
            insert(rows, &n, x->most, &r);
        rc = found < 0 ? found : 0;
    }
    *ret = rows;
    *ret_n = n;
    return rc;
}
