/* watch.h - from runs that ended, and conditions that hold, to what is to be told: a rule's state on one subject, and which states make one message. Pure.
 *
 *   (none) --trouble--> pending --`after` reached--> firing --told, told again--> firing --well--> over --told--> (none)
 *                         |                                                         |
 *                         +--well--> (none)                      not told, or recovery is not wanted --> (none) *
 *
 *   * a failure that is over before it was told is told all the same, once, as one that is over.
 *
 * Numbered rules that the unit tests hold it to:
 *  1. Nothing is told earlier than group_ms after it began to fire; what fires, repeats or ends meanwhile on the same (kind, on, target, channel) is the same message.
 *  2. Of one state no message is made twice for the same due time: watch_told moves it on in the transaction that makes the message.
 *  3. Muted is "later": due times are moved to the end of the mute; what is over by then, and was never told, is dropped.
 *  4. A state whose rule does not hold for its subject any more (rule, job, secret or target gone, disabled, changed away) is dropped without a word.
 *  5. Runs of channels ("alert:...") are never subjects. */
#ifndef EDGECRON_CORE_WATCH_H
#define EDGECRON_CORE_WATCH_H

#include "base/id.h"
#include "core/alert.h"
#include "core/notice.h"
#include "core/run.h"

enum watch_phase { WATCH_NONE, WATCH_PENDING, WATCH_FIRING, WATCH_OVER };

#define WATCH_RULE_SIZE 80 /* a rule's name, or "@N:on" of a job's own, N its place */

/* A row: of one rule on one subject. WATCH_NONE is no row. */
struct watch_state {
    char rule[WATCH_RULE_SIZE];
    char subject[JOB_NAME_MAX + 1];
    enum alert_on on;
    enum watch_phase phase;
    int64_t count;                 /* runs in a row that failed; occurrences missed; else how often it was seen */
    struct wall since;             /* the first of them */
    struct wall last_at;           /* the newest sign of it */
    struct wall over_at;           /* WATCH_OVER */
    struct wall told_at;           /* the last message; WALL_NONE: none yet */
    struct wall due_at;            /* a message is due then; WALL_NONE: none */
    char run[ID_TEXT_SIZE];        /* the newest run it is about; "" */
    double value;                  /* measured last */
    char target[JOB_NAME_MAX + 1]; /* the job's, for grouping; "" */
    bool dirty;                    /* changed since it was read: to be written, or, in WATCH_NONE, deleted */
};

/* A run that came to its end, of any job. */
struct watch_end {
    const char *job, *target; /* target: "" when it has none */
    char run[ID_TEXT_SIZE];
    enum run_state state;
    struct wall at; /* finished_at; of one missed: when that was noted */
    struct wall scheduled_for;
    int64_t occurrences;
    int64_t lateness_ms, duration_ms; /* -1: none */
    const char *metrics;              /* JSON object text; not terminated; NULL */
    size_t metrics_len;
    bool edited; /* another body than the job's: of no rule's concern */
};

struct watch_times {
    struct wall now;
    int64_t group_ms;
};

/* One rule hears of one run. `st` is the state as it is (phase WATCH_NONE, all else empty, when there is no row); st->dirty when it changed. */
void watch_ended(const struct alert_rule *r, const char *rule_key, const struct watch_end *x, struct watch_times t,
                 struct watch_state *st);
/* One rule hears whether its condition holds for a subject just now (no_success, runs that go on too long or wait too long, the appliance's). `since`: when it began,
 * if that is known, else now; `value` as in notice.h. A run that is still open does not end what it said: only its end, or another run's, does
 * (lateness, duration). */
void watch_holds(const struct alert_rule *r, const char *rule_key, const char *subject, const char *target, bool holds,
                 struct wall since, double value, const char *run, struct watch_times t, struct watch_state *st);

/* Which due states make which messages. */
struct watch_due {
    struct watch_state *state;
    const struct alert_rule *rule;
    const char *const
        *channels; /* enabled ones that it goes to, resolved; of none the state is told to nobody, and moves on */
    int n_channels;
    struct wall muted_until; /* WALL_NONE: not muted; WATCH_MUTED for ever */
};
#define WATCH_MUTED ((struct wall){ INT64_MAX })
struct watch_message {
    const char *channel;
    enum notice_kind kind; /* notice.h */
    enum alert_on on;
    const char *target; /* of all of them, or "" */
    struct watch_due **items;
    int n_items;
};
/* `due`: every state that has a due time, soonest first (also those not due yet: they join messages of their kind). Moves muted ones; calls nothing. A
 * channel gets at most WATCH_MESSAGES_MAX messages of one `on` and kind at once: beyond them they are one, of no target. In `a`. */
#define WATCH_MESSAGES_MAX 5
void watch_gather(struct watch_due *due, int n, struct watch_times t, struct arena *a, struct watch_message **ret,
                  int *ret_n);
/* After all messages that have it are made: the next due time, or the state's end. */
void watch_told(const struct alert_rule *r, struct watch_times t, struct watch_state *st);
/* When watch_gather has to be asked next: the soonest due time; WALL_NONE. */
struct wall watch_next(const struct watch_due *due, int n);

#endif
