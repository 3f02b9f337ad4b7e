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

/* Where `"name":` stands, and what is after it; NULL: nowhere. */
static const char *find_member(const char *metrics, const char *end, const char *name)
{
    size_t len = strlen(name);
    for (const char *s = metrics; (s = memchr(s, '"', (size_t)(end - s))) && (size_t)(end - s) > len + 2; s++)
        if (memcmp(s + 1, name, len) == 0 && s[1 + len] == '"' && s[2 + len] == ':')
            return s + len + 3;
    return NULL;
}

static bool has(const char *s, const char *end, char c)
{
    return memchr(s, c, (size_t)(end - s)) != NULL;
}

enum found { FOUND_NOT, FOUND_NUMBER, FOUND_UNSURE };

/* Metrics as we print them are one flat object of numbers without blanks and escapes, and this is asked of each run: so the number is taken from the text. */
static enum found find_number(const char *metrics, size_t len, const char *name, double *ret)
{
    char number[NUMBER_BYTES];
    const char *end = metrics + len;
    if (len < 2 || metrics[0] != '{' || has(metrics, end, ' ') || has(metrics, end, '\\') || has(metrics, end, '[') ||
        has(metrics + 1, end, '{'))
        return FOUND_UNSURE;
    const char *s = find_member(metrics, end, name);
    if (!s)
        return FOUND_NOT;
    size_t n = 0;
    while (s < end && n + 1 < sizeof number && *s != ',' && *s != '}')
        number[n++] = *s++;
    number[n] = '\0';
    return s < end && read_number(number, ret) ? FOUND_NUMBER : FOUND_UNSURE;
}

/* The same of any JSON. */
static bool parse_number(const char *metrics, size_t len, const char *name, double *ret)
{
    json_auto struct json *doc = json_parse(metrics, len, NULL);
    const struct json *v = json_type(doc) == JSON_OBJECT ? json_get(doc, name) : NULL;
    if (json_type(v) != JSON_NUMBER && json_type(v) != JSON_BOOL)
        return false;
    *ret = json_type(v) == JSON_BOOL ? json_bool(v) : json_number(v);
    return true;
}

bool metric_condition_holds(const struct metric_condition *c, const char *metrics, size_t len, double *ret_value)
{
    double value;
    enum found found = metrics ? find_number(metrics, len, c->name, &value) : FOUND_NOT;
    if (found == FOUND_NOT || (found == FOUND_UNSURE && !parse_number(metrics, len, c->name, &value)))
        return false;
    if (ret_value)
        *ret_value = value;
    return compare(c->comparison, value, c->limit);
}
