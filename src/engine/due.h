/* due.h - what is due when: the wall-clock timer, planning, claims. Internal to src/engine.
 *
 * The timer is absolute on CLOCK_REALTIME and canceled when the clock is set, so that nothing polls and a jump is noticed at
 * once. planned/planned_safe: how far occurrences are certain to have rows; kept in the store, it is where planning starts after
 * a restart. It may lag (rows are unique, planning again is harmless), it never leads. A clock that is set back takes it along. */
#ifndef EDGECRON_ENGINE_DUE_H
#define EDGECRON_ENGINE_DUE_H

#include "engine/state.h"

int due_init(struct engine *g, struct err *e);
void due_free(struct engine *g);
void due_look(struct engine *g);                     /* does all that is due, sets the timer for what is next */
void due_entry(struct engine *g, struct entry *en);  /* (re)plans an entry: after loading or a change */
void due_forget(struct engine *g, struct entry *en); /* it is about to go, or to be planned anew */
int due_recall(struct engine *g, struct err *e);     /* reads which occurrences to come have rows, for every entry */
int due_recall_entry(struct engine *g, struct entry *en, struct err *e); /* the same for this one */
void due_forget_told(struct entry *en);
struct wall due_next(const struct engine *g); /* a run begins or is tried again then, messages apart; WALL_NONE: none */
const struct entry *
due_first(const struct engine *g); /* the job that is next; NULL when none is, or a retry comes first */
void due_wake(struct engine *g, struct wake *w, struct wall when);
void due_unwake(struct engine *g, struct wake *w);
struct wall due_planned_to_write(struct engine *g);

#endif
