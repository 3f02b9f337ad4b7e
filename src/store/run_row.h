/* run_row.h - inside src/store alone: rows of runs and attempts as structures. */
#ifndef EDGECRON_STORE_RUN_ROW_H
#define EDGECRON_STORE_RUN_ROW_H

#include "store/runs.h"
#include "store/statement.h"

/* The columns of `SELECT *`, in the order of the table; ended by NULL. A test compares them with the schema. */
extern const char *const RUN_COLUMNS[];
extern const char *const ATTEMPT_COLUMNS[];

void attempt_row_read(struct statement *q, struct arena *a, struct attempt *ret);

/* All rows of a statement whose parameters are bound, as an array in the arena. */
int run_rows(struct statement *q, struct arena *a, struct run **ret, int *ret_n, struct err *e);

/* ERR_NOT_FOUND when there is no such run. */
int run_state_get(struct store *s, const char *id, enum run_state *ret, struct err *e);

#endif
