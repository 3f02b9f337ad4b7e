#include "store/failing.h"

#include "store/statement.h"

int failing_get(struct store *s, const char *job, struct arena *a, struct job_failing **ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_FAILING_GET);
    statement_text(&q, job);
    int rc = statement_row(&q, e);
    *ret = NULL;
    if (rc > 0) {
        struct job_failing *f = *ret = arena_alloc(a, sizeof *f);
        f->since = next_wall(&q);
        f->runs = next_int(&q);
        f->last_success_at = next_wall(&q);
        next_id(&q, f->run);
        const char *message = next_text_copy(&q, a);
        f->message = message ? message : "";
        f->http_status = (int)next_int(&q);
        const char *outcome = next_text(&q);
        f->outcome = OUTCOME_NONE;
        if (outcome)
            outcome_parse(outcome, &f->outcome);
    }
    statement_end(&q);
    return rc < 0 ? rc : 0;
}

int failing_is(struct store *s, const char *job, bool *ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_FAILING_IS);
    statement_text(&q, job);
    int rc = statement_row(&q, e);
    *ret = rc > 0;
    statement_end(&q);
    return rc < 0 ? rc : 0;
}

int failing_each(struct store *s, void (*each)(void *ctx, const char *job), void *ctx, struct err *e)
{
    struct statement q = statement_begin(s, Q_FAILING_EACH);
    int rc;
    while ((rc = statement_row(&q, e)) > 0)
        each(ctx, next_text(&q));
    return rc;
}
