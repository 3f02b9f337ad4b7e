/* rehearsal.h - the request of a job as an attempt would send it now, without sending it: made by what sends, masked as history masks it, and
 * with the reason when it could not be sent. No network, no name look-up. Any thread. */
#ifndef EDGECRON_ENGINE_REHEARSAL_H
#define EDGECRON_ENGINE_REHEARSAL_H

#include "base/buf.h"
#include "core/job.h"
#include "core/run.h"
#include "engine/engine.h"

/* What stands where a run that there is none of would be told of. */
#define REHEARSAL_RUN_ID "00000000-0000-7000-8000-000000000000"

struct rehearsal_secret {
    const char *name;
    int64_t version; /* 0: it is not set */
};
struct rehearsal {
    const char *method;
    struct buf url, headers, body; /* headers: "Name: value\n" lines, as in struct attempt */
    bool has_body;
    struct rehearsal_secret *secrets; /* that it carries, in the order in which they stand */
    int n_secrets;
    struct buf
        problem; /* why it could not be sent, and what to do; empty when nothing is known that would prevent it */
};

/* `t` is the job's target, or NULL; `g` may be NULL: then what only a server knows is left out. Secrets' names live in `a`. Negative when the
 * store cannot be read. */
int rehearse(struct engine *g, struct store *s, const struct job *j, const struct target *t, enum trigger trigger,
             struct arena *a, struct rehearsal *ret, struct err *e);
void rehearsal_free(struct rehearsal *r);

#endif
