/* mail_call.h - the e-mail of a message's attempt, beside call.h. Internal to src/engine. */
#ifndef EDGECRON_ENGINE_MAIL_CALL_H
#define EDGECRON_ENGINE_MAIL_CALL_H

#include "engine/call.h"

/* Begins it; c->notice and c->arena are there. It may have ended at once (call_ended). Else what came of it is put where that of an HTTP call
 * is (c->http: timing, sent, address, the talk as the body), and flight_called is called. */
void mail_call_start(struct engine *g, struct call *c);
void mail_call_cancel(struct call *c);
void mail_call_free(struct call *c); /* NULL is fine as c->mail */

#endif
