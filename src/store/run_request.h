/* run_request.h - inside src/store alone: a run that is asked for, of a job (runs.h) or of a channel (alerts.h). */
#ifndef EDGECRON_STORE_RUN_REQUEST_H
#define EDGECRON_STORE_RUN_REQUEST_H

#include "store/runs.h"
#include "store/statement.h"

/* Queued, with an id of its own; `job` is borrowed. */
struct run run_request_of(const char *job, enum trigger trigger, struct wall scheduled_for, struct wall now);
/* ERR_TOO_MANY when as many as there may be are open: of the job or channel, or, of a job, in all. */
int run_request_insert(struct store *s, const struct run *r, char ret_id[ID_TEXT_SIZE], struct err *e);
/* How many that were asked for are open, up to `most`; of a job or channel, or (NULL) of all jobs. */
int run_request_count(struct store *s, const char *job, int64_t most, int64_t *ret, struct err *e);
/* The resource is what was asked for: a job to run, or a run; `made`: the run that came of it, or NULL. */
int run_request_record(struct store *s, enum audit_action action, const char *resource, const char *made,
                       struct wall now, struct err *e);

#endif
