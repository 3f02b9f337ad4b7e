/* pgcron_fit.h - a text with the import's marks, made fit for edgecron: placeholders as templates write them, keys as secrets. Part of pgcron.h. */
#ifndef EDGECRON_CORE_PGCRON_FIT_H
#define EDGECRON_CORE_PGCRON_FIT_H

#include "core/pgcron_run.h"

enum pgcron_place_kind { PGCRON_IN_URL, PGCRON_IN_HEADER, PGCRON_IN_BODY, PGCRON_IN_COMMAND };

/* In the run's arena; name: of the header, member or parameter, or NULL. NULL when it cannot be a template: then *ret_why says why. */
const char *pgcron_fit(struct pgcron_run *r, enum pgcron_place_kind where, const char *name, const char *text, int line,
                       const char **ret_why);

#endif
