/* cron_local.h - the calendar half of cron: which civil times a schedule names. For cron*.c alone.
 *
 * Knows no zone: a time is civil seconds (seconds since the epoch as if UTC). cron.c maps them to instants. */
#ifndef EDGECRON_CORE_CRON_LOCAL_H
#define EDGECRON_CORE_CRON_LOCAL_H

#include "core/cron.h"

#define CRON_DAY_S 86400
#define CRON_LOCAL_NONE INT64_MIN
#define CRON_LOCAL_MIN (-2 * CRON_DAY_S)               /* two days before 1970 */
#define CRON_UNTIL_S INT64_C(7258118400)               /* 2200-01-01T00:00:00Z: no occurrence from here on */
#define CRON_LOCAL_MAX (CRON_UNTIL_S + 2 * CRON_DAY_S) /* room for any offset */

/* The days of a month that the schedule names: bit 1..31. 0 when the month itself is not named. */
uint32_t cron_month_mask(const struct cron *c, int year, int month);
/* The first named civil time at or after local_s, the last at or before it. CRON_LOCAL_NONE: none in range. */
int64_t cron_local_next(const struct cron *c, int64_t local_s);
int64_t cron_local_previous(const struct cron *c, int64_t local_s);
/* The last named time of day at or before s (0..86399), or -1. */
int cron_local_time_before(const struct cron *c, int s);
/* How many are in [from, until), both inside the range. */
int64_t cron_local_count(const struct cron *c, int64_t from, int64_t until);

#endif
