/* secrets.h - what can be known and done about secrets without a key: their values are vault.h's.
 *
 * See store.h for threads and transactions. */
#ifndef EDGECRON_STORE_SECRETS_H
#define EDGECRON_STORE_SECRETS_H

#include "base/buf.h"
#include "base/mem.h"
#include "store/store.h"

struct secret_accepted {
    const char *place; /* a target's name, or an origin such as "https://api.example" */
    int64_t version;   /* that it answered to last ... */
    struct wall at;    /* ... and when */
};
struct secret_info {
    const char *name;
    int64_t version;
    struct wall created_at, updated_at; /* updated_at: of the current version */
    int64_t rotate_every_s;             /* 0: never */
    struct wall due_at;                 /* to be rotated; WALL_NONE: never */
    struct wall last_used_at;           /* to the minute; WALL_NONE: never */
    int64_t previous_version;           /* during a rotation's overlap; 0: none ... */
    struct wall previous_expires_at;    /* ... and its end */
    const char **targets;               /* that it is bound to; none: it may go anywhere */
    int n_targets;
    const char **jobs, **users; /* names of jobs and targets whose own templates use it ... */
    int n_jobs, n_users;
    const char **channels; /* ... and of channels ... */
    int n_channels;
    bool heartbeat; /* ... and whether the setting heartbeat_url does */
    struct secret_accepted *accepted;
    int n_accepted;
};
/* In order of name, in `a`; with `name` that one alone (none: *ret_n is 0). A previous version whose time was up by
 * `now` is not told of. Reads every job: not for a hot path. */
int secrets_list(struct store *s, const char *name, struct wall now, struct arena *a, struct secret_info **ret,
                 int *ret_n, struct err *e);

int secrets_find(struct store *s, const char *name, int64_t *ret_version, struct err *e); /* 0: no such secret */
int secrets_need(struct store *s, const char *name, struct err *e);                       /* ERR_NOT_FOUND */
/* The same for hints, as what cannot be read is not there for them. Nothing is to be decided by these. */
bool secrets_have(struct store *s, const char *name);
int64_t secrets_version(struct store *s, const char *name);
/* A text that changes whenever a value, its end or a binding does: how an engine sees that it has to read again. */
int secrets_marks(struct store *s, struct buf *out, struct err *e);

/* How often it should be rotated; 0: never. ERR_NOT_FOUND. */
int secrets_set_rotation(struct store *s, const char *name, int64_t rotate_every_s, struct err *e);
/* From now on it may go to these targets alone; n 0: anywhere. ERR_NOT_FOUND for the secret; ERR_INVALID at "/targets/I"
 * for a target that is not there; ERR_CONFLICT naming the jobs, targets and channels that use it elsewhere. */
int secrets_bind(struct store *s, const char *name, const char *const *targets, int n, struct err *e);
/* What it is bound to, in `a`; n 0: it may go anywhere. */
struct binding;
int secrets_binding(struct store *s, const char *name, struct arena *a, struct binding *ret, struct err *e);
int secrets_bound_each(struct store *s, void (*each)(void *ctx, const char *name, const char *target), void *ctx,
                       struct err *e);

/* Destroys the previous versions whose time is up; cheap when there is none. Returns how many in *ret (may be NULL). */
int secrets_expire(struct store *s, struct wall now, int64_t *ret, struct err *e);
/* ERR_CONFLICT naming the jobs, targets and channels whose templates use it. */
int secrets_remove(struct store *s, const char *name, struct err *e);

/* By the engine, lazily. Nothing happens when the secret is gone, or when later is known. */
int secrets_note_used(struct store *s, const char *name, struct wall at, struct err *e);
int secrets_note_accepted(struct store *s, const char *name, const struct secret_accepted *x, struct err *e);

#endif
