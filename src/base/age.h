/* age.h - times and spans as people are told them: one number and its unit, rounded down. Any thread. */
#ifndef EDGECRON_BASE_AGE_H
#define EDGECRON_BASE_AGE_H

#include "base/clock.h"

#include <stdint.h>

#define AGE_TEXT_SIZE 80

/* "40 s", "12 h", "76 days"; less than nothing is "0 s". Returns out. */
char *age_text(int64_t ms, char out[AGE_TEXT_SIZE]);
/* "2026-11-21T22:49:38Z" in UTC; with `now` not WALL_NONE also "(in 14 min)" or "(3 min ago)". "-" for WALL_NONE. Returns out. */
char *age_time(struct wall t, struct wall now, char out[AGE_TEXT_SIZE]);
/* The same with another offset from UTC, in seconds: "2026-11-21T23:49:38+01:00 (in 14 min)". */
char *age_time_at(struct wall t, int offset_s, struct wall now, char out[AGE_TEXT_SIZE]);

#endif
