/* pattern.c - measures an expression before regcomp may expand it. */
#include "core/pattern.h"

#include <regex.h>
#include <stddef.h>
#include <string.h>

#define COST_MAX 300 /* states of the expanded expression, about: some 40 ms for the worst expression and text */
#define DEPTH_MAX 20 /* nested groups */

struct measure {
    long total[DEPTH_MAX + 1]; /* of the open groups; [0] is the expression */
    long last;                 /* of the atom that a bound would repeat */
    int depth;
};

/* Length of the bracket expression at s ("[...]"). */
static size_t bracket_len(const char *s)
{
    size_t i = s[1] == '^' ? 2 : 1;
    if (s[i] == ']')
        i++;
    while (s[i] && s[i] != ']') {
        if (s[i] == '[' && (s[i + 1] == ':' || s[i + 1] == '.' || s[i + 1] == '=')) {
            const char close[] = { s[i + 1], ']', '\0' };
            const char *end = strstr(s + i + 2, close);
            i = end ? (size_t)(end - s) + 2 : strlen(s);
        } else {
            i++;
        }
    }
    return s[i] ? i + 1 : i;
}

/* Length of the bound at s ("{2,5}"), and how many copies of its atom it makes at most. */
static size_t bound_len(const char *s, long *ret_copies)
{
    long low = 0, high = 0;
    size_t i = 1;
    for (; s[i] >= '0' && s[i] <= '9' && low < 100000; i++)
        low = low * 10 + (s[i] - '0');
    if (s[i] == ',')
        for (i++; s[i] >= '0' && s[i] <= '9' && high < 100000; i++)
            high = high * 10 + (s[i] - '0');
    *ret_copies = (high > low ? high : low) + 1;
    return s[i] == '}' ? i + 1 : i;
}

static void atom(struct measure *m, long cost)
{
    m->last = cost;
    m->total[m->depth] += cost;
}

/* Takes the construct at s, returns its length; 0 when it is one that is not allowed. */
static size_t measure_next(struct measure *m, const char *s)
{
    long copies;
    size_t len;
    switch (*s) {
    case '(':
        if (m->depth == DEPTH_MAX)
            return 0;
        m->total[++m->depth] = 1;
        return 1;
    case ')':
        if (m->depth > 0) {
            long group = m->total[m->depth--];
            atom(m, group);
        }
        return 1;
    case '{':
        len = bound_len(s, &copies);
        m->total[m->depth] += m->last * (copies - 1);
        m->last *= copies;
        return len;
    case '[':
        atom(m, 1);
        return bracket_len(s);
    case '\\':
        atom(m, 1);
        return s[1] >= '1' && s[1] <= '9' ? 0 : s[1] ? 2 : 1;
    default:
        if (!strchr("*+?", *s)) /* these repeat without copies */
            atom(m, 1);
        return 1;
    }
}

int pattern_check(const char *pattern, struct err *e)
{
    struct measure m = { .last = 1 };
    regex_t regex;
    char reason[128];
    if (strlen(pattern) > PATTERN_BYTES)
        return err_set(e, ERR_INVALID, "the expression is %zu bytes long; expected at most %d", strlen(pattern),
                       PATTERN_BYTES);
    for (const char *s = pattern; *s;) {
        size_t len = measure_next(&m, s);
        if (len == 0)
            return err_set(e, ERR_INVALID,
                           "character %zu opens a back reference or a group in more than %d others; expected "
                           "an expression without",
                           (size_t)(s - pattern) + 1, DEPTH_MAX);
        s += len;
        if (m.total[m.depth] > COST_MAX || m.last > COST_MAX)
            return err_set(e, ERR_INVALID,
                           "the repetitions before character %zu multiply to more than %d; "
                           "expected smaller bounds",
                           (size_t)(s - pattern) + 1, COST_MAX);
    }
    int rc = regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB);
    if (rc == 0)
        return regfree(&regex), 0;
    regerror(rc, NULL, reason, sizeof reason);
    return err_set(e, ERR_INVALID, "not a POSIX extended regular expression: %s", reason);
}

bool pattern_match(const char *pattern, const char *text)
{
    regex_t regex;
    if (strlen(text) > PATTERN_TEXT_BYTES || regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return false;
    bool match = regexec(&regex, text, 0, NULL, 0) == 0;
    regfree(&regex);
    return match;
}
