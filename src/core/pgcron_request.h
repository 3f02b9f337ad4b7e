/* pgcron_request.h - the calls that were followed, as requests of edgecron. Part of pgcron.h. */
#ifndef EDGECRON_CORE_PGCRON_REQUEST_H
#define EDGECRON_CORE_PGCRON_REQUEST_H

#include "core/pgcron_run.h"

/* What a run made, in the import's arena. One that cannot be taken over is noted and left out. */
const struct pgcron_call *pgcron_requests(struct pgcron_run *r, size_t *ret_n);
/* A command that may be shown: keys that stand in it are "***". */
const char *pgcron_shown_command(struct pgcron_run *r, const char *command);

#endif
