/* retry.h - may a failed attempt be followed by another, and when? Pure: no clock, I/O or randomness. */
#ifndef EDGECRON_CORE_RETRY_H
#define EDGECRON_CORE_RETRY_H

#include "base/clock.h"
#include "core/job.h"
#include "core/run.h"

/* Is an attempt that ended so worth another try at all? Retried: 408, 425, 429, 5xx, timeout, dns, connect, tls,
 * protocol, interrupted. Not retried: other statuses, assertion, too_large, blocked, secret, canceled. With
 * at_most_once only what provably was not sent (`sent` false: not one byte of the request left this machine) is tried
 * again. */
bool retry_wanted(enum delivery delivery, enum outcome outcome, int http_status, bool sent);

/* Decides whether attempt `attempt` (1-based, just failed at `now`) is followed by another, and when: exponential,
 * with jitter over the upper half of the wait ([wait/2, wait)). `jitter` is in [0, 1), from the caller. retry_after_ms
 * (0: none) lengthens a wait, never shortens it. None when attempts are used up, when the new attempt would start
 * later than max_age_s after `scheduled_for`, or not before `next_occurrence` (WALL_NONE: no bound; nor is it one with
 * past_next_occurrence). *why (static text) says which. Returns false then; *ret_due is untouched. */
bool retry_next(const struct retry_policy *p, int attempt, struct wall scheduled_for, struct wall now, double jitter,
                int64_t retry_after_ms, struct wall next_occurrence, struct wall *ret_due, const char **why);

/* Until when an attempt that is due may wait for its start, for a slot of its target: what bounds retry_next bounds this too.
 * WALL_NONE: for ever. */
struct wall retry_wait_until(const struct retry_policy *p, struct wall scheduled_for, struct wall next_occurrence);

/* Retry-After (RFC 9110 section 10.2.3): seconds or an HTTP-date; ms from `now`, 0 when absent, past or not
 * understood; at most a day. */
int64_t retry_after_parse(const char *value, struct wall now);

#endif
