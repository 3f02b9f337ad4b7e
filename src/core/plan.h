/* plan.h - which occurrences of a job are due, late, missed or skipped. Pure: no clock, no I/O.
 *
 * plan_due turns "everything after `from` up to `now`" into decisions, one for each occurrence; the engine makes
 * each a run row. The same input always gives the same output, so planning twice is harmless (occurrence rows are
 * unique). */
#ifndef EDGECRON_CORE_PLAN_H
#define EDGECRON_CORE_PLAN_H

#include "core/cron.h"
#include "core/job.h"

#define PLAN_ON_TIME_MS 60000 /* an occurrence seen this late or less is on time, not caught up */
#define PLAN_MAX_ROWS 1000    /* rows of one job in one plan; beyond: one summarising missed row */

/* How the job's schedule runs: everything plan needs of a job. Pointers are borrowed. */
struct plan_schedule {
    const struct cron *cron;
    const struct zone *zone;
    const char *job_name;           /* seeds the jitter */
    struct wall anchor;             /* of @every */
    struct wall starts_at, ends_at; /* WALL_NONE: open; starts_at inclusive, ends_at exclusive */
    int64_t jitter_s;
    struct catch_up catch_up;
};

enum plan_action {
    PLAN_RUN,      /* on time: trigger "schedule" */
    PLAN_CATCH_UP, /* late but wanted: trigger "catch_up" */
    PLAN_MISSED    /* a row in state missed, with reason */
};
struct plan_item {
    struct wall scheduled_for; /* the nominal occurrence: the identity of the run */
    struct wall due;           /* scheduled_for + jitter: when the call starts */
    enum plan_action action;
    int64_t count;      /* PLAN_MISSED: occurrences it stands for (1, or more for the summary) */
    const char *reason; /* PLAN_MISSED: static text for the run's message; else NULL */
};

/* What becomes of an occurrence: on time (late by PLAN_ON_TIME_MS or less, counted from `due`), it runs. Late:
 *   none    it is missed
 *   latest  the newest is caught up if it is inside the window and none is on time; the others are missed
 *   all     it is caught up if it is inside the window (late by window_s or less), else missed
 * Beyond the newest PLAN_MAX_ROWS, one missed item stands for all older ones: its scheduled_for is the newest of them,
 * its count is exact. The work is bounded by PLAN_MAX_ROWS however far back `from` is. */

/* How a job runs that was made at `created_at`, the grid of @every unless it has a starts_at. Pointers are borrowed. */
struct plan_schedule plan_schedule_of(const struct job *j, struct wall created_at, const struct cron *c,
                                      const struct zone *z);

/* Fills items (oldest first, at most max) with the occurrences o with from < o and due(o) <= now. Returns how many.
 * max must be at least PLAN_MAX_ROWS + 1. */
int plan_due(const struct plan_schedule *s, struct wall from, struct wall now, struct plan_item *items, int max);

/* The next occurrence strictly after `after` (nominal time in *ret_scheduled_for) and when it is due with jitter.
 * False when the schedule has ended. */
bool plan_next(const struct plan_schedule *s, struct wall after, struct wall *ret_scheduled_for, struct wall *ret_due);

/* Until when a run that is due may wait to begin, for a slot or for the run before it: as long as it would be caught up. */
struct wall plan_wait_until(const struct catch_up *c, struct wall due);

/* Jitter of one occurrence, 0..jitter_s in ms: a hash of job name and time, below the distance to the next
 * occurrence. */
int64_t plan_jitter_ms(const struct plan_schedule *s, struct wall scheduled_for);

/* Overlap: a new occurrence arrives while `active` runs of the job are under way and `queued` ones wait. */
enum plan_overlap { PLAN_START, PLAN_QUEUE, PLAN_SKIP, PLAN_CANCEL_THEN_START };
enum plan_overlap plan_overlap(enum overlap policy, int active, int queued);

#endif
