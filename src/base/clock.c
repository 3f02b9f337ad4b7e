#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#ifdef EDGECRON_TEST_HOOKS
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* Read at every call, so that a test can move the clock of a running server. */
static int64_t test_offset_ms(void)
{
    const char *file = getenv("EDGECRON_TEST_CLOCK_FILE");
    char text[32] = "";
    int fd = file ? open(file, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return 0;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    return n > 0 ? strtoll(text, NULL, 10) : 0;
}
#endif

struct wall clock_wall(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    struct wall w = { (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000 };
#ifdef EDGECRON_TEST_HOOKS
    w.ms += test_offset_ms();
#endif
    return w;
}

struct mono clock_mono(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (struct mono){ (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000 };
}

/* Days from civil and back: Howard Hinnant's algorithms for the proleptic Gregorian calendar, in eras of 400 years. */
int64_t civil_to_days(int year, int month, int day)
{
    int64_t y = year - (month <= 2);
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

static void days_to_civil(int64_t days, struct civil *c)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t doe = days - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    c->day = (int)(doy - (153 * mp + 2) / 5 + 1);
    c->month = (int)(mp < 10 ? mp + 3 : mp - 9);
    c->year = (int)(yoe + era * 400 + (c->month <= 2));
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

struct civil civil_from_ms(int64_t ms)
{
    struct civil c;
    int64_t days = floor_div(ms, 86400000);
    int64_t rest = ms - days * 86400000;
    days_to_civil(days, &c);
    c.ms = (int)(rest % 1000);
    c.second = (int)(rest / 1000 % 60);
    c.minute = (int)(rest / 60000 % 60);
    c.hour = (int)(rest / 3600000);
    return c;
}

int64_t civil_to_ms(const struct civil *c)
{
    int64_t days = civil_to_days(c->year, c->month, c->day);
    return ((days * 24 + c->hour) * 60 + c->minute) * 60000 + (int64_t)c->second * 1000 + c->ms;
}

int civil_weekday(int64_t days)
{
    int64_t w = (days + 4) % 7; /* 1970-01-01 was a Thursday */
    return (int)(w < 0 ? w + 7 : w);
}

int civil_month_days(int year, int month)
{
    static const signed char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

static char *digits(char *p, int value, int n, char after)
{
    for (int i = n - 1; i >= 0; i--, value /= 10)
        p[i] = (char)('0' + value % 10);
    p[n] = after;
    return p + n + 1;
}

/* By hand, as each call has several times in it and printf takes 2,000 instructions for one. */
char *wall_format(struct wall t, char *out)
{
    struct civil c = civil_from_ms(t.ms);
    if (c.year < 0 || c.year > 9999) {
        snprintf(out, WALL_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", c.year, c.month, c.day, c.hour, c.minute,
                 c.second, c.ms);
        return out;
    }
    char *p = digits(out, c.year, 4, '-');
    p = digits(p, c.month, 2, '-');
    p = digits(p, c.day, 2, 'T');
    p = digits(p, c.hour, 2, ':');
    p = digits(p, c.minute, 2, ':');
    p = digits(p, c.second, 2, '.');
    *digits(p, c.ms, 3, 'Z') = '\0';
    return out;
}

char *wall_format_offset(struct wall t, int offset_s, char *out)
{
    struct civil c = civil_from_ms(t.ms + (int64_t)offset_s * 1000);
    int minutes = offset_s / 60;
    int n = snprintf(out, WALL_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d", c.year, c.month, c.day, c.hour, c.minute,
                     c.second);
    if (offset_s == 0)
        snprintf(out + n, WALL_TEXT_SIZE - (size_t)n, "Z");
    else
        snprintf(out + n, WALL_TEXT_SIZE - (size_t)n, "%c%02d:%02d", minutes < 0 ? '-' : '+',
                 (minutes < 0 ? -minutes : minutes) / 60, (minutes < 0 ? -minutes : minutes) % 60);
    return out;
}

/* Reads exactly `digits` digits; -1 when there are others. */
static int take_number(const char **p, int digits)
{
    int n = 0;
    for (int i = 0; i < digits; i++, (*p)++) {
        if (**p < '0' || **p > '9')
            return -1;
        n = n * 10 + (**p - '0');
    }
    return n;
}

static bool take_char(const char **p, const char *any_of)
{
    if (!**p || !strchr(any_of, **p))
        return false;
    (*p)++;
    return true;
}

static bool take_fraction(const char **p, int *ret_ms)
{
    int scale = 100;
    *ret_ms = 0;
    if (!take_char(p, "."))
        return true;
    if (**p < '0' || **p > '9')
        return false;
    for (; **p >= '0' && **p <= '9'; (*p)++, scale /= 10)
        *ret_ms += (**p - '0') * scale; /* digits beyond milliseconds are cut */
    return true;
}

static bool take_offset(const char **p, int64_t *ret_ms)
{
    *ret_ms = 0;
    if (take_char(p, "Zz"))
        return true;
    bool west = **p == '-';
    if (!take_char(p, "+-"))
        return false;
    int hours = take_number(p, 2);
    if (hours < 0 || hours > 23 || !take_char(p, ":"))
        return false;
    int minutes = take_number(p, 2);
    if (minutes < 0 || minutes > 59)
        return false;
    *ret_ms = (hours * 60 + minutes) * 60000LL * (west ? -1 : 1);
    return true;
}

bool wall_parse(const char *text, struct wall *ret)
{
    const char *p = text;
    struct civil c = { 0 };
    int64_t offset_ms;
    if ((c.year = take_number(&p, 4)) < 1970 || !take_char(&p, "-") || (c.month = take_number(&p, 2)) < 1 ||
        c.month > 12 || !take_char(&p, "-") || (c.day = take_number(&p, 2)) < 1 ||
        c.day > civil_month_days(c.year, c.month) || !take_char(&p, "Tt ") || (c.hour = take_number(&p, 2)) < 0 ||
        c.hour > 23 || !take_char(&p, ":") || (c.minute = take_number(&p, 2)) < 0 || c.minute > 59 ||
        !take_char(&p, ":") || (c.second = take_number(&p, 2)) < 0 || c.second > 59 || !take_fraction(&p, &c.ms) ||
        !take_offset(&p, &offset_ms) || *p)
        return false;
    ret->ms = civil_to_ms(&c) - offset_ms;
    return ret->ms >= 0;
}
