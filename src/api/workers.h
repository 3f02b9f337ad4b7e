/* workers.h - the threads that answer requests: civetweb's, fed by the gate. They never wait for a network peer: the whole request is there when
 * one begins, and the answer is taken off its hands. */
#ifndef EDGECRON_API_WORKERS_H
#define EDGECRON_API_WORKERS_H

#include "api/handover.h"
#include "api/http.h"

#define WORKERS_COUNT 16
#define WORKERS_SPARE 2 /* more, for what must never wait: health checks */

struct workers;

/* `scope` is borrowed. */
struct workers *workers_start(const struct http_scope *scope, struct err *e);
/* Any thread. At most WORKERS_COUNT + WORKERS_SPARE may be under way. */
void workers_give(struct workers *w, struct handover *h);
/* Waits for the answers under way. What was given and never begun does not come back by mail. */
void workers_stop(struct workers *w);

#endif
