/* engine_fixture.h - for unit tests of the engine: one on a store in a new directory, and jobs on the small server. Deadlines are
 * generous; nothing here is timed. */
#ifndef ENGINE_FIXTURE_H
#define ENGINE_FIXTURE_H

#include "base/mem.h"
#include "engine/engine.h"
#include "small_server.h"
#include "store/settings.h"
#include "store/vault.h"
#include "temp_store.h"

#define NEVER "0 0 1 1 *"

struct fixture {
    char dir[64], key_file[80];
    struct engine *engine;
    struct store *store; /* a second writer, as a command is */
    struct vault *vault;
    struct arena *arena;
    int64_t drain_timeout_ms;           /* 300 */
    int64_t applied_ms_ago;             /* jobs are made as if that long ago */
    int most_waiting_job, most_waiting; /* 0: the engine's own */
    const struct cidr *allow_private;   /* of the server */
    int n_allow_private;
};

/* cmocka setup and teardown: *state is a struct fixture, whose engine is not started. */
int engine_open(void **state);
int engine_close(void **state);
void engine_up(struct fixture *x);
void engine_down(struct fixture *x);
/* Applies one job on the small server; `more` is further members, with ' for ". */
void apply_job(struct fixture *x, const char *name, const char *path, const char *schedule, const char *more);
void set_secret(struct fixture *x, const char *name, const char *value);
/* Asks for a run by hand. */
void ask_run(struct fixture *x, const char *job, char id[ID_TEXT_SIZE]);
struct run *get_run(struct fixture *x, const char *id, struct attempt **attempts, int *n);
struct run *wait_state(struct fixture *x, const char *id, enum run_state state, struct attempt **attempts, int *n);
/* Runs, newest first; state -1: any. */
int list_runs(struct fixture *x, const char *job, int state, struct run **ret);
int wait_count(struct fixture *x, const char *job, enum run_state state, int least, struct run **ret);

#endif
