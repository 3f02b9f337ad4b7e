#include "store/run_end.h"

#include "core/channel.h"
#include "store/stats_note.h"

static int clear(struct store *s, const char *job, struct err *e)
{
    struct statement q = statement_begin(s, Q_FAILING_CLEAR);
    statement_text(&q, job);
    return statement_run(&q, e);
}

static int more(struct store *s, const struct run *r, bool *ret_known, struct err *e)
{
    struct statement q = statement_begin(s, Q_FAILING_MORE);
    statement_id(&q, r->id);
    statement_text(&q, r->job);
    int rc = statement_run(&q, e);
    *ret_known = rc == 0 && statement_changes(&q) > 0;
    return rc;
}

static int begin(struct store *s, const struct run *r, struct err *e)
{
    struct statement q = statement_begin(s, Q_FAILING_BEGIN);
    statement_text(&q, r->job);
    statement_id(&q, r->id);
    return statement_run(&q, e);
}

int run_end_note(struct store *s, const struct run *r, struct err *e)
{
    bool known;
    if (channel_of_job(r->job)) /* a message */
        return 0;
    stats_note(s, r);
    if (r->edited)
        return 0;
    if (r->state == RUN_SUCCEEDED)
        return clear(s, r->job, e);
    if (r->state != RUN_FAILED && r->state != RUN_MISSED)
        return 0;
    int rc = more(s, r, &known, e);
    return rc || known ? rc : begin(s, r, e);
}
