/* job_body.h - a body that one run sends in place of its job's own ("test call with another body"). Pure.
 *
 * Its rules are those of request.body. Between the request and the call it is kept as JSON text, as the job's own is in the job: a string,
 * sent as it is, or anything else, sent as JSON. Secrets are in it as placeholders alone. */
#ifndef EDGECRON_CORE_JOB_BODY_H
#define EDGECRON_CORE_JOB_BODY_H

#include "core/job.h"

/* Reads {"body": ...}, all of it optional. *ret is the text to keep, in `a`, or NULL for the job's own. ERR_INVALID with the pointer of
 * what is wrong; "/body" too when the job's method carries none. */
int job_body_read(const struct json *doc, const struct job *j, struct arena *a, const char **ret, struct err *e);
/* Puts what was kept, which is borrowed, in the place of the request's own body; maybe in `a`. ERR_INVALID for what job_body_read did not make. */
int job_body_use(const char *kept, struct request_spec *into, struct arena *a, struct err *e);
/* The first secret that the text names and that the job does not send anyway to where it calls; NULL when there is none. In `a`. Whoever may run
 * a job, but not change it, must not have it send other secrets. `t` is the job's target, or NULL. */
const char *job_body_strange_secret(const char *kept, const struct job *j, const struct target *t, struct arena *a);

#endif
