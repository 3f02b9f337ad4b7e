/* runs_recover.c - what a server that died left under way (runs_recover of runs.h).
 *
 *   canceled by hand meanwhile            -> canceled
 *   job gone, or at most once             -> failed
 *   at least once, older than max_age_s   -> failed
 *   at least once                         -> retrying, due now (whatever max_attempts: the attempt may never have
 *   been sent)
 *
 * A message is a run of its channel's job (core/channel.h), which is at least once.
 */
#include "base/crash.h"
#include "store/alerts.h"
#include "store/run_end.h"
#include "store/run_row.h"

#include <string.h>

#define DISOWN_BATCH 1000
#define STOPPED "edgecron was stopped during this attempt; the call may or may not have been processed; "

static const struct verdict {
    enum run_state state;
    const char *message;
} AGAIN = { RUN_RETRYING, STOPPED "it is tried again with the same Idempotency-Key" },
  CANCELED = { RUN_CANCELED, STOPPED "it is not tried again, because it was canceled" },
  GONE = { RUN_FAILED, STOPPED "it is not tried again, because its job was removed" },
  NO_CHANNEL = { RUN_FAILED, STOPPED "it is not tried again, because its channel was removed" },
  ONCE = { RUN_FAILED,
           STOPPED "it is not tried again, because the job's delivery is at_most_once: look at the function's own "
                   "log, and retry the run by hand if it did not happen" },
  TOO_OLD = { RUN_FAILED, STOPPED "it is not tried again, because it is older than the job's retry.max_age_s" };

/* A run asked for by hand ages from when it was asked for. */
static bool too_old(const struct run *r, const struct job *j, struct wall now)
{
    struct wall since = trigger_by_hand(r->trigger) ? r->created_at : r->scheduled_for;
    return j->retry.max_age_s > 0 && now.ms - since.ms > j->retry.max_age_s * 1000;
}

static const struct verdict *judge(const struct run *r, const struct job *j, struct wall now)
{
    if (r->cancel_requested)
        return &CANCELED;
    if (!j)
        return channel_of_job(r->job) ? &NO_CHANNEL : &GONE;
    if (j->delivery == DELIVERY_AT_MOST_ONCE)
        return &ONCE;
    return too_old(r, j, now) ? &TOO_OLD : &AGAIN;
}

static int interrupt_attempt(struct store *s, const struct run *r, const char *message, struct wall now, struct err *e)
{
    struct statement q = statement_begin(s, Q_ATTEMPT_INTERRUPT);
    statement_id(&q, r->id);
    statement_int(&q, r->attempts);
    statement_wall(&q, r->started_at); /* of the first; others have a row with their own */
    statement_wall(&q, now);
    statement_text(&q, message);
    return statement_run(&q, e);
}

static int interrupt_run(struct store *s, const struct run *r, const struct verdict *v, struct wall now, struct err *e)
{
    bool final = run_state_final(v->state);
    int64_t duration_ms = now.ms > r->started_at.ms ? now.ms - r->started_at.ms : 0;
    struct statement q = statement_begin(s, Q_RUN_INTERRUPT);
    statement_text(&q, run_state_name(v->state));
    statement_wall(&q, final ? now : WALL_NONE);
    statement_wall(&q, final ? WALL_NONE : now);
    statement_int_or_null(&q, final && !wall_is_none(r->started_at) ? duration_ms : -1, -1);
    statement_text(&q, v->message);
    statement_id(&q, r->id);
    int result = statement_run(&q, e);
    if (result || !final)
        return result;
    struct run ended = *r;
    ended.state = v->state;
    ended.outcome = OUTCOME_INTERRUPTED;
    ended.finished_at = now;
    ended.duration_ms = wall_is_none(r->started_at) ? -1 : duration_ms;
    return run_end_note(s, &ended, e);
}

static int find_of_channel(struct store *s, const char *channel, struct job_record **ret, struct err *e)
{
    struct channel_record *c;
    int result = channels_get(s, channel, &c, e);
    if (result)
        return result;
    struct job_record *r = *ret = arena_alloc(c->arena, sizeof *r);
    r->arena = c->arena; /* both are freed with it */
    channel_job(&c->channel, r->arena, &r->job);
    return 0;
}

/* A job, or channel, that is gone or unreadable leaves *ret NULL. */
static int find_job(struct store *s, const char *name, struct job_record **ret, struct err *e)
{
    struct err why = { 0 };
    const char *channel = channel_of_job(name);
    *ret = NULL;
    int result = channel ? find_of_channel(s, channel, ret, &why) : jobs_get(s, name, ret, &why);
    if (result == 0 || why.code == ERR_NOT_FOUND || why.code == ERR_STORE)
        return 0;
    if (e)
        *e = why;
    return result;
}

static int recover_run(struct store *s, const struct run *r, struct wall now, struct err *e)
{
    struct job_record *job;
    int result = find_job(s, r->job, &job, e);
    if (result)
        return result;
    const struct verdict *v = judge(r, job ? &job->job : NULL, now);
    job_record_free(job);
    result = interrupt_attempt(s, r, v->message, now, e);
    return result ? result : interrupt_run(s, r, v, now, e);
}

/* --- a copy ------------------------------------------------------------------------------------------------------ */

#define COPIED                                                                                                         \
    "it was open when this copy of the store was made, and may have been done since where the copy comes from; it is " \
    "not tried "                                                                                                       \
    "here, because the job's delivery is at_most_once: look at the function's own log, and retry the run by hand if "  \
    "it did not happen"

static int disown_run(struct store *s, const struct run *r, struct wall now, struct err *e)
{
    struct job_record *job;
    int result = find_job(s, r->job, &job, e);
    bool once = job && job->job.delivery == DELIVERY_AT_MOST_ONCE;
    job_record_free(job);
    if (result || !once || r->state == RUN_RUNNING)
        return result;
    struct run ended = *r;
    ended.state = RUN_FAILED;
    ended.outcome = OUTCOME_INTERRUPTED;
    ended.finished_at = now;
    struct statement q = statement_begin(s, Q_RUN_DISOWN);
    statement_wall(&q, now);
    statement_text(&q, COPIED);
    statement_id(&q, r->id);
    result = statement_run(&q, e);
    return result ? result : run_end_note(s, &ended, e);
}

/* Some at a time: there may be a million. *after: the last of them. */
static int disown_some(struct store *s, char after[ID_TEXT_SIZE], int *ret_n, struct wall now, struct err *e)
{
    struct arena *a = arena_new(0);
    struct run *runs = NULL;
    *ret_n = 0;
    int result = runs_open(s, *after ? after : NULL, DISOWN_BATCH, a, &runs, ret_n, e);
    for (int i = 0; result == 0 && i < *ret_n; i++)
        result = disown_run(s, &runs[i], now, e);
    if (result == 0 && *ret_n)
        memcpy(after, runs[*ret_n - 1].id, ID_TEXT_SIZE);
    arena_free(a);
    return result;
}

static int disown_all(struct store *s, struct wall now, struct err *e)
{
    char after[ID_TEXT_SIZE] = "";
    int n, result;
    do
        result = disown_some(s, after, &n, now, e);
    while (result == 0 && n == DISOWN_BATCH);
    return result;
}

int runs_disown(struct store *s, struct wall now, struct err *e)
{
    bool own;
    int result = store_enter(s, &own, e);
    return result ? result : store_leave(s, own, disown_all(s, now, e), e);
}

/* --- all --------------------------------------------------------------------------------------------------------- */

static int recover_all(struct store *s, struct wall now, int64_t *ret_interrupted, struct err *e)
{
    struct arena *a = arena_new(0);
    struct statement q = statement_begin(s, Q_RUN_RECOVERABLE);
    struct run *runs = NULL;
    int n = 0, result = run_rows(&q, a, &runs, &n, e);
    for (int i = 0; result == 0 && i < n; i++) {
        result = recover_run(s, &runs[i], now, e);
        crash_here(CRASH_IN_RECOVERY);
    }
    arena_free(a);
    *ret_interrupted = n;
    return result;
}

int runs_recover(struct store *s, struct wall now, int64_t *ret_interrupted, struct err *e)
{
    bool own;
    int result = store_enter(s, &own, e);
    return result ? result : store_leave(s, own, recover_all(s, now, ret_interrupted, e), e);
}
