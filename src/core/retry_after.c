/* retry_after.c - the Retry-After field: delay-seconds or an HTTP-date (RFC 9110 sections 10.2.3 and 5.6.7). */
#include "core/retry.h"

#include <stdio.h>
#include <string.h>

#define AFTER_MAX_MS (24 * 60 * 60 * 1000LL)

static const char MONTHS[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

/* 1..12, or 0 when it is no month. */
static int month_number(const char *name)
{
    for (int i = 0; i < 12; i++)
        if (strncmp(MONTHS + 3 * i, name, 3) == 0)
            return i + 1;
    return 0;
}

static bool civil_valid(const struct civil *c)
{
    return c->year >= 1970 && c->year <= 9999 && c->month >= 1 && c->day >= 1 &&
           c->day <= civil_month_days(c->year, c->month) && c->hour >= 0 && c->hour <= 23 && c->minute >= 0 &&
           c->minute <= 59 && c->second >= 0 && c->second <= 60;
}

/* A two-digit year that seems more than 50 years ahead is one of the past (RFC 9110 section 5.6.7). */
static int century(int yy, struct wall now)
{
    int this_year = civil_from_ms(now.ms).year;
    int year = this_year - this_year % 100 + yy;
    return year > this_year + 50 ? year - 100 : year;
}

/* The three forms of HTTP-date, the preferred one first. Each must take the whole text. */
static bool date_parse(const char *s, struct wall now, struct civil *c)
{
    char month[4] = "";
    int end = 0;
    *c = (struct civil){ 0 };
    if (sscanf(s, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT%n", &c->day, month, &c->year, &c->hour, &c->minute,
               &c->second, &end) == 6 && end > 0 && !s[end]) {
        c->month = month_number(month);
        return civil_valid(c);
    }
    end = 0;
    if (sscanf(s, "%*9[A-Za-z], %2d-%3[A-Za-z]-%2d %2d:%2d:%2d GMT%n", &c->day, month, &c->year, &c->hour, &c->minute,
               &c->second, &end) == 6 && end > 0 && !s[end]) {
        c->year = century(c->year, now);
        c->month = month_number(month);
        return civil_valid(c);
    }
    end = 0;
    if (sscanf(s, "%*3[A-Za-z] %3[A-Za-z] %2d %2d:%2d:%2d %4d%n", month, &c->day, &c->hour, &c->minute, &c->second,
               &c->year, &end) == 6 && end > 0 && !s[end]) {
        c->month = month_number(month);
        return civil_valid(c);
    }
    return false;
}

static int64_t capped(int64_t ms)
{
    return ms < 0 ? 0 : ms > AFTER_MAX_MS ? AFTER_MAX_MS : ms;
}

/* Any number of digits: only the size of the answer is capped. */
static bool seconds_parse(const char *s, int64_t *ret_ms)
{
    int64_t n = 0;
    if (!*s)
        return false;
    for (; *s; s++) {
        if (*s < '0' || *s > '9')
            return false;
        if (n < AFTER_MAX_MS)
            n = n * 10 + (*s - '0');
    }
    *ret_ms = n < AFTER_MAX_MS / 1000 ? n * 1000 : AFTER_MAX_MS;
    return true;
}

int64_t retry_after_parse(const char *value, struct wall now)
{
    int64_t ms;
    struct civil c;
    if (!value)
        return 0;
    if (seconds_parse(value, &ms))
        return ms;
    return date_parse(value, now, &c) ? capped(civil_to_ms(&c) - now.ms) : 0;
}
