/* cron_explain.c - a schedule in plain words, and what a clock change does to one of its occurrences. */
#include "core/cron_local.h"

#include "base/clock.h"
#include "base/mem.h"

#define TIMES_SHOWN 6 /* times of day that are written out one by one */

static const char *const weekday_names[] = { "Monday", "Tuesday",  "Wednesday", "Thursday",
                                             "Friday", "Saturday", "Sunday" };
static const char *const month_names[] = { "",     "January", "February",  "March",   "April",    "May",     "June",
                                           "July", "August",  "September", "October", "November", "December" };
static const char *const ordinals[] = { "first", "second", "third", "fourth", "fifth" };

static int size_of(uint64_t set)
{
    int n = 0;

    for (; set; set &= set - 1)
        n++;
    return n;
}

static void add_value(struct buf *out, const char *const *names, int n)
{
    if (names)
        buf_str_add(out, names[n]);
    else
        buf_printf(out, "%d", n);
}

/* "1, 3 and 5 to 9". */
static void add_set(struct buf *out, uint64_t set, const char *const *names)
{
    bool first = true;

    while (set) {
        int from = __builtin_ctzll(set), to = from;

        while (to < 63 && (set >> (to + 1) & 1))
            to++;
        if (to == from + 1)
            to = from; /* two in a row are no range */
        set = to == 63 ? 0 : set >> (to + 1) << (to + 1);
        buf_str_add(out, first ? "" : set ? ", " : " and ");
        add_value(out, names, from);
        if (to > from) {
            buf_str_add(out, " to ");
            add_value(out, names, to);
        }
        first = false;
    }
}

/* The step of a set that divides its whole evenly, such as 15 of 0, 15, 30, 45; else 0. */
static int even_step(uint64_t set, int size)
{
    for (int step = 1; step <= size / 2; step++) {
        uint64_t even = 0;

        if (size % step != 0)
            continue;
        for (int n = 0; n < size; n += step)
            even |= UINT64_C(1) << n;
        if (even == set)
            return step;
    }
    return 0;
}

/* "every 15 minutes", "at minute 5", "at minutes 5 and 35" */
static void add_unit(struct buf *out, uint64_t set, int size, const char *unit)
{
    int step = even_step(set, size);

    if (step == 1) {
        buf_printf(out, "every %s", unit);
    } else if (step) {
        buf_printf(out, "every %d %ss", step, unit);
    } else {
        buf_printf(out, "at %s%s ", unit, size_of(set) > 1 ? "s" : "");
        add_set(out, set, NULL);
    }
}

/* "at 07:00, 12:30 and 18:00" */
static void add_clock_times(struct buf *out, const struct cron *c)
{
    int second = __builtin_ctzll(c->second), left = size_of(c->hour) * size_of(c->minute);

    buf_str_add(out, "at ");
    for (uint64_t hours = c->hour; hours; hours &= hours - 1) {
        for (uint64_t minutes = c->minute; minutes; minutes &= minutes - 1) {
            buf_printf(out, "%02d:%02d", __builtin_ctzll(hours), __builtin_ctzll(minutes));
            if (second)
                buf_printf(out, ":%02d", second);
            left--;
            buf_str_add(out, left == 0 ? "" : left == 1 ? " and " : ", ");
        }
    }
}

static void add_hours(struct buf *out, const struct cron *c)
{
    int step = even_step(c->hour, 24);

    if (step > 1) {
        buf_printf(out, " of every %d hours", step);
    } else if (!step) {
        buf_printf(out, " of hour%s ", size_of(c->hour) > 1 ? "s" : "");
        add_set(out, c->hour, NULL);
    } else if (!even_step(c->minute, 60)) {
        buf_str_add(out, " of every hour");
    }
}

static void add_time(struct buf *out, const struct cron *c)
{
    bool even_minutes = even_step(c->minute, 60) != 0;

    if (size_of(c->second) == 1 && size_of(c->hour) * size_of(c->minute) <= TIMES_SHOWN) {
        add_clock_times(out, c);
    } else if (c->second == 1 && c->minute == 1 && even_step(c->hour, 24)) {
        add_unit(out, c->hour, 24, "hour");
    } else {
        if (c->second != 1) {
            add_unit(out, c->second, 60, "second");
            buf_str_add(out, c->minute == (UINT64_C(1) << 60) - 1 ? "" : even_minutes ? " of " : ", ");
        }
        if (c->second == 1 || c->minute != (UINT64_C(1) << 60) - 1)
            add_unit(out, c->minute, 60, "minute");
        add_hours(out, c);
    }
}

/* Begins the next of several alternatives. */
static void add_or(struct buf *out, bool *started)
{
    buf_str_add(out, *started ? " or on " : " on ");
    *started = true;
}

static void add_days_of_month(struct buf *out, const struct cron *c, bool *started)
{
    if (c->day) {
        add_or(out, started);
        buf_printf(out, "day%s ", size_of(c->day) > 1 ? "s" : "");
        add_set(out, c->day, NULL);
        buf_str_add(out, " of the month");
    }
    if (c->near_weekday) {
        add_or(out, started);
        buf_printf(out, "the weekday nearest to day%s ", size_of(c->near_weekday) > 1 ? "s" : "");
        add_set(out, c->near_weekday, NULL);
        buf_str_add(out, " of the month");
    }
    if (c->last_day) {
        add_or(out, started);
        buf_str_add(out, "the last day of the month");
    }
    if (c->last_workday) {
        add_or(out, started);
        buf_str_add(out, "the last weekday (Monday to Friday) of the month");
    }
}

/* Monday first: the week that people read. */
static uint64_t from_monday(uint8_t weekdays)
{
    return (uint64_t)((weekdays >> 1 | weekdays << 6) & 0x7f);
}

static void add_weekdays(struct buf *out, const struct cron *c, bool *started)
{
    if (c->weekday) {
        add_or(out, started);
        add_set(out, from_monday(c->weekday), weekday_names);
    }
    for (int k = 0; k < 5; k++) {
        if (c->nth_weekday[k]) {
            add_or(out, started);
            buf_printf(out, "the %s ", ordinals[k]);
            add_set(out, from_monday(c->nth_weekday[k]), weekday_names);
            buf_str_add(out, " of the month");
        }
    }
    if (c->last_weekday) {
        add_or(out, started);
        buf_str_add(out, "the last ");
        add_set(out, from_monday(c->last_weekday), weekday_names);
        buf_str_add(out, " of the month");
    }
}

static void explain_fields(const struct cron *c, struct buf *out)
{
    bool started = false, every_month = c->month == 0x1ffe;

    add_time(out, c);
    if (!c->day_any)
        add_days_of_month(out, c, &started);
    if (!c->weekday_any)
        add_weekdays(out, c, &started);
    if (!started && (!even_step(c->hour, 24) || !every_month))
        buf_str_add(out, " every day");
    if (!every_month) {
        buf_str_add(out, " in ");
        add_set(out, c->month, month_names);
    }
}

static void explain_every(const struct cron *c, struct buf *out)
{
    static const struct {
        int seconds;
        const char *name;
    } units[] = { { 86400, "day" }, { 3600, "hour" }, { 60, "minute" }, { 1, "second" } };
    int64_t left = c->every_ms / 1000;

    buf_str_add(out, "every");
    for (size_t i = 0; i < MEM_COUNT(units); i++) {
        int64_t n = left / units[i].seconds;

        if (n > 0)
            buf_printf(out, " %lld %s%s", (long long)n, units[i].name, n > 1 ? "s" : "");
        left -= n * units[i].seconds;
    }
}

void cron_explain(const struct cron *c, struct buf *out)
{
    struct civil at = civil_from_ms(c->at_local_ms);

    switch (c->kind) {
    case CRON_FIELDS:
        explain_fields(c, out);
        return;
    case CRON_EVERY:
        explain_every(c, out);
        return;
    case CRON_AT:
        buf_printf(out, "once, on %d %s %d at %02d:%02d:%02d", at.day, month_names[at.month], at.year, at.hour,
                   at.minute, at.second);
        return;
    }
}

static void add_local(struct buf *out, int64_t local_s)
{
    struct civil t = civil_from_ms(local_s * 1000);

    buf_printf(out, t.second ? "%02d:%02d:%02d" : "%02d:%02d", t.hour, t.minute, t.second);
}

/* The civil time inside the gap before the instant s that the schedule names, or CRON_LOCAL_NONE. */
static int64_t named_in_gap(const struct cron *c, const struct zone *z, int64_t s)
{
    int64_t local = s + zone_offset(z, s, NULL), stopped = s + zone_offset(z, s - 1, NULL), named;

    if (stopped >= local)
        return CRON_LOCAL_NONE;
    named = c->kind == CRON_AT ? c->at_local_ms / 1000 : cron_local_next(c, stopped);
    return named >= stopped && named < local ? named : CRON_LOCAL_NONE;
}

bool cron_note(const struct cron *c, const struct zone *z, struct wall occurrence, struct buf *out)
{
    int64_t s = occurrence.ms / 1000, local = s + zone_offset(z, s, NULL), named;
    struct zone_instants in = zone_resolve(z, local);

    if (c->kind == CRON_EVERY)
        return false;
    if (in.fit == ZONE_TWICE) {
        add_local(out, local);
        buf_str_add(out, " comes twice that day: ");
        buf_str_add(out, s == in.second ? "this is the second"
                         : c->real_time ? "this is the first"
                                        : "it runs at the first");
        return true;
    }
    named = c->real_time ? CRON_LOCAL_NONE : named_in_gap(c, z, s);
    if (named == CRON_LOCAL_NONE)
        return false;
    add_local(out, named);
    buf_str_add(out, " does not exist that day: it runs when the clocks have gone forward");
    return true;
}
