/* sessions.h - the administrator's sessions: one a browser. Whoever shows the secret of its cookie is in, until the session was idle or there for
 * too long, or was ended. */
#ifndef EDGECRON_STORE_SESSIONS_H
#define EDGECRON_STORE_SESSIONS_H

#include "store/audit.h"
#include "store/credential.h"
#include "store/store.h"

#define SESSION_IDLE_MS (12 * 3600000LL)     /* without a request */
#define SESSION_MOST_MS (7 * 24 * 3600000LL) /* in all */
#define SESSIONS_MAX 100                     /* the oldest goes when there is one more */
#define SESSION_AGENT_MAX 200                /* bytes that are kept of what the browser calls itself */
#define SESSION_CSRF_SIZE 44                 /* with NUL */

struct session_from {
    const char *address, *user_agent; /* may be NULL */
    const char *before;               /* id of the session that the same browser had: it ends; NULL: none */
    const char *by;                   /* how it came to be: "password" or "setup" */
    int64_t failures;                 /* to log in that nothing was recorded of yet */
};
/* The secret goes into the cookie, and is never to be had again. */
int sessions_begin(struct store *s, const struct session_from *from, struct wall now, char ret_secret[CREDENTIAL_SIZE],
                   char ret_id[ID_TEXT_SIZE], struct err *e);

struct session_identity {
    char id[ID_TEXT_SIZE]; /* for people; opens nothing */
    struct wall created_at, last_seen_at;
    struct wall expires_at; /* the earlier of both limits, if no request follows */
    bool stale;             /* last_seen_at is of an earlier minute: have a writing store run sessions_touch */
};
/* Constant time with regard to the secret. ERR_UNAUTHENTICATED when it is none, or is over. */
int sessions_identify(struct store *s, const char *secret, struct wall now, struct session_identity *ret,
                      struct err *e);
int sessions_touch(struct store *s, const char *id, struct wall now, struct err *e);

struct session_info {
    const char *id;
    struct wall created_at, last_seen_at, expires_at;
    const char *address, *user_agent;
};
/* Newest first, without those that are over. Texts live until `each` returns. */
int sessions_each(struct store *s, struct wall now, void (*each)(void *ctx, const struct session_info *i), void *ctx,
                  struct err *e);
/* `action`: AUDIT_SESSION_LOGOUT or AUDIT_SESSION_REVOKE. ERR_NOT_FOUND. */
int sessions_end(struct store *s, const char *id, enum audit_action action, struct wall now, struct err *e);
/* All but `keep` (NULL: all). *ret_n may be NULL. */
int sessions_end_others(struct store *s, const char *keep, struct wall now, int64_t *ret_n, struct err *e);

/* What a page must send along with a request that changes something: only who can read the answers of this origin knows it. Made of
 * the secret, so nothing is kept; the secret cannot be had from it. */
void session_csrf(const char *secret, char out[SESSION_CSRF_SIZE]);

#endif
