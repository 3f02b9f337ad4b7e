/* metric_condition.c - "followups_failed > 0": read, and held against a run's metrics. */
#include "core/alert.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_BYTES 64
#define BLANKS " \t"

/* The longer of two that begin alike comes first. */
static const struct {
    const char *text;
    enum metric_comparison comparison;
} COMPARISONS[] = {
    { ">=", METRIC_GE }, { "<=", METRIC_LE }, { "==", METRIC_EQ }, { "!=", METRIC_NE },
    { ">", METRIC_GT },  { "<", METRIC_LT },  { "=", METRIC_EQ },
};

#define EXPECTED "expected a metric's name, one of > >= < <= = !=, and a number, such as \"followups_failed > 0\""

static const char *read_name(const char *s, char *name, size_t size)
{
    size_t len = strcspn(s, BLANKS "<>=!");
    if (len >= size)
        return NULL;
    memcpy(name, s, len);
    name[len] = '\0';
    return secret_name_valid(name) ? s + len : NULL; /* metrics are named by the same rule */
}

/* -?digits[.digits][e[+-]digits]: strtod alone would take "nan", "0x1" and blanks. */
static bool read_number(const char *s, double *ret)
{
    static const char digits[] = "0123456789";
    const char *p = s + (*s == '-' || *s == '+');
    size_t whole = strspn(p, digits), fraction = p[whole] == '.' ? strspn(p + whole + 1, digits) : 0;
    if (whole == 0 || (p[whole] == '.' && fraction == 0))
        return false;
    p += whole + (fraction ? fraction + 1 : 0);
    if (*p == 'e' || *p == 'E') {
        p += 1 + (p[1] == '-' || p[1] == '+');
        size_t exponent = strspn(p, digits);
        if (exponent == 0)
            return false;
        p += exponent;
    }
    if (p[strspn(p, BLANKS)] || p - s > NUMBER_BYTES)
        return false;
    *ret = strtod(s, NULL);
    return isfinite(*ret);
}

int metric_condition_parse(const char *text, struct metric_condition *ret, struct err *e)
{
    struct metric_condition c = { .limit = 0 };
    const char *s = read_name(text + strspn(text, BLANKS), c.name, sizeof c.name);
    size_t i = 0;
    if (!s)
        return err_set(e, ERR_INVALID, "\"%.60s\" begins with no metric's name; " EXPECTED, text);
    s += strspn(s, BLANKS);
    while (i < MEM_COUNT(COMPARISONS) && strncmp(s, COMPARISONS[i].text, strlen(COMPARISONS[i].text)) != 0)
        i++;
    if (i == MEM_COUNT(COMPARISONS))
        return err_set(e, ERR_INVALID, "\"%.60s\" does not compare '%s'; " EXPECTED, text, c.name);
    c.comparison = COMPARISONS[i].comparison;
    s += strlen(COMPARISONS[i].text);
    if (!read_number(s + strspn(s, BLANKS), &c.limit))
        return err_set(e, ERR_INVALID, "\"%.60s\" does not end with a number; " EXPECTED, text);
    *ret = c;
    return 0;
}

static bool compare(enum metric_comparison comparison, double value, double limit)
{
    switch (comparison) {
    case METRIC_GT:
        return value > limit;
    case METRIC_GE:
        return value >= limit;
    case METRIC_LT:
        return value < limit;
    case METRIC_LE:
        return value <= limit;
    case METRIC_EQ:
        return !(value < limit) && !(value > limit);
    case METRIC_NE:
        return value < limit || value > limit;
    }
    return false;
}

/* Most runs of most jobs do not have it: that is found without reading the JSON. */
static bool is_named(const char *metrics, size_t len, const char *name)
{
    size_t name_len = strlen(name);
    const char *end = metrics + len, *quote = memchr(metrics, '"', len);
    while (quote && (size_t)(end - quote) > name_len + 1) {
        if (memcmp(quote + 1, name, name_len) == 0 && quote[1 + name_len] == '"')
            return true;
        quote = memchr(quote + 1, '"', (size_t)(end - quote - 1));
    }
    return false;
}

bool metric_condition_holds(const struct metric_condition *c, const char *metrics, size_t len, double *ret_value)
{
    if (!metrics || !is_named(metrics, len, c->name))
        return false;
    json_auto struct json *doc = json_parse(metrics, len, NULL);
    const struct json *v = json_type(doc) == JSON_OBJECT ? json_get(doc, c->name) : NULL;
    if (json_type(v) != JSON_NUMBER && json_type(v) != JSON_BOOL)
        return false;
    double value = json_type(v) == JSON_BOOL ? json_bool(v) : json_number(v);
    if (ret_value)
        *ret_value = value;
    return compare(c->comparison, value, c->limit);
}
