/* resource_targets_check.c - can a target be reached? The worker waits for the answer, so few may look at the same time. */
#include "api/resource.h"

#include "api/view_check.h"
#include "store/jobs.h"

#include <stdatomic.h>

#define CHECKS_MAX 4 /* at the same time, of all that ask */

static atomic_int checks;

/* What is read of the store is lent to others meanwhile: a look may take as long as a call. */
static int look(struct request *q, const struct target *t, struct target_check *ret, struct err *e)
{
    const struct cidr *allowed;
    int n = engine_allowed(q->service->engine, &allowed);
    readers_give(q->service->readers, q->reader);
    q->reader = NULL;
    int rc = target_check(t, allowed, n, CHECK_TIMEOUT_MS, ret, e);
    q->reader = readers_take(q->service->readers);
    return rc;
}

static int check(struct request *q, struct reply *p, const struct target *t, struct err *e)
{
    struct target_check k;
    int rc = look(q, t, &k, e);
    if (!rc)
        reply_json(p, 200, view_check(t, &k));
    return rc;
}

int api_targets_check(struct request *q, struct reply *p, struct err *e)
{
    struct target_record *r;
    int rc = request_no_body(q, e);
    if (!rc && !q->service->engine)
        rc = err_set(e, ERR_UNAVAILABLE, "this listener calls nobody");
    if (!rc)
        rc = targets_get(q->reader->store, q->captures[0], &r, e);
    if (rc)
        return rc;
    if (atomic_fetch_add(&checks, 1) < CHECKS_MAX) {
        rc = check(q, p, &r->target, e);
    } else {
        reply_field(p, "Retry-After", "5");
        rc = err_set(e, ERR_TOO_MANY, "%d targets are being looked at already: try again in a moment", CHECKS_MAX);
    }
    atomic_fetch_sub(&checks, 1);
    target_record_free(r);
    return rc;
}
