/* pgcron_define.h - statements that define: functions, settings, triggers. Part of pgcron.h. */
#ifndef EDGECRON_CORE_PGCRON_DEFINE_H
#define EDGECRON_CORE_PGCRON_DEFINE_H

#include "core/pgcron_state.h"

/* CREATE FUNCTION and its like, DROP FUNCTION, ALTER ... SET, CREATE TRIGGER. False: it is none of these. `text`: what the words were read from. */
bool pgcron_define(struct pgcron *p, const struct pgcron_tokens *t, const char *text, struct arena *a);

#endif
