/* run.c - the tables behind run.h. */
#include "core/run.h"

#include <stddef.h>
#include <string.h>

#define X(name, text) [name] = text,
static const char *const STATES[RUN_STATE_COUNT] = { RUN_STATES(X) };
static const char *const OUTCOMES[OUTCOME_COUNT] = { RUN_OUTCOMES(X) };
static const char *const TRIGGERS[TRIGGER_COUNT] = { RUN_TRIGGERS(X) };
#undef X

#define TO(state) (1u << (state))

/* The moves of the list in run.h: bit n of a row is set when the move to state n is allowed. Final states have none. */
static const unsigned MOVES[RUN_STATE_COUNT] = {
    [RUN_QUEUED] = TO(RUN_RUNNING) | TO(RUN_SKIPPED) | TO(RUN_MISSED) | TO(RUN_CANCELED),
    [RUN_RUNNING] = TO(RUN_SUCCEEDED) | TO(RUN_FAILED) | TO(RUN_RETRYING) | TO(RUN_CANCELED) | TO(RUN_QUEUED),
    [RUN_RETRYING] = TO(RUN_RUNNING) | TO(RUN_FAILED) | TO(RUN_CANCELED) | TO(RUN_QUEUED),
};
static const unsigned STARTS = TO(RUN_QUEUED) | TO(RUN_RUNNING) | TO(RUN_SKIPPED) | TO(RUN_MISSED);

/* Index of text among names[first..count), or -1. */
static int index_of(const char *const *names, int first, int count, const char *text)
{
    for (int i = first; text && i < count; i++)
        if (strcmp(names[i], text) == 0)
            return i;
    return -1;
}

const char *run_state_name(enum run_state s)
{
    return (unsigned)s < RUN_STATE_COUNT ? STATES[s] : NULL;
}

bool run_state_parse(const char *text, enum run_state *ret)
{
    int i = index_of(STATES, 0, RUN_STATE_COUNT, text);
    if (i < 0)
        return false;
    *ret = (enum run_state)i;
    return true;
}

bool run_state_final(enum run_state s)
{
    return (unsigned)s < RUN_STATE_COUNT && MOVES[s] == 0;
}

bool run_start_allowed(enum run_state s)
{
    return (unsigned)s < RUN_STATE_COUNT && (STARTS & TO(s));
}

bool run_move_allowed(enum run_state from, enum run_state to)
{
    return (unsigned)from < RUN_STATE_COUNT && (unsigned)to < RUN_STATE_COUNT && (MOVES[from] & TO(to));
}

const char *outcome_name(enum outcome o)
{
    return (unsigned)o < OUTCOME_COUNT ? OUTCOMES[o] : NULL;
}

bool outcome_parse(const char *text, enum outcome *ret)
{
    int i = index_of(OUTCOMES, OUTCOME_NONE + 1, OUTCOME_COUNT, text);
    if (i < 0)
        return false;
    *ret = (enum outcome)i;
    return true;
}

const char *trigger_name(enum trigger t)
{
    return (unsigned)t < TRIGGER_COUNT ? TRIGGERS[t] : NULL;
}

bool trigger_parse(const char *text, enum trigger *ret)
{
    int i = index_of(TRIGGERS, 0, TRIGGER_COUNT, text);
    if (i < 0)
        return false;
    *ret = (enum trigger)i;
    return true;
}

bool trigger_by_hand(enum trigger t)
{
    return t != TRIGGER_SCHEDULE && t != TRIGGER_CATCH_UP;
}
