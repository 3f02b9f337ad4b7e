/* slot.c - the limits of a place, and the runs that wait for them (flight.h).
 *
 * max_concurrent bounds what is being sent; rate spaces the starts. A run that must wait is `queued` and says why, and waits no
 * longer than it would be caught up (a retry: no longer than another attempt may begin). */
#include "core/retry.h"
#include "engine/flight.h"

#define AHEAD_US 20000 /* attempts begun ahead are sent within so long */
#define AHEAD_MOST 512
#define CALL_US_MIN 1000     /* as calls are timed in ms */
#define RATE_BEHIND_US 10000 /* starts that a busy moment delayed by up to this are made up for */

void slot_rate_due(void *ctx)
{
    struct place *p = ctx;
    place_pump(p->engine, p);
}

/* How many attempts may be begun in the store beyond those that may be sent: as many as will be sent within AHEAD_US, as
 * calls went lately. Where calls are short, a commit takes longer than they do, and slots would stand idle for it; where they are
 * long, or none has ended for a while, a run that waits is `queued`. Not where a crash in between would cost a run that was never sent (at most once). */
static int ahead(const struct place *p, const struct flight *f)
{
    if (p->rate.n > 0 || p->recent_us < 0 || f->spec->record->job.delivery != DELIVERY_AT_LEAST_ONCE ||
        loop_now(p->engine->loop).us - p->last_end.us > AHEAD_US)
        return 0;
    int64_t n = p->max_concurrent * AHEAD_US / (p->recent_us > CALL_US_MIN ? p->recent_us : CALL_US_MIN);
    return n < AHEAD_MOST ? (int)n : AHEAD_MOST;
}

void place_took(struct place *p, int64_t call_us)
{
    p->last_end = loop_now(p->engine->loop);
    p->recent_us = p->recent_us < 0 ? call_us : p->recent_us + (call_us - p->recent_us) / 8;
}

/* The next start is a step after the one before, not after now: else each wait would add the timer's own lateness. */
static void rate_take(struct place *p, struct mono now)
{
    int64_t earliest = now.us - RATE_BEHIND_US;
    int64_t last = p->next_start.us > earliest ? p->next_start.us : now.us;
    p->next_start.us = last + p->rate.interval_ms * 1000 / p->rate.n;
}

/* The first start after a quiet time is at once. */
bool slot_take(struct engine *g, struct flight *f)
{
    struct place *p = f->place;
    struct mono now = loop_now(g->loop);
    if (p->admitted >= p->max_concurrent + ahead(p, f))
        return false;
    if (p->rate.n > 0) {
        if (p->next_start.us > now.us) {
            loop_timer_set(g->loop, &p->rate_timer, p->next_start);
            return false;
        }
        rate_take(p, now);
    }
    p->admitted++;
    f->admitted = true;
    return true;
}

void slot_take_again(struct flight *f)
{
    f->place->admitted++;
    f->admitted = true;
}

void slot_release(struct engine *g, struct flight *f)
{
    if (!f->admitted)
        return;
    f->place->admitted--;
    f->place->in_flight -= f->in_flight;
    f->admitted = f->in_flight = false;
    place_pump(g, f->place);
    if (f->place->admitted == 0)
        f->place->recent_us = -1; /* what was true then need not be at the next calls */
}

/* --- runs that wait ---------------------------------------------------------------------------------------------- */

static void replace(char **text, char *fresh)
{
    mem_free(*text);
    *text = fresh;
}

/* Made once for as long as it is true: a thousand runs may wait for the same. */
const char *slot_reason(struct place *p)
{
    if (p->rate.n > 0 && p->admitted < p->max_concurrent) {
        if (!p->why_rate || p->why_rate_of.n != p->rate.n || p->why_rate_of.interval_ms != p->rate.interval_ms)
            replace(&p->why_rate,
                    mem_printf("waits for its turn: %s takes %lld call%s per %s (rate)", p->name, (long long)p->rate.n,
                               p->rate.n == 1 ? "" : "s", p->rate.interval_ms == 1000 ? "second" : "minute"));
        p->why_rate_of = p->rate;
        return p->why_rate;
    }
    if (!p->why_slot || p->why_slot_of != p->max_concurrent)
        replace(&p->why_slot, mem_printf("waits for a free slot: %s has %d call%s under way (max_concurrent)", p->name,
                                         p->max_concurrent, p->max_concurrent == 1 ? "" : "s"));
    p->why_slot_of = p->max_concurrent;
    return p->why_slot;
}

/* One asked for by hand waits for as long as it takes: somebody wants it. */
static struct wall wait_until(const struct flight *f)
{
    const struct job *j = &f->spec->record->job;
    bool by_hand = trigger_by_hand(f->trigger);
    if (f->attempt > 0)
        return retry_wait_until(&j->retry, by_hand ? f->created_at : f->scheduled_for,
                                f->owed ? WALL_NONE : flight_next_occurrence(f));
    return by_hand ? WALL_NONE : plan_wait_until(&j->catch_up, f->due);
}

void slot_wait_over(void *ctx)
{
    struct flight *f = ctx;
    if (f->attempt > 0)
        flight_give_up(f->engine, f, RUN_FAILED,
                       "no further attempt: it could not begin before 'retry.max_age_s' was over or the job's next "
                       "occurrence came; the attempts tell why they failed");
    else
        flight_give_up(
            f->engine, f, RUN_MISSED,
            f->phase == FLIGHT_BEHIND
                ? "the run before it was still under way when the catch-up window (catch_up.window_s) was over"
                : "no slot of the target was free until the catch-up window (catch_up.window_s) was over: "
                  "see its max_concurrent and rate");
}

void slot_wait_begin(struct engine *g, struct flight *f)
{
    struct wall until = wait_until(f);
    if (wall_is_none(until) || loop_timer_is_set(&f->wait_timer))
        return;
    int64_t left_ms = until.ms - clock_wall().ms;
    loop_timer_set(g->loop, &f->wait_timer, (struct mono){ clock_mono().us + (left_ms > 0 ? left_ms : 0) * 1000 });
}

/* By the clock on the wall, which may have been set, or have gone on while edgecron was not running. */
static bool waited_too_long(const struct flight *f)
{
    struct wall until = wait_until(f);
    return !wall_is_none(until) && clock_wall().ms > until.ms;
}

/* A call that cannot be made ends at once, and its slot comes back here in the middle of it all. */
void place_pump(struct engine *g, struct place *p)
{
    if (p->pumping)
        return;
    p->pumping = true;
    while (!link_empty(&p->ready) && p->in_flight < p->max_concurrent)
        attempt_send(g, MEM_CONTAINER(p->ready.next, struct flight, of_place));
    while (!g->draining && !link_empty(&p->waiting)) {
        struct flight *f = MEM_CONTAINER(p->waiting.next, struct flight, of_place);
        if (waited_too_long(f)) {
            slot_wait_over(f);
            continue;
        }
        if (!slot_take(g, f))
            break;
        link_remove(&f->of_place);
        attempt_begin(g, f);
    }
    p->pumping = false;
}
