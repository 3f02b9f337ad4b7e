/* cron.h - schedule expressions: what they mean, and when they are due next. Pure: no clock, no I/O.
 *
 *   expression := [second] minute hour day-of-month month day-of-week
 *               | @yearly | @annually | @monthly | @weekly | @daily | @midnight | @hourly
 *               | "@every" duration            1 s to 366 days: "90s", "1h30m", units d h m s, largest first
 *               | n "seconds"                  pg_cron's, 1 to 59
 *               | "@at" YYYY-MM-DDThh:mm[:ss]  once, local time
 *   field      := item {"," item}
 *   item       := ("*" | "?" | n | n "-" n) ["/" step]     a step only after "*" or a range, at most the field's size
 *   day-of-month also: "L" and "$" (last day), "15W" (nearest weekday within the month), "LW" (last weekday)
 *   day-of-week also:  7 for Sunday, item "L" or item "#L" (the month's last), item "#" 1..5 (its n-th)
 *   names JAN..DEC and SUN..SAT in any case; a range that ends in SUN ends in 7
 *
 * Both day fields restricted: either fits. A day field is unrestricted when it is "*", "?" or a step of 1 over them.
 * A schedule is real-time (follows real time through DST changes) when seconds, minutes or hours hold a
 * wildcard or a step, else fixed-time. The oracle is croner 11 with fixedTimeRule 'no-wildcard'. */
#ifndef EDGECRON_CORE_CRON_H
#define EDGECRON_CORE_CRON_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "core/zone.h"

#include <stdbool.h>
#include <stdint.h>

#define CRON_TEXT_MAX 512 /* bytes of an expression */

/* The representation is public so that it can live inside other structs; its members are cron*.c's. */
struct cron {
    enum { CRON_FIELDS, CRON_EVERY, CRON_AT } kind;
    uint64_t second, minute;   /* bit n: value n */
    uint32_t hour, day, month; /* day: bit 1..31, month: bit 1..12 */
    uint8_t weekday;           /* bit 0 = Sunday */
    bool day_any, weekday_any; /* unrestricted */
    bool real_time;            /* the real-time rule; else the fixed-time rule */
    bool last_day;             /* L or $ */
    bool last_workday;         /* LW */
    uint8_t last_weekday;      /* bit n: nL */
    uint8_t nth_weekday[5];    /* [k] bit n: n#(k+1) */
    uint32_t near_weekday;     /* bit d: dW */
    int64_t every_ms;          /* CRON_EVERY: whole seconds */
    int64_t at_local_ms;       /* CRON_AT: local civil time as ms since the epoch */
};

/* On failure ERR_INVALID; the text names the character (1-based column) and what was expected there. */
int cron_parse(const char *text, struct cron *ret, struct err *e);

/* The first occurrence strictly after `after`. `anchor` is the grid of CRON_EVERY (starts_at or creation), itself its
 * first point; other kinds ignore it. WALL_NONE when there is none (until the year 2200). */
struct wall cron_next(const struct cron *c, const struct zone *z, struct wall anchor, struct wall after);
/* The last occurrence strictly before `before`. WALL_NONE when there is none (back to 1970). */
struct wall cron_previous(const struct cron *c, const struct zone *z, struct wall anchor, struct wall before);
/* How many occurrences are in (after, until]: what walking cron_next would count, by arithmetic. */
int64_t cron_count(const struct cron *c, const struct zone *z, struct wall anchor, struct wall after,
                   struct wall until);

/* Walks back through the occurrences before an instant: what asking cron_previous again and again gives, but quicker
 * for dense schedules. Members are cron.c's; the pointers are borrowed. */
struct cron_walk {
    const struct cron *cron;
    const struct zone *zone;
    struct wall anchor, at;
    int64_t midnight; /* of the day `at` is on, as civil time */
    int64_t lowest;   /* civil arithmetic will do down to this civil time */
    int offset;
};
struct cron_walk cron_walk_from(const struct cron *c, const struct zone *z, struct wall anchor, struct wall before);
struct wall cron_walk_back(struct cron_walk *w); /* WALL_NONE at the end */

/* Says when the schedule is due, in plain words: "at 07:00 on Monday to Friday". */
void cron_explain(const struct cron *c, struct buf *out);
/* What a clock change does to this occurrence: "02:30 comes twice that day: it runs at the first". False: nothing to
 * say. */
bool cron_note(const struct cron *c, const struct zone *z, struct wall occurrence, struct buf *out);

#endif
