/* jobs_list.h - lists of jobs, with their newest runs. See store.h for threads and transactions. */
#ifndef EDGECRON_STORE_JOBS_LIST_H
#define EDGECRON_STORE_JOBS_LIST_H

#include "store/failing.h"
#include "store/jobs.h"
#include "store/runs.h"

enum jobs_wanted { JOBS_EITHER, JOBS_NOT, JOBS_SO };
#define JOBS_RECENT_MAX 50
#define JOBS_LIST_MAX 2000

struct jobs_filter {
    struct job_scope scope;           /* zero: all */
    const char *text;                 /* in name or description, ASCII letters in either case; NULL: any */
    enum jobs_wanted enabled, paused; /* paused: now */
    enum jobs_wanted failing;         /* those that are come from a table that holds no others */
    unsigned last_states;             /* of the newest run; a set of RUN_BIT(enum run_state), 0: any, or no run yet */
    int recent;                       /* how many of the newest runs are wanted: 0..JOBS_RECENT_MAX */
    int limit;                        /* 1..JOBS_LIST_MAX */
    const char *cursor;               /* NULL, or next_cursor of the page before */
};
struct job_row {
    struct job_record *record; /* lives as long as the arena of the list */
    struct run *runs;          /* newest first */
    int n_runs;
    struct job_failing *failing; /* NULL: it is not; found with the runs */
};
#define JOBS_FILTER_INIT ((struct jobs_filter){ .recent = 1, .limit = 100 })

/* In order of name. next_cursor is NULL at the end, else in the arena. What no index serves is looked for job by job, but for no
 * longer than a request may take: then the page is short, maybe empty, and next_cursor goes on from there. jobs_list_free,
 * also after an error. */
int jobs_list(struct store *s, const struct jobs_filter *f, struct wall now, struct arena *a, struct job_row **ret,
              int *ret_n, const char **ret_next_cursor, struct err *e);
/* Finds the newest runs of jobs that were listed without them, and which of the jobs are failing. */
int jobs_list_runs(struct store *s, struct job_row *rows, int n, int recent, struct arena *a, struct err *e);
void jobs_list_free(struct job_row *rows, int n);

#endif
