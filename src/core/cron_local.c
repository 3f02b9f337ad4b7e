/* cron_local.c - finding civil times by bit arithmetic: never steps through minutes, nor through days. */
#include "core/cron_local.h"

#include "base/clock.h"

#define WEEK_MASK 0x7f
#define EVERY_SEVENTH UINT64_C(0x10204081) /* bits 0, 7, 14, 21, 28 */
#define LAST_YEAR 2201                     /* past CRON_LOCAL_MAX */

struct day {
    int year, month, day;
};

/* Sets of weekdays, turned so that bit 0 is `first` instead of Sunday. */
static uint32_t weekdays_from(uint32_t weekdays, int first)
{
    return ((weekdays >> first) | (weekdays << (7 - first))) & WEEK_MASK;
}

/* The day that dW names: d, or the nearest from Monday to Friday within the month; 0 when the month has no such day. */
static int nearest_workday(int d, int first_weekday, int n_days)
{
    int weekday = (first_weekday + d - 1) % 7;

    if (d > n_days)
        return 0;
    if (weekday == 6)
        return d > 1 ? d - 1 : d + 2;
    if (weekday == 0)
        return d < n_days ? d + 1 : d - 2;
    return d;
}

static int last_workday(int first_weekday, int n_days)
{
    int weekday = (first_weekday + n_days - 1) % 7;

    return weekday == 0 ? n_days - 2 : weekday == 6 ? n_days - 1 : n_days;
}

/* Days named by the day-of-month field, bit 1..31; the caller cuts at the end of the month. */
static uint32_t mask_of_days(const struct cron *c, int first_weekday, int n_days)
{
    uint32_t mask = c->day;

    if (c->last_day)
        mask |= 1u << n_days;
    if (c->last_workday)
        mask |= 1u << last_workday(first_weekday, n_days);
    for (uint32_t left = c->near_weekday; left; left &= left - 1)
        mask |= 1u << nearest_workday(__builtin_ctz(left), first_weekday, n_days);
    return mask;
}

/* Days named by the day-of-week field, bit 1..31. */
static uint32_t mask_of_weekdays(const struct cron *c, int first_weekday, int n_days)
{
    uint64_t mask = weekdays_from(c->weekday, first_weekday) * EVERY_SEVENTH; /* bit 0: the 1st */

    if (c->last_weekday)
        mask |= (uint64_t)weekdays_from(c->last_weekday, (first_weekday + n_days) % 7) << (n_days - 7);
    for (int k = 0; k < 5; k++)
        mask |= (uint64_t)weekdays_from(c->nth_weekday[k], first_weekday) << (7 * k);
    return (uint32_t)(mask << 1);
}

static uint32_t month_mask(const struct cron *c, int year, int month, int first_weekday)
{
    int n_days = civil_month_days(year, month);
    uint32_t all = (uint32_t)((UINT64_C(2) << n_days) - 2), mask;

    if (c->day_any && c->weekday_any)
        return all;
    if (c->weekday_any)
        mask = mask_of_days(c, first_weekday, n_days);
    else if (c->day_any)
        mask = mask_of_weekdays(c, first_weekday, n_days);
    else
        mask = mask_of_days(c, first_weekday, n_days) | mask_of_weekdays(c, first_weekday, n_days);
    return mask & all;
}

uint32_t cron_month_mask(const struct cron *c, int year, int month)
{
    if (!(c->month >> month & 1))
        return 0;
    return month_mask(c, year, month, civil_weekday(civil_to_days(year, month, 1)));
}

/* The first named day at or after d, as a day number. */
static int64_t next_day(const struct cron *c, struct day d)
{
    int year = d.year, month = d.month;
    uint32_t from = UINT32_MAX << d.day;

    while (year < LAST_YEAR) {
        uint32_t months = c->month & (UINT32_MAX << month), mask;

        if (!months) {
            year++;
            month = 1;
            from = UINT32_MAX;
            continue;
        }
        if (!(c->month >> month & 1)) {
            month = __builtin_ctz(months);
            from = UINT32_MAX;
        }
        mask = cron_month_mask(c, year, month) & from;
        if (mask)
            return civil_to_days(year, month, __builtin_ctz(mask));
        month++;
        from = UINT32_MAX;
    }
    return CRON_LOCAL_NONE;
}

/* The last named day at or before d. */
static int64_t previous_day(const struct cron *c, struct day d)
{
    int year = d.year, month = d.month;
    uint32_t upto = (uint32_t)((UINT64_C(2) << d.day) - 1);

    while (year >= 1969) {
        uint32_t months = c->month & ((2u << month) - 1), mask;

        if (!months) {
            year--;
            month = 12;
            upto = UINT32_MAX;
            continue;
        }
        if (!(c->month >> month & 1)) {
            month = 31 - __builtin_clz(months);
            upto = UINT32_MAX;
        }
        mask = cron_month_mask(c, year, month) & upto;
        if (mask)
            return civil_to_days(year, month, 31 - __builtin_clz(mask));
        month--;
        upto = UINT32_MAX;
    }
    return CRON_LOCAL_NONE;
}

static int lowest(uint64_t set, int at_least)
{
    uint64_t left = at_least > 63 ? 0 : set >> at_least << at_least;

    return left ? __builtin_ctzll(left) : -1;
}

static int highest(uint64_t set, int at_most)
{
    uint64_t left = at_most < 0 ? 0 : set & (UINT64_MAX >> (63 - at_most));

    return left ? 63 - __builtin_clzll(left) : -1;
}

/* The first named time of day at or after s (0..86399), or -1. */
static int next_time(const struct cron *c, int s)
{
    int hour = s / 3600, minute = s / 60 % 60, second = s % 60;
    int h = lowest(c->hour, hour), m, n;

    if (h == hour) {
        m = lowest(c->minute, minute);
        n = m == minute ? lowest(c->second, second) : -1;
        if (n < 0 && m == minute)
            m = lowest(c->minute, minute + 1);
        if (m >= 0)
            return h * 3600 + m * 60 + (n >= 0 ? n : lowest(c->second, 0));
        h = lowest(c->hour, hour + 1);
    }
    return h < 0 ? -1 : h * 3600 + lowest(c->minute, 0) * 60 + lowest(c->second, 0);
}

int cron_local_time_before(const struct cron *c, int s)
{
    int hour = s / 3600, minute = s / 60 % 60, second = s % 60;
    int h = highest(c->hour, hour), m, n;

    if (h == hour) {
        m = highest(c->minute, minute);
        n = m == minute ? highest(c->second, second) : -1;
        if (n < 0 && m == minute)
            m = highest(c->minute, minute - 1);
        if (m >= 0)
            return h * 3600 + m * 60 + (n >= 0 ? n : highest(c->second, 59));
        h = highest(c->hour, hour - 1);
    }
    return h < 0 ? -1 : h * 3600 + highest(c->minute, 59) * 60 + highest(c->second, 59);
}

static struct day day_of(int64_t days)
{
    struct civil c = civil_from_ms(days * CRON_DAY_S * 1000);

    return (struct day){ c.year, c.month, c.day };
}

static bool day_named(const struct cron *c, struct day d)
{
    if (c->day_any && c->weekday_any)
        return c->month >> d.month & 1;
    return cron_month_mask(c, d.year, d.month) >> d.day & 1;
}

static int64_t floor_days(int64_t s)
{
    return s >= 0 ? s / CRON_DAY_S : -((-s + CRON_DAY_S - 1) / CRON_DAY_S);
}

int64_t cron_local_next(const struct cron *c, int64_t local_s)
{
    int64_t s = local_s < CRON_LOCAL_MIN ? CRON_LOCAL_MIN : local_s, days = floor_days(s), found;
    struct day d;
    int time;

    if (s > CRON_LOCAL_MAX)
        return CRON_LOCAL_NONE;
    d = day_of(days);
    time = next_time(c, (int)(s - days * CRON_DAY_S));
    if (time >= 0 && day_named(c, d))
        return days * CRON_DAY_S + time;
    d.day++; /* 32 is fine: no bit is that high */
    found = d.day > 31 ? next_day(c, day_of(days + 1)) : next_day(c, d);
    if (found == CRON_LOCAL_NONE || found * CRON_DAY_S > CRON_LOCAL_MAX)
        return CRON_LOCAL_NONE;
    return found * CRON_DAY_S + next_time(c, 0);
}

int64_t cron_local_previous(const struct cron *c, int64_t local_s)
{
    int64_t s = local_s > CRON_LOCAL_MAX ? CRON_LOCAL_MAX : local_s, days = floor_days(s), found;
    struct day d;
    int time;

    if (s < CRON_LOCAL_MIN)
        return CRON_LOCAL_NONE;
    d = day_of(days);
    time = cron_local_time_before(c, (int)(s - days * CRON_DAY_S));
    if (time >= 0 && day_named(c, d))
        return days * CRON_DAY_S + time;
    d.day--; /* 0 is fine: no bit is that low */
    found = previous_day(c, d);
    if (found == CRON_LOCAL_NONE || found * CRON_DAY_S < CRON_LOCAL_MIN)
        return CRON_LOCAL_NONE;
    return found * CRON_DAY_S + cron_local_time_before(c, CRON_DAY_S - 1);
}

static int bits(uint64_t set)
{
    int n = 0;

    for (; set; set &= set - 1)
        n++;
    return n;
}

/* Named times of day before s (0..86400). */
static int64_t times_before(const struct cron *c, int s)
{
    int hour = s / 3600, minute = s / 60 % 60, second = s % 60;
    int64_t minutes = bits(c->minute), seconds = bits(c->second);
    int64_t n = bits(c->hour & ((1u << hour) - 1)) * minutes * seconds;

    if (!(c->hour >> hour & 1))
        return n;
    n += bits(c->minute & ((UINT64_C(1) << minute) - 1)) * seconds;
    if (c->minute >> minute & 1)
        n += bits(c->second & ((UINT64_C(1) << second) - 1));
    return n;
}

/* Named days in [from, until). */
static int64_t days_between(const struct cron *c, int64_t from, int64_t until)
{
    struct day a = day_of(from), b = day_of(until);
    int year = a.year, month = a.month;
    int64_t n = 0;

    while (year < b.year || (year == b.year && month <= b.month)) {
        uint32_t mask = cron_month_mask(c, year, month);

        if (year == a.year && month == a.month)
            mask &= UINT32_MAX << a.day;
        if (year == b.year && month == b.month)
            mask &= (1u << b.day) - 1;
        n += bits(mask);
        year += month == 12;
        month = month == 12 ? 1 : month + 1;
    }
    return n;
}

static int64_t day_part(const struct cron *c, int64_t days, int s)
{
    return s > 0 && day_named(c, day_of(days)) ? times_before(c, s) : 0;
}

int64_t cron_local_count(const struct cron *c, int64_t from, int64_t until)
{
    int64_t first = floor_days(from), last = floor_days(until);

    if (from >= until)
        return 0;
    return days_between(c, first, last) * times_before(c, CRON_DAY_S) -
           day_part(c, first, (int)(from - first * CRON_DAY_S)) + day_part(c, last, (int)(until - last * CRON_DAY_S));
}
