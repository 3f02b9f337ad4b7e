/* keyring.h - the secrets' values, as the engine holds them, and the redactor made of them. Internal to src/engine.
 *
 * The redactor knows both versions of a secret in the overlap of a rotation: either may come back in an answer. */
#ifndef EDGECRON_ENGINE_KEYRING_H
#define EDGECRON_ENGINE_KEYRING_H

#include "engine/state.h"

struct url;

/* A secret. Counted: calls hold those they carry; one that was replaced meanwhile has lost its values, not its name. */
struct key {
    int refs;
    char *name;
    struct secret current, previous; /* len 0: there is none, or it cannot be opened */
    struct wall previous_until;      /* not to be used from then on; WALL_NONE: there is none */
    char **targets;                  /* that it is bound to; none: it may go anywhere */
    int n_targets;
    struct wall used_at, used_kept; /* carried by a call; the latest that is in the store (usage.h) */
    struct key_accepted *accepted;  /* which version each place took (usage.h) */
    int n_accepted;
};

int keyring_refresh(struct engine *g,
                    struct err *e);    /* decrypts all again when a version or a binding is not what was held */
void keyring_forget(struct engine *g); /* wipes */
/* A secret that has a value, or NULL and why (for people). */
struct key *keyring_find(struct engine *g, const char *name, const char **why);
/* Is there a previous version that may be used at `now`? */
bool key_overlaps(const struct key *k, struct wall now);
/* May it go there (core/binding.h)? ERR_SEALED, in words for people, when not. */
int key_check_place(struct engine *g, const struct key *k, const char *target, const struct url *origin, struct err *e);
struct wall keyring_next_end(const struct engine *g); /* of an overlap; WALL_NONE: there is none */

struct key *key_ref(struct key *k);
void key_unref(struct key *k); /* NULL is fine */

#endif
