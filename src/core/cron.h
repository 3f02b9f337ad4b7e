/* cron.h - schedule expressions: what they mean, and when they are due next. Pure: no clock, no I/O.
 *
 * Grammar and DST rules: DESIGN 7. Five or six fields (seconds first), macros (@hourly ...), "@every 90s",
 * "30 seconds" (pg_cron), "$", "L", "5L", "2#3", "15W", "@at 2027-01-31T09:00:00". The oracle is croner 11 with
 * fixedTimeRule 'no-wildcard'. */
#ifndef EDGECRON_CORE_CRON_H
#define EDGECRON_CORE_CRON_H

#include "base/clock.h"
#include "base/err.h"
#include "core/zone.h"

#include <stdbool.h>
#include <stdint.h>

#define CRON_TEXT_MAX 512 /* bytes of an expression */

/* The representation is public so that it can live inside other structs; its members are cron.c's. */
struct cron {
    enum { CRON_FIELDS, CRON_EVERY, CRON_AT } kind;
    uint64_t second, minute;  /* bit n: value n */
    uint32_t hour, day, month;/* day: bit 1..31 */
    uint8_t weekday;          /* bit 0 = Sunday */
    bool day_any, weekday_any, hour_any; /* hour_any: the hour field is a wildcard: real-time rule */
    bool last_day;            /* L or $ */
    uint8_t last_weekday;     /* bit n: nL */
    uint8_t nth_weekday[5];   /* [k] bit n: n#(k+1) */
    uint32_t near_weekday;    /* bit d: dW */
    int64_t every_ms;         /* CRON_EVERY */
    int64_t at_local_ms;      /* CRON_AT: local civil time as ms since the epoch */
};

/* On failure ERR_INVALID; the text names the character (1-based column) and what was expected there. */
int cron_parse(const char *text, struct cron *ret, struct err *e);

/* The first occurrence strictly after `after`. `anchor` is the grid of CRON_EVERY (starts_at or creation); other kinds
 * ignore it. WALL_NONE when there is none (until the year 2200). */
struct wall cron_next(const struct cron *c, const struct zone *z, struct wall anchor, struct wall after);
/* The last occurrence strictly before `before`. WALL_NONE when there is none (back to 1970). */
struct wall cron_previous(const struct cron *c, const struct zone *z, struct wall anchor, struct wall before);

#endif
