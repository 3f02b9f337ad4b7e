#include "store/schedules.h"

#include "store/job_set.h"
#include "store/statement.h"

static struct wall next_time(struct statement *q)
{
    const char *text = next_text(q);
    struct wall t;
    return text && wall_parse(text, &t) ? t : WALL_NONE;
}

/* 1: it goes on. What is there instead of a schedule or zone, somebody else complains of (promise 7). */
static int tell(struct statement *q, bool (*each)(void *ctx, const struct job_schedule *j), void *ctx)
{
    struct job_schedule j = { .name = next_text(q) };
    j.created_at = next_wall(q);
    j.after = next_wall(q);
    j.spec_octets = next_int(q);
    j.schedule = next_text(q);
    j.timezone = next_text(q);
    j.starts_at = next_time(q);
    j.ends_at = next_time(q);
    return !j.schedule || !j.timezone || each(ctx, &j);
}

static int walk(struct statement *q, bool (*each)(void *ctx, const struct job_schedule *j), void *ctx, struct err *e)
{
    int rc, more = 1;
    while (more && (rc = statement_row(q, e)) > 0)
        more = tell(q, each, ctx);
    statement_end(q);
    return more ? (rc < 0 ? rc : 1) : 0;
}

static int schedules(struct store *s, const struct job_scope *w, bool (*each)(void *ctx, const struct job_schedule *j),
                     void *ctx, struct arena *a, struct err *e)
{
    struct job_set jobs;
    int rc = job_set_find(s, w, a, &jobs, e);
    if (rc)
        return rc;
    if (jobs.all) {
        struct statement q = statement_begin(s, Q_SCHEDULE_EACH);
        return walk(&q, each, ctx, e);
    }
    rc = 1;
    for (int i = 0; rc > 0 && i < jobs.n; i++) {
        struct statement q = statement_begin(s, Q_SCHEDULE_GET);
        statement_text(&q, jobs.names[i]);
        rc = walk(&q, each, ctx, e);
    }
    return rc;
}

int schedules_each(struct store *s, const struct job_scope *w, bool (*each)(void *ctx, const struct job_schedule *j),
                   void *ctx, struct err *e)
{
    bool own;
    int rc = store_enter_read(s, &own, e);
    if (rc)
        return rc;
    struct arena *a = arena_new(0);
    rc = schedules(s, w, each, ctx, a, e);
    arena_free(a);
    return store_leave(s, own, rc < 0 ? rc : 0, e);
}
