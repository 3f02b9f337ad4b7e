/* watch_world.h - rules, jobs, channels, mutes and states in memory: what the server keeps around core/watch.h, for its tests. */
#ifndef EDGECRON_TESTS_WATCH_WORLD_H
#define EDGECRON_TESTS_WATCH_WORLD_H

#include "core/watch.h"

#define WORLD_JOBS 200
#define WORLD_STATES 4000
#define WORLD_FEW 40

struct world_job {
    struct alert_job job;
    const char *target;
    struct wall success_at; /* the last */
};
struct world_mute {
    const char *scope, *name; /* "all" "rule" "job" "target" */
    struct wall until;
};
struct world {
    struct arena *a;
    struct watch_times t;
    struct alert_rule rules[WORLD_FEW];
    int n_rules;
    struct world_job jobs[WORLD_JOBS];
    int n_jobs;
    const char *channels[WORLD_FEW];
    int n_channels;
    struct world_mute mutes[WORLD_FEW];
    int n_mutes;
    struct watch_state states[WORLD_STATES];
    int n_states;
    int64_t runs;          /* that ended: the number of the next */
    struct watch_due *due; /* of the last world_tell */
    int n_due;
    struct arena *due_arena;
    void (*tell)(void *ctx, struct world *w, const struct watch_message *m); /* before states are moved on */
    void *ctx;
};

void world_init(struct world *w);
void world_free(struct world *w);

/* Each replaces what has that name, and drops the states of which no rule holds any more. */
int world_rule(struct world *w, const char *json, struct err *e);
void world_rule_gone(struct world *w, const char *name);
/* tags: "a,b" or NULL; own: as a job's member `alerts`, or NULL. */
int world_job(struct world *w, const char *name, const char *target, const char *tags, const char *own, struct err *e);
struct world_job *world_find_job(struct world *w, const char *name);
void world_mute(struct world *w, const char *scope, const char *name, struct wall until); /* WALL_NONE: ends it */
bool world_is_muted(const struct world *w, const char *rule, const char *subject, const char *target);

/* A run came to its end now; x->target, x->at and, when empty, x->run are filled in. */
void world_end(struct world *w, struct watch_end *x);
/* A condition, for each rule on it. */
void world_holds(struct world *w, enum alert_on on, const char *subject, bool holds, struct wall since, double value,
                 const char *run);
void world_look(struct world *w); /* no_success, of every job */
/* Gathers, tells, moves on. */
void world_tell(struct world *w);
struct wall world_next(struct world *w); /* when it has to be asked again */
const struct watch_state *world_state(const struct world *w, const char *rule, const char *subject); /* or NULL */

#endif
