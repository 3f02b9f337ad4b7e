/* watch.c - what one run, or one look at a condition, makes of a state; what telling makes of it. */
#include "core/watch.h"

#include "core/channel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define REFRESH_MS 600000 /* how old a row of something that goes on may be */

/* What a run says to a rule. */
enum sign { SIGN_NONE, SIGN_TROUBLE, SIGN_WELL };

/* Something that is not as it should be. */
struct trouble {
    const char *subject, *target, *run;
    struct wall since, at;
    int64_t count;
    double value;
};

static struct wall later(struct wall t, int64_t ms)
{
    return (struct wall){ t.ms + ms };
}

static void copy_text(char *into, size_t size, const char *text)
{
    snprintf(into, size, "%s", text ? text : "");
}

/* The end of a state: its row is to be deleted. */
static void clear(struct watch_state *st)
{
    st->phase = WATCH_NONE;
    st->count = 0;
    st->value = 0;
    st->since = st->last_at = st->over_at = st->told_at = st->due_at = WALL_NONE;
    st->run[0] = st->target[0] = '\0';
    st->dirty = true;
}

static void begin(const struct alert_rule *r, const char *rule_key, const struct trouble *x, struct watch_state *st)
{
    clear(st);
    copy_text(st->rule, sizeof st->rule, rule_key);
    copy_text(st->subject, sizeof st->subject, x->subject);
    st->on = r->on;
    st->phase = WATCH_PENDING;
    st->since = x->since;
}

static struct wall repeat_at(const struct alert_rule *r, struct wall told_at)
{
    return r->repeat_s ? later(told_at, r->repeat_s * 1000) : WALL_NONE;
}

/* It was over, and is not: what was to be told of the end is not. Runs that failed are so many in a row, and what is late or too long is so since it was well last; of
 * occurrences that were missed each counts. */
static void reopen(const struct alert_rule *r, const struct trouble *x, struct watch_times t, struct watch_state *st)
{
    if (!wall_is_none(st->told_at))
        st->due_at = repeat_at(r, st->told_at);
    else if (st->due_at.ms == st->over_at.ms + WATCH_HELD_MS(t.group_ms)) /* it would have been told by now */
        st->due_at = t.now;
    if (r->on != ALERT_MISSED) {
        st->since = x->since;
        st->count = 0;
    }
    st->over_at = WALL_NONE;
    st->phase = WATCH_FIRING;
}

static void see(const struct trouble *x, struct watch_state *st)
{
    bool same_run = st->count > 0 && st->run[0] && strcmp(st->run, x->run) == 0;
    st->count += same_run ? 0 : x->count;
    st->value = x->value;
    st->last_at = x->at; /* also when the clock was set back: what came last is the newest */
    copy_text(st->run, sizeof st->run, x->run);
    copy_text(st->target, sizeof st->target, x->target);
    st->dirty = true;
}

static void to_trouble(const struct alert_rule *r, const char *rule_key, const struct trouble *x, struct watch_times t,
                       struct watch_state *st)
{
    int64_t needed = r->on == ALERT_FAILURE ? r->after : 1;
    if (st->phase == WATCH_NONE)
        begin(r, rule_key, x, st);
    else if (st->phase == WATCH_OVER)
        reopen(r, x, t, st);
    see(x, st);
    if (st->phase == WATCH_PENDING && st->count >= needed) {
        st->phase = WATCH_FIRING;
        st->due_at = later(t.now, t.group_ms);
    }
}

static void to_well(const struct alert_rule *r, struct wall at, struct watch_times t, struct watch_state *st)
{
    bool told = !wall_is_none(st->told_at);
    if (st->phase == WATCH_NONE || st->phase == WATCH_OVER)
        return;
    if (st->phase == WATCH_PENDING || (told && !r->recovery) || (!told && st->due_at.ms == WATCH_MUTED.ms)) {
        clear(st);
        return;
    }
    st->phase = WATCH_OVER;
    st->over_at = at;
    if (told)
        st->due_at = later(t.now, t.group_ms);
    st->dirty = true;
}

static enum sign failure_sign(const struct watch_end *x)
{
    return x->state == RUN_FAILED ? SIGN_TROUBLE : x->state == RUN_SUCCEEDED ? SIGN_WELL : SIGN_NONE;
}

static enum sign missed_sign(const struct watch_end *x)
{
    return x->state == RUN_MISSED                                ? SIGN_TROUBLE
           : x->state == RUN_SUCCEEDED || x->state == RUN_FAILED ? SIGN_WELL
                                                                 : SIGN_NONE;
}

static enum sign limit_sign(int64_t ms, int64_t over_ms)
{
    return ms < 0 ? SIGN_NONE : ms > over_ms ? SIGN_TROUBLE : SIGN_WELL;
}

/* One that was canceled may have been so because it took too long; that it took less says nothing. */
static enum sign duration_sign(const struct watch_end *x, int64_t over_ms)
{
    enum sign sign = limit_sign(x->duration_ms, over_ms);
    return sign == SIGN_WELL && x->state == RUN_CANCELED ? SIGN_NONE : sign;
}

static enum sign metric_sign(const struct metric_condition *c, const struct watch_end *x, double *value)
{
    double found = NAN;
    bool holds = metric_condition_holds(c, x->metrics, x->metrics_len, &found);
    if (isnan(found))
        return SIGN_NONE;
    *value = found;
    return holds ? SIGN_TROUBLE : SIGN_WELL;
}

static bool has_begun(enum run_state s)
{
    return s == RUN_SUCCEEDED || s == RUN_FAILED || s == RUN_CANCELED;
}

static enum sign sign_of(const struct alert_rule *r, const struct watch_end *x, double *value)
{
    switch (r->on) {
    case ALERT_FAILURE:
        return failure_sign(x);
    case ALERT_MISSED:
        return missed_sign(x);
    case ALERT_LATENESS:
        *value = (double)x->lateness_ms;
        return has_begun(x->state) ? limit_sign(x->lateness_ms, r->over_ms) : SIGN_NONE;
    case ALERT_DURATION:
        *value = (double)x->duration_ms;
        return has_begun(x->state) ? duration_sign(x, r->over_ms) : SIGN_NONE;
    case ALERT_METRIC:
        return metric_sign(&r->condition, x, value);
    case ALERT_NO_SUCCESS:
        return x->state == RUN_SUCCEEDED ? SIGN_WELL : SIGN_NONE;
    default:
        return SIGN_NONE;
    }
}

/* A rule that is on something else now has nothing to do with what it was on. */
static void part(const struct alert_rule *r, struct watch_state *st)
{
    if (st->phase != WATCH_NONE && st->on != r->on)
        clear(st);
}

/* A channel's failures told over channels would never end. */
static bool is_of_channel(const char *job)
{
    return strncmp(job, CHANNEL_JOB_PREFIX, sizeof CHANNEL_JOB_PREFIX - 1) == 0;
}

void watch_ended(const struct alert_rule *r, const char *rule_key, const struct watch_end *x, struct watch_times t,
                 struct watch_state *st)
{
    double value = 0;
    if (x->edited || is_of_channel(x->job))
        return;
    part(r, st);
    enum sign sign = sign_of(r, x, &value);
    if (sign == SIGN_WELL)
        to_well(r, x->at, t, st);
    if (sign != SIGN_TROUBLE)
        return;
    const struct trouble trouble = {
        .subject = x->job,
        .target = x->target,
        .run = x->run,
        .since = x->scheduled_for,
        .at = x->at,
        .count = r->on == ALERT_MISSED && x->occurrences > 1 ? x->occurrences : 1,
        .value = value,
    };
    to_trouble(r, rule_key, &trouble, t, st);
}

static bool is_looked_at(enum alert_on on)
{
    return on != ALERT_FAILURE && on != ALERT_MISSED && on != ALERT_METRIC;
}

/* Nothing new but the value and the time. */
static bool goes_on(const struct watch_state *st, const struct trouble *x)
{
    return st->phase == WATCH_FIRING && strcmp(st->run, x->run) == 0 && strcmp(st->target, x->target) == 0;
}

/* Which of the spans since it began a time is in: its row is written once in each. */
static int64_t span_of(const struct watch_state *st, struct wall at)
{
    int64_t ms = at.ms - st->since.ms;
    return (ms < 0 ? ms - REFRESH_MS + 1 : ms) / REFRESH_MS;
}

static void go_on(const struct trouble *x, struct watch_state *st)
{
    if (span_of(st, x->at) != span_of(st, st->last_at))
        st->dirty = true;
    st->last_at = x->at;
    st->value = x->value;
}

void watch_holds(const struct alert_rule *r, const char *rule_key, const char *subject, const char *target, bool holds,
                 struct wall since, double value, const char *run, struct watch_times t, struct watch_state *st)
{
    if (!is_looked_at(r->on) || is_of_channel(subject))
        return;
    part(r, st);
    const struct trouble trouble = {
        .subject = subject,
        .target = target ? target : "",
        .run = run ? run : "",
        .since = wall_is_none(since) ? t.now : since,
        .at = t.now,
        .count = st->phase == WATCH_FIRING && !(run && *run) ? 0 : 1, /* what is of no run is seen once */
        .value = value,
    };
    if (holds && goes_on(st, &trouble))
        go_on(&trouble, st);
    else if (holds)
        to_trouble(r, rule_key, &trouble, t, st);
    else if (r->on != ALERT_LATENESS && r->on != ALERT_DURATION)
        to_well(r, t.now, t, st);
}

void watch_told(const struct alert_rule *r, struct watch_times t, struct watch_state *st)
{
    if (st->phase == WATCH_OVER) {
        clear(st);
    } else if (st->phase == WATCH_FIRING) {
        st->told_at = t.now;
        st->due_at = repeat_at(r, t.now);
        st->dirty = true;
    }
}
