/* pgcron_table.h - the rows of cron.job, as COPY, CSV and JSON write them. Part of pgcron.h. */
#ifndef EDGECRON_CORE_PGCRON_TABLE_H
#define EDGECRON_CORE_PGCRON_TABLE_H

#include "core/pgcron_state.h"

/* ERR_MALFORMED when it cannot be a table. */
int pgcron_read_csv(struct pgcron *p, const char *text, size_t len, struct err *e);
int pgcron_read_json(struct pgcron *p, const char *text, size_t len, struct err *e);
/* Reads the lines after COPY ... FROM stdin, where `l` stands behind its ';', and goes on behind "\.". */
void pgcron_read_copy(struct pgcron *p, const struct pgcron_tokens *t, struct pgcron_lex *l);
bool pgcron_is_copy(const struct pgcron_tokens *t); /* COPY ... FROM stdin */

#endif
