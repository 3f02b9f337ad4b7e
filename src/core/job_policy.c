/* job_policy.c - how a job is judged and repeated: retry, catch-up, success, metrics, tags, alerts. */
#include "core/alert_fields.h"
#include "core/job_fields.h"
#include "core/pattern.h"
#include "core/verdict.h"

#include <string.h>

#define TAGS_MAX 20
#define TAG_BYTES 40
#define STATUS_MAX 20
#define RULES_MAX 20
#define METRICS_MAX 40
#define POINTER_BYTES 512
#define EQUALS_BYTES 4096

static const char *const CATCH_UP_NAMES[] = { "none", "latest", "all", NULL };

const char *catch_up_policy_name(enum catch_up_policy p)
{
    return (unsigned)p < MEM_COUNT(CATCH_UP_NAMES) ? CATCH_UP_NAMES[p] : NULL;
}

#define AT(type, member) .offset = offsetof(struct type, member)

const struct field RETRY_FIELDS[] = {
    { "max_attempts", field_int, AT(retry_policy, max_attempts), .min = 1, .max = 100 },
    { "initial_ms", field_int64, AT(retry_policy, initial_ms), .min = 1, .max = 86400000 },
    { "multiplier", field_number, AT(retry_policy, multiplier), .min = 1, .max = 10 },
    { "max_ms", field_int64, AT(retry_policy, max_ms), .min = 1, .max = 86400000 },
    { "max_age_s", field_int64, AT(retry_policy, max_age_s), .min = 0, .max = 604800 },
    { "past_next_occurrence", field_bool, AT(retry_policy, past_next_occurrence) },
    { .name = NULL },
};

const struct field CATCH_UP_FIELDS[] = {
    { "policy", field_choice, AT(catch_up, policy), .choices = CATCH_UP_NAMES },
    { "window_s", field_int64, AT(catch_up, window_s), .min = 0, .max = 2592000 },
    { .name = NULL },
};

bool job_tag_valid(const char *s)
{
    size_t len = s ? strlen(s) : 0;
    return len >= 1 && len <= TAG_BYTES && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_.:-") == len;
}

static int read_tag(struct field_reader *r, const struct json *v, const char **tags, int n)
{
    const char *tag = json_string(v);
    if (!job_tag_valid(tag))
        return field_wrong(r, v, "1 to %d characters of a-z, 0-9, '_', '.', ':' and '-'", TAG_BYTES);
    for (int i = 0; i < n; i++)
        if (strcmp(tags[i], tag) == 0)
            return field_refuse(r, "is \"%s\" again; expected each tag once", tag);
    tags[n] = arena_strdup(r->arena, tag);
    return 0;
}

int job_read_tags(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    struct job *j = into;
    (void)f;
    int rc = field_array(r, v, 0, TAGS_MAX, "tags");
    if (rc)
        return rc;
    const char **tags = arena_alloc(r->arena, (json_count(v) + 1) * sizeof *tags);
    int n = 0;
    for (const struct json *child = json_first(v); child; child = json_next(child), n++) {
        size_t mark = field_enter_index(r, (size_t)n);
        rc = read_tag(r, child, tags, n);
        if (rc)
            return rc;
        field_leave(r, mark);
    }
    j->tags = n ? tags : NULL;
    j->n_tags = n;
    return 0;
}

static int read_status(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    struct success *s = into;
    (void)f;
    int rc = field_array(r, v, 1, STATUS_MAX, "statuses such as \"2xx\", \"204\" or \"200-299\"");
    if (rc)
        return rc;
    const char **status = arena_alloc(r->arena, json_count(v) * sizeof *status);
    int n = 0;
    for (const struct json *child = json_first(v); child; child = json_next(child), n++) {
        size_t mark = field_enter_index(r, (size_t)n);
        if (!json_string(child) || !verdict_status_valid(json_string(child)))
            return field_wrong(r, child, "a string such as \"2xx\", \"204\" or \"200-299\" (statuses from 200 to 999)");
        field_leave(r, mark);
        status[n] = arena_strdup(r->arena, json_string(child));
    }
    s->status = status;
    s->n_status = n;
    return 0;
}

static int read_pointer(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    const char *s = json_string(v);
    if (!s || !json_pointer_valid(s))
        return field_wrong(r, v, "a JSON pointer into the answer, such as \"/ok\" or \"/stats/0/sent\"");
    return field_text(r, f, v, into);
}

static int read_equals(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    (void)f;
    mem_auto char *text = json_print(v);
    if (strlen(text) > EQUALS_BYTES)
        return field_refuse(r, "is %zu bytes long; expected at most %d", strlen(text), EQUALS_BYTES);
    *(const char **)into = arena_strdup(r->arena, text);
    return 0;
}

static int read_exists(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    bool wanted;
    int rc = field_bool(r, f, v, &wanted);
    if (rc == 0)
        *(const char **)into = wanted ? "true" : "false";
    return rc;
}

static int read_matches(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    int rc = field_text(r, f, v, into);
    if (rc)
        return rc;
    return pattern_check(*(const char **)into, r->e) ? field_adopt(r) : 0;
}

/* A rule as it is written: exactly one of the three has a value in the end. */
struct rule_fields {
    const char *pointer;
    const char *by_kind[RULE_MATCHES + 1];
};

static const struct field RULE_FIELDS[] = {
    { "pointer", read_pointer, AT(rule_fields, pointer), .max = POINTER_BYTES,
      .required = "a JSON pointer into the answer, such as \"/ok\"" },
    { "equals", read_equals, AT(rule_fields, by_kind[RULE_EQUALS]) },
    { "exists", read_exists, AT(rule_fields, by_kind[RULE_EXISTS]) },
    { "matches", read_matches, AT(rule_fields, by_kind[RULE_MATCHES]), .min = 1, .max = PATTERN_BYTES },
    { .name = NULL },
};

static int read_rule(struct field_reader *r, const struct json *v, struct success_rule *ret)
{
    const struct field rule = { .fields = RULE_FIELDS };
    struct rule_fields in = { 0 };
    int rc = field_object(r, &rule, v, &in), n = 0;
    if (rc)
        return rc;
    ret->pointer = in.pointer;
    for (int kind = RULE_EQUALS; kind <= RULE_MATCHES; kind++) {
        if (!in.by_kind[kind])
            continue;
        ret->kind = (enum rule_kind)kind;
        ret->value = in.by_kind[kind];
        n++;
    }
    if (n == 1)
        return 0;
    return field_refuse(r, "has %s of 'equals', 'exists' and 'matches'; expected exactly one",
                        n ? "more than one" : "none");
}

static int read_rules(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    struct success *s = into;
    (void)f;
    int rc = field_array(r, v, 0, RULES_MAX, "rules such as {\"pointer\": \"/ok\", \"equals\": true}");
    if (rc)
        return rc;
    struct success_rule *rules = arena_alloc(r->arena, (json_count(v) + 1) * sizeof *rules);
    int n = 0;
    for (const struct json *child = json_first(v); child; child = json_next(child), n++) {
        size_t mark = field_enter_index(r, (size_t)n);
        rc = read_rule(r, child, &rules[n]);
        if (rc)
            return rc;
        field_leave(r, mark);
    }
    s->rules = n ? rules : NULL;
    s->n_rules = n;
    return 0;
}

const struct field SUCCESS_FIELDS[] = {
    { "status", read_status, .offset = 0 },
    { "json", read_rules, .offset = 0 },
    { .name = NULL },
};

static const struct field METRIC_POINTER = { "pointer", read_pointer, .max = POINTER_BYTES };

int job_read_metrics(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    struct job *j = into;
    (void)f;
    if (json_type(v) != JSON_OBJECT)
        return field_wrong(r, v, "an object of names and JSON pointers such as {\"sent\": \"/followups_sent\"}");
    if (json_count(v) > METRICS_MAX)
        return field_refuse(r, "has %zu metrics; expected at most %d", json_count(v), METRICS_MAX);
    struct metric_spec *metrics = arena_alloc(r->arena, (json_count(v) + 1) * sizeof *metrics);
    int n = 0;
    for (const struct json *child = json_first(v); child; child = json_next(child), n++) {
        size_t mark = field_enter(r, json_key(child));
        if (!secret_name_valid(json_key(child))) /* metrics are named by the same rule */
            return field_refuse(r,
                                "is not a metric's name; expected 1 to 63 letters, digits and '_', the first no digit");
        metrics[n].name = arena_strdup(r->arena, json_key(child));
        int rc = read_pointer(r, &METRIC_POINTER, child, &metrics[n].pointer);
        if (rc)
            return rc;
        field_leave(r, mark);
    }
    j->metrics = n ? metrics : NULL;
    j->n_metrics = n;
    return 0;
}

/* Kept as given: whoever watches reads them again (alert_rules_of_job). */
int job_read_alerts(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    struct alert_rule *rules;
    int n;
    (void)f;
    int rc = alert_read_own(r, v, &rules, &n);
    if (rc)
        return rc;
    mem_auto char *text = json_print(v);
    *(const char **)into = arena_strdup(r->arena, text);
    return 0;
}
