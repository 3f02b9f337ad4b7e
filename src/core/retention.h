/* retention.h - what of history is kept, and for how long. Pure.
 *
 * Finished runs go by age: those that succeeded, were skipped or canceled after retention_days (90: a quarter to look back on), those that
 * failed or were missed after retention_failed_days (365: few, and the ones that people look for), if that is more. What they sent and
 * received goes after retention_bodies_days (30: it is nine tenths of what a run takes, and may be personal), if that is less. And by
 * number: of each job and state the newest retention_runs are kept (100,000: 69 days of a job of each minute; one of each second
 * would otherwise have millions). Open runs never go. The newest run of each state of a job that is there never goes by age: what a job
 * that is due once a year did last is known. Counts of runs outlive them (stats.h). */
#ifndef EDGECRON_CORE_RETENTION_H
#define EDGECRON_CORE_RETENTION_H

#include "base/clock.h"
#include "core/run.h"
#include "core/settings.h"

/* Runs in this final state that finished before the time returned are too old. */
struct wall retention_before(const struct settings *v, enum run_state state, struct wall now);

/* Headers and bodies are deleted in the order in which runs were made, up to the first run that says wait. `before`: those of runs that
 * finished earlier go. */
enum retention_bodies {
    RETENTION_GO,
    RETENTION_PASS, /* none are there, or it is one of the few that took more than a day (or still do), which are looked at by themselves */
    RETENTION_WAIT /* its time has not come */
};
#define RETENTION_LONG_MS (24 * 3600 * 1000LL)
struct wall retention_bodies_before(const struct settings *v, struct wall now);
enum retention_bodies retention_bodies_of(int attempts, struct wall created_at, struct wall finished_at,
                                          struct wall before);

/* How many of the file's pages to give back to the file system, of those that are free within it. Not the last ones: runs to
 * come fill them again, and each page given back is a page moved. All, when the disk is `full`. */
int64_t retention_give_back(int64_t pages, int64_t free_pages, bool full);

/* How much a step deletes, and how long it then waits: whoever commits meanwhile waits for a step and its commit, which is to be
 * far less than 50 ms. Begin with RETENTION_PACE_INIT. */
#define RETENTION_WORK_MOST_US 4000 /* of a step, in any case */
struct retention_pace {
    int64_t work_us;  /* what a step may take before its commit */
    int64_t pause_us; /* after it */
};
#define RETENTION_PACE_INIT ((struct retention_pace){ .work_us = 2000, .pause_us = 20000 })
/* After a step that worked and committed for so long, while others had so many writes. */
void retention_pace_next(struct retention_pace *p, int64_t work_us, int64_t commit_us, int64_t others);

#endif
