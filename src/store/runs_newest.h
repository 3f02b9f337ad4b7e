/* runs_newest.h - inside src/store alone: the newest runs of many jobs, one after another.
 *
 * Open runs are few as a rule, and many while thousands are due at once: they are gone through once, not once for each job. */
#ifndef EDGECRON_STORE_RUNS_NEWEST_H
#define EDGECRON_STORE_RUNS_NEWEST_H

#include "base/map.h"
#include "store/runs.h"
#include "store/statement.h"

struct runs_newest {
    struct store *s;
    int most;        /* of a job */
    struct map open; /* job -> struct open_run, newest first */
    struct arena *a; /* of the map */
};
/* In an open transaction, which stays open until the end. */
int runs_newest_begin(struct runs_newest *x, struct store *s, int most, struct err *e);
/* Rows and their strings are in the arena given. */
int runs_newest_of(struct runs_newest *x, const char *job, struct arena *a, struct run **ret, int *ret_n,
                   struct err *e);
void runs_newest_end(struct runs_newest *x);

#endif
