/* timeline.h - what is due in a stretch of time, of many jobs together: how much in each point of it, and what comes first. Pure.
 *
 * Jobs that have the same occurrences are told of together, so that what is due of ten thousand jobs costs as much as they have different
 * schedules. Jitter is not in it. */
#ifndef EDGECRON_CORE_TIMELINE_H
#define EDGECRON_CORE_TIMELINE_H

#include "base/mem.h"
#include "core/cron.h"

#define TIMELINE_LEAST_S 300
#define TIMELINE_MOST_S 86400
#define TIMELINE_POINTS_MAX 122
#define TIMELINE_WORK_MAX 300000 /* occurrences found, or stretches counted: 60 ms or so (measured) */

struct timeline_item {
    const char *job;
    struct wall scheduled_for;
};
struct timeline {
    struct wall from, until; /* after `from`, up to and including `until` */
    struct wall first;       /* where the first point begins: at `from` or a little before */
    int64_t point_ms;
    int n_points;
    int64_t counts[TIMELINE_POINTS_MAX];
    int64_t total;
    struct timeline_item *items; /* the first `limit`, in order of time, then of name */
    int n_items, limit;
    int64_t work; /* done so far, in tenths of what a schedule of fields costs */
};

/* Jobs that have the same occurrences, and when. All is borrowed; names also by the timeline. */
struct timeline_name {
    const char *job;
    struct timeline_name *next;
};
struct timeline_jobs {
    const struct cron *cron;
    const struct zone *zone;
    struct wall anchor;          /* of @every */
    struct wall after, until;    /* theirs: exclusive, inclusive; narrows the timeline's */
    struct timeline_name *names; /* in order of name: all of them, or at least `limit` */
    int64_t n;                   /* how many jobs */
};

/* "90m", "1h": TIMELINE_LEAST_S to TIMELINE_MOST_S, in whole minutes or hours. False when it is neither. */
bool timeline_window(const char *text, int64_t *ret_s);
/* Points of a minute for up to two hours, of five for up to six, else of a quarter of an hour. Items are in the arena. */
void timeline_begin(struct timeline *t, struct wall from, int64_t window_s, int limit, struct arena *a);
/* False, and nothing was added: the work is used up. */
bool timeline_add(struct timeline *t, const struct timeline_jobs *j);

#endif
