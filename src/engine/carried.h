/* carried.h - the secrets of one call: which version of each it carries, where it may take them, and what to say and
 * remember of the answer. Internal to src/engine.
 *
 * A call carries current versions. When a function answers 401 or 403 while the previous version of one is still valid
 * (the overlap of a rotation), the run is tried once more with that: the function's own setting can then be changed at
 * leisure. */
#ifndef EDGECRON_ENGINE_CARRIED_H
#define EDGECRON_ENGINE_CARRIED_H

#include "engine/keyring.h"

struct carried_key {
    struct key *key; /* counted */
    int64_t version; /* that the call carries */
    int64_t other;   /* in an overlap: the one of the two that it does not carry; else 0 */
    struct wall until;
};
struct carried {
    struct engine *engine;
    bool previous; /* carries previous versions where there are any */
    struct carried_key *keys;
    int n;
};

/* A template_secret (core/template.h); ctx is a struct carried. */
const char *carried_value(void *ctx, const char *name, const char **why);
/* ERR_SEALED when one of them may not go to `target` (NULL: the URL is absolute) at `origin`. */
int carried_check(const struct carried *c, const char *target, const struct url *origin, struct err *e);
/* It was answered with `status`; `place` is a target's name or an origin. */
void carried_answered(const struct carried *c, int status, const char *place, struct wall now);
/* May the run be tried once more, with previous versions? */
bool carried_has_previous(const struct carried *c, int status);
/* Adds to a message what the overlap has to do with it; nothing when it has nothing. */
void carried_explain(const struct carried *c, int status, bool at_most_once, struct buf *message);
void carried_sent(const struct carried *c, struct wall now);
void carried_free(struct carried *c);

#endif
