/* alert.c - the kinds of rules, a row each, and which rules hold for a job. */
#include "core/alert_fields.h"

#include <string.h>

#define X(on, text, of_job) [on] = text,
const char *const ALERT_ON_NAMES[ALERT_ON_COUNT + 1] = { ALERT_ONS(X) };
#undef X
#define X(on, text, of_job) [on] = of_job,
static const bool ON_OF_JOB[] = { ALERT_ONS(X) };
#undef X

#define AT(member) offsetof(struct alert_rule, member)
const struct alert_limit_field ALERT_LIMITS[LIMIT_COUNT] = {
    [LIMIT_AFTER] = { "after", field_int, AT(after) },
    [LIMIT_OVER_MS] = { "over_ms", field_int64, AT(over_ms) },
    [LIMIT_OVER_S] = { "over_s", field_int64, AT(over_s) },
    [LIMIT_WITHIN_S] = { "within_s", field_int64, AT(within_s) },
    [LIMIT_UNDER_MIB] = { "under_mib", field_int64, AT(under_mib) },
    [LIMIT_METRIC] = { "metric", NULL, AT(metric) },
};

#define YEAR_S 31622400
const struct alert_kind ALERT_KINDS[ALERT_ON_COUNT] = {
    [ALERT_FAILURE] = { LIMIT_AFTER, 1, 1000, .fallback = 1 },
    [ALERT_MISSED] = { .limit = LIMIT_NONE },
    [ALERT_LATENESS] = { LIMIT_OVER_MS, 1, 604800000,
                         .required = "how late a run may begin, in milliseconds (1 to 604800000)" },
    [ALERT_DURATION] = { LIMIT_OVER_MS, 1, 604800000,
                         .required = "how long a run may take, in milliseconds (1 to 604800000)" },
    [ALERT_METRIC] = { .limit = LIMIT_METRIC, .required = "what to be told of, such as \"followups_failed > 0\"" },
    [ALERT_NO_SUCCESS] = { LIMIT_OVER_S, 60, YEAR_S,
                           .required = "for how many seconds a job may go without success (60 to 31622400)" },
    [ALERT_SECRET_AGE] = { LIMIT_OVER_S, 0, 10 * (int64_t)YEAR_S, .fallback = 0 },
    [ALERT_CERTIFICATE] = { LIMIT_WITHIN_S, 3600, YEAR_S, .fallback = 1209600 },
    [ALERT_DISK] = { LIMIT_UNDER_MIB, 1, 1048576, .fallback = 512 },
    [ALERT_SEALED] = { .limit = LIMIT_NONE },
    [ALERT_CLOCK] = { .limit = LIMIT_NONE },
    [ALERT_OVERLOAD] = { .limit = LIMIT_NONE },
    [ALERT_BACKUP] = { .limit = LIMIT_NONE },
    [ALERT_STORE] = { .limit = LIMIT_NONE },
};

const char *alert_on_name(enum alert_on on)
{
    return (unsigned)on < ALERT_ON_COUNT ? ALERT_ON_NAMES[on] : NULL;
}

bool alert_on_of_job(enum alert_on on)
{
    return (unsigned)on < ALERT_ON_COUNT && ON_OF_JOB[on];
}

bool alert_on_parse(const char *text, enum alert_on *ret)
{
    for (int i = 0; text && i < ALERT_ON_COUNT; i++) {
        if (strcmp(ALERT_ON_NAMES[i], text) == 0) {
            *ret = (enum alert_on)i;
            return true;
        }
    }
    return false;
}

const char *alert_limit_name(enum alert_on on)
{
    enum alert_limit limit = (unsigned)on < ALERT_ON_COUNT ? ALERT_KINDS[on].limit : LIMIT_NONE;
    return limit == LIMIT_NONE ? NULL : ALERT_LIMITS[limit].name;
}

double alert_limit(const struct alert_rule *r)
{
    const char *at = (const char *)r;
    enum alert_limit limit = ALERT_KINDS[r->on].limit;
    if (limit == LIMIT_METRIC)
        return r->condition.limit;
    if (limit == LIMIT_AFTER)
        return r->after;
    return limit == LIMIT_NONE ? 0 : (double)*(const int64_t *)(at + ALERT_LIMITS[limit].offset);
}

static bool is_among(const char *name, const char *const *names, int n)
{
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* How particular a rule is about a job; the higher one decides. */
enum alert_reach { REACH_NONE, REACH_ALL, REACH_TAG, REACH_JOB, REACH_OWN };

static enum alert_reach reach_of(const struct alert_rule *r, const struct alert_job *j)
{
    if (is_among(j->name, r->jobs, r->n_jobs))
        return REACH_JOB;
    for (int i = 0; i < j->n_tags; i++)
        if (is_among(j->tags[i], r->tags, r->n_tags))
            return REACH_TAG;
    return r->n_jobs || r->n_tags ? REACH_NONE : REACH_ALL;
}

int alert_rules_for(const struct alert_job *j, const struct alert_rule *rules, int n, const struct alert_rule **ret,
                    int most)
{
    enum alert_reach highest[ALERT_ON_COUNT] = { REACH_NONE };
    int found = 0;
    for (int i = 0; i < n; i++) {
        enum alert_reach reach = ON_OF_JOB[rules[i].on] ? reach_of(&rules[i], j) : REACH_NONE;
        if (reach > highest[rules[i].on])
            highest[rules[i].on] = reach;
    }
    for (int i = 0; i < j->n_own; i++) {
        highest[j->own[i].on] = REACH_OWN;
        if (j->own[i].enabled && found < most)
            ret[found++] = &j->own[i];
    }
    for (int i = 0; i < n; i++)
        if (rules[i].enabled && highest[rules[i].on] != REACH_NONE && highest[rules[i].on] != REACH_OWN &&
            reach_of(&rules[i], j) == highest[rules[i].on] && found < most)
            ret[found++] = &rules[i];
    return found;
}
