/* backlog.h - runs that wait, beyond what is held in memory: a queue with a bound, however long an overload lasts. Internal to src/engine.
 *
 * Every occurrence gets its row when it is due (promise 1), so an overload that goes on is a queue that grows: in the store, on disk, where
 * there is room, it is durable, and `run list` shows it. In memory are of each job the BACKLOG_JOB oldest that wait for a slot, and of all jobs
 * BACKLOG_ALL, or one of each job where there are more jobs. Those that end as they are taken up
 * count until that is written. What comes beyond is "left": its row is written as queued and nothing more is known
 * of it but that there is one. Once half of what was held of a job has begun, the next are taken up, oldest first: a job whose runs are
 * left never overtakes itself, and does not stand in the way of others (promise 7). A run past its catch-up window is missed when its turn
 * comes, as one that is held is when its time is up.
 *
 * The other ways to wait have bounds of their own: behind a run of the same job (one, overlap: queue), for a retry (it was called before, and
 * ends with the next occurrence), in a claim (CLAIMS_MOST of due.c), asked for by hand (RUNS_ASKED_ALL of store/runs.h, refused beyond).
 *
 * The numbers: BACKLOG_JOB is what one job has to catch up at most (PLAN_MAX_ROWS), so an outage alone is no overload; BACKLOG_ALL flights are some
 * 10 MB. No setting: more would be faster in nothing, as a row is read in microseconds. */
#ifndef EDGECRON_ENGINE_BACKLOG_H
#define EDGECRON_ENGINE_BACKLOG_H

#include "engine/record.h"
#include "engine/state.h"

#define BACKLOG_JOB 1024
#define BACKLOG_ALL 16384
#define BACKLOG_RELIEVED_MS 5000 /* nothing left for so long: the overload is over */

void backlog_init(struct engine *g, int most_job, int most_all); /* 0: as above */
/* May one more run of the job wait in memory? */
bool backlog_room(const struct engine *g, const struct entry *en);
/* An occurrence is to wait in the store alone: fills the rest of its row. */
void backlog_leave(struct engine *g, struct entry *en, struct claim_row *row);
/* The writer is through with such a row. */
void backlog_left(struct engine *g, const struct claim_row *row);
/* A flight waits for a slot from now on, or no longer. */
void backlog_wait(struct engine *g, struct flight *f, bool waits);
/* A flight of the job that ended without an attempt is gone. */
void backlog_ended(struct engine *g, struct entry *en);
/* The occurrence that comes cancels all that wait: also those that are left, once they are taken up. */
void backlog_unwanted(struct entry *en);
/* A run that is left is to be canceled: takes it up at once. */
void backlog_cancel(struct engine *g, const struct run *r);
/* Reads what an earlier life left open, of jobs that were not there before. Held: taken up. Bounded memory however many there are. */
int backlog_read(struct engine *g, struct err *e);
void backlog_forget(struct engine *g, struct entry *en); /* the job goes */

#endif
