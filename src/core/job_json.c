/* job_json.c - a job and a target written back: every field, in the order of the manual. */
#include "core/job.h"

#include <string.h>

static void add_strings(struct json *object, const char *key, const char *const *items, int n)
{
    struct json *array = json_add_array(object, key);
    for (int i = 0; i < n; i++)
        json_add_string(array, NULL, items[i]);
}

static void add_time(struct json *object, const char *key, struct wall t)
{
    char text[WALL_TEXT_SIZE];
    json_add_string(object, key, wall_is_none(t) ? NULL : wall_format(t, text));
}

static void add_headers(struct json *object, const struct header *headers, int n)
{
    struct json *o = json_add_object(object, "headers");
    for (int i = 0; i < n; i++)
        json_add_string(o, headers[i].name, headers[i].value);
}

/* JSON text that a parser of this tree printed: it parses. */
static void add_json_text(struct json *object, const char *key, const char *text)
{
    struct json *v = json_parse(text, strlen(text), NULL);
    if (v)
        json_add(object, key, v);
    else
        json_add_null(object, key);
}

static void add_request(struct json *o, const struct request_spec *q)
{
    struct json *request = json_add_object(o, "request");
    json_add_string(request, "method", method_name(q->method));
    json_add_string(request, "url", q->url);
    add_headers(request, q->headers, q->n_headers);
    if (q->body_kind == BODY_JSON)
        add_json_text(request, "body", q->body);
    else
        json_add_string(request, "body", q->body_kind == BODY_TEXT ? q->body : NULL);
}

static void add_retry(struct json *o, const struct retry_policy *p)
{
    struct json *retry = json_add_object(o, "retry");
    json_add_int(retry, "max_attempts", p->max_attempts);
    json_add_int(retry, "initial_ms", p->initial_ms);
    json_add_number(retry, "multiplier", p->multiplier);
    json_add_int(retry, "max_ms", p->max_ms);
    json_add_int(retry, "max_age_s", p->max_age_s);
    if (p->past_next_occurrence) /* rare: only where it was asked for */
        json_add_bool(retry, "past_next_occurrence", true);
}

static void add_catch_up(struct json *o, const struct catch_up *c)
{
    struct json *catch_up = json_add_object(o, "catch_up");
    json_add_string(catch_up, "policy", catch_up_policy_name(c->policy));
    json_add_int(catch_up, "window_s", c->window_s);
}

static void add_rule(struct json *rules, const struct success_rule *rule)
{
    struct json *o = json_add_object(rules, NULL);
    json_add_string(o, "pointer", rule->pointer);
    if (rule->kind == RULE_MATCHES)
        json_add_string(o, "matches", rule->value);
    else
        add_json_text(o, rule->kind == RULE_EXISTS ? "exists" : "equals", rule->value);
}

static void add_success(struct json *o, const struct success *s)
{
    struct json *success = json_add_object(o, "success");
    add_strings(success, "status", s->status, s->n_status);
    struct json *rules = json_add_array(success, "json");
    for (int i = 0; i < s->n_rules; i++)
        add_rule(rules, &s->rules[i]);
}

static void add_metrics(struct json *o, const struct job *j)
{
    struct json *metrics = json_add_object(o, "metrics");
    for (int i = 0; i < j->n_metrics; i++)
        json_add_string(metrics, j->metrics[i].name, j->metrics[i].pointer);
}

struct json *job_to_json(const struct job *j)
{
    struct json *o = json_new_object();
    json_add_string(o, "name", j->name);
    json_add_string(o, "description", j->description);
    json_add_bool(o, "enabled", j->enabled);
    add_strings(o, "tags", j->tags, j->n_tags);
    json_add_string(o, "schedule", j->schedule);
    json_add_string(o, "timezone", j->timezone);
    json_add_int(o, "jitter_s", j->jitter_s);
    add_time(o, "starts_at", j->starts_at);
    add_time(o, "ends_at", j->ends_at);
    json_add_string(o, "target", j->target);
    add_request(o, &j->request);
    json_add_int(o, "timeout_ms", j->timeout_ms);
    json_add_int(o, "connect_timeout_ms", j->connect_timeout_ms);
    json_add_string(o, "delivery", delivery_name(j->delivery));
    add_retry(o, &j->retry);
    json_add_string(o, "overlap", overlap_name(j->overlap));
    add_catch_up(o, &j->catch_up);
    add_success(o, &j->success);
    add_metrics(o, j);
    add_json_text(o, "alerts", j->alerts);
    return o;
}

struct json *target_to_json(const struct target *t)
{
    struct json *o = json_new_object();
    json_add_string(o, "name", t->name);
    json_add_string(o, "base_url", t->base_url);
    add_headers(o, t->headers, t->n_headers);
    json_add_int(o, "max_concurrent", t->max_concurrent);
    mem_auto char *rate =
        t->rate.n == 0 ? NULL : mem_printf("%lld/%s", (long long)t->rate.n, t->rate.interval_ms == 1000 ? "s" : "m");
    json_add_string(o, "rate", rate);
    json_add_string(o, "ca_file", t->ca_file);
    json_add_string(o, "tls_min", t->tls_min);
    add_strings(o, "allow_private", t->allow_private, t->n_allow_private);
    json_add_string(o, "health_path", t->health_path);
    return o;
}
