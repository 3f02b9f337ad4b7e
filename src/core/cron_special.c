/* cron_special.c - the expressions that are not fields: "@every 1h30m", "@at 2027-01-31T09:00:00", "30 seconds". */
#include "core/cron_text.h"

#include "base/clock.h"
#include "base/mem.h"

#include <string.h>
#include <strings.h>

#define EVERY_MAX_S (366 * 86400)
#define EVERY_MAX_TEXT "366 days"

static const struct unit {
    char letter;
    int seconds;
} units[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };

/* Index of the unit at t->p, which must come after `least`; -1 if it is none. */
static int take_unit(struct cron_text *t, int least)
{
    for (int i = least; i < (int)MEM_COUNT(units); i++)
        if (cron_take(t, units[i].letter) || cron_take(t, (char)(units[i].letter - 'a' + 'A')))
            return i;
    return -1;
}

int cron_every_parse(struct cron_text *t, struct cron *ret)
{
    const char *start = t->p;
    int64_t seconds = 0;
    int unit = -1;

    do {
        int n;

        if (!cron_digits(t, &n))
            return cron_refuse_here(t, "a duration such as '90s', '15m' or '1h30m'");
        unit = take_unit(t, unit + 1);
        if (unit < 0)
            return cron_refuse_here(t, "a unit: 'd', 'h', 'm' or 's', larger ones first");
        seconds += (int64_t)n * units[unit].seconds;
    } while (t->p < t->end);
    if (seconds < 1 || seconds > EVERY_MAX_S)
        return cron_refuse(t, start, "interval '%.*s' is out of range; expected 1 second to " EVERY_MAX_TEXT,
                           cron_quoted(start, t->end), start);
    ret->kind = CRON_EVERY;
    ret->every_ms = seconds * 1000;
    return 0;
}

int cron_seconds_parse(struct cron_text *t, struct cron *ret)
{
    const char *start = t->p;
    int n, digits;

    if (!cron_digits(t, &n))
        return cron_refuse_here(t, "a number of seconds");
    digits = (int)(t->p - start);
    while (cron_take(t, ' ') || cron_take(t, '\t'))
        continue;
    if (!(t->end - t->p == 7 && strncasecmp(t->p, "seconds", 7) == 0) &&
        !(t->end - t->p == 6 && strncasecmp(t->p, "second", 6) == 0))
        return cron_refuse(t, t->p,
                           "the schedule has 2 fields; expected 5 (minute hour day-of-month month day-of-week), "
                           "6 (with seconds first), or a number and 'seconds'");
    if (n < 1 || n > 59)
        return cron_refuse(t, start, "'%.*s' seconds are out of range; expected 1 to 59 ('@every' takes longer ones)",
                           cron_quoted(start, start + digits), start);
    ret->kind = CRON_EVERY;
    ret->every_ms = n * INT64_C(1000);
    return 0;
}

/* The parts of an @at time: how many digits, bounds, and the character before it. */
static const struct part {
    char before;
    int digits, least, most;
    const char *title;
} parts[] = {
    { 0, 4, 1970, 2199, "year" }, { '-', 2, 1, 12, "month" },  { '-', 2, 1, 31, "day" },
    { 'T', 2, 0, 23, "hour" },    { ':', 2, 0, 59, "minute" }, { ':', 2, 0, 59, "second" },
};
enum { PART_DAY = 2, PART_SECOND = 5 };

static int take_part(struct cron_text *t, const struct part *part, int *ret)
{
    const char *at;

    if (part->before && !cron_take(t, part->before) && !(part->before == 'T' && cron_take(t, 't')))
        return cron_refuse_here(t, "a local time such as '2027-01-31T09:00:00'");
    at = t->p;
    if (at == t->end)
        return cron_refuse_here(t, "a local time such as '2027-01-31T09:00:00'");
    if (!cron_digits(t, ret) || t->p - at != part->digits) {
        t->p = at;
        return cron_refuse(t, at, "expected the %s, in %d digits, of a time such as '2027-01-31T09:00:00'", part->title,
                           part->digits);
    }
    if (*ret < part->least || *ret > part->most)
        return cron_refuse(t, at, "%s '%.*s' is out of range; expected %d to %d", part->title, part->digits, at,
                           part->least, part->most);
    return 0;
}

int cron_at_parse(struct cron_text *t, struct cron *ret)
{
    int n[MEM_COUNT(parts)] = { 0 };
    const char *day = NULL;
    struct civil civil;

    for (int i = 0; i < (int)MEM_COUNT(parts) && !(i == PART_SECOND && t->p == t->end); i++) {
        int rc = take_part(t, &parts[i], &n[i]);

        if (rc)
            return rc;
        if (i == PART_DAY)
            day = t->p - parts[i].digits;
    }
    if (t->p < t->end)
        return cron_refuse_here(t, "the end: the time is local, in the time zone of the job");
    if (n[PART_DAY] > civil_month_days(n[0], n[1]))
        return cron_refuse(t, day, "day '%d' never comes in that month; expected 1 to %d", n[PART_DAY],
                           civil_month_days(n[0], n[1]));
    civil = (struct civil){ .year = n[0], .month = n[1], .day = n[2], .hour = n[3], .minute = n[4], .second = n[5] };
    ret->kind = CRON_AT;
    ret->at_local_ms = civil_to_ms(&civil);
    return 0;
}
