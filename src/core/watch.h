/* watch.h - from runs that ended, and conditions that hold, to what is to be told: a rule's state on one subject, and which states make one message. Pure.
 *
 *   (none) --trouble--> pending --`after` reached--> firing --told, told again--> firing --well--> over --told--> (none)
 *                         |                           |                            |  ^             |
 *                         +--well--> (none)           +--well--> over *            |  +---trouble---+
 *                                                                                  +--well, recovery is not wanted--> (none)
 *
 *   * what is over before it was told is told all the same, once, as one that is over (NOTICE_FIRED with `until`): it happened. It waits until it has been over for group_ms;
 *     when it comes back meanwhile, it is told as what it is.
 *
 * Numbered rules that the unit tests hold it to:
 *  1. Who begins to fire, or is over, waits group_ms before it is told. When the first of a group (kind, on, target, channel) is due, all of its group go along, due or not; of
 *     those that are told again, only such as wait for less than half of their repeat_s. A state goes to all its channels at once: where they are of several groups, these go together.
 *  2. Of one state no message is made twice for the same due time: watch_told moves it on in the transaction that makes the message.
 *  3. Muted is "later": what would be due waits, and is due when the mute ends, by time or by hand; what is over by then, and was never told, is dropped. Having no channel that is
 *     enabled is the same: the first channel is told what fires when it comes.
 *  4. A state whose rule does not hold for its subject any more (rule, job, secret or target gone, disabled, changed away) is dropped without a word; by the caller.
 *  5. Runs of channels ("alert:...") are never subjects.
 *  6. What comes back before its end was told: nothing is told of either, whatever `after` is. So who flaps faster than group_ms is told of once each way. `since` and `count`
 *     are of the newest trouble, so that "3 in a row since" is true; but of occurrences that were missed all count.
 *  7. A due time is never trusted for longer than the rule says: one that lies too far ahead (the clock was set back, a setting or rule changed, a mute ended) is brought near. */
#ifndef EDGECRON_CORE_WATCH_H
#define EDGECRON_CORE_WATCH_H

#include "base/id.h"
#include "core/alert.h"
#include "core/notice.h"
#include "core/run.h"

enum watch_phase { WATCH_NONE, WATCH_PENDING, WATCH_FIRING, WATCH_OVER };

#define WATCH_RULE_SIZE 80 /* a rule's name, or "@N:on" of a job's own, N its place */

/* A row: of one rule on one subject. WATCH_NONE is no row; then all but rule, subject and on may hold anything. */
struct watch_state {
    char rule[WATCH_RULE_SIZE];
    char subject[JOB_NAME_MAX + 1];
    enum alert_on on;
    enum watch_phase phase;
    int64_t count;                 /* runs in a row that failed; occurrences missed; else runs of which it was seen */
    struct wall since;             /* the first of them: its occurrence; of watch_holds: as given */
    struct wall last_at;           /* the newest sign of it */
    struct wall over_at;           /* WATCH_OVER */
    struct wall told_at;           /* the last message; WALL_NONE: none yet */
    struct wall due_at;            /* a message is due then; WALL_NONE: none; WATCH_MUTED: as soon as it is not muted */
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
    struct wall at;            /* finished_at; of one missed: when that was noted */
    struct wall scheduled_for; /* of several occurrences: the first */
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

/* When what is over before it was told is told, from `over_at`: a ms more than the group waits, by which it is told apart from what has not been due yet. */
#define WATCH_HELD_MS(group_ms) ((group_ms) + 1)

/* One rule hears of one run. `st` is the state as it is (phase WATCH_NONE when there is no row); st->dirty when it changed.
 *
 *   on           trouble                              well                            (all else changes nothing)
 *   failure      failed                               succeeded
 *   missed       missed: all its occurrences          succeeded, failed
 *   lateness     began more than over_ms late         began in time                   of runs that began, however they ended
 *   duration     took more than over_ms               took less, and was not canceled
 *   metric       holds                                does not hold                   of runs that have the metric, however they ended
 *   no_success   (watch_holds)                        succeeded */
void watch_ended(const struct alert_rule *r, const char *rule_key, const struct watch_end *x, struct watch_times t,
                 struct watch_state *st);
/* One rule hears whether its condition holds for a subject just now (no_success, runs that go on too long or wait too long, the appliance's). `since`: when it began,
 * if that is known, else now; `value` as in notice.h; `target` and `run` may be "". A run that is still open does not end what it said: only its end, or another run's, does
 * (lateness, duration). While it goes on, st->value and st->last_at are the newest, but it is dirty for that alone once in 10 minutes. Not for failure, missed and metric.
 * What cannot be told just now (a job that is paused has no success) is no "does not hold": that would be told as a recovery. */
void watch_holds(const struct alert_rule *r, const char *rule_key, const char *subject, const char *target, bool holds,
                 struct wall since, double value, const char *run, struct watch_times t, struct watch_state *st);

/* Which due states make which messages. */
struct watch_due {
    struct watch_state *state;
    const struct alert_rule *rule;
    const char *const
        *channels; /* enabled ones that it goes to, resolved, each once; none: as if it were muted (rule 3) */
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
    int n_items; /* each state that it tells of: for watch_told */
    int n_subjects; /* the first so many are of different subjects, in order of `since`; the others are further rules' states on the same */
};
/* `due`: every state that fires or is over, in any order, due or not, muted or not; pending ones are passed over. Settles their due times (rules 3 and 7), which
 * makes them dirty, and ends those that are dropped (WATCH_NONE, dirty); calls nothing. A channel gets at most WATCH_MESSAGES_MAX messages of one `on` and kind at once: where
 * more targets than that have something to tell, due or not yet, they are one message, of no target. In order of channel, kind, on, target; in `a`. n log n. */
#define WATCH_MESSAGES_MAX 5
void watch_gather(struct watch_due *due, int n, struct watch_times t, struct arena *a, struct watch_message **ret,
                  int *ret_n);
/* After all messages that have it are made: the next due time, or the state's end. Once more at the same time changes nothing. */
void watch_told(const struct alert_rule *r, struct watch_times t, struct watch_state *st);
/* When watch_gather has to be asked next: the soonest due time, or the end of a mute that something waits for; WALL_NONE: not before something changes.
 * For `due` after watch_gather and watch_told; a time that is past: at once. */
struct wall watch_next(const struct watch_due *due, int n);

#endif
