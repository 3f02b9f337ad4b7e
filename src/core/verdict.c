/* verdict.c - judges an answer: the status first, then each rule; reads its metrics. */
#include "core/verdict.h"

#include "base/json.h"
#include "core/pattern.h"
#include "core/verdict_words.h"

#include <string.h>

struct range {
    int low, high;
};

static bool digits3(const char *s)
{
    return strspn(s, "0123456789") >= 3;
}

static int number3(const char *s)
{
    return (s[0] - '0') * 100 + (s[1] - '0') * 10 + (s[2] - '0');
}

static bool range_parse(const char *s, struct range *ret)
{
    size_t len = strlen(s);
    if (len == 3 && s[0] >= '2' && s[0] <= '9' && (strcmp(s + 1, "xx") == 0)) {
        *ret = (struct range){ (s[0] - '0') * 100, (s[0] - '0') * 100 + 99 };
        return true;
    }
    if (len == 3 && digits3(s))
        *ret = (struct range){ number3(s), number3(s) };
    else if (len == 7 && digits3(s) && s[3] == '-' && digits3(s + 4))
        *ret = (struct range){ number3(s), number3(s + 4) };
    else
        return false;
    return ret->low >= 200 && ret->low <= ret->high;
}

bool verdict_status_valid(const char *pattern)
{
    struct range range;
    return range_parse(pattern, &range);
}

static bool status_wanted(const struct success *s, int status)
{
    struct range range;
    for (int i = 0; i < s->n_status; i++)
        if (range_parse(s->status[i], &range) && status >= range.low && status <= range.high)
            return true;
    return false;
}

/* What a rule wants, in words: "'/ok' to be true". */
static void add_wanted(const struct success_rule *rule, struct buf *message)
{
    const char *place = *rule->pointer ? rule->pointer : "the whole body";
    if (rule->kind == RULE_EQUALS) {
        buf_printf(message, "'%s' to be ", place);
        verdict_add_printable(rule->value, strlen(rule->value), 100, message);
    } else if (rule->kind == RULE_MATCHES) {
        buf_printf(message, "'%s' to match '%s'", place, rule->value);
    } else {
        buf_printf(message, "'%s' to be %s", place, strcmp(rule->value, "true") == 0 ? "there" : "absent");
    }
}

/* The text that an expression is matched against: a string as it is, another value as JSON. Caller frees. */
static char *matched_text(const struct json *v)
{
    return json_string(v) ? mem_strdup(json_string(v)) : json_print(v);
}

static bool rule_holds(const struct success_rule *rule, const struct json *v)
{
    if (rule->kind == RULE_EXISTS)
        return (v != NULL) == (strcmp(rule->value, "true") == 0);
    if (!v)
        return false;
    if (rule->kind == RULE_MATCHES) {
        mem_auto char *text = matched_text(v);
        return pattern_match(rule->value, text);
    }
    json_auto struct json *wanted = json_parse(rule->value, strlen(rule->value), NULL);
    return wanted && json_equal(wanted, v);
}

/* What stands at the rule's place, after "but ". */
static void add_found(const struct success_rule *rule, const struct json *v, struct buf *message)
{
    if (!v) {
        buf_str_add(message, "the answer has nothing there");
        return;
    }
    mem_auto char *text = json_print(v);
    buf_str_add(message, "it is ");
    verdict_add_printable(text, strlen(text), 100, message);
    if (rule->kind == RULE_MATCHES && strlen(text) > PATTERN_TEXT_BYTES)
        buf_printf(message, " (longer than the %d bytes that a rule reads)", PATTERN_TEXT_BYTES);
}

static void add_broken(const struct success_rule *rule, int index, const struct answer *a, const struct json *body,
                       struct buf *message)
{
    buf_auto struct buf said = BUF_SECRET(600);
    const struct json *v = json_pointer(body, rule->pointer);
    buf_printf(message, "the function answered ");
    verdict_add_status(a->status, message);
    buf_printf(message, ", but not with success: 'success.json[%d]' wants ", index);
    add_wanted(rule, message);
    buf_str_add(message, ", but ");
    add_found(rule, v, message);
    if (json_type(body) == JSON_OBJECT && (json_get(body, "error") || json_get(body, "message")))
        verdict_add_excerpt(a, &said, message);
    buf_str_add(message, ": look at the function's log, or change the rule if this answer is a success");
}

/* Does the body look as if it was meant to be JSON? Then where it is wrong is worth telling. */
static bool begins_like_json(const struct answer *a)
{
    size_t i = 0;
    while (i < a->body_len && memchr(" \t\r\n", a->body[i], 4))
        i++;
    return i < a->body_len && (a->body[i] == '{' || a->body[i] == '[');
}

/* A body that no rule can be applied to. */
static void add_unreadable(const struct job *j, const struct answer *a, const char *reason, struct buf *message)
{
    buf_str_add(message, "the function answered ");
    verdict_add_status(a->status, message);
    if (a->body_len == 0)
        buf_str_add(message, " with an empty body");
    else if (a->truncated)
        buf_printf(message, " with a body longer than the %zu bytes that are kept", a->body_len);
    else if (begins_like_json(a))
        buf_printf(message, " with a body that cannot be read as JSON (%s)", reason);
    else
        buf_str_add(message, " with a body that is not JSON");
    buf_str_add(message, ", but 'success.json[0]' wants ");
    add_wanted(&j->success.rules[0], message);
    if (a->body_len && !a->truncated) {
        buf_str_add(message, "; it begins \"");
        verdict_add_printable(a->body, a->body_len, 80, message);
        buf_char(message, '"');
    }
    buf_str_add(message, a->truncated ? ": let the function answer with less"
                                      : ": let the function answer with JSON, or take the rules out of 'success.json'");
}

static enum outcome judge_rules(const struct job *j, const struct answer *a, struct buf *message)
{
    struct err e = { 0 };
    json_auto struct json *body = a->truncated || !a->body_len ? NULL : json_parse(a->body, a->body_len, &e);
    if (!body) {
        add_unreadable(j, a, e.text, message);
        return OUTCOME_ASSERTION;
    }
    for (int i = 0; i < j->success.n_rules; i++) {
        const struct success_rule *rule = &j->success.rules[i];
        if (rule_holds(rule, json_pointer(body, rule->pointer)))
            continue;
        add_broken(rule, i, a, body, message);
        return OUTCOME_ASSERTION;
    }
    return OUTCOME_OK;
}

enum outcome verdict(const struct job *j, const struct target *t, const struct answer *a, struct buf *message)
{
    if (status_wanted(&j->success, a->status))
        return j->success.n_rules ? judge_rules(j, a, message) : OUTCOME_OK;
    buf_auto struct buf said = BUF_SECRET(600);
    buf_str_add(message, "the function answered ");
    verdict_add_status(a->status, message);
    if (a->status < 300 || a->status > 399)
        verdict_add_excerpt(a, &said, message);
    verdict_add_advice(j, t, a, buf_str(&said), message);
    return OUTCOME_HTTP_STATUS;
}

void verdict_metrics(const struct job *j, const struct answer *a, struct buf *out)
{
    if (j->n_metrics == 0 || a->truncated || a->body_len == 0)
        return;
    json_auto struct json *body = json_parse(a->body, a->body_len, NULL);
    json_auto struct json *found = json_new_object();
    for (int i = 0; body && i < j->n_metrics; i++) {
        const struct json *v = json_pointer(body, j->metrics[i].pointer);
        if (json_type(v) == JSON_NUMBER)
            json_add_number(found, j->metrics[i].name, json_number(v));
        else if (json_type(v) == JSON_BOOL)
            json_add_int(found, j->metrics[i].name, json_bool(v));
    }
    if (json_count(found) == 0)
        return;
    mem_auto char *text = json_print(found);
    buf_str_add(out, text);
}
