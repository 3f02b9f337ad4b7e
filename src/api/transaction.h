/* transaction.h - a change and its answer, made together: on the writer's thread, in one transaction (change.h).
 *
 * So the answer tells of exactly what was changed, and with an Idempotency-Key it is committed with the change: whoever asks again, also
 * after a crash, is given the same answer, and nothing is done twice. Only what succeeded is kept: a request that was refused
 * changed nothing, and may be sent again. Of a route with ROUTE_SECRET only the fact is kept. */
#ifndef EDGECRON_API_TRANSACTION_H
#define EDGECRON_API_TRANSACTION_H

#include "api/reply.h"
#include "api/request.h"

/* Changes the store and fills the reply from it. On the writer's thread, while the asker's waits: so it may use the request's arena and reader. */
typedef int (*transaction_exec)(struct store *s, struct request *q, struct reply *p, void *ctx, struct err *e);

/* After the request's body was read (request_json, request_no_body). ERR_MALFORMED for a bad Idempotency-Key; ERR_INVALID for one that was used
 * with another request; ERR_CONFLICT when that request's answer is not kept. */
int transaction_do(struct request *q, struct reply *p, transaction_exec exec, void *ctx, struct err *e);

#endif
