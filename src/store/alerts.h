/* alerts.h - alert rules, channels and mutes in the store. See store.h for threads and transactions; revisions and if_revision as in jobs.h.
 *
 * A job that is removed leaves the rules that name it, and takes along one that names no other and no tag. */
#ifndef EDGECRON_STORE_ALERTS_H
#define EDGECRON_STORE_ALERTS_H

#include "core/alert.h"
#include "core/channel.h"
#include "core/watch.h"
#include "store/jobs.h"

struct alert_record {
    struct arena *arena;
    struct alert_rule rule;
    int64_t revision;
    struct wall created_at, updated_at;
    struct wall muted_until; /* WALL_NONE: it is not, or no longer; MUTED_FOR_EVER */
};
struct channel_record {
    struct arena *arena;
    struct channel channel;
    int64_t revision;
    struct wall created_at, updated_at;
};
void alert_record_free(struct alert_record *r);
void channel_record_free(struct channel_record *r);

int alerts_get(struct store *s, const char *name, struct alert_record **ret, struct err *e); /* ERR_NOT_FOUND */
int alerts_each(struct store *s, bool (*each)(void *ctx, struct alert_record *r), void *ctx,
                struct err *e); /* in order of name; `each` owns */
/* ERR_INVALID at "/jobs/0" or "/channels/0" for what does not exist; ERR_CONFLICT beyond ALERT_RULES_MAX. */
int alerts_put(struct store *s, const struct alert_rule *r, int64_t if_revision, struct wall now, enum put_result *ret,
               struct err *e);
int alerts_check(struct store *s, const struct alert_rule *r, struct err *e);
int alerts_remove(struct store *s, const char *name, int64_t if_revision, struct err *e);
int alerts_revisions(struct store *s, revision_each each, void *ctx, struct err *e);
/* Of one, also when it cannot be read; 0: there is none. */
int alerts_revision(struct store *s, const char *name, int64_t *ret, struct err *e);

int channels_get(struct store *s, const char *name, struct channel_record **ret, struct err *e);
int channels_each(struct store *s, bool (*each)(void *ctx, struct channel_record *r), void *ctx, struct err *e);
/* ERR_INVALID for a secret that is bound to targets ("a secret that is bound goes to its targets alone"): a channel is none. */
int channels_put(struct store *s, const struct channel *c, int64_t if_revision, struct wall now, enum put_result *ret,
                 struct err *e);
int channels_check(struct store *s, const struct channel *c, struct err *e);
/* ERR_CONFLICT naming the rules and jobs that name it. Its open runs are canceled. */
int channels_remove(struct store *s, const char *name, int64_t if_revision, struct wall now, struct err *e);
int channels_revisions(struct store *s, revision_each each, void *ctx, struct err *e);
int channels_revision(struct store *s, const char *name, int64_t *ret, struct err *e);

/* Mutes: until then what they cover is watched, but not told. `until` WALL_NONE ends one, MUTED_FOR_EVER: until somebody ends it. In the audit.
 * Of a rule, job or target that is removed they go along. ERR_INVALID at "/until" for a time that is over. */
#define MUTED_FOR_EVER ((struct wall){ INT64_MAX })
enum mute_scope {
    MUTE_ALL,
    MUTE_RULE,
    MUTE_JOB,
    MUTE_TARGET,
    MUTE_SCOPES
}; /* "all" "rule" "job" "target"; the name of MUTE_ALL is "" */
const char *mute_scope_name(enum mute_scope scope);
bool mute_scope_parse(const char *text, enum mute_scope *ret);
int mute_put(struct store *s, enum mute_scope scope, const char *name, struct wall until, struct wall now,
             struct err *e); /* ERR_NOT_FOUND */
int mute_get(struct store *s, enum mute_scope scope, const char *name, struct wall now, struct wall *ret_until,
             struct err *e);
int mute_each(struct store *s, struct wall now,
              void (*each)(void *ctx, enum mute_scope scope, const char *name, struct wall until), void *ctx,
              struct err *e);

int mutes_prune(struct store *s, struct wall now, struct err *e); /* those that are over */

/* States (core/watch.h), as the server keeps them; a reader shows them. `each`: the state is borrowed. In order of rule and subject. Those of a rule,
 * job, target or secret that is removed go along. Phases are kept, and shown, as "pending", "firing" and "over". */
const char *watch_phase_name(enum watch_phase p);
int watch_states_each(struct store *s, void (*each)(void *ctx, const struct watch_state *st), void *ctx, struct err *e);
int watch_states_of(struct store *s, const char *rule, void (*each)(void *ctx, const struct watch_state *st), void *ctx,
                    struct err *e);
int watch_states_count(struct store *s, const char *subject, int64_t *ret, struct err *e); /* that fire, of a job */
int watch_state_put(struct store *s, const struct watch_state *st, struct err *e);
int watch_state_remove(struct store *s, const char *rule, const char *subject, struct err *e);

/* A message: a queued run of trigger alert on job "alert:CHANNEL", with the notice's JSON as its body (run_bodies, `edited`). For the server's watch, and
 * for tests of a channel (trigger manual or api then). ERR_NOT_FOUND: there is no such channel. ERR_TOO_MANY: ALERT_QUEUED_MAX of the channel are open; for a
 * test ALERT_TESTED_MAX, as an alert would wait behind them. */
#define ALERT_QUEUED_MAX 500
#define ALERT_TESTED_MAX 20
int alert_request(struct store *s, const char *channel, const char *notice, enum trigger trigger, struct wall now,
                  char ret_id[ID_TEXT_SIZE], struct err *e);
/* How the channel does: its newest runs that ended. */
struct channel_health {
    struct wall last_sent_at;  /* the last that succeeded; WALL_NONE */
    struct wall failing_since; /* the first that failed after it; WALL_NONE: none */
    int64_t failed;            /* since then */
    char run[ID_TEXT_SIZE];    /* the last that failed; "" */
    const char *message;       /* its message, in `a` */
    int64_t open;              /* waiting, under way or retrying */
};
int channel_health(struct store *s, const char *channel, struct arena *a, struct channel_health *ret, struct err *e);

#endif
