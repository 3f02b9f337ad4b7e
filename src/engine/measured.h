/* measured.h - what the engine counted since the process began, as one consistent copy for whoever tells it to others.
 *
 * Series are bounded: so many jobs and targets have figures of their own, and the rest is summed in a last one without a name. Jobs beyond the
 * bound get theirs when they first run, in place of one that has not run yet. Those of a removed job stay for ten minutes. */
#ifndef EDGECRON_ENGINE_MEASURED_H
#define EDGECRON_ENGINE_MEASURED_H

#include "base/mem.h"
#include "base/metrics.h"
#include "core/run.h"
#include "engine/engine.h"
#include "net/http.h"
#include "store/figures.h"

#define MEASURE_JOBS_MAX 1000    /* with figures of their own */
#define MEASURE_TARGETS_MAX 100  /* the same */
#define MEASURE_CHANNELS_MAX 100 /* the same; what is sent through more is not counted */
#define MEASURE_SECRETS_MAX 500  /* in order of name */
#define MEASURE_VALUES_MAX 2000  /* numbers taken from answers (a job's `metrics`), of all jobs together */

/* A number that a job takes from its answers. */
struct measured_value {
    const char *name;
    double last, sum; /* sum: of those above zero, as it must not fall */
};
struct measured_job {
    const char *name; /* NULL: all others */
    int64_t runs[RUN_STATE_COUNT], attempts[OUTCOME_COUNT];
    int64_t failures; /* runs that failed or were missed, since one succeeded; also before the process began */
    struct wall succeeded_at, next_at; /* WALL_NONE */
    int64_t duration_ms;               /* of the last run that was called; -1: none was */
    const struct measured_value *values;
    int n_values;
};
struct measured_target {
    const char *name;                            /* NULL: all others; "": jobs without target */
    struct metrics_histogram_values duration_ms; /* of calls, in measure_duration_bounds */
};

struct measured_channel {
    const char *name;
    int64_t runs[RUN_STATE_COUNT]; /* messages that came to their end */
};

/* NONE: not in the roster. PAUSED: until somebody resumes it. ENDED: enabled, but there is no next occurrence. */
enum measured_mode { MODE_NONE, MODE_ACTIVE, MODE_PAUSED, MODE_DISABLED, MODE_ENDED, MODES };
extern const char *const measured_mode_names[MODES]; /* NULL for NONE */

struct measured {
    int refs;            /* the module's own ... */
    struct arena *arena; /* ... and all that is pointed to */
    struct mono at;
    int64_t jobs_by_mode[MODES];
    int64_t jobs_summed;             /* known jobs without figures of their own */
    const struct measured_job *jobs; /* in order of name; the last is all others */
    int n_jobs;
    const struct measured_target *targets; /* in no order; the last is all others */
    int n_targets;
    const struct measured_channel *channels; /* that something was sent through, in no order */
    int n_channels;
    struct metrics_histogram_values
        lateness_ms[TRIGGER_COUNT]; /* of runs called for the first time, in measure_lateness_bounds */
    int64_t lateness_p95_ms;        /* of those that the schedule started within the last minute; -1: none */
    int64_t waiting_ms;             /* how long the run that waits for its turn longest has been due; 0: none waits */
    int64_t clock_steps;            /* how often the clock was found set back */
    struct http_stats client;
};
extern const struct metrics_bounds measure_lateness_bounds, measure_duration_bounds;

/* Any thread but the engine's: the figures as they are now, or were up to a second ago; given back with measured_give. Waits for the engine, two
 * seconds at most: then they are older, or NULL when there are none yet. */
const struct measured *measured_take(struct engine *g);
void measured_give(struct engine *g, const struct measured *m); /* NULL is fine */

/* Any thread: the size of the store, and what is free where it is. */
void measured_space(const struct engine *g, struct figures_space *ret);

#endif
