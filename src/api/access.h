/* access.h - who asks, and may they: between the bytes of a request and its handler. Worker threads of civetweb. */
#ifndef EDGECRON_API_ACCESS_H
#define EDGECRON_API_ACCESS_H

#include "api/reply.h"
#include "api/request.h"

/* Fills q->identity from the request's credentials; the request's reader has its store open. ERR_UNAUTHENTICATED, with the
 * WWW-Authenticate field in the reply. */
int access_identify(struct request *q, struct reply *p, struct err *e);
/* ERR_FORBIDDEN unless the identity may use the route. After request_take. */
int access_allow(const struct request *q, const struct route *r, struct err *e);

#endif
