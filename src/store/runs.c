/* runs.c - what the engine writes about runs (runs.h). */
#include "store/runs.h"

#include "store/run_end.h"
#include "store/run_row.h"

static void bind_run(struct statement *q, const struct run *r)
{
    struct wall finished_at = r->finished_at;
    if (run_state_final(r->state) && wall_is_none(finished_at))
        finished_at = r->created_at;
    statement_id(q, r->id);
    statement_text(q, r->job);
    statement_text(q, trigger_name(r->trigger));
    statement_wall(q, r->scheduled_for);
    statement_wall(q, r->created_at);
    statement_text(q, run_state_name(r->state));
    statement_int(q, r->attempts);
    statement_wall(q, r->started_at);
    statement_wall(q, finished_at);
    statement_wall(q, r->next_attempt_at);
    statement_int_or_null(q, r->lateness_ms, -1);
    statement_int_or_null(q, r->duration_ms, -1);
    statement_int_or_null(q, r->http_status, 0);
    statement_text(q, outcome_name(r->outcome));
    statement_text(q, r->message ? r->message : "");
    statement_text(q, r->metrics);
    statement_id(q, r->retry_of);
    statement_int(q, r->cancel_requested);
    statement_int(q, r->occurrences > 0 ? r->occurrences : 1);
}

/* Apart from the run's own row, which is written as often as anything is; this is rare. */
static int insert_body(struct store *s, const struct run *r, struct err *e)
{
    struct statement q = statement_begin(s, Q_RUN_BODY_INSERT);
    statement_id(&q, r->id);
    statement_text(&q, r->body);
    int result = statement_run(&q, e);
    if (result)
        return result;
    q = statement_begin(s, Q_RUN_SET_EDITED);
    statement_id(&q, r->id);
    return statement_run(&q, e);
}

static int insert_attempt(struct store *s, const char *id, int number, struct wall started_at, struct err *e)
{
    struct statement q = statement_begin(s, Q_ATTEMPT_INSERT);
    statement_id(&q, id);
    statement_int(&q, number);
    statement_wall(&q, started_at);
    return statement_run(&q, e);
}

static int insert_run(struct store *s, const struct run *r, bool *ret_inserted, struct err *e)
{
    struct run row = *r;
    if (r->state == RUN_RUNNING)
        row.attempts = 1;
    struct statement q = statement_begin(s, Q_RUN_INSERT);
    bind_run(&q, &row);
    int result = statement_run(&q, e);
    if (result)
        return result;
    *ret_inserted = statement_changes(&q) > 0;
    int rc = *ret_inserted && run_state_final(r->state) ? run_end_note(s, r, e) : 0;
    return !rc && *ret_inserted && r->body ? insert_body(s, r, e) : rc;
}

int runs_insert(struct store *s, const struct run *r, bool *ret_inserted, struct err *e)
{
    bool own;
    if (!run_start_allowed(r->state))
        return err_set(e, ERR_INTERNAL, "a run cannot begin in state '%s'", run_state_name(r->state));
    int result = store_enter(s, &own, e);
    return result ? result : store_leave(s, own, insert_run(s, r, ret_inserted, e), e);
}

/* The guard let nothing through: says what state the run is in. */
static int refuse_move(struct store *s, const char *id, const char *wanted, struct err *e)
{
    enum run_state state;
    int result = run_state_get(s, id, &state, e);
    return result ? result : err_set(e, ERR_CONFLICT, "run '%s' is %s: %s", id, run_state_name(state), wanted);
}

static int begin_attempt(struct store *s, const char *id, int number, struct wall started_at, int64_t lateness_ms,
                         struct err *e)
{
    struct statement q = statement_begin(s, Q_RUN_BEGIN);
    statement_int(&q, number);
    statement_wall(&q, started_at);
    statement_int_or_null(&q, lateness_ms, -1);
    statement_id(&q, id);
    int result = statement_run(&q, e);
    if (result)
        return result;
    if (statement_changes(&q) == 0)
        return refuse_move(s, id, "this attempt cannot begin", e);
    return number > 1 ? insert_attempt(s, id, number, started_at, e) : 0;
}

int runs_attempt_begin(struct store *s, const char *id, int number, struct wall started_at, int64_t lateness_ms,
                       struct err *e)
{
    bool own;
    int result = store_enter(s, &own, e);
    return result ? result : store_leave(s, own, begin_attempt(s, id, number, started_at, lateness_ms, e), e);
}

static int end_run(struct store *s, const struct run *r, int number, struct err *e)
{
    bool final = run_state_final(r->state);
    struct statement q = statement_begin(s, Q_RUN_END);
    statement_text(&q, run_state_name(r->state));
    statement_wall(&q, r->started_at);
    statement_int_or_null(&q, r->lateness_ms, -1);
    statement_wall(&q, final ? r->finished_at : WALL_NONE);
    statement_wall(&q, final ? WALL_NONE : r->next_attempt_at);
    statement_int_or_null(&q, final ? r->duration_ms : -1, -1);
    statement_int_or_null(&q, r->http_status, 0);
    statement_text(&q, outcome_name(r->outcome));
    statement_text(&q, r->message ? r->message : "");
    statement_text(&q, r->metrics);
    statement_id(&q, r->id);
    statement_int(&q, number);
    int result = statement_run(&q, e);
    if (result == 0 && statement_changes(&q) == 0)
        result = refuse_move(s, r->id, "no such attempt is under way", e);
    return result;
}

/* Whoever writes knows the run's job as a rule. */
static int note_end(struct store *s, const struct run *r, struct err *e)
{
    if (r->job)
        return run_end_note(s, r, e);
    struct run named = *r;
    struct statement q = statement_begin(s, Q_RUN_JOB);
    statement_id(&q, r->id);
    int rc = statement_row(&q, e);
    if (rc > 0) {
        named.job = next_text(&q);
        named.scheduled_for = next_wall(&q);
        named.edited = next_int(&q) != 0;
        rc = run_end_note(s, &named, e);
    }
    statement_end(&q);
    return rc < 0 ? rc : 0;
}

static void bind_timing(struct statement *q, const struct attempt *a)
{
    const int64_t phases[] = { a->dns_ms, a->connect_ms, a->tls_ms, a->first_byte_ms, a->total_ms };
    for (size_t i = 0; i < MEM_COUNT(phases); i++)
        statement_int_or_null(q, phases[i], -1);
}

static void bind_exchange(struct statement *q, const struct attempt *a)
{
    statement_text(q, a->request_method);
    statement_text(q, a->request_url);
    statement_text(q, a->request_headers);
    statement_text(q, a->request_body);
    statement_text(q, a->response_headers);
    statement_text(q, a->response_body);
    statement_int(q, a->response_truncated);
    statement_int_or_null(q, a->response_size, -1);
}

static int end_attempt(struct store *s, const char *id, const struct attempt *a, struct err *e)
{
    struct statement q = statement_begin(s, Q_ATTEMPT_END);
    statement_id(&q, id);
    statement_int(&q, a->number);
    statement_wall(&q, a->started_at);
    statement_wall(&q, a->finished_at);
    statement_text(&q, outcome_name(a->outcome));
    statement_int_or_null(&q, a->http_status, 0);
    statement_text(&q, a->message ? a->message : "");
    bind_timing(&q, a);
    statement_text(&q, a->remote_address);
    bind_exchange(&q, a);
    int result = statement_run(&q, e);
    if (result == 0 && statement_changes(&q) == 0)
        result = err_set(e, ERR_CONFLICT, "attempt %d of run '%s' is not under way", a->number, id);
    return result;
}

int runs_attempt_end(struct store *s, const struct run *r, const struct attempt *a, struct err *e)
{
    bool own;
    if (!run_move_allowed(RUN_RUNNING, r->state) || r->state == RUN_QUEUED)
        return err_set(e, ERR_INTERNAL, "an attempt cannot end in state '%s'", run_state_name(r->state));
    if (a->outcome == OUTCOME_NONE || wall_is_none(a->finished_at) ||
        (run_state_final(r->state) && wall_is_none(r->finished_at)))
        return err_set(e, ERR_INTERNAL, "an attempt that ended lacks its outcome or time");
    int result = store_enter(s, &own, e);
    if (result)
        return result;
    result = end_run(s, r, a->number, e);
    if (result == 0)
        result = end_attempt(s, r->id, a, e);
    if (result == 0 && run_state_final(r->state))
        result = note_end(s, r, e);
    return store_leave(s, own, result, e);
}

static int finish(struct store *s, const char *id, enum run_state state, enum outcome outcome, const char *message,
                  struct wall now, struct err *e)
{
    enum run_state from;
    int result = run_state_get(s, id, &from, e);
    if (result)
        return result;
    if (from == RUN_RUNNING || !run_state_final(state) || !run_move_allowed(from, state))
        return err_set(e, ERR_CONFLICT, "run '%s' is %s: it cannot become %s", id, run_state_name(from),
                       run_state_name(state));
    struct statement q = statement_begin(s, Q_RUN_FINISH);
    statement_text(&q, run_state_name(state));
    statement_wall(&q, now);
    statement_text(&q, outcome_name(outcome));
    statement_text(&q, message ? message : "");
    statement_id(&q, id);
    statement_text(&q, run_state_name(from));
    return run_rows_note(&q, e);
}

int runs_finish(struct store *s, const char *id, enum run_state state, enum outcome outcome, const char *message,
                struct wall now, struct err *e)
{
    bool own;
    int result = store_enter(s, &own, e);
    return result ? result : store_leave(s, own, finish(s, id, state, outcome, message, now, e), e);
}

static int set_message(struct store *s, const char *id, const char *message, struct err *e)
{
    struct statement q = statement_begin(s, Q_RUN_SET_MESSAGE);
    statement_text(&q, message ? message : "");
    statement_id(&q, id);
    int result = statement_run(&q, e);
    if (result == 0 && statement_changes(&q) == 0)
        result = refuse_move(s, id, "it waits for nothing", e);
    return result;
}

int runs_set_message(struct store *s, const char *id, const char *message, struct err *e)
{
    bool own;
    int result = store_enter(s, &own, e);
    return result ? result : store_leave(s, own, set_message(s, id, message, e), e);
}

int runs_set_planned_until(struct store *s, struct wall until, struct err *e)
{
    struct statement q = statement_begin(s, Q_PLANNER_PUT);
    statement_wall(&q, until);
    return statement_run(&q, e);
}

int runs_get_planned_until(struct store *s, struct wall *ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_PLANNER_GET);
    int rc = statement_row(&q, e);
    if (rc < 0)
        return rc;
    *ret = rc > 0 ? next_wall(&q) : WALL_NONE;
    statement_end(&q);
    return 0;
}

int runs_set_planned_back(struct store *s, struct wall until, struct err *e)
{
    struct statement q = statement_begin(s, Q_PLANNER_PUT_BACK);
    statement_wall(&q, until);
    return statement_run(&q, e);
}

int runs_occurrences(struct store *s, struct wall after,
                     void (*each)(void *ctx, const char *job, struct wall scheduled_for), void *ctx, struct err *e)
{
    struct statement q = statement_begin(s, Q_RUN_OCCURRENCES);
    statement_wall(&q, after);
    int rc;
    while ((rc = statement_row(&q, e)) > 0) {
        const char *job = next_text(&q);
        each(ctx, job, next_wall(&q));
    }
    return rc;
}
