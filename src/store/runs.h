/* runs.h - runs and attempts in the store. See store.h for threads and transactions.
 *
 * Every change of state is a guarded update (WHERE state = ...): it either makes an allowed move (run.h) or changes
 * nothing and says so with ERR_CONFLICT. Occurrences (triggers schedule and catch_up) are unique by (job,
 * scheduled_for). */
#ifndef EDGECRON_STORE_RUNS_H
#define EDGECRON_STORE_RUNS_H

#include "base/id.h"
#include "base/mem.h"
#include "core/run.h"
#include "store/jobs.h"
#include "store/store.h"

struct run {
    char id[ID_TEXT_SIZE];
    const char *job; /* name; history outlives the job */
    enum trigger trigger;
    struct wall scheduled_for;
    struct wall created_at;
    enum run_state state;
    int attempts;                /* begun so far */
    struct wall started_at;      /* of the first attempt; WALL_NONE before */
    struct wall finished_at;     /* WALL_NONE while not final */
    struct wall next_attempt_at; /* in state retrying (and queued with a delay); else WALL_NONE */
    /* started_at - due; -1 before it started. Due is scheduled_for (+ jitter); created_at when asked for by hand. */
    int64_t lateness_ms;
    int64_t duration_ms;  /* started_at to finished_at; -1 while not final or never started */
    int http_status;      /* of the last attempt; 0: none */
    enum outcome outcome; /* of the last attempt */
    const char *message;  /* why, and what to do; "" when all is well */
    const char *metrics;  /* JSON object text, or NULL */
    const char *retry_of; /* id of the run this one does again, or NULL */
    bool cancel_requested;
    int64_t occurrences; /* 1; more in a missed row that stands for several */
    bool edited;         /* it sends a body of its own in place of the job's (core/job_body.h) ... */
    const char *body;    /* ... which is this; NULL also where runs_get did not read it */
};

struct attempt {
    int number; /* 1-based */
    struct wall started_at;
    struct wall finished_at;
    enum outcome outcome; /* OUTCOME_NONE while under way */
    int http_status;      /* 0: none */
    const char *message;
    int64_t dns_ms, connect_ms, tls_ms, first_byte_ms, total_ms; /* -1: the phase did not happen */
    const char *remote_address;                                  /* "127.0.0.1:443", or NULL */
    /* as sent, secrets masked; NULL where unknown */
    const char *request_method, *request_url, *request_headers /* "Name: value\n" lines */, *request_body;
    const char *response_headers, *response_body; /* redacted; body may hold any bytes but is kept as text */
    bool response_truncated;
    int64_t response_size; /* octets received, kept or not; -1: no response */
    bool bodies_removed;   /* by age (retention.h): headers and bodies of both are NULL */
};

/* Writing, for the engine. Strings are borrowed for the call. */

/* Inserts a run in state queued, running (with attempt 1 begun at started_at), skipped or missed; with `body`, if it has one. *ret_inserted is
 * false, and nothing is changed, when the occurrence is already there. */
int runs_insert(struct store *s, const struct run *r, bool *ret_inserted, struct err *e);
/* queued|retrying -> running: attempt `number` begins. lateness_ms is kept on the first. */
int runs_attempt_begin(struct store *s, const char *id, int number, struct wall started_at, int64_t lateness_ms,
                       struct err *e);
/* The attempt of a running run ended; the run goes to succeeded, failed, canceled or retrying (then next_attempt_at).
 * Of `r` are used: id, job, scheduled_for and edited (these three are looked up when job is NULL), state, started_at, lateness_ms, finished_at, next_attempt_at, duration_ms, http_status,
 * outcome, message, metrics. */
int runs_attempt_end(struct store *s, const struct run *r, const struct attempt *a, struct err *e);
/* A run with no attempt under way ends: queued|retrying -> canceled, skipped, missed, failed. */
int runs_finish(struct store *s, const char *id, enum run_state state, enum outcome outcome, const char *message,
                struct wall now, struct err *e);
/* queued <-> waiting: changes the message of a queued run (why it waits). */
int runs_set_message(struct store *s, const char *id, const char *message, struct err *e);
/* All occurrences up to here have their rows; goes back by runs_set_planned_back alone. */
int runs_set_planned_until(struct store *s, struct wall until, struct err *e);
int runs_get_planned_until(struct store *s, struct wall *ret, struct err *e); /* WALL_NONE on a new store */

/* The clock was set back: what comes after `until` may lack rows. */
int runs_set_planned_back(struct store *s, struct wall until, struct err *e);

/* Every row of the schedule with scheduled_for after `after`, in its order. */
int runs_occurrences(struct store *s, struct wall after,
                     void (*each)(void *ctx, const char *job, struct wall scheduled_for), void *ctx, struct err *e);

/* At the start of a server: every attempt found under way is ended as `interrupted`, with a message; its run goes, by
 * each job's delivery and max_age_s, to retrying (due now) or failed. One transaction. */
int runs_recover(struct store *s, struct wall now, int64_t *ret_interrupted, struct err *e);
/* Of a store that is a copy: what was open when it was copied may have been done since where it comes from. Runs of jobs that are at most once
 * end as failed, `interrupted`, whatever of them was sent; others stay open. For runs_recover to go on with. One transaction. */
int runs_disown(struct store *s, struct wall now, struct err *e);

/* Asked for by hand: a queued run of trigger manual, api or retry; id in *ret_id. ERR_NOT_FOUND when there is no such
 * job (or run to retry); ERR_CONFLICT when the run to retry is not final. ERR_TOO_MANY when so many that were asked for are open
 * already: a server holds each of them in memory, and whoever asks can ask again, which a schedule cannot. The bound in all is ten
 * times that of a job, so that one job with a stuck server does not take it all. Messages (alerts.h) have a bound by channel, and take no room of these. */
#define RUNS_ASKED_JOB 1000
#define RUNS_ASKED_ALL 10000
/* A retry has the scheduled_for of the run that it does again (the function is told of the same slot); its age and
 * lateness count from created_at. A message can be sent again so, too. */
int runs_request(struct store *s, const char *job, enum trigger trigger, struct wall now, char ret_id[ID_TEXT_SIZE],
                 struct err *e);
/* The same with a body of the run's own, as job_body_read made it (NULL: the job's own). ERR_INVALID at "/body" for a secret that is bound to other
 * targets. A retry sends it too. */
int runs_request_edited(struct store *s, const char *job, enum trigger trigger, const char *body, struct wall now,
                        char ret_id[ID_TEXT_SIZE], struct err *e);
int runs_request_retry(struct store *s, const char *id, struct wall now, char ret_id[ID_TEXT_SIZE], struct err *e);
/* Marks a run to be canceled; a server does it. With `no_server`, one that is queued or retrying is canceled at once.
 * ERR_CONFLICT when final. */
int runs_request_cancel(struct store *s, const char *id, bool no_server, struct wall now, struct err *e);

/* Reading. The records' strings live in the arena given. */
enum runs_order {
    RUNS_NEWEST, /* first; by id, which is by time of creation */
    RUNS_OLDEST,
    /* In one page, and of no more runs than a request may look at (ERR_INVALID "/sort"); without those that have none: */
    RUNS_LONGEST,
    RUNS_MOST_LATE
};
struct runs_filter {
    struct job_scope jobs;               /* zero: of all */
    bool messages;                       /* of all jobs those of channels alone: messages, tests among them */
    unsigned states, outcomes, triggers; /* sets of RUN_BIT(enum ...); 0: any */
    const char *text;                    /* in the message, ASCII letters in either case; NULL: any */
    struct wall since, until;            /* on scheduled_for (inclusive, exclusive); WALL_NONE: open */
    enum runs_order order;
    int limit;          /* 1..1000 */
    const char *cursor; /* NULL, or next_cursor of the page before */
};
#define RUN_BIT(value) (1u << (value))
#define RUNS_FILTER_INIT ((struct runs_filter){ .since = WALL_NONE, .until = WALL_NONE, .limit = 100 })
/* next_cursor is NULL at the end, else in the arena. ERR_INVALID "/cursor" for a cursor that is not one.
 *
 * What no index serves is looked for row by row, but for no longer than a request may take: then the page is short, maybe
 * empty, and next_cursor goes on from there. */
int runs_list(struct store *s, const struct runs_filter *f, struct arena *a, struct run **ret, int *ret_n,
              const char **ret_next_cursor, struct err *e);
int runs_get(struct store *s, const char *id, struct arena *a, struct run **ret, struct attempt **ret_attempts,
             int *ret_n_attempts, struct err *e); /* ERR_NOT_FOUND */
/* The body that an edited run sends, in `a`. ERR_NOT_FOUND when it has none. */
int runs_body(struct store *s, const char *id, struct arena *a, const char **ret, struct err *e);
/* Job, state and message of each run that was due since then (WALL_NONE: ever), oldest first. */
int runs_since(struct store *s, struct wall since,
               void (*each)(void *ctx, const char *job, enum run_state state, const char *message), void *ctx,
               struct err *e);
/* *ret NULL: none yet. */
int runs_last(struct store *s, const char *job, struct arena *a, struct run **ret, struct err *e);
/* Runs that are not final, oldest first, from the one after `after` on (NULL: the first), `most` of them: what a starting engine takes up. */
int runs_open(struct store *s, const char *after, int most, struct arena *a, struct run **ret, int *ret_n,
              struct err *e);
/* Occurrences of a job that are queued, oldest first, `most` of them. */
int runs_left(struct store *s, const char *job, int most, struct arena *a, struct run **ret, int *ret_n, struct err *e);
/* How many of them each job has, in order of name; none of a job that has none. */
int runs_left_jobs(struct store *s, void (*each)(void *ctx, const char *job, int64_t runs), void *ctx, struct err *e);
/* Runs asked for by hand and still queued, but for those that are `known`; and runs with a cancel request that are not final. Cheap when
 * there are none. */
int runs_requested(struct store *s, bool (*known)(void *ctx, const char *id), void *ctx, struct arena *a,
                   struct run **ret, int *ret_n, struct err *e);
int runs_cancel_requested(struct store *s, struct arena *a, struct run **ret, int *ret_n, struct err *e);

#endif
