/* change.h - the one way in which a handler writes: on the writer's thread, in one transaction, in the name of who asks. */
#ifndef EDGECRON_API_CHANGE_H
#define EDGECRON_API_CHANGE_H

#include "api/request.h"

/* Runs `exec(store, ctx, e)` on the writer thread in one transaction with the asker as actor, durable when it returns 0; wakes the engine.
 * Waits for it, so ctx may be on the caller's stack. ERR_UNAVAILABLE for a listener that has no engine. */
int change_do(struct request *q, int (*exec)(struct store *s, void *ctx, struct err *e), void *ctx, struct err *e);

#endif
