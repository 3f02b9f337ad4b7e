/* stats.h - statistics of runs, from counts kept by job and hour, and by job and day (UTC). See store.h for threads and
 * transactions.
 *
 * A run is counted where it ended (finished_at); one that was skipped or missed, where it was scheduled. The counts are
 * written with the runs, never by going through them, and outlive them: hours and days for STATS_DAYS, two years. An hour in which a job ended
 * no run has no row; one has some 100 octets: of 1,000 jobs that run once a day 73 MB in two years, of 1,000 that run every hour 1.7 GB,
 * which is less than a tenth of what their runs take at 5 minutes each. */
#ifndef EDGECRON_STORE_STATS_H
#define EDGECRON_STORE_STATS_H

#include "core/tally.h"
#include "core/window.h"
#include "store/jobs.h"

#define STATS_DAYS 760

struct stats_point {
    struct wall start;
    struct tally tally;
};
struct stats {
    struct window window;
    struct tally total;
    struct stats_point *points; /* window.points of them, oldest first */
};

/* Of the jobs of a scope, as they are now; of all jobs also those that are gone. Where hours of many jobs would be too much to
 * read, ret->window has days instead. stats_free, also after an error. */
int stats_read(struct store *s, const struct job_scope *jobs, const struct window *w, struct stats *ret, struct err *e);
void stats_free(struct stats *x);

/* Upkeep, by the server. Takes what ended in the meantime into the counts: at least STATS_FOLD_RUNS when there are so many.
 * *more: there is more. */
#define STATS_FOLD_RUNS 1000
int stats_fold(struct store *s, bool *more, struct err *e);
/* Deletes what is too old, of at most `jobs` jobs with names after `after`, which moves on; "" when all were done. */
int stats_prune(struct store *s, struct wall now, int jobs, char after[JOB_NAME_MAX + 1], struct err *e);

#endif
