/* schedules.h - the schedules of jobs that have occurrences, without the rest of them: quick to read for many. See store.h for threads. */
#ifndef EDGECRON_STORE_SCHEDULES_H
#define EDGECRON_STORE_SCHEDULES_H

#include "store/jobs.h"

/* Of the job's form, as text; as kept, so it may be none that this edgecron can read. Strings live until the callback returns. */
struct job_schedule {
    const char *name, *schedule, *timezone;
    struct wall starts_at, ends_at; /* WALL_NONE: open */
    struct wall created_at;
    struct wall after;   /* occurrences up to here are not wanted: another schedule's, or in a pause that ends */
    int64_t spec_octets; /* of the whole job */
};

/* Jobs that are enabled, and not paused until somebody resumes them, in order of name; false stops. */
int schedules_each(struct store *s, const struct job_scope *w, bool (*each)(void *ctx, const struct job_schedule *j),
                   void *ctx, struct err *e);

#endif
