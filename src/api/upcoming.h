/* upcoming.h - when a job is due next, as told to people. Thread: that of the zones given. */
#ifndef EDGECRON_API_UPCOMING_H
#define EDGECRON_API_UPCOMING_H

#include "core/plan.h"
#include "engine/zones.h"
#include "store/jobs.h"

#define UPCOMING_MAX 1000

struct upcoming {
    struct wall scheduled_for, due; /* due: with jitter */
    int offset_s;                   /* of the job's zone at scheduled_for */
};

/* The first `max` occurrences strictly after `after`, whether or not the job is active. Returns how many, or the negative error of a schedule or zone
 * that cannot be read (possible when the zone data changed since the job was saved). */
int upcoming_list(struct zones *z, const struct job_record *r, struct wall after, struct upcoming *out, int max,
                  struct err *e);

/* When the job will run next: WALL_NONE when it is disabled, paused for good, ended, or everything is paused. */
struct wall upcoming_next(struct zones *z, const struct job_record *r, bool all_paused, struct wall now);

#endif
