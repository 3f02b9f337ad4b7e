/* measure.h - counting, where things happen: the engine's files call these; others see the copies of measured.h.
 *
 * A count is an addition to a member: an entry holds its job's figures, so that no name is looked up for a run. Engine's thread, but for what
 * measured.h says. Internal to src/engine. */
#ifndef EDGECRON_ENGINE_MEASURE_H
#define EDGECRON_ENGINE_MEASURE_H

#include "engine/measured.h"
#include "engine/state.h"

#define MEASURE_WINDOWS 7 /* the one that is being filled, and a minute */

/* The figures of a job. */
struct measure_job {
    char *name;              /* NULL: of all others */
    struct entry *entry;     /* NULL: it was removed ... */
    struct mono removed;     /* ... then */
    struct link idle;        /* in measure.idle until a run of it ends */
    struct link unread;      /* in measure.unread until the store told what was before */
    struct measured_job now; /* but for names and values */
    struct measured_value *values;
};
/* Of the calls to a target. */
struct measure_target {
    char *name; /* NULL: of all others */
    struct metrics_histogram duration_ms;
};
/* Of the messages through a channel. */
struct measure_channel {
    char *name;
    int64_t runs[RUN_STATE_COUNT];
};
/* Lateness within ten seconds. */
struct measure_window {
    int64_t number, most_ms;
    int64_t counts[METRICS_BUCKETS_MAX + 1];
};
struct measure {
    struct map jobs;  /* name -> struct measure_job, MEASURE_JOBS_MAX at most */
    struct link idle; /* those that have nothing to tell yet: they make room for others that have */
    struct link unread;
    struct loop_task read_some;
    int removed; /* how many are of removed jobs */
    struct measure_job others;
    struct map targets; /* name -> struct measure_target; kept until the end */
    struct measure_target other_targets;
    struct map channels; /* name -> struct measure_channel; kept until the end */
    int n_values;        /* of all jobs */
    int64_t modes[MODES];
    struct metrics_histogram lateness_ms[TRIGGER_COUNT];
    struct measure_window windows[MEASURE_WINDOWS];
    int64_t clock_steps;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t made;
    struct measured *copy; /* the latest */
    bool wanted, closed;
};

void measure_init(struct engine *g);
void measure_free(struct engine *g);

/* The roster. */
void measure_entry(struct engine *g, struct entry *en);                              /* it is known, or was changed */
void measure_forget(struct engine *g, struct entry *en);                             /* it was removed */
void measure_mode(struct engine *g, const struct entry *en, enum measured_mode now); /* in place of en->mode */
int measure_failing_read(struct engine *g, struct err *e); /* which jobs are failing, as the store has it now */
void measure_clock_step(struct engine *g);

/* Runs and attempts, once they are durable. `en` NULL: the job was removed. */
void measure_run(struct engine *g, struct entry *en, const char *job, const struct run *r);
void measure_attempt(struct engine *g, const struct flight *f, const struct attempt *a);
void measure_sent(struct engine *g, const struct flight *f, int64_t lateness_ms); /* called for the first time */

/* Between measure.c and measure_job.c. */
struct measure_job *measure_job_of(struct engine *g, struct entry *en, const char *job); /* never NULL */
void measure_values(struct engine *g, struct measure_job *j, const char *metrics);       /* of a run, as JSON */
void measure_jobs_sweep(struct engine *g, struct mono now); /* those of jobs removed long ago */
void measure_jobs_free(struct engine *g);

/* Others asked for figures: makes a copy. */
void measure_publish(struct engine *g);
void measure_close(struct engine *g);        /* there will be no more copies: nobody waits for one any longer */
void engine_order_measure(struct engine *g); /* engine.c; any thread: has measure_publish called */

#endif
