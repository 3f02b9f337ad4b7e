#include "api/change.h"

#include "store/writer.h"

struct change {
    struct write_op op;
    struct audit_actor actor;
    int (*exec)(struct store *s, void *ctx, struct err *e);
    void *ctx;
};

static int exec_change(struct store *s, struct write_op *op, struct err *e)
{
    struct change *c = MEM_CONTAINER(op, struct change, op);
    store_actor_set(s, &c->actor);
    return c->exec(s, c->ctx, e);
}

int change_do(struct request *q, int (*exec)(struct store *s, void *ctx, struct err *e), void *ctx, struct err *e)
{
    struct engine *g = q->service->engine;
    struct change c = { .op.exec = exec_change, .actor = request_actor(q), .exec = exec, .ctx = ctx };
    if (!g)
        return err_set(e, ERR_UNAVAILABLE, "this listener takes no changes");
    int rc = writer_do(engine_writer(g), &c.op, e);
    if (!rc)
        engine_wake(g);
    return rc;
}
