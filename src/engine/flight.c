#include "engine/flight.h"

#include "base/crash.h"
#include "base/log.h"
#include "engine/backlog.h"
#include "engine/call.h"
#include "engine/channel_entry.h"
#include "engine/due.h"
#include "engine/measure.h"
#include "engine/publish.h"
#include "engine/refusal.h"

#include <stdio.h>
#include <string.h>

static const char waits_for_run[] = "waits for the run before it to end (overlap: queue)";
const char canceled_by_hand[] = "canceled by hand";

/* The moves a flight can make; anything else is a mistake of ours, told at once rather than lived with. */
static const bool moves[FLIGHT_PHASES][FLIGHT_PHASES] = {
    [FLIGHT_CLAIMING] = { [FLIGHT_SENDING] = true,
                          [FLIGHT_READY] = true,
                          [FLIGHT_WAITING] = true,
                          [FLIGHT_BEHIND] = true,
                          [FLIGHT_FINISHING] = true,
                          [FLIGHT_PAUSING] = true },
    [FLIGHT_BEHIND] = { [FLIGHT_WAITING] = true, [FLIGHT_FINISHING] = true },
    [FLIGHT_WAITING] = { [FLIGHT_BEGINNING] = true, [FLIGHT_FINISHING] = true },
    [FLIGHT_BEGINNING] = { [FLIGHT_SENDING] = true, [FLIGHT_READY] = true },
    [FLIGHT_READY] = { [FLIGHT_SENDING] = true },
    [FLIGHT_SENDING] = { [FLIGHT_ENDING] = true },
    [FLIGHT_ENDING] = { [FLIGHT_PAUSING] = true },
    [FLIGHT_PAUSING] = { [FLIGHT_WAITING] = true, [FLIGHT_FINISHING] = true },
};

void flight_enter(struct flight *f, enum flight_phase to)
{
    struct engine *g = f->engine;
    if (!moves[f->phase][to])
        log_error("a run made a move that is not in the table: please report this", L_STR("run", f->id),
                  L_INT("from", f->phase), L_INT("to", to));
    g->phases[f->phase]--;
    g->phases[to]++;
    f->phase = to;
    backlog_wait(g, f, to == FLIGHT_WAITING);
    if (to == FLIGHT_WAITING || to == FLIGHT_BEHIND)
        slot_wait_begin(g, f);
    else
        loop_timer_clear(g->loop, &f->wait_timer);
}

bool flight_quiet(const struct engine *g)
{
    int writing = g->phases[FLIGHT_BEGINNING] + g->phases[FLIGHT_ENDING] + g->phases[FLIGHT_FINISHING];
    return !g->phases[FLIGHT_CLAIMING] && !g->phases[FLIGHT_READY] && !g->phases[FLIGHT_SENDING] &&
           writing == refusal_flights(g) && !g->claims_pending;
}

static void retry_due(struct engine *g, struct wake *w, struct wall now);

static struct flight *flight_new(struct engine *g, struct entry *en, const char *id)
{
    struct flight *f = mem_alloc(sizeof *f);
    memcpy(f->id, id, sizeof f->id);
    f->engine = g;
    f->entry = en;
    f->spec = job_spec_ref(en->spec);
    f->place = place_ref(en->spec->place);
    link_append(&en->flights, &f->of_entry);
    link_init(&f->of_place);
    f->wake.fn = retry_due;
    f->wait_timer = (struct loop_timer){ .fn = slot_wait_over, .ctx = f };
    g->phases[FLIGHT_CLAIMING]++;
    map_put(&g->flights, f->id, f);
    return f;
}

static void flight_free(struct flight *f)
{
    struct engine *g = f->engine;
    map_remove(&g->flights, f->id);
    g->phases[f->phase]--;
    backlog_wait(g, f, false);
    due_unwake(g, &f->wake);
    loop_timer_clear(g->loop, &f->wait_timer);
    link_remove(&f->of_entry);
    link_remove(&f->of_place);
    call_free(f->call);
    f->place->admitted -= f->admitted;
    f->place->in_flight -= f->in_flight;
    place_unref(g, f->place);
    job_spec_unref(g, f->spec);
    mem_free(f);
}

/* A flight that stood behind another run of its job counts as active from now on. */
static void step_forward(struct flight *f)
{
    if (!f->behind)
        return;
    f->behind = false;
    if (f->entry) {
        f->entry->queued--;
        f->entry->active++;
    }
}

/* A row that was claimed as waiting says why; of others it is to be told. */
static void wait_for_slot(struct engine *g, struct flight *f)
{
    bool told = f->phase == FLIGHT_CLAIMING && f->explained;
    flight_enter(f, FLIGHT_WAITING);
    link_append(&f->place->waiting, &f->of_place);
    place_pump(g, f->place);
    if (f->phase == FLIGHT_WAITING && f->attempt == 0 && !told)
        record_why(g, f->id, slot_reason(f->place));
}

/* The run is at its end: the next of its job that stands behind it may go. */
void flight_over(struct engine *g, struct flight *f)
{
    struct entry *en = f->entry;
    bool unsent = f->phase == FLIGHT_FINISHING;
    slot_release(g, f);
    if (en)
        *(f->behind ? &en->queued : &en->active) -= 1;
    flight_free(f);
    if (en && unsent)
        backlog_ended(g, en);
    if (!en || en->active || g->draining)
        return;
    for (struct link *l = en->flights.next; l != &en->flights; l = l->next) {
        struct flight *next = MEM_CONTAINER(l, struct flight, of_entry);
        if (next->phase == FLIGHT_BEHIND) {
            step_forward(next);
            wait_for_slot(g, next);
            return;
        }
    }
}

int64_t flight_lateness(const struct flight *f, struct wall now)
{
    return now.ms > f->due.ms ? now.ms - f->due.ms : 0;
}

/* --- claims ------------------------------------------------------------------------------------------------------ */

/* Those before it that wait in the store have their turn first, unless it is to be canceled. */
static bool waits_in_store(const struct engine *g, const struct entry *en, enum plan_overlap what)
{
    return what == PLAN_START && !en->left_unwanted && (en->left > 0 || !backlog_room(g, en));
}

void flight_claim(struct engine *g, struct entry *en, struct claim_row *row, struct wall due, enum plan_overlap what)
{
    if (waits_in_store(g, en, what)) {
        backlog_leave(g, en, row);
        return;
    }
    if (what == PLAN_CANCEL_THEN_START) {
        backlog_unwanted(en);
        for (struct link *l = en->flights.next, *next; l != &en->flights; l = next) {
            next = l->next;
            flight_cancel(g, MEM_CONTAINER(l, struct flight, of_entry),
                          "canceled: the next occurrence came (overlap: cancel_running)");
        }
    }
    struct flight *f = flight_new(g, en, row->run.id);
    row->flight = f;
    f->explained = true;
    f->trigger = row->run.trigger;
    f->scheduled_for = row->run.scheduled_for;
    f->created_at = row->run.created_at;
    f->due = due;
    row->run.state = RUN_QUEUED;
    if (what == PLAN_QUEUE) {
        f->behind = true;
        en->queued++;
        row->run.message = waits_for_run;
        return;
    }
    en->active++;
    if (!link_empty(&f->place->waiting) || !slot_take(g, f)) {
        row->run.message =
            arena_strdup(g->claim->base.arena, slot_reason(f->place)); /* the place may go before it is written */
        backlog_wait(g, f, true);
        return;
    }
    f->attempt = 1;
    f->started_at = f->created_at;
    row->run.state = RUN_RUNNING;
    row->run.attempts = 1;
    row->run.started_at = f->started_at;
    row->run.lateness_ms = flight_lateness(f, f->started_at);
}

void flight_claimed(struct engine *g, struct flight *f, bool inserted)
{
    struct entry *en = f->entry;
    if (!inserted) {
        flight_over(g, f);
    } else if (f->attempt > 0) {
        attempt_begun(g, f);
    } else if (f->cancel) {
        flight_finish(g, f);
    } else if (f->behind && en && en->active > 0) {
        flight_enter(f, FLIGHT_BEHIND);
    } else {
        step_forward(f);
        wait_for_slot(g, f);
    }
}

static void retry_due(struct engine *g, struct wake *w, struct wall now)
{
    struct flight *f = MEM_CONTAINER(w, struct flight, wake);
    (void)now;
    crash_here(CRASH_BEFORE_RETRY);
    if (f->entry && f->entry->spec != f->spec) { /* the job was changed meanwhile: the new definition counts */
        job_spec_unref(g, f->spec);
        place_unref(g, f->place);
        f->spec = job_spec_ref(f->entry->spec);
        f->place = place_ref(f->spec->place);
    }
    wait_for_slot(g, f);
}

bool flight_is_message(const struct wake *w)
{
    return w->fn == retry_due && MEM_CONTAINER(w, struct flight, wake)->spec->channel;
}

/* Why a run of a job or channel that the roster does not know is to end: static text. Not known may also mean that it cannot be read, or scheduled:
 * then its runs wait for its repair. */
static const char *why_gone(struct engine *g, const char *name)
{
    struct job_record *r = NULL;
    if (channel_of_job(name))
        return channel_entry_why_not(g, name);
    bool removed = jobs_get(g->store, name, &r, NULL) == -(int)ERR_NOT_FOUND;
    job_record_free(r);
    return removed ? "canceled: the job was removed" : NULL;
}

static void ended_without_job(struct engine *g, struct record_op *o)
{
    if (!o->op.status) {
        measure_run(g, NULL, o->run.job, &o->run);
        publish_run(g, &o->run, NULL);
    }
}

static void end_without_job(struct engine *g, const struct run *r, const char *why)
{
    struct record_op *o = record_new(g, r->id, NULL);
    o->run = *r;
    o->run.job = arena_strdup(o->arena, r->job);
    o->run.metrics = o->run.retry_of = NULL; /* the caller's */
    o->run.state = RUN_CANCELED;
    o->run.outcome = OUTCOME_CANCELED;
    o->run.message = why;
    o->run.finished_at = clock_wall();
    o->run.job = arena_strdup(o->arena, r->job);
    o->run.next_attempt_at = WALL_NONE;
    record_finish(g, o, ended_without_job);
}

static struct flight *flight_found(struct engine *g, struct entry *en, const struct run *r)
{
    struct flight *f = flight_new(g, en, r->id);
    bool by_hand = trigger_by_hand(r->trigger);
    f->trigger = r->trigger;
    f->scheduled_for = r->scheduled_for;
    f->created_at = r->created_at;
    f->due = by_hand ? r->created_at : r->scheduled_for;
    f->due.ms += by_hand ? 0 : plan_jitter_ms(&en->schedule, r->scheduled_for);
    f->started_at = r->started_at;
    f->attempt = r->attempts;
    f->resumed = true;
    f->edited = r->edited;
    f->outcome = r->outcome;
    f->http_status = r->http_status;
    f->owed = r->outcome == OUTCOME_INTERRUPTED;
    f->behind = !by_hand && r->state == RUN_QUEUED && en->active > 0 && en->spec->record->job.overlap == OVERLAP_QUEUE;
    *(f->behind ? &en->queued : &en->active) += 1;
    f->explained = r->message && strcmp(r->message, slot_reason(f->place)) == 0;
    return f;
}

/* By its row: waits, or is canceled. */
static void go_on(struct engine *g, struct flight *f, const struct run *r)
{
    if (r->cancel_requested) {
        flight_cancel(g, f, canceled_by_hand);
        flight_finish(g, f);
    } else if (f->behind) {
        flight_enter(f, FLIGHT_BEHIND);
    } else if (r->state == RUN_RETRYING) {
        flight_enter(f, FLIGHT_PAUSING);
        due_wake(g, &f->wake, r->next_attempt_at);
    } else {
        wait_for_slot(g, f);
    }
}

void flight_resume(struct engine *g, const struct run *r)
{
    struct entry *en = channel_entry_or_job(g, r->job);
    if (map_get(&g->flights, r->id) || r->state == RUN_RUNNING)
        return;
    if (!en) {
        const char *why = why_gone(g, r->job);
        if (why)
            end_without_job(g, r, why);
        else
            g->runs_left = true;
        return;
    }
    struct flight *f = flight_found(g, en, r);
    if (g->taken_up)
        publish_run(g, r, f); /* asked for just now */
    go_on(g, f, r);
}

struct flight *flight_take_up(struct engine *g, const struct run *r)
{
    struct entry *en = channel_entry_or_job(g, r->job);
    if (!en || map_get(&g->flights, r->id))
        return NULL;
    struct flight *f = flight_found(g, en, r);
    f->explained = true;
    go_on(g, f, r);
    return map_get(&g->flights, r->id);
}

/* --- ends without an attempt ------------------------------------------------------------------------------------- */

void flight_log(const struct flight *f, const struct record_op *o)
{
    const struct run *r = &o->run;
    enum log_level level = r->state == RUN_SUCCEEDED ? LOG_INFO : LOG_WARN;
    LOG_AT(level, "run ended", L_STR("job", f->spec->record->job.name), L_STR("run", f->id),
           L_STR("state", run_state_name(r->state)), L_STR("outcome", outcome_name(r->outcome)),
           L_INT("http_status", r->http_status), L_INT("attempts", f->attempt), L_INT("duration_ms", r->duration_ms),
           L_STR("reason", r->message));
}

static void finished(struct engine *g, struct record_op *o)
{
    if (!o->op.status) {
        publish_result(g, o->flight, o);
        flight_log(o->flight, o);
        measure_run(g, o->flight->entry, o->flight->spec->record->job.name, &o->run);
        g->finished++;
    } else if (!o->flight->entry) {
        publish_removed_run(g, o->flight, o->run.finished_at);
    }
    flight_over(g, o->flight);
}

void flight_give_up(struct engine *g, struct flight *f, enum run_state state, const char *why)
{
    struct record_op *o = record_new(g, f->id, f);
    due_unwake(g, &f->wake);
    link_remove(&f->of_place);
    o->run.state = state;
    o->run.outcome = state == RUN_CANCELED ? OUTCOME_CANCELED : OUTCOME_NONE; /* none: the last attempt's stays */
    o->run.message = why;
    o->run.finished_at = clock_wall();
    flight_enter(f, FLIGHT_FINISHING);
    record_finish(g, o, finished);
}

void flight_finish(struct engine *g, struct flight *f)
{
    flight_give_up(g, f, RUN_CANCELED, f->cancel_why);
}

void flight_cancel(struct engine *g, struct flight *f, const char *why)
{
    if (f->cancel)
        return;
    f->cancel = true;
    f->cancel_why = why;
    if (f->phase == FLIGHT_SENDING)
        call_cancel(g, f->call);
    else if (f->phase == FLIGHT_READY)
        attempt_send(g, f); /* which ends it without a call */
    else if (f->phase == FLIGHT_BEHIND || f->phase == FLIGHT_WAITING || f->phase == FLIGHT_PAUSING)
        flight_finish(g, f);
    /* the other phases wait for the writer and look at the flag when it answers */
}

void flight_interrupt_all(struct engine *g)
{
    size_t pos = 0;
    struct flight *f;
    while ((f = map_each(&g->flights, &pos)))
        if (f->phase == FLIGHT_SENDING) {
            f->interrupt = true;
            call_cancel(g, f->call);
        } else if (f->phase == FLIGHT_READY) {
            attempt_send(g, f); /* which ends it without a call */
        }
}

void flight_orphan(struct engine *g, struct entry *en, const char *why)
{
    while (!link_empty(&en->flights)) {
        struct flight *f = MEM_CONTAINER(en->flights.next, struct flight, of_entry);
        link_remove(&f->of_entry);
        f->entry = NULL;
        flight_cancel(g, f, why);
    }
}

void flight_free_all(struct engine *g)
{
    size_t pos = 0;
    struct flight *f;
    while ((f = map_each(&g->flights, &pos))) {
        flight_free(f);
        pos = 0;
    }
}
