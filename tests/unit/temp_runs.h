/* temp_runs.h - for unit tests of runs: a temporary store, and runs made, ended and read in one line. */
#ifndef EDGECRON_TEST_TEMP_RUNS_H
#define EDGECRON_TEST_TEMP_RUNS_H

#include "temp_store.h"

/* What run_load() read last. */
extern struct run run_loaded;
extern struct attempt run_attempts[8];
extern int run_n_attempts;
extern struct arena *run_arena; /* of the test */

int temp_runs_open(void **state); /* temp_store_open, and the arena */
int temp_runs_close(void **state);
void run_load(struct store *s, const char *id);
bool run_insert(struct store *s, const struct run *r); /* false: the occurrence is there */
struct run run_insert_new(struct store *s, const char *job, enum trigger trigger, enum run_state state, struct wall at);
/* Ends attempt `number` and leaves the run in `state`; it started when its beginning said. */
int run_end(struct store *s, const char *id, int number, enum run_state state, enum outcome outcome, struct wall at,
            struct err *e);

#endif
