/* refusal.h - what the store refuses while it takes everything else: a page of it cannot be read, or a row is not as it should be (a mistake of
 * ours). Only the jobs and runs that it concerns wait (promise 7), none of it is forgotten (promise 1), and all of it is tried again, ever
 * more seldom but at least once a minute. Internal to src/engine.
 *
 * A claim that is refused is taken back: its job is planned from that occurrence again, as after a downtime, by its first row alone at each
 * try. Until the store takes that one, `planned_until` does not pass it, so a restart finds it too. Any other write of a run is kept as it
 * is, and the run goes on once it is written. */
#ifndef EDGECRON_ENGINE_REFUSAL_H
#define EDGECRON_ENGINE_REFUSAL_H

#include "engine/record.h"

void refusal_init(struct engine *g);

/* A claim's only row was refused. The job may be gone. */
void refusal_claim(struct engine *g, const struct run *r, const struct err *why);
/* A claim's row was taken: its job is well again, if it was not. */
void refusal_taken(struct engine *g, const char *job);
bool refusal_of(const struct entry *en); /* one row at a time is planned of this one */
void refusal_wait(struct engine *g, struct entry *en,
                  struct wall now);                                    /* one was planned: no other before its answer */
struct wall refusal_later(const struct entry *en, struct wall due);    /* when it is planned next */
void refusal_forget(struct entry *en);                                 /* it goes, or is planned anew */
struct wall refusal_mark(const struct engine *g, struct wall planned); /* up to where all occurrences have rows */

/* A write of a flight was refused, and belongs to this from here on. */
void refusal_keep(struct engine *g, struct record_op *o);
void refusal_ended(struct engine *g, struct record_op *o); /* it came back, and was not */
void refusal_again(struct engine *g);                      /* all of them, now */
int refusal_flights(const struct engine *g);               /* how many wait for that */
int64_t refusal_drop(struct engine *g);                    /* stopped: frees them; how many there were */

/* How many jobs and runs wait, and why one of them does; 0: none. */
int refusal_tell(const struct engine *g, const char **ret_why);

#endif
