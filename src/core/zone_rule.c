/* zone_rule.c - POSIX TZ strings, the footer of a TZif file: "CET-1CEST,M3.5.0,M10.5.0/3", "<+03>-3".
 *
 * Every reader below takes the text at *p, and on success moves *p past what it read. */
#include "core/zone_table.h"

#include "base/clock.h"

#include <string.h>

static bool is_alpha(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool read_char(const char **p, const char *end, char c)
{
    if (*p == end || **p != c)
        return false;
    (*p)++;
    return true;
}

static bool read_number(const char **p, const char *end, int least, int most, int *ret)
{
    const char *start = *p;
    int n = 0;

    while (*p < end && is_digit(**p) && *p - start < 4)
        n = n * 10 + (*(*p)++ - '0');
    if (*p == start || n < least || n > most)
        return false;
    *ret = n;
    return true;
}

/* "CEST", or in angle brackets "<+03>", where digits and signs may stand too. */
static bool read_name(const char **p, const char *end, char *out)
{
    bool quoted = read_char(p, end, '<');
    size_t n = 0;

    while (*p < end && (is_alpha(**p) || (quoted && (is_digit(**p) || **p == '+' || **p == '-')))) {
        if (n == ZONE_ABBREVIATION_MAX)
            return false;
        out[n++] = *(*p)++;
    }
    out[n] = '\0';
    return n >= 3 && (!quoted || read_char(p, end, '>'));
}

/* [+-]hh[:mm[:ss]] */
static bool read_time(const char **p, const char *end, int most_hours, int *ret)
{
    bool negative = read_char(p, end, '-');
    int hours, minutes = 0, seconds = 0;

    if (!negative)
        read_char(p, end, '+');
    if (!read_number(p, end, 0, most_hours, &hours))
        return false;
    if (read_char(p, end, ':')) {
        if (!read_number(p, end, 0, 59, &minutes))
            return false;
        if (read_char(p, end, ':') && !read_number(p, end, 0, 59, &seconds))
            return false;
    }
    *ret = hours * 3600 + minutes * 60 + seconds;
    if (negative)
        *ret = -*ret;
    return true;
}

static bool read_weekday_date(const char **p, const char *end, struct zone_rule_date *d)
{
    d->kind = ZONE_RULE_WEEKDAY;
    return read_number(p, end, 1, 12, &d->month) && read_char(p, end, '.') && read_number(p, end, 1, 5, &d->week) &&
           read_char(p, end, '.') && read_number(p, end, 0, 6, &d->day);
}

static bool read_date(const char **p, const char *end, struct zone_rule_date *d)
{
    bool ok;

    if (read_char(p, end, 'M')) {
        ok = read_weekday_date(p, end, d);
    } else if (read_char(p, end, 'J')) {
        d->kind = ZONE_RULE_JULIAN;
        ok = read_number(p, end, 1, 365, &d->day);
    } else {
        d->kind = ZONE_RULE_DAY;
        ok = read_number(p, end, 0, 365, &d->day);
    }
    d->time_s = 2 * 3600;
    if (ok && read_char(p, end, '/'))
        ok = read_time(p, end, 167, &d->time_s);
    return ok;
}

/* The offset is written west-positive. */
static bool read_offset(const char **p, const char *end, int *ret)
{
    if (!read_time(p, end, 24, ret))
        return false;
    *ret = -*ret;
    return true;
}

static bool read_daylight(const char **p, const char *end, struct zone_rule *r)
{
    r->has_dst = true;
    r->dst_offset = r->std_offset + 3600;
    if (!read_name(p, end, r->dst_name))
        return false;
    if (*p < end && **p != ',' && !read_offset(p, end, &r->dst_offset))
        return false;
    return read_char(p, end, ',') && read_date(p, end, &r->start) && read_char(p, end, ',') &&
           read_date(p, end, &r->end);
}

bool zone_rule_parse(const char *text, size_t len, struct zone_rule *ret)
{
    const char *p = text, *end = text + len;

    memset(ret, 0, sizeof(*ret));
    if (!read_name(&p, end, ret->std_name) || !read_offset(&p, end, &ret->std_offset))
        return false;
    if (p < end && !read_daylight(&p, end, ret))
        return false;
    return p == end && ret->dst_offset >= ZONE_OFFSET_MIN && ret->dst_offset <= ZONE_OFFSET_MAX;
}

static bool is_leap(int year)
{
    return civil_month_days(year, 2) == 29;
}

static int64_t weekday_date(const struct zone_rule_date *d, int year)
{
    int64_t first = civil_to_days(year, d->month, 1);
    int day = 1 + (d->day - civil_weekday(first) + 7) % 7 + (d->week - 1) * 7;

    if (day > civil_month_days(year, d->month))
        day -= 7;
    return first + day - 1;
}

static int64_t rule_local(const struct zone_rule_date *d, int year)
{
    int64_t days;

    if (d->kind == ZONE_RULE_WEEKDAY)
        days = weekday_date(d, year);
    else if (d->kind == ZONE_RULE_DAY)
        days = civil_to_days(year, 1, 1) + d->day;
    else /* Jn never counts 29 February */
        days = civil_to_days(year, 1, 1) + d->day - 1 + (is_leap(year) && d->day >= 60 ? 1 : 0);
    return days * 86400 + d->time_s;
}

int64_t zone_rule_start(const struct zone_rule *r, int year)
{
    return rule_local(&r->start, year) - r->std_offset;
}

int64_t zone_rule_end(const struct zone_rule *r, int year)
{
    return rule_local(&r->end, year) - r->dst_offset;
}
