/* clock.h - two kinds of time that do not mix.
 *
 * struct wall: milliseconds since 1970-01-01T00:00:00Z (POSIX time, no leap seconds); what schedules and
 * records speak of; may jump. struct mono: microseconds of CLOCK_MONOTONIC; what durations and timeouts
 * use; never jumps. Reading a clock is for engine, net, store and cli; src/core gets its times as arguments.
 *
 * In builds with EDGECRON_TEST_HOOKS (test builds alone) the environment variable
 * EDGECRON_TEST_CLOCK_FILE names a file holding a signed offset in milliseconds that is added to the
 * wall clock at every reading. Release builds have no such switch. */
#ifndef EDGECRON_BASE_CLOCK_H
#define EDGECRON_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wall {
    int64_t ms;
};
struct mono {
    int64_t us;
};

#define WALL_NONE ((struct wall){ INT64_MIN }) /* "no such time"; JSON null */
#define WALL_TEXT_SIZE 40                      /* enough for any wall_format result */

struct wall clock_wall(void);
struct mono clock_mono(void);

static inline bool wall_is_none(struct wall t)
{
    return t.ms == INT64_MIN;
}
static inline int64_t mono_ms_since(struct mono start, struct mono now)
{
    return (now.us - start.us) / 1000;
}

/* Civil (proleptic Gregorian) date of a day number; day 0 is 1970-01-01. Pure. */
struct civil {
    int year;   /* e.g. 2026 */
    int month;  /* 1..12 */
    int day;    /* 1..31 */
    int hour;   /* 0..23 */
    int minute; /* 0..59 */
    int second; /* 0..59 */
    int ms;     /* 0..999 */
};
int64_t civil_to_days(int year, int month, int day);
struct civil civil_from_ms(int64_t ms); /* ms since the epoch, read as UTC (or local ms as local) */
int64_t civil_to_ms(const struct civil *c);
int civil_weekday(int64_t days); /* 0 = Sunday */
int civil_month_days(int year, int month);

/* RFC 3339, UTC, always milliseconds: "2026-11-21T22:49:38.000Z". out holds WALL_TEXT_SIZE. Returns out. */
char *wall_format(struct wall t, char *out);
/* The same with an offset, whole seconds: "2026-11-21T23:49:38+01:00" ("Z" when offset_s is 0). Offsets that
 * are not whole minutes are cut to the minute, as RFC 3339 has no seconds there. */
char *wall_format_offset(struct wall t, int offset_s, char *out);
/* RFC 3339 date-time with "Z" or numeric offset, fraction optional. False when it is not one, or out of
 * the years 1970..9999. */
bool wall_parse(const char *text, struct wall *ret);

#endif
