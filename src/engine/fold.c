#include "engine/fold.h"

#include "base/log.h"
#include "engine/record.h"
#include "store/stats.h"

#define FOLD_EVERY_MS 5000
#define FOLD_STEP_MS 50 /* between steps while there is more; a step takes the writer some milliseconds */
#define FOLD_DAMAGED_MS 3600000

struct fold_op {
    struct record_op base;
    bool more;
};

/* Damaged statistics must not keep runs from being recorded: what the store says of them is a conflict, which undoes the
 * op and is nobody else's trouble (record.h). */
static int exec_fold(struct store *s, struct write_op *op, struct err *e)
{
    int rc = stats_fold(s, &((struct fold_op *)op)->more, e);
    bool damaged = rc == -(int)ERR_STORE || rc == -(int)ERR_INTERNAL;
    if (damaged && e)
        e->code = ERR_CONFLICT;
    return damaged ? -(int)ERR_CONFLICT : rc;
}

static void fold_after(struct engine *g, int64_t ms)
{
    loop_timer_set(g->loop, &g->fold_timer, (struct mono){ clock_mono().us + ms * 1000 });
}

static void folded(struct engine *g, struct record_op *o)
{
    bool more = ((struct fold_op *)o)->more;
    if (o->op.status)
        log_error("statistics cannot be counted: restore a backup when it suits", L_STR("error", o->op.err.text));
    g->folded_ops++; /* this one */
    fold_after(g, o->op.status ? FOLD_DAMAGED_MS : more ? FOLD_STEP_MS : FOLD_EVERY_MS);
}

/* Nothing is asked of the store when nothing was written since. */
static void fold_due(void *ctx)
{
    struct engine *g = ctx;
    struct writer_stats w;
    writer_stats(g->writer, &w);
    if (w.ops == g->folded_ops) {
        fold_after(g, FOLD_EVERY_MS);
        return;
    }
    g->folded_ops = w.ops;
    struct fold_op *f = mem_alloc(sizeof *f);
    record_other(g, &f->base, exec_fold, folded);
}

void fold_init(struct engine *g)
{
    g->fold_timer = (struct loop_timer){ .fn = fold_due, .ctx = g };
    g->folded_ops = -1;
    fold_after(g, FOLD_EVERY_MS);
}
