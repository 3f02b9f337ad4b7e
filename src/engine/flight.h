/* flight.h - one run under way, from its claim to its end. States: state.h. Internal to src/engine. */
#ifndef EDGECRON_ENGINE_FLIGHT_H
#define EDGECRON_ENGINE_FLIGHT_H

#include "engine/record.h"
#include "engine/state.h"

/* Makes a flight for an occurrence and fills the rest of its row: running with attempt 1 begun when a slot is free, else queued. */
void flight_claim(struct engine *g, struct entry *en, struct claim_row *row, struct wall due, enum plan_overlap what);
/* The row is durable; `inserted` false: the occurrence had its row already (planned twice), so the flight goes away. */
void flight_claimed(struct engine *g, struct flight *f, bool inserted);
/* Takes up a run found in the store: queued or retrying. Nothing when it is known already. */
void flight_resume(struct engine *g, const struct run *r);
/* The same for one that was left there (backlog.h), which listeners know of. NULL: it has no flight, or has ended already. */
struct flight *flight_take_up(struct engine *g, const struct run *r);
/* An attempt's call has ended: what came of it. */
struct call;
void flight_called(struct engine *g, struct flight *f, struct call *c);

bool flight_is_message(const struct wake *w); /* of a channel's run, that waits for another attempt */

extern const char canceled_by_hand[];
void flight_cancel(struct engine *g, struct flight *f, const char *why); /* why: static text */
void flight_interrupt_all(struct engine *g); /* stopping: calls in flight end as interrupted */
/* The job or channel goes: its runs are canceled. why: static text. */
void flight_orphan(struct engine *g, struct entry *en, const char *why);
void flight_free_all(struct engine *g); /* after the loop has stopped */

/* Between flight.c and attempt.c. */
void flight_enter(struct flight *f, enum flight_phase to);
void flight_over(struct engine *g, struct flight *f);   /* its end: frees it, lets the next of its job go */
void flight_finish(struct engine *g, struct flight *f); /* canceled with no attempt under way */
/* Ends as `state`, with no attempt under way. why: static text. */
void flight_give_up(struct engine *g, struct flight *f, enum run_state state, const char *why);
/* When the occurrence after this run's is due: the bound of its retries. WALL_NONE for one asked for by hand. */
struct wall flight_next_occurrence(const struct flight *f);
void flight_log(const struct flight *f, const struct record_op *o);
int64_t flight_lateness(const struct flight *f, struct wall now);
void attempt_begin(struct engine *g, struct flight *f); /* from FLIGHT_WAITING, admitted */
void attempt_begun(struct engine *g, struct flight *f); /* its row is durable: sends, or waits in FLIGHT_READY */
void attempt_send(struct engine *g, struct flight *f);

/* Places. */
struct place *place_new(struct engine *g, const char *name);   /* not counted yet */
struct place *place_of(struct engine *g, const struct job *j); /* counted for the caller */
/* Admits a flight: it may begin its attempt in the store. False: not now. */
bool slot_take(struct engine *g, struct flight *f);
void slot_take_again(
    struct flight *f); /* one that gave its slot back before its attempt was begun: over the limit for a moment */
void slot_release(struct engine *g, struct flight *f); /* its call has ended; fine when it was not admitted */
void place_took(struct place *p, int64_t call_us);     /* how long a call took */
struct target_spec *target_spec_new(struct engine *g, struct target_record *record); /* NULL: no target */
struct place *place_ref(struct place *p);
void place_unref(struct engine *g, struct place *p);
void place_pump(struct engine *g, struct place *p);       /* begins what waits, as far as slots and rate allow */
void slot_rate_due(void *place);                          /* a place's rate timer */
const char *slot_reason(struct place *p);                 /* what a run waits for there; the place's */
void slot_wait_begin(struct engine *g, struct flight *f); /* it is to wait: bounds that */
void slot_wait_over(void *flight);                        /* a flight's wait timer */

struct job_spec *job_spec_ref(struct job_spec *s);
void job_spec_unref(struct engine *g, struct job_spec *s);
struct target_spec *target_spec_ref(struct target_spec *s);
void target_spec_unref(struct target_spec *s);

/* Whether stopping may go on: nothing is being written or called. */
bool flight_quiet(const struct engine *g);

#endif
