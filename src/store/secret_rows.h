/* secret_rows.h - inside src/store alone: what the files about secrets share. */
#ifndef EDGECRON_STORE_SECRET_ROWS_H
#define EDGECRON_STORE_SECRET_ROWS_H

#include "core/job.h"
#include "store/secrets.h"
#include "store/statement.h"

/* Runs a statement that deletes or moves values, so that their bytes leave the place where they were. */
int secret_run(struct statement *q, struct err *e);

/* ERR_INVALID with a pointer when a template would send a bound secret elsewhere (core/binding.h). */
int secret_targets_check_job(struct store *s, const struct job *j, struct err *e);
int secret_targets_check_target(struct store *s, const struct target *t, struct err *e);

#endif
