#include "engine/prune.h"

#include "base/log.h"
#include "engine/record.h"
#include "store/audit.h"
#include "store/idempotency.h"
#include "store/stats.h"

#include <string.h>

#define PRUNE_ROWS 200 /* a step: never delays a claim by more than a few milliseconds */
#define PRUNE_JOBS 50  /* whose statistics a step looks at */
#define PRUNE_FIRST_MS 10000
#define PRUNE_STEP_MS 100 /* between steps while there is more */
#define PRUNE_EVERY_MS 3600000
#define DAY_MS (24 * 3600 * 1000LL)

struct prune_op {
    struct record_op base;
    struct wall now, before, audit_before;
    char jobs_from[JOB_NAME_MAX + 1], jobs_to[JOB_NAME_MAX + 1]; /* to: "" when all were looked at */
    int64_t pruned, answers;
};

static int exec_prune(struct store *s, struct write_op *op, struct err *e)
{
    struct prune_op *p = (struct prune_op *)op;
    int rc = runs_prune(s, p->before, PRUNE_ROWS, &p->pruned, e);
    if (!rc)
        rc = audit_prune(s, p->audit_before, PRUNE_ROWS, e);
    if (!rc)
        rc = idempotency_prune(s, p->now, PRUNE_ROWS, &p->answers, e);
    memcpy(p->jobs_to, p->jobs_from, sizeof p->jobs_to);
    return rc ? rc : stats_prune(s, p->now, PRUNE_JOBS, p->jobs_to, e);
}

static void prune_after(struct engine *g, int64_t ms)
{
    loop_timer_set(g->loop, &g->prune_timer, (struct mono){ clock_mono().us + ms * 1000 });
}

static void pruned(struct engine *g, struct record_op *o)
{
    struct prune_op *p = (struct prune_op *)o;
    g->pruned += p->pruned;
    if (p->pruned < PRUNE_ROWS && g->pruned > 0) {
        log_info("old runs were deleted", L_INT("runs", g->pruned),
                 L_INT("retention_days", g->settings.retention_days));
        g->pruned = 0;
    }
    memcpy(g->counts_pruned, p->jobs_to, sizeof g->counts_pruned);
    bool more = p->pruned == PRUNE_ROWS || p->answers == PRUNE_ROWS || *p->jobs_to;
    prune_after(g, more ? PRUNE_STEP_MS : PRUNE_EVERY_MS);
}

static void prune_due(void *ctx)
{
    struct engine *g = ctx;
    struct prune_op *p = mem_alloc(sizeof *p);
    p->now = clock_wall();
    memcpy(p->jobs_from, g->counts_pruned, sizeof p->jobs_from);
    p->before = (struct wall){ p->now.ms - g->settings.retention_days * DAY_MS };
    p->audit_before = (struct wall){ p->now.ms - AUDIT_DAYS * DAY_MS };
    record_other(g, &p->base, exec_prune, pruned);
}

void prune_init(struct engine *g)
{
    g->prune_timer = (struct loop_timer){ .fn = prune_due, .ctx = g };
    prune_after(g, PRUNE_FIRST_MS);
}
