/* session.h - how the administrator comes in, shared by login, set-up and change of password. Worker threads. */
#ifndef EDGECRON_API_SESSION_H
#define EDGECRON_API_SESSION_H

#include "api/reply.h"
#include "api/request.h"
#include "store/admin.h"

/* Another site's page must not log its visitor in, or set anything up: ERR_FORBIDDEN when the browser says that it is one. */
int session_same_origin(const struct request *q, struct err *e);
/* The password that is set, through a reader that is lent for just that long: for routes that are open to anyone. */
int session_admin(struct request *q, bool *ret_is_set, struct admin_password *ret, struct err *e);
/* A turn to try (login_enter); the reply gets Retry-After. */
int session_enter(struct request *q, struct reply *p, const char *place, bool known, struct err *e);
/* Tells the audit, within its allowance. */
void session_failed(struct request *q);

/* Lets the asker in as the administrator: a session begins, in place of the one that the browser had; reply 201 with cookies and the Session form.
 * `set` not NULL: the set-up link `link` is used up for this password, in the same transaction. */
struct session_opening {
    const struct admin_password *admin; /* as it is set, or about to be */
    const char *link;                   /* NULL: a password is set already */
};
int session_open(struct request *q, struct reply *p, const struct session_opening *o, struct err *e);

struct json *session_view(const struct request *q); /* who asks */

#endif
