/* dispatch.h - from a request to its reply: who may, which route, the answer or the problem. Knows no sockets. */
#ifndef EDGECRON_API_DISPATCH_H
#define EDGECRON_API_DISPATCH_H

#include "api/reply.h"
#include "api/request.h"

/* Always leaves a reply that can be sent. A request for anything under /api/v1/ without a valid token is refused before the path is looked at, so that nothing can be
 * learned without one. */
void dispatch(struct request *q, struct reply *p);

#endif
