/* engine.h - orchestration: timer -> plan -> claim -> send -> record.
 *
 * One thread owns everything in here: timers, runs under way, connections. Others talk to it through the functions below, each
 * of which says its thread. It owns the writer. */
#ifndef EDGECRON_ENGINE_ENGINE_H
#define EDGECRON_ENGINE_ENGINE_H

#include "base/clock.h"
#include "base/crypto.h"
#include "base/err.h"
#include "core/url.h"
#include "store/audit.h"
#include "store/home.h"
#include "store/writer.h"

#include <stdbool.h>
#include <stdint.h>

struct engine;
struct feed;
struct vault;

struct engine_config {
    const char *data_dir;
    const char *master_key_file;
    const struct cidr *allow_private; /* for every target and job */
    int n_allow_private;
    bool same_store;          /* the store is at home wherever it is (store/home.h) */
    bool without_copy;        /* none is made before the store is brought to a new format */
    int64_t drain_timeout_ms; /* how long calls in flight may go on when stopping; then they end as interrupted */
    bool keep_wal;            /* store/upkeep.h */
    int most_waiting_job, most_waiting; /* runs held in memory that wait, of a job and in all; 0: as backlog.h has it */
};

/* Opens the store (takes the server's lock), vault and zones, recovers what a crash left, and starts the threads. The config is copied.
 * Without the right master key it starts sealed (status): nothing is planned or called until the key is in its file or given. */
int engine_start(struct engine **ret, const struct engine_config *c, struct err *e);

/* Any thread: something in the store changed (jobs, targets, secrets, settings, runs asked for). Cheap; changes are taken up within milliseconds. */
void engine_wake(struct engine *g);
/* Any thread: read files again (CA files, resolver configuration, zone data). */
void engine_reload(struct engine *g);

struct engine_status {
    int64_t jobs, jobs_active; /* known; enabled and not paused */
    int64_t jobs_failing;      /* store/failing.h; of those enabled, and not paused until somebody resumes them */
    int64_t in_flight, queued, retrying;
    int64_t queued_in_store;      /* of those queued: more than are held in memory (backlog.h) */
    struct wall overloaded_since; /* there have been such runs since then, or a moment ago; WALL_NONE: all is well */
    char overloaded_by[64];       /* the job that has most of them */
    int64_t alerts_firing;        /* states of alert rules that fire: what is wrong just now */
    int64_t finished;             /* runs brought to an end since start */
    bool paused;                  /* global pause */
    struct home_held held;        /* paused since the store is a copy (store/home.h) */
    bool draining;
    bool store_ok;         /* the last commit succeeded */
    char store_error[512]; /* why not */
    int64_t refused; /* jobs and runs of which the store refuses a write, while it takes others (engine/refusal.h) */
    char refused_why[512]; /* why, of one of them */
    bool vault_ok;
    char vault_error[512];
    bool sealed;          /* nothing is planned, claimed or called, for want of the master key */
    char seal_error[640]; /* why, and what to do */
    bool clock_ok;        /* not set back by more than a minute since start */
    struct wall next_due; /* WALL_NONE when nothing is scheduled */
    char next_job[64];
    struct wall started_at;
    int64_t busy_ms; /* how long the engine has been at what it does just now: less than a second, if all is well */
};
void engine_status(struct engine *g, struct engine_status *ret); /* any thread */
/* Any thread: takes the master key of a sealed server, in memory only, and has work go on; `s` is the caller's store. Recorded in the audit for `actor`,
 * as is a wrong one: ERR_SEALED. ERR_CONFLICT when nothing is sealed. ERR_TOO_MANY after failures, with how long to wait. */
int engine_unseal(struct engine *g, struct store *s, const uint8_t key[CRYPTO_KEY_SIZE],
                  const struct audit_actor *actor, int *ret_wait_s, struct err *e);
/* Any thread: asks the engine's loop for a sign of life, and returns when it gave the last one, to this or an earlier asking; mono 0: none yet. Orders of
 * before (engine_reload) have been obeyed by then. Never waits. */
struct mono engine_beat(struct engine *g);
struct feed *engine_feed(struct engine *g); /* any thread: what happens, as it happens (feed.h); one reader */
/* Any thread: a copy of the vault that is open, to write secrets with; vault_close it. ERR_SEALED, with what to do, while there is none. */
int engine_vault(struct engine *g, struct vault **ret, struct err *e);
/* Any thread: the private ranges that every target and job may call; returns how many. As long as the engine lives. */
int engine_allowed(const struct engine *g, const struct cidr **ret);
/* Any thread: when the certificate of our own listener ends; WALL_NONE (as at the start): it has none. */
void engine_certificate(struct engine *g, struct wall expires_at);
const char *engine_key_file(const struct engine *g); /* any thread: of the master key; as long as the engine lives */
struct writer *engine_writer(struct engine *g);      /* any thread: to submit writes; engine_wake afterwards */

/* Any thread: stops claiming, and lets calls in flight go on up to the drain timeout. engine_stop must follow; until then the other functions
 * work, and the status has `draining`. */
void engine_drain(struct engine *g);
/* Main thread: stops claiming, waits for calls in flight up to the drain timeout, records, stops the threads, closes the store and
 * frees g. Calling engine_hurry from a signal-aware thread meanwhile ends the wait. */
void engine_stop(struct engine *g);
void engine_hurry(struct engine *g); /* any thread */

#endif
