/* record.h - inside src/store alone: how jobs and targets are kept, shared by jobs.c, targets.c, apply.c and vault's
 * look for users of a secret. */
#ifndef EDGECRON_STORE_RECORD_H
#define EDGECRON_STORE_RECORD_H

#include "store/jobs.h"
#include "store/statement.h"

/* ERR_CONFLICT unless what is kept (`exists`, at `revision`) is what the caller expects (if_revision of jobs.h). */
int record_expect(const char *kind, const char *name, bool exists, int64_t revision, int64_t if_revision,
                  struct err *e);

/* Names separated by ", ", at most `limit` of them and then "..." when `more`; what messages show. */
#define RECORD_NAMES_SHOWN 5
void record_name_add(struct buf *names, int shown, const char *kind, const char *name);

/* The job of a row of job_get or job_each. NULL when what is kept is not a job to this edgecron, which is logged. */
#define JOB_COLUMN_NAME 7
struct job_record *job_record_read(struct statement *q);

int target_look(struct store *s, const char *name, bool *ret_exists, struct err *e);

#endif
