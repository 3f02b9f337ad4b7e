/* cron_parse.c - from text to a struct cron: tells the kinds of expression apart, and refuses what never comes. */
#include "core/cron_text.h"

#include "base/mem.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define FIELDS_MAX 6
#define QUOTED_MAX 40
#define FIELDS_TEXT "5 (minute hour day-of-month month day-of-week) or 6 (with seconds first)"

struct word {
    const char *start;
    int len;
};

static const struct macro {
    const char *name, *fields;
} macros[] = {
    { "@yearly", "0 0 1 1 *" }, { "@annually", "0 0 1 1 *" }, { "@monthly", "0 0 1 * *" }, { "@weekly", "0 0 * * 0" },
    { "@daily", "0 0 * * *" },  { "@midnight", "0 0 * * *" }, { "@hourly", "0 * * * *" },
};
#define MACROS_TEXT "@yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly, @every or @at"

int cron_refuse(const struct cron_text *t, const char *at, const char *fmt, ...)
{
    char text[384];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    return err_set(t->e, ERR_INVALID, "at column %d: %s", (int)(at - t->start) + 1, text);
}

int cron_refuse_here(const struct cron_text *t, const char *expected)
{
    unsigned char c = t->p < t->end ? (unsigned char)*t->p : 0;

    if (t->p == t->end)
        return cron_refuse(t, t->p, "unexpected end; expected %s", expected);
    if (c <= ' ' || c > '~')
        return cron_refuse(t, t->p, "unexpected byte 0x%02x; expected %s", c, expected);
    return cron_refuse(t, t->p, "unexpected '%c'; expected %s", c, expected);
}

int cron_quoted(const char *from, const char *to)
{
    return to - from > QUOTED_MAX ? QUOTED_MAX : (int)(to - from);
}

bool cron_take(struct cron_text *t, char c)
{
    if (t->p == t->end || *t->p != c)
        return false;
    t->p++;
    return true;
}

bool cron_digits(struct cron_text *t, int *ret)
{
    const char *start = t->p;
    int64_t n = 0;

    for (; t->p < t->end && *t->p >= '0' && *t->p <= '9'; t->p++)
        n = n > INT_MAX ? n : n * 10 + (*t->p - '0');
    *ret = n > INT_MAX ? INT_MAX : (int)n;
    return t->p > start;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Splits at blanks. Returns how many words there are; the first FIELDS_MAX + 1 are in words. */
static int split(const char *text, const char *end, struct word words[FIELDS_MAX + 1])
{
    int n = 0;

    for (const char *p = text; p < end;) {
        const char *start = p;

        while (p < end && !is_blank(*p))
            p++;
        if (p > start && n <= FIELDS_MAX)
            words[n] = (struct word){ start, (int)(p - start) };
        n += p > start;
        while (p < end && is_blank(*p))
            p++;
    }
    return n;
}

static int word_quoted(const struct word *w)
{
    return cron_quoted(w->start, w->start + w->len);
}

static bool word_is(const struct word *w, const char *text)
{
    return w->len == (int)strlen(text) && strncasecmp(w->start, text, (size_t)w->len) == 0;
}

static bool all_digits(const struct word *w)
{
    for (int i = 0; i < w->len; i++)
        if (w->start[i] < '0' || w->start[i] > '9')
            return false;
    return true;
}

/* Days that the month may have, bit 1..31: 29 February comes. */
static uint32_t days_of(int month)
{
    int n = month == 2 ? 29 : month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;

    return (uint32_t)((UINT64_C(2) << n) - 2);
}

static bool ever_comes(const struct cron *c)
{
    if (c->day_any || !c->weekday_any || c->last_day || c->last_workday)
        return true;
    for (int month = 1; month <= 12; month++)
        if ((c->month >> month & 1) && ((c->day | c->near_weekday) & days_of(month)))
            return true;
    return false;
}

static int parse_fields(struct cron_text *t, const struct word *words, int n, struct cron *ret)
{
    const struct word *day = &words[n - 3], *month = &words[n - 2];

    ret->kind = CRON_FIELDS;
    ret->second = 1;
    for (int i = 0; i < n; i++) {
        enum cron_field_id id = (enum cron_field_id)(i + FIELDS_MAX - n);
        int rc;

        t->p = words[i].start;
        t->end = t->p + words[i].len;
        if (id == CRON_SECOND)
            ret->second = 0;
        rc = cron_field_parse(t, id, ret);
        if (rc)
            return rc;
    }
    if (!ever_comes(ret))
        return cron_refuse(t, day->start, "day '%.*s' never comes in month '%.*s'; expected a day that the month has",
                           word_quoted(day), day->start, word_quoted(month), month->start);
    return 0;
}

static int parse_argument(struct cron_text *t, const struct word *words, int n, const char *end, struct cron *ret)
{
    bool every = word_is(&words[0], "@every");

    t->p = n > 1 ? words[1].start : end;
    t->end = n > 1 ? t->p + words[1].len : end;
    if (n > 2)
        return cron_refuse(t, words[2].start, "unexpected '%.*s'; expected the end", word_quoted(&words[2]),
                           words[2].start);
    return every ? cron_every_parse(t, ret) : cron_at_parse(t, ret);
}

static int parse_macro(struct cron_text *t, const struct word *words, int n, const char *end, struct cron *ret)
{
    struct word expanded[FIELDS_MAX + 1];

    if (word_is(&words[0], "@every") || word_is(&words[0], "@at"))
        return parse_argument(t, words, n, end, ret);
    if (word_is(&words[0], "@reboot"))
        return cron_refuse(t, words[0].start, "'@reboot' is not a time; expected " MACROS_TEXT);
    for (size_t i = 0; i < MEM_COUNT(macros); i++) {
        const char *fields = macros[i].fields;

        if (!word_is(&words[0], macros[i].name))
            continue;
        if (n > 1)
            return cron_refuse(t, words[1].start, "unexpected '%.*s'; expected the end", word_quoted(&words[1]),
                               words[1].start);
        return parse_fields(t, expanded, split(fields, fields + strlen(fields), expanded), ret);
    }
    return cron_refuse(t, words[0].start, "'%.*s' is not known; expected " MACROS_TEXT, word_quoted(&words[0]),
                       words[0].start);
}

static int parse_words(struct cron_text *t, const struct word *words, int n, const char *end, struct cron *ret)
{
    if (n == 0)
        return cron_refuse(t, t->start,
                           "the schedule is empty; expected " FIELDS_TEXT " fields, or one such as '@daily'");
    if (words[0].start[0] == '@')
        return parse_macro(t, words, n, end, ret);
    if (n == 2 && all_digits(&words[0])) {
        t->p = words[0].start;
        t->end = words[1].start + words[1].len;
        return cron_seconds_parse(t, ret);
    }
    if (n < 5)
        return cron_refuse(t, words[n - 1].start + words[n - 1].len,
                           "the schedule has %d field%s; expected " FIELDS_TEXT, n, n == 1 ? "" : "s");
    if (n > FIELDS_MAX)
        return cron_refuse(t, words[FIELDS_MAX].start, "the schedule has %d fields; expected " FIELDS_TEXT, n);
    return parse_fields(t, words, n, ret);
}

int cron_parse(const char *text, struct cron *ret, struct err *e)
{
    struct cron_text t = { .start = text, .p = text, .e = e };
    struct word words[FIELDS_MAX + 1];
    size_t len = strnlen(text, CRON_TEXT_MAX + 1);
    int n;

    memset(ret, 0, sizeof(*ret));
    if (len > CRON_TEXT_MAX)
        return cron_refuse(&t, text + CRON_TEXT_MAX, "the schedule is too long; expected at most %d bytes",
                           CRON_TEXT_MAX);
    n = split(text, text + len, words);
    return parse_words(&t, words, n, text + len, ret);
}
