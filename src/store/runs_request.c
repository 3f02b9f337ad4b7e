/* runs_request.c - runs asked for by hand, and canceled by hand (runs.h). */
#include "core/job_body.h"
#include "store/alerts_rows.h"
#include "store/run_request.h"
#include "store/run_row.h"

#include <stdio.h>
#include <string.h>

static int require_job(struct store *s, const char *name, struct err *e)
{
    bool exists;
    int result = alerts_row_exists(s, Q_JOB_GET, name, &exists, e);
    return result || exists ? result : err_set(e, ERR_NOT_FOUND, "there is no job '%s'", name);
}

/* What a run to be done again was of. */
static int require_of(struct store *s, const struct run *r, struct err *e)
{
    bool exists;
    const char *channel = channel_of_job(r->job);
    if (!channel)
        return require_job(s, r->job, e);
    int result = alerts_row_exists(s, Q_CHANNEL_GET, channel, &exists, e);
    return result || exists ? result : err_set(e, ERR_NOT_FOUND, "there is no channel '%s'", channel);
}

static int refuse_removed_body(const struct run *old, struct err *e)
{
    if (channel_of_job(old->job))
        return err_set(
            e, ERR_CONFLICT,
            "what message '%s' told was deleted by age (settings, retention_bodies_days): it cannot be sent again",
            old->id);
    return err_set(e, ERR_CONFLICT,
                   "run '%s' sent a body of its own, which was deleted by age (settings, retention_bodies_days): run "
                   "job '%s' with that body instead",
                   old->id, old->job);
}

struct run run_request_of(const char *job, enum trigger trigger, struct wall scheduled_for, struct wall now)
{
    struct run r = {
        .job = job,
        .trigger = trigger,
        .scheduled_for = scheduled_for,
        .created_at = now,
        .state = RUN_QUEUED,
        .started_at = WALL_NONE,
        .finished_at = WALL_NONE,
        .next_attempt_at = WALL_NONE,
        .lateness_ms = -1,
        .duration_ms = -1,
        .message = "",
        .occurrences = 1,
    };
    id_new(now, r.id);
    return r;
}

int run_request_count(struct store *s, const char *job, int64_t most, int64_t *ret, struct err *e)
{
    struct statement q = statement_begin(s, job ? Q_RUN_ASKED_COUNT_JOB : Q_RUN_ASKED_COUNT);
    if (job)
        statement_text(&q, job);
    statement_int(&q, most);
    int rc = statement_row(&q, e);
    *ret = rc > 0 ? next_int(&q) : 0;
    statement_end(&q);
    return rc < 0 ? rc : 0;
}

/* Messages have bounds of their own, and take no room of jobs. */
static int check_channel_room(struct store *s, const char *job, struct err *e)
{
    int64_t n;
    int result = run_request_count(s, job, ALERT_QUEUED_MAX, &n, e);
    return result || n < ALERT_QUEUED_MAX
               ? result
               : err_set(e, ERR_TOO_MANY,
                         "%d messages to channel '%s' have not ended yet, which is all there may be: wait for some to "
                         "end, or cancel them",
                         ALERT_QUEUED_MAX, channel_of_job(job));
}

static int check_room(struct store *s, const char *job, struct err *e)
{
    int64_t of_job, in_all;
    if (channel_of_job(job))
        return check_channel_room(s, job, e);
    int result = run_request_count(s, job, RUNS_ASKED_JOB, &of_job, e);
    if (result == 0)
        result = run_request_count(s, NULL, RUNS_ASKED_ALL, &in_all, e);
    if (result)
        return result;
    if (of_job >= RUNS_ASKED_JOB)
        return err_set(
            e, ERR_TOO_MANY,
            "%d runs of job '%s' that were asked for have not ended yet, which is all there may be: wait for "
            "some to end, or cancel them",
            RUNS_ASKED_JOB, job);
    if (in_all >= RUNS_ASKED_ALL)
        return err_set(e, ERR_TOO_MANY,
                       "%d runs that were asked for have not ended yet, which is all there may be: wait for some to "
                       "end, or cancel them",
                       RUNS_ASKED_ALL);
    return 0;
}

int run_request_insert(struct store *s, const struct run *r, char ret_id[ID_TEXT_SIZE], struct err *e)
{
    bool inserted;
    int result = check_room(s, r->job, e);
    if (result == 0)
        result = runs_insert(s, r, &inserted, e);
    if (result == 0)
        memcpy(ret_id, r->id, ID_TEXT_SIZE);
    return result;
}

int run_request_record(struct store *s, enum audit_action action, const char *resource, const char *made,
                       struct wall now, struct err *e)
{
    char detail[64];
    snprintf(detail, sizeof detail, "{\"run\":\"%s\"}", made ? made : "");
    return audit_add(s, &(struct audit_entry){ action, resource, made ? detail : NULL, now }, e);
}

/* A body is bound by the rules of the job's: refused is what the job could not be saved with. */
static int check_body(struct store *s, const char *name, const char *body, struct err *e)
{
    static const char prefix[] = "/request", at[] = "/request/body";
    struct job_record *r;
    int result = jobs_get(s, name, &r, e);
    if (result)
        return result;
    struct job edited = r->job;
    result = job_body_use(body, &edited.request, r->arena, e);
    if (result == 0)
        result = jobs_check(s, &edited, e);
    if (result && e) {
        bool of_body = strncmp(e->pointer, at, sizeof at - 1) == 0; /* else of what the job has already */
        size_t cut = of_body ? sizeof prefix - 1 : strlen(e->pointer);
        memmove(e->pointer, e->pointer + cut, strlen(e->pointer) - cut + 1);
    }
    job_record_free(r);
    return result;
}

int runs_request_edited(struct store *s, const char *job, enum trigger trigger, const char *body, struct wall now,
                        char ret_id[ID_TEXT_SIZE], struct err *e)
{
    bool own;
    int result = store_enter(s, &own, e);
    if (result)
        return result;
    struct run r = run_request_of(job, trigger, now, now);
    r.body = body;
    result = body ? check_body(s, job, body, e) : require_job(s, job, e);
    if (result == 0)
        result = run_request_insert(s, &r, ret_id, e);
    if (result == 0)
        result = run_request_record(s, AUDIT_RUN_REQUEST, job, r.id, now, e);
    return store_leave(s, own, result, e);
}

int runs_request(struct store *s, const char *job, enum trigger trigger, struct wall now, char ret_id[ID_TEXT_SIZE],
                 struct err *e)
{
    return runs_request_edited(s, job, trigger, NULL, now, ret_id, e);
}

/* The occurrence is the old run's, so that the function is told of the same slot; lateness and age count from now. */
static int request_again(struct store *s, const char *id, struct wall now, char ret_id[ID_TEXT_SIZE], struct arena *a,
                         struct err *e)
{
    struct run *old;
    struct attempt *attempts;
    int n, result = runs_get(s, id, a, &old, &attempts, &n, e);
    if (result)
        return result;
    if (!run_state_final(old->state))
        return err_set(e, ERR_CONFLICT, "run '%s' is %s: wait for its end, or cancel it, to do it again", id,
                       run_state_name(old->state));
    result = require_of(s, old, e);
    if (result == 0 && old->edited && !old->body)
        result = refuse_removed_body(old, e);
    struct run r = run_request_of(old->job, TRIGGER_RETRY, old->scheduled_for, now);
    r.retry_of = old->id;
    r.body = old->body;
    if (result == 0)
        result = run_request_insert(s, &r, ret_id, e);
    return result ? result : run_request_record(s, AUDIT_RUN_RETRY, old->id, r.id, now, e);
}

int runs_request_retry(struct store *s, const char *id, struct wall now, char ret_id[ID_TEXT_SIZE], struct err *e)
{
    bool own;
    int result = store_enter(s, &own, e);
    if (result)
        return result;
    struct arena *a = arena_new(0);
    result = request_again(s, id, now, ret_id, a, e);
    arena_free(a);
    return store_leave(s, own, result, e);
}

static int request_cancel(struct store *s, const char *id, bool no_server, struct wall now, struct err *e)
{
    enum run_state state;
    int result = run_state_get(s, id, &state, e);
    if (result)
        return result;
    if (run_state_final(state))
        return err_set(e, ERR_CONFLICT, "run '%s' has ended already: it is %s", id, run_state_name(state));
    result = run_request_record(s, AUDIT_RUN_CANCEL, id, NULL, now, e);
    if (result)
        return result;
    if (no_server && state != RUN_RUNNING)
        return runs_finish(s, id, RUN_CANCELED, OUTCOME_CANCELED, "canceled by hand before it was called", now, e);
    struct statement q = statement_begin(s, Q_RUN_SET_CANCEL_REQUESTED);
    statement_id(&q, id);
    return statement_run(&q, e);
}

int runs_request_cancel(struct store *s, const char *id, bool no_server, struct wall now, struct err *e)
{
    bool own;
    int result = store_enter(s, &own, e);
    return result ? result : store_leave(s, own, request_cancel(s, id, no_server, now, e), e);
}
