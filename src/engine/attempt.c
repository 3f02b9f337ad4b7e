/* attempt.c - one attempt of a run: begun in the store, sent, judged, ended in the store (flight.h). */
#include "base/crash.h"
#include "base/crypto.h"
#include "base/log.h"
#include "core/retry.h"
#include "engine/call.h"
#include "engine/due.h"
#include "engine/flight.h"
#include "engine/measure.h"
#include "engine/publish.h"

static void begun(struct engine *g, struct record_op *o);

void attempt_begin(struct engine *g, struct flight *f)
{
    struct wall now = clock_wall();
    struct record_op *o = record_new(g, f->id, f);
    f->owed = false;
    if (f->attempt++ == 0)
        f->started_at = now;
    o->attempt.number = f->attempt;
    o->attempt.started_at = now;
    o->run.lateness_ms = flight_lateness(f, f->started_at);
    flight_enter(f, FLIGHT_BEGINNING);
    record_begin(g, o, begun);
}

void attempt_send(struct engine *g, struct flight *f)
{
    flight_enter(f, FLIGHT_SENDING);
    link_remove(&f->of_place);
    f->in_flight = true;
    f->place->in_flight++;
    if (f->attempt == 1)
        f->started_at = clock_wall(); /* what was written before is when it was claimed */
    if (f->cancel)
        f->call = call_not_made(f, OUTCOME_CANCELED, f->cancel_why);
    else if (g->interrupted) /* committed while time ran up */
        f->call = call_not_made(f, OUTCOME_INTERRUPTED, "edgecron was stopped before the call was sent");
    else
        f->call = call_start(g, f);
    if (f->attempt == 1 && !f->cancel && !g->interrupted)
        measure_sent(g, f, flight_lateness(f, f->started_at));
    if (call_ended(f->call))
        flight_called(g, f, f->call);
}

void attempt_begun(struct engine *g, struct flight *f)
{
    if (f->place->in_flight < f->place->max_concurrent || f->cancel || g->interrupted) {
        attempt_send(g, f);
    } else {
        flight_enter(f, FLIGHT_READY);
        link_append(&f->place->ready, &f->of_place);
    }
}

static void begun(struct engine *g, struct record_op *o)
{
    if (o->op.status) {
        flight_over(g, o->flight); /* somebody else ended the run meanwhile */
        return;
    }
    publish_attempt(g, o->flight, o);
    attempt_begun(g, o->flight);
}

/* A run of the schedule does not outlive its slot. */
struct wall flight_next_occurrence(const struct flight *f)
{
    struct wall next = WALL_NONE, due;
    if (f->entry && !trigger_by_hand(f->trigger) && !plan_next(&f->entry->schedule, f->scheduled_for, &next, &due))
        return WALL_NONE;
    return f->trigger == TRIGGER_CATCH_UP && f->entry ? f->entry->next : next;
}

static double random_fraction(void)
{
    uint32_t r;
    crypto_random(&r, sizeof r);
    return r / 4294967296.0;
}

/* What becomes of the run after this attempt. Fills f->retry_at for RUN_RETRYING; *why tells why it is not tried again. */
static enum run_state decide(struct flight *f, const struct call *c, struct wall now, const char **why)
{
    const struct job *j = &f->spec->record->job;
    bool by_hand = trigger_by_hand(f->trigger);
    *why = NULL;
    f->previous = j->delivery == DELIVERY_AT_LEAST_ONCE && carried_has_previous(&c->carried, c->http.status);
    f->retry_at = now; /* at once, for some */
    if (c->outcome == OUTCOME_OK)
        return RUN_SUCCEEDED;
    if (c->outcome == OUTCOME_INTERRUPTED) /* again by the next start */
        return j->delivery == DELIVERY_AT_LEAST_ONCE || !c->http.sent ? RUN_RETRYING : RUN_FAILED;
    if (f->cancel)
        return RUN_CANCELED;
    if (f->previous) {
        f->owed = true;
        f->uncounted++;
        return RUN_RETRYING;
    }
    if (c->final)
        *why = "it was refused for good";
    else if (retry_wanted(j->delivery, c->outcome, c->http.status, c->http.sent) &&
             retry_next(&j->retry, f->attempt - f->uncounted, by_hand ? f->created_at : f->scheduled_for, now,
                        random_fraction(), c->retry_after_ms, flight_next_occurrence(f), &f->retry_at, why))
        return RUN_RETRYING;
    return RUN_FAILED;
}

static void log_retry(const struct flight *f, const struct record_op *o)
{
    char at[WALL_TEXT_SIZE];
    log_info("attempt failed, another follows", L_STR("job", f->spec->record->job.name), L_STR("run", f->id),
             L_INT("attempt", f->attempt), L_STR("outcome", outcome_name(o->run.outcome)),
             L_INT("http_status", o->run.http_status), L_STR("next_attempt_at", wall_format(f->retry_at, at)),
             L_STR("reason", o->run.message));
}

static void ended(struct engine *g, struct record_op *o)
{
    struct flight *f = o->flight;
    crash_here(CRASH_AFTER_RECORD);
    if (o->op.status) {
        log_warn("a result found its run changed by someone else", L_STR("run", f->id), L_STR("error", o->op.err.text));
        flight_over(g, f);
        return;
    }
    measure_attempt(g, f, &o->attempt);
    f->outcome = o->run.outcome;
    f->http_status = o->run.http_status;
    publish_result(g, f, o);
    if (o->run.state != RUN_RETRYING) {
        flight_log(f, o);
        measure_run(g, f->entry, f->spec->record->job.name, &o->run);
        g->finished++;
        flight_over(g, f);
    } else {
        log_retry(f, o);
        flight_enter(f, FLIGHT_PAUSING);
        if (f->cancel)
            flight_finish(g, f);
        else
            due_wake(g, &f->wake, f->retry_at);
    }
}

void flight_called(struct engine *g, struct flight *f, struct call *c)
{
    struct wall now = clock_wall();
    struct record_op *o = record_new(g, f->id, f);
    const char *why;
    if (f->interrupt && !f->cancel && c->outcome == OUTCOME_CANCELED)
        call_interrupted(c);
    o->run.state = decide(f, c, now, &why);
    call_record(c, f, now, why, o);
    if (c->http.peer.version && !wall_is_none(c->http.peer.expires_at))
        f->place->certificate_until = c->http.peer.expires_at;
    if (c->http.timing.total_ms >= 0)
        place_took(f->place, c->http.timing.total_ms * 1000);
    o->run.next_attempt_at = o->run.state == RUN_RETRYING ? f->retry_at : WALL_NONE;
    o->run.finished_at = o->run.state == RUN_RETRYING ? WALL_NONE : now;
    o->run.started_at = f->started_at;
    o->run.lateness_ms = flight_lateness(f, f->started_at);
    o->run.duration_ms = o->run.state == RUN_RETRYING ? -1 : now.ms > f->started_at.ms ? now.ms - f->started_at.ms : 0;
    call_free(c);
    f->call = NULL;
    flight_enter(f, FLIGHT_ENDING);
    slot_release(g, f);
    crash_here(CRASH_BEFORE_RECORD);
    record_end(g, o, ended);
}
