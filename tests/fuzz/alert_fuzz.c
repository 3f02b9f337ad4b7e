/* Any JSON as a rule and as a job's own rules: refused with a pointer, or read, printed and read again to the same. Any line as a condition, and what follows it as a run's
 * metrics: what is taken from the text is what its JSON says. */
#include "core/alert.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    json_init();
    return 0;
}

static char *read_rule(const struct json *doc, struct err *e)
{
    struct arena *a = arena_new(0);
    struct alert_rule r;
    char *text = NULL;
    if (alert_rule_parse(doc, NULL, a, &r, e) == 0) {
        json_auto struct json *printed = alert_rule_to_json(&r);
        text = json_print(printed);
    }
    arena_free(a);
    return text;
}

static char *read_own(const struct json *doc, struct err *e)
{
    mem_auto char *given = json_print(doc);
    struct arena *a = arena_new(0);
    struct alert_rule *rules;
    char *text = NULL;
    int n;
    if (alert_rules_of_job(given, a, &rules, &n, e) == 0) {
        json_auto struct json *array = json_new_array();
        for (int i = 0; i < n; i++)
            json_add(array, NULL, alert_rule_to_json(&rules[i]));
        text = json_print(array);
    }
    arena_free(a);
    return text;
}

static void check(const struct json *doc, char *(*read)(const struct json *doc, struct err *e))
{
    struct err e = { 0 };
    mem_auto char *once = read(doc, &e);
    if (!once) {
        if (e.code != ERR_INVALID || !e.text[0] || !json_pointer_valid(e.pointer))
            abort();
        return;
    }
    json_auto struct json *again = json_parse(once, strlen(once), &e);
    mem_auto char *twice = again ? read(again, &e) : NULL;
    if (!twice || strcmp(once, twice) != 0)
        abort();
}

/* A copy of just these octets, so that reading on is found. */
static void check_metrics(const struct metric_condition *c, const uint8_t *data, size_t size)
{
    char *metrics = malloc(size + !size);
    double value = NAN;
    if (!metrics)
        abort();
    memcpy(metrics, data, size);
    bool holds = metric_condition_holds(c, metrics, size, &value);
    json_auto struct json *doc = json_parse(metrics, size, NULL);
    const struct json *v = json_type(doc) == JSON_OBJECT ? json_get(doc, c->name) : NULL;
    bool is_number = json_type(v) == JSON_NUMBER;
    if ((holds && isnan(value)) || (is_number && fabs(json_number(v) - value) > 0) ||
        (doc && !is_number && json_type(v) != JSON_BOOL && !isnan(value)))
        abort();
    free(metrics);
}

static void check_condition(const uint8_t *data, size_t size)
{
    const uint8_t *end = memchr(data, '\n', size);
    struct metric_condition c;
    struct err e = { 0 };
    if (!end)
        return;
    mem_auto char *text = mem_strndup((const char *)data, (size_t)(end - data));
    if (metric_condition_parse(text, &c, &e) == 0)
        check_metrics(&c, end + 1, size - (size_t)(end + 1 - data));
    else if (e.code != ERR_INVALID || !e.text[0])
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_auto struct json *doc = json_parse((const char *)data, size, NULL);
    if (doc) {
        check(doc, read_rule);
        check(doc, read_own);
    }
    if (size > 0)
        check_condition(data, size);
    return 0;
}
