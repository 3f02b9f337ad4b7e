/* run_row.h - inside src/store alone: rows of runs and attempts as structures. */
#ifndef EDGECRON_STORE_RUN_ROW_H
#define EDGECRON_STORE_RUN_ROW_H

#include "store/runs.h"
#include "store/statement.h"

/* The columns of `SELECT *`, in the order of the table; ended by NULL. A test compares them with the schema. */
extern const char *const RUN_COLUMNS[];
extern const char *const ATTEMPT_COLUMNS[];

enum run_column {
    RUN_COLUMN_ID = 0,
    RUN_COLUMN_JOB = 1,
    RUN_COLUMN_TRIGGER = 2,
    RUN_COLUMN_SCHEDULED_FOR = 3,
    RUN_COLUMN_STATE = 5,
    RUN_COLUMN_LATENESS_MS = 10,
    RUN_COLUMN_DURATION_MS = 11,
    RUN_COLUMN_OUTCOME = 13,
    RUN_COLUMN_MESSAGE = 14
};

/* From the row that the statement is at. */
void run_row_read(struct statement *q, struct arena *a, struct run *ret);
void attempt_row_read(struct statement *q, struct arena *a, struct attempt *ret);

/* All rows of a statement whose parameters are bound, as an array in the arena. */
int run_rows(struct statement *q, struct arena *a, struct run **ret, int *ret_n, struct err *e);

/* Runs a statement that brings runs to their end and returns their rows: notes them (run_end.h). */
int run_rows_note(struct statement *q, struct err *e);

/* ERR_NOT_FOUND when there is no such run. */
int run_state_get(struct store *s, const char *id, enum run_state *ret, struct err *e);

#endif
