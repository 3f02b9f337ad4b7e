/* retry_after.c - the Retry-After field: delay-seconds or an HTTP-date (RFC 9110 sections 10.2.3 and 5.6.7). */
#include "core/retry.h"

#include <stddef.h>
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

/* A two-digit year is the one of that name from 49 years ago to 50 years ahead (RFC 9110 section 5.6.7). */
static int century(int yy, struct wall now)
{
    int this_year = civil_from_ms(now.ms).year;
    int year = this_year - this_year % 100 + yy;
    return year > this_year + 50 ? year - 100 : year <= this_year - 50 ? year + 100 : year;
}

/* The three forms of HTTP-date, the preferred one first. w: letters; M: month; other letters of a kind: that many
 * digits of a number; _: a digit or a space; the rest stands for itself. */
static const char *const FORMS[] = {
    "w, DD MMM YYYY hh:mm:ss GMT", /* IMF-fixdate */
    "w, DD-MMM-yy hh:mm:ss GMT",   /* RFC 850 */
    "w MMM _D hh:mm:ss YYYY",      /* asctime() */
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int *part_of(struct civil *c, char kind)
{
    return kind == 'D' || kind == '_'   ? &c->day
           : kind == 'h'                ? &c->hour
           : kind == 'm'                ? &c->minute
           : kind == 's'                ? &c->second
           : kind == 'Y' || kind == 'y' ? &c->year
                                        : NULL;
}

static bool take_digit(const char **s, char kind, int *part)
{
    if (kind == '_' && **s == ' ')
        return (*s)++, true;
    if (**s < '0' || **s > '9')
        return false;
    *part = *part * 10 + (*(*s)++ - '0');
    return true;
}

/* Reads s in one form; it must take the whole text. */
static bool form_parse(const char *form, const char *s, struct civil *c)
{
    *c = (struct civil){ 0 };
    for (; *form; form++) {
        int *part = part_of(c, *form);
        if (strncmp(form, "MMM", 3) == 0) {
            c->month = month_number(s);
            s += c->month ? 3 : 0;
            form += 2;
        } else if (*form == 'w') {
            while (is_letter(*s))
                s++;
        } else if (strcmp(form, "GMT") == 0) {
            return strcmp(s, form) == 0;
        } else if (part ? !take_digit(&s, *form, part) : *s++ != *form) {
            return false;
        }
    }
    return *s == '\0';
}

static bool date_parse(const char *s, struct wall now, struct civil *c)
{
    for (size_t i = 0; i < MEM_COUNT(FORMS); i++) {
        if (!form_parse(FORMS[i], s, c))
            continue;
        if (strstr(FORMS[i], "yy"))
            c->year = century(c->year, now);
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
