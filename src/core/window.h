/* window.h - the last hours or days, cut into points of an hour or a day each (UTC). Pure. */
#ifndef EDGECRON_CORE_WINDOW_H
#define EDGECRON_CORE_WINDOW_H

#include "base/clock.h"

#define WINDOW_HOUR_MS 3600000LL
#define WINDOW_DAY_MS (24 * WINDOW_HOUR_MS)
#define WINDOW_HOURS_MAX 168 /* points of an hour: up to a week; of a day above */
#define WINDOW_DAYS_MAX 731

struct window {
    struct wall since; /* of the first point */
    int64_t point_ms;  /* WINDOW_HOUR_MS or WINDOW_DAY_MS */
    int points;        /* the last one holds `now` */
};

/* "24h", "7d": 1..168h or 1..731d. False when it is neither. */
bool window_parse(const char *text, struct wall now, struct window *ret);
/* The point that holds `t`, or -1. */
int window_point(const struct window *w, struct wall t);
struct wall window_end(const struct window *w);
struct wall window_floor(struct wall t, int64_t unit_ms);

#endif
