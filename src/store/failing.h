/* failing.h - which jobs are failing, since when. See store.h for threads and transactions.
 *
 * A job is failing from its first run that ended failed or missed after its last that succeeded, until a run succeeds, in the order in which
 * runs end. Runs under way, canceled and skipped ones change nothing; nor do edited ones, which tell of another body than the job's. It is kept with the end of each run, in the same transaction, and
 * goes with the job. */
#ifndef EDGECRON_STORE_FAILING_H
#define EDGECRON_STORE_FAILING_H

#include "store/runs.h"

struct job_failing {
    struct wall since;           /* the occurrence of the first; of one asked for by hand, when that was */
    int64_t runs;                /* rows of history: one may stand for several occurrences that were missed */
    struct wall last_success_at; /* when the last run that succeeded had ended; WALL_NONE: none was kept by then */
    /* The one that ended last; "", "", 0 and OUTCOME_NONE once it is too old to be kept. */
    char run[ID_TEXT_SIZE];
    const char *message;
    int http_status; /* 0: none */
    enum outcome outcome;
};

/* *ret is NULL when the job is not, or there is no such job; else it is in the arena. */
int failing_get(struct store *s, const char *job, struct arena *a, struct job_failing **ret, struct err *e);
int failing_is(struct store *s, const char *job, bool *ret, struct err *e);
/* Those that are, in order of name. */
int failing_each(struct store *s, void (*each)(void *ctx, const char *job), void *ctx, struct err *e);

#endif
