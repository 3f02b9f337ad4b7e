/* retry.c - the decisions of retry.h. */
#include "core/retry.h"

#include <stddef.h>

/* What a failure of each kind says about a second try: the same request may fare better, or it cannot. */
static const bool WORTH_ANOTHER[OUTCOME_COUNT] = {
    [OUTCOME_TIMEOUT] = true, [OUTCOME_DNS] = true,      [OUTCOME_CONNECT] = true,
    [OUTCOME_TLS] = true,     [OUTCOME_PROTOCOL] = true, [OUTCOME_INTERRUPTED] = true,
};

static bool status_worth_another(int status)
{
    return status == 408 || status == 425 || status == 429 || status >= 500; /* 600 and up: RFC 9110, section 15 */
}

bool retry_wanted(enum delivery delivery, enum outcome outcome, int http_status, bool sent)
{
    if (delivery == DELIVERY_AT_MOST_ONCE && sent)
        return false;
    if (outcome == OUTCOME_HTTP_STATUS)
        return status_worth_another(http_status);
    return (unsigned)outcome < OUTCOME_COUNT && WORTH_ANOTHER[outcome];
}

/* initial * multiplier^(attempt-1), at most max: multiplied step by step, so that nothing can overflow. */
static int64_t backoff_ms(const struct retry_policy *p, int attempt)
{
    double wait = (double)p->initial_ms;
    for (int i = 1; i < attempt && wait < (double)p->max_ms; i++)
        wait *= p->multiplier;
    return wait < (double)p->max_ms ? (int64_t)wait : p->max_ms;
}

static bool give_up(const char **why, const char *text)
{
    if (why)
        *why = text;
    return false;
}

bool retry_next(const struct retry_policy *p, int attempt, struct wall scheduled_for, struct wall now, double jitter,
                int64_t retry_after_ms, struct wall next_occurrence, struct wall *ret_due, const char **why)
{
    if (attempt >= p->max_attempts)
        return give_up(why, "all attempts of 'retry.max_attempts' are used up");
    int64_t full = backoff_ms(p, attempt);
    int64_t wait = full / 2 + (int64_t)((double)(full - full / 2) * jitter);
    if (wait < retry_after_ms)
        wait = retry_after_ms;
    struct wall due = { now.ms + wait };
    if (p->max_age_s > 0 && due.ms > scheduled_for.ms + p->max_age_s * 1000)
        return give_up(why, "another attempt would start later than 'retry.max_age_s' allows");
    if (!p->past_next_occurrence && !wall_is_none(next_occurrence) && due.ms >= next_occurrence.ms)
        return give_up(why, "another attempt would not start before the job's next occurrence");
    *ret_due = due;
    return true;
}

struct wall retry_wait_until(const struct retry_policy *p, struct wall scheduled_for, struct wall next_occurrence)
{
    struct wall until = p->past_next_occurrence ? WALL_NONE : next_occurrence;
    struct wall oldest = { scheduled_for.ms + p->max_age_s * 1000 };
    if (p->max_age_s > 0 && (wall_is_none(until) || oldest.ms < until.ms))
        until = oldest;
    return until;
}
