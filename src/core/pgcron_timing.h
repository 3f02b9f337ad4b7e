/* pgcron_timing.h - from a schedule of pg_cron to one of edgecron (cron.h) with the same occurrences, and what is to be said. Pure.
 *
 * The rule: what ran, runs; what never ran is switched off. Text that means the same to both stays as it is; of the others as many fields
 * as possible. What pg_cron did wins over what was meant, which the note then says. */
#ifndef EDGECRON_CORE_PGCRON_TIMING_H
#define EDGECRON_CORE_PGCRON_TIMING_H

#include "base/err.h"
#include "base/mem.h"

#include <stdbool.h>

struct pgcron_timing {
    const char *text; /* valid for cron_parse; in the arena, or `written` itself */
    bool
        runs; /* false: the job is to be switched off, as pg_cron never ran it, or at times that no schedule here can name */
    const char *note; /* NULL: it means the same to both. Else what was done and why; in the arena */
};

/* ERR_INVALID when pg_cron itself refuses the schedule: such a job cannot be. */
int pgcron_timing(const char *written, struct arena *a, struct pgcron_timing *ret, struct err *e);

#endif
