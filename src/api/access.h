/* access.h - who asks, and may they: between the bytes of a request and its handler. Worker threads of the listener.
 *
 * A token in the Authorization field counts, else the cookie of a session. What a session changes needs its CSRF token besides; a token needs
 * none, as no browser sends it by itself. */
#ifndef EDGECRON_API_ACCESS_H
#define EDGECRON_API_ACCESS_H

#include "api/reply.h"
#include "api/request.h"

/* Fills q->identity from the request's credentials; the request's reader has its store open. ERR_UNAUTHENTICATED, with the
 * WWW-Authenticate field in the reply. */
int access_identify(struct request *q, struct reply *p, struct err *e);
/* May the identity use the route? After request_take; the reader's store is open unless the route is anyone's. ERR_FORBIDDEN; for a job that
 * a token's tags do not open, and its runs, ERR_NOT_FOUND as if it did not exist. */
int access_allow(const struct request *q, const struct route *r, struct err *e);

#endif
