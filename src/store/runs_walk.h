/* runs_walk.h - inside src/store alone: rows of runs one after another in order of id, from the cheapest place that has
 * all of those wanted.
 *
 * Either the table itself is walked, or ids are taken from indexes (by job and state, by state, of open runs), merged,
 * and their rows looked up. What else a filter asks for is the caller's to check. */
#ifndef EDGECRON_STORE_RUNS_WALK_H
#define EDGECRON_STORE_RUNS_WALK_H

#include "store/job_set.h"
#include "store/run_row.h"

#define RUNS_FINAL \
    (RUN_BIT(RUN_SUCCEEDED) | RUN_BIT(RUN_FAILED) | RUN_BIT(RUN_CANCELED) | RUN_BIT(RUN_SKIPPED) | RUN_BIT(RUN_MISSED))

struct runs_walk {
    struct store *s;
    bool up; /* oldest first */
    struct run_stream *streams;
    int n_streams; /* 0: the table is walked */
    struct {
        uint8_t least[ID_SIZE], below[ID_SIZE]; /* both exclusive */
        bool late;                              /* of those made long after their occurrence alone */
    } parts[2];                                 /* in the order of the walk */
    int n_parts, part;
    struct statement q;
    bool open; /* q is at a row, or before its first */
    int cost;  /* of what was read so far, in rows of the table */
};

/* `states` is a set of RUN_BIT(enum run_state): f->states, or fewer. What it needs is taken from the arena. */
int runs_walk_begin(struct runs_walk *w, struct store *s, const struct runs_filter *f, unsigned states,
                    const struct job_set *jobs, struct arena *a, struct err *e);
/* 1: w->q is at a row of all columns; 0: no more; or negative. The row is of one of the states, unless the table is
 * walked, and of one of the jobs, unless they are many. */
int runs_walk_next(struct runs_walk *w, struct err *e);
void runs_walk_end(struct runs_walk *w);

/* An id that is less than that of any run scheduled for then or later. */
void runs_walk_least(struct wall since, uint8_t out[ID_SIZE]);

#endif
