/* alert_read.c - a rule read from JSON, and what must hold between its kind and the rest of it. */
#include "core/alert_fields.h"
#include "core/channel.h"
#include "core/job_fields.h"

#include <string.h>

#define DESCRIPTION_BYTES 1000
#define METRIC_BYTES 128
#define TAGS_MAX 20
#define CHANNELS_OF_RULE_MAX 20
#define REPEAT_MIN_S 60

/* A rule as it is written: its limits wait until `on` is known. */
struct draft {
    struct alert_rule rule;
    const struct json *limits[LIMIT_COUNT];
};

_Static_assert(sizeof(enum alert_on) == sizeof(int), "field_choice writes an int");

static int read_limit(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    (void)r;
    (void)f;
    *(const struct json **)into = v;
    return 0;
}

static int read_repeat(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    int64_t s;
    if (!json_integer(v, &s) || (s != 0 && (s < f->min || s > f->max)))
        return field_wrong(r, v, "0 (told once), or a whole number of seconds from %lld to %lld", (long long)f->min,
                           (long long)f->max);
    *(int64_t *)into = s;
    return 0;
}

static bool channel_name_valid(const char *name)
{
    return job_name_valid(name) && strlen(name) <= CHANNEL_NAME_MAX;
}

/* What a list of names is made of. */
struct names {
    const char *one, *all; /* "job", "names of jobs" */
    size_t max;
    bool (*valid)(const char *name);
    const char *expected;
};
static const struct names JOBS = { "job", "names of jobs", ALERT_JOBS_MAX, job_name_valid,
                                   "a job's name: 1 to 63 characters of a-z, 0-9, '-' and '_'" };
static const struct names TAGS = { "tag", "tags", TAGS_MAX, job_tag_valid,
                                   "a tag: 1 to 40 characters of a-z, 0-9, '_', '.', ':' and '-'" };
static const struct names CHANNELS = { "channel", "names of channels", CHANNELS_OF_RULE_MAX, channel_name_valid,
                                       "a channel's name: 1 to 40 characters of a-z, 0-9, '-' and '_'" };

static int read_names(struct field_reader *r, const struct json *v, const struct names *of, const char *const **ret,
                      int *ret_n)
{
    int rc = field_array(r, v, 0, of->max, of->all), n = 0;
    if (rc)
        return rc;
    const char **names = arena_alloc(r->arena, (json_count(v) + 1) * sizeof *names);
    for (const struct json *child = json_first(v); child; child = json_next(child), n++) {
        size_t mark = field_enter_index(r, (size_t)n);
        const char *name = json_string(child);
        if (!of->valid(name))
            return field_wrong(r, child, "%s", of->expected);
        for (int i = 0; i < n; i++)
            if (strcmp(names[i], name) == 0)
                return field_refuse(r, "is \"%s\" again; expected each %s once", name, of->one);
        names[n] = arena_strdup(r->arena, name);
        field_leave(r, mark);
    }
    *ret = n ? names : NULL;
    *ret_n = n;
    return 0;
}

static int read_jobs(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    struct draft *d = into;
    (void)f;
    return read_names(r, v, &JOBS, &d->rule.jobs, &d->rule.n_jobs);
}

static int read_tags(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    struct draft *d = into;
    (void)f;
    return read_names(r, v, &TAGS, &d->rule.tags, &d->rule.n_tags);
}

static int read_channels(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    struct draft *d = into;
    (void)f;
    return read_names(r, v, &CHANNELS, &d->rule.channels, &d->rule.n_channels);
}

/* Of a job are only some kinds. */
static int read_own_on(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    const char *of_job[ALERT_ON_COUNT + 1] = { NULL };
    enum alert_on on;
    int n = 0;
    (void)f;
    for (int i = 0; i < ALERT_ON_COUNT; i++)
        if (alert_on_of_job((enum alert_on)i))
            of_job[n++] = ALERT_ON_NAMES[i];
    if (!alert_on_parse(json_string(v), &on))
        return field_wrong_choice(r, v, of_job);
    if (!alert_on_of_job(on))
        return field_refuse(r,
                            "is \"%s\", which is of the appliance, not of a job; expected a rule of its own "
                            "beside the jobs ('edgecron alert set')",
                            ALERT_ON_NAMES[on]);
    *(enum alert_on *)into = on;
    return 0;
}

#define AT(member) .offset = offsetof(struct draft, member)
#define ON_REQUIRED .required = "what is watched, such as \"failure\""
#define SHARED_FIELDS                                                                                                 \
    { "enabled", field_bool, AT(rule.enabled) }, { "after", read_limit, AT(limits[LIMIT_AFTER]) },                    \
        { "over_ms", read_limit, AT(limits[LIMIT_OVER_MS]) }, { "over_s", read_limit, AT(limits[LIMIT_OVER_S]) },     \
        { "within_s", read_limit, AT(limits[LIMIT_WITHIN_S]) },                                                       \
        { "under_mib", read_limit, AT(limits[LIMIT_UNDER_MIB]) }, { "metric", read_limit, AT(limits[LIMIT_METRIC]) }, \
        { "repeat_s", read_repeat, AT(rule.repeat_s), .min = REPEAT_MIN_S, .max = ALERT_REPEAT_MAX_S },               \
        { "recovery", field_bool, AT(rule.recovery) },                                                                \
    {                                                                                                                 \
        "channels", read_channels, .offset = 0                                                                        \
    }

static const struct field RULE_FIELDS[] = {
    { "name", job_read_name, AT(rule.name) },
    { "description", field_text, AT(rule.description), .max = DESCRIPTION_BYTES },
    { "on", field_choice, AT(rule.on), .choices = ALERT_ON_NAMES, ON_REQUIRED },
    { "jobs", read_jobs, .offset = 0 },
    { "tags", read_tags, .offset = 0 },
    SHARED_FIELDS,
    { .name = NULL },
};

static const struct field OWN_FIELDS[] = {
    { "on", read_own_on, AT(rule.on), ON_REQUIRED },
    SHARED_FIELDS,
    { .name = NULL },
};

static const struct draft DEFAULTS = { .rule = { .description = "", .enabled = true, .recovery = true } };

static int refuse_limit(struct field_reader *r, enum alert_on on, enum alert_limit limit)
{
    const char *takes = alert_limit_name(on);
    field_enter(r, ALERT_LIMITS[limit].name);
    if (takes)
        return field_refuse(r, "is not of a rule on '%s'; it takes '%s'", alert_on_name(on), takes);
    return field_refuse(r, "is not of a rule on '%s', which has no limit; expected null, or nothing",
                        alert_on_name(on));
}

static int read_metric(struct field_reader *r, const struct json *v, struct alert_rule *rule)
{
    const struct field text = { "metric", field_text, .min = 1, .max = METRIC_BYTES };
    int rc = field_text(r, &text, v, &rule->metric);
    if (rc)
        return rc;
    return metric_condition_parse(rule->metric, &rule->condition, r->e) ? field_adopt(r) : 0;
}

/* The limit that belongs to the rule's kind. */
static int settle_limit(struct field_reader *r, const struct json *v, struct alert_rule *rule)
{
    const struct alert_kind *kind = &ALERT_KINDS[rule->on];
    const struct alert_limit_field *limit = &ALERT_LIMITS[kind->limit];
    const struct field number = { limit->name, limit->read, .min = kind->min, .max = kind->max };
    char *into = (char *)rule + limit->offset;
    size_t mark = field_enter(r, limit->name);
    int rc = 0;
    if (json_type(v) > JSON_NULL)
        rc = limit->read ? limit->read(r, &number, v, into) : read_metric(r, v, rule);
    else if (kind->required)
        return field_refuse(r, "is %s; expected %s", v ? "null" : "missing", kind->required);
    else if (kind->limit == LIMIT_AFTER)
        rule->after = (int)kind->fallback;
    else
        *(int64_t *)(void *)into = kind->fallback;
    if (rc == 0)
        field_leave(r, mark);
    return rc;
}

static int check_reach(struct field_reader *r, const struct alert_rule *rule)
{
    if (alert_on_of_job(rule->on) || (rule->n_jobs == 0 && rule->n_tags == 0))
        return 0;
    field_enter(r, rule->n_jobs ? "jobs" : "tags");
    return field_refuse(r, "is not of a rule on '%s', which is of the appliance and of no job; expected []",
                        alert_on_name(rule->on));
}

static int check_together(struct field_reader *r, struct draft *d)
{
    enum alert_limit limit = ALERT_KINDS[d->rule.on].limit;
    for (int i = 0; i < LIMIT_COUNT; i++)
        if (i != (int)limit && json_type(d->limits[i]) > JSON_NULL)
            return refuse_limit(r, d->rule.on, (enum alert_limit)i);
    int rc = limit == LIMIT_NONE ? 0 : settle_limit(r, d->limits[limit], &d->rule);
    return rc ? rc : check_reach(r, &d->rule);
}

int alert_rule_parse(const struct json *doc, const char *name, struct arena *a, struct alert_rule *ret, struct err *e)
{
    struct job_context context = { .name = name };
    struct field_reader r = { .arena = a, .e = e, .subject = "rule", .top = RULE_FIELDS, .ctx = &context };
    const struct field whole = { .fields = RULE_FIELDS };
    struct draft d = DEFAULTS;
    int rc = field_object(&r, &whole, doc, &d);
    rc = rc ? rc : job_settle_name(&r, &d.rule.name);
    rc = rc ? rc : check_together(&r, &d);
    if (rc == 0)
        *ret = d.rule;
    return rc;
}

/* What only rules beside the jobs have: a rule that was copied into a job. */
static int refuse_foreign(struct field_reader *r, const struct json *v)
{
    static const char *const foreign[] = { "name", "description", "jobs", "tags" };
    for (size_t i = 0; i < MEM_COUNT(foreign); i++) {
        if (!json_get(v, foreign[i]))
            continue;
        field_enter(r, foreign[i]);
        return field_refuse(r, "is not of a job's own rule, which has no name and is of this job alone; leave it out");
    }
    return 0;
}

static int read_own(struct field_reader *r, const struct json *v, struct alert_rule *ret)
{
    const struct field whole = { .fields = OWN_FIELDS };
    struct draft d = DEFAULTS;
    d.rule.description = NULL;
    int rc = refuse_foreign(r, v);
    rc = rc ? rc : field_object(r, &whole, v, &d);
    rc = rc ? rc : check_together(r, &d);
    if (rc == 0)
        *ret = d.rule;
    return rc;
}

int alert_read_own(struct field_reader *r, const struct json *v, struct alert_rule **ret, int *ret_n)
{
    const struct field *top = r->top;
    int rc = field_array(r, v, 0, ALERT_OF_JOB_MAX, "rules such as {\"on\": \"failure\", \"after\": 3}"), n = 0;
    if (rc)
        return rc;
    struct alert_rule *rules = arena_alloc(r->arena, (json_count(v) + 1) * sizeof *rules);
    r->top = OWN_FIELDS; /* a word of the job's would be out of place here */
    for (const struct json *child = json_first(v); child && rc == 0; child = json_next(child), n++) {
        size_t mark = field_enter_index(r, (size_t)n);
        rc = read_own(r, child, &rules[n]);
        if (rc == 0)
            field_leave(r, mark);
    }
    r->top = top;
    if (rc)
        return rc;
    *ret = n ? rules : NULL;
    *ret_n = n;
    return 0;
}

int alert_rules_of_job(const char *alerts, struct arena *a, struct alert_rule **ret, int *ret_n, struct err *e)
{
    struct field_reader r = { .arena = a, .e = e, .subject = "job", .at = "/alerts" };
    if (strcmp(alerts, "[]") == 0) { /* of nearly every job */
        *ret = NULL;
        *ret_n = 0;
        return 0;
    }
    json_auto struct json *doc = json_parse(alerts, strlen(alerts), e);
    return doc ? alert_read_own(&r, doc, ret, ret_n) : field_adopt(&r);
}
