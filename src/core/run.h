/* run.h - states of a run and outcomes of an attempt, and which moves are allowed. Pure.
 *
 *                +------ given back ------+
 *                v                        |
 *   (new) --> queued ------------> running ---+--> succeeded
 *               |                   |  ^      +--> failed
 *               |                   v  |      +--> canceled
 *               |               retrying -----+--> failed, canceled, queued
 *               +--> skipped, missed, canceled
 *
 * The same as a list, which a unit test holds run_move_allowed to:
 *
 *   (new)    -> queued, running, skipped, missed
 *   queued   -> running, skipped, missed, canceled
 *   running  -> succeeded, failed, retrying, canceled, queued
 *   retrying -> running, failed, canceled, queued
 *
 * A run is given back to the queue when its place was taken but nothing was sent (a target's limit, a restart).
 * succeeded, failed, canceled, skipped and missed are final. */
#ifndef EDGECRON_CORE_RUN_H
#define EDGECRON_CORE_RUN_H

#include <stdbool.h>

#define RUN_STATES(X)             \
    X(RUN_QUEUED, "queued")       \
    X(RUN_RUNNING, "running")     \
    X(RUN_RETRYING, "retrying")   \
    X(RUN_SUCCEEDED, "succeeded") \
    X(RUN_FAILED, "failed")       \
    X(RUN_CANCELED, "canceled")   \
    X(RUN_SKIPPED, "skipped")     \
    X(RUN_MISSED, "missed")

#define RUN_OUTCOMES(X)                   \
    X(OUTCOME_OK, "ok")                   \
    X(OUTCOME_HTTP_STATUS, "http_status") \
    X(OUTCOME_ASSERTION, "assertion")     \
    X(OUTCOME_TIMEOUT, "timeout")         \
    X(OUTCOME_DNS, "dns")                 \
    X(OUTCOME_CONNECT, "connect")         \
    X(OUTCOME_TLS, "tls")                 \
    X(OUTCOME_PROTOCOL, "protocol")       \
    X(OUTCOME_TOO_LARGE, "too_large")     \
    X(OUTCOME_BLOCKED, "blocked")         \
    X(OUTCOME_SECRET, "secret")           \
    X(OUTCOME_INTERRUPTED, "interrupted") \
    X(OUTCOME_CANCELED, "canceled")

#define RUN_TRIGGERS(X)             \
    X(TRIGGER_SCHEDULE, "schedule") \
    X(TRIGGER_CATCH_UP, "catch_up") \
    X(TRIGGER_MANUAL, "manual")     \
    X(TRIGGER_API, "api")           \
    X(TRIGGER_RETRY, "retry")       \
    X(TRIGGER_ALERT, "alert")

#define X(name, text) name,
enum run_state { RUN_STATES(X) RUN_STATE_COUNT };
enum outcome { OUTCOME_NONE, RUN_OUTCOMES(X) OUTCOME_COUNT };
enum trigger { RUN_TRIGGERS(X) TRIGGER_COUNT };
#undef X

const char *run_state_name(enum run_state s);
bool run_state_parse(const char *text, enum run_state *ret);
bool run_state_final(enum run_state s);
bool run_start_allowed(enum run_state s); /* may a new run begin in it? */
bool run_move_allowed(enum run_state from, enum run_state to);
const char *outcome_name(enum outcome o); /* NULL for OUTCOME_NONE */
bool outcome_parse(const char *text, enum outcome *ret);
const char *trigger_name(enum trigger t);
bool trigger_parse(const char *text, enum trigger *ret);
/* It was asked for, by somebody or (TRIGGER_ALERT) by a rule that has something to tell; else the schedule asked for it. */
bool trigger_by_hand(enum trigger t);

#endif
