/* audit.h - who changed what, from where, when. Written in the same transaction as the change, so that none goes
 * unrecorded; never altered, deleted by age alone. It holds no secret: names and numbers, but no value and no key.
 *
 * Who acts is set on the store once (a command, a request of the API); functions that change something add the entry
 * themselves. The writer sets it back before each op. */
#ifndef EDGECRON_STORE_AUDIT_H
#define EDGECRON_STORE_AUDIT_H

#include "base/id.h"
#include "base/mem.h"
#include "store/store.h"

#define AUDIT_DAYS 400 /* how long entries are kept */

/* The one table of actions: name, text. */
#define AUDIT_TABLE(X)                                    \
    X(AUDIT_SECRET_CREATE, "secret.create")               \
    X(AUDIT_SECRET_ROTATE, "secret.rotate")               \
    X(AUDIT_SECRET_REPLACE, "secret.replace")             \
    X(AUDIT_SECRET_REVEAL, "secret.reveal")               \
    X(AUDIT_SECRET_BIND, "secret.bind")                   \
    X(AUDIT_SECRET_ROTATE_EVERY, "secret.rotate_every")   \
    X(AUDIT_SECRET_REMOVE, "secret.remove")               \
    X(AUDIT_VAULT_REKEY, "vault.rekey")                   \
    X(AUDIT_VAULT_UNSEAL, "vault.unseal")                 \
    X(AUDIT_VAULT_UNSEAL_FAILED, "vault.unseal_failed")   \
    X(AUDIT_JOB_CREATE, "job.create")                     \
    X(AUDIT_JOB_UPDATE, "job.update")                     \
    X(AUDIT_JOB_REMOVE, "job.remove")                     \
    X(AUDIT_JOB_PAUSE, "job.pause")                       \
    X(AUDIT_JOB_RESUME, "job.resume")                     \
    X(AUDIT_RUN_REQUEST, "run.request")                   \
    X(AUDIT_RUN_CANCEL, "run.cancel")                     \
    X(AUDIT_RUN_RETRY, "run.retry")                       \
    X(AUDIT_TARGET_CREATE, "target.create")               \
    X(AUDIT_TARGET_UPDATE, "target.update")               \
    X(AUDIT_TARGET_REMOVE, "target.remove")               \
    X(AUDIT_SETTINGS_UPDATE, "settings.update")           \
    X(AUDIT_ALERT_CREATE, "alert.create")                 \
    X(AUDIT_ALERT_UPDATE, "alert.update")                 \
    X(AUDIT_ALERT_REMOVE, "alert.remove")                 \
    X(AUDIT_ALERT_MUTE, "alert.mute")                     \
    X(AUDIT_ALERT_UNMUTE, "alert.unmute")                 \
    X(AUDIT_CHANNEL_CREATE, "channel.create")             \
    X(AUDIT_CHANNEL_UPDATE, "channel.update")             \
    X(AUDIT_CHANNEL_REMOVE, "channel.remove")             \
    X(AUDIT_TOKEN_CREATE, "token.create")                 \
    X(AUDIT_TOKEN_REVOKE, "token.revoke")                 \
    X(AUDIT_ADMIN_PASSWORD, "admin.password")             \
    X(AUDIT_SETUP_LINK, "setup.link")                     \
    X(AUDIT_SESSION_LOGIN, "session.login")               \
    X(AUDIT_SESSION_LOGIN_FAILED, "session.login_failed") \
    X(AUDIT_SESSION_LOGOUT, "session.logout")             \
    X(AUDIT_SESSION_REVOKE, "session.revoke")

/* clang-format off */
enum audit_action {
#define X(name, text) name,
    AUDIT_TABLE(X)
#undef X
    AUDIT_ACTIONS
};
/* clang-format on */
const char *audit_action_name(enum audit_action a);

/* AUDIT_ADMIN: a session of the administrator; AUDIT_ANYONE: somebody who is not known (yet). */
enum audit_kind { AUDIT_SYSTEM, AUDIT_CLI, AUDIT_TOKEN, AUDIT_ADMIN, AUDIT_ANYONE };
struct audit_actor {
    enum audit_kind kind;
    char name[64];    /* the user's, the token's; "" for all else */
    char address[64]; /* where a request came from; "" for a command */
};
/* Who makes the changes from here on; copied. NULL: the system itself, as is the case until then. */
void store_actor_set(struct store *s, const struct audit_actor *actor);

struct audit_entry {
    enum audit_action action;
    const char *resource; /* name of what was changed; NULL: none */
    const char *detail;   /* JSON object as text; NULL: none */
    struct wall at;
};
/* Inside the transaction of the change. */
int audit_add(struct store *s, const struct audit_entry *entry, struct err *e);

struct audit_row {
    char id[ID_TEXT_SIZE];
    struct wall at;
    const char *actor; /* "cli:USER", "token:NAME", "admin", "anyone" or "system" */
    const char *address, *action, *resource, *detail;
};
struct audit_filter {
    struct wall since, until;              /* at or after, before; WALL_NONE: no limit */
    const char *actor, *action, *resource; /* exactly this; NULL: any */
    const char *cursor;                    /* only entries older than this one; NULL: all */
    int limit;                             /* 1..1000 */
};
/* Newest first. *ret_next_cursor is NULL at the end. */
int audit_list(struct store *s, const struct audit_filter *f, struct arena *a, struct audit_row **ret, int *ret_n,
               const char **ret_next_cursor, struct err *e);
/* Deletes at most `limit` of the entries from before `before`. */
int audit_prune(struct store *s, struct wall before, int limit, struct err *e);

#endif
