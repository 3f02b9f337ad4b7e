/* usage.h - what is remembered of secrets at work, and the end of rotations. Internal to src/engine.
 *
 * When a secret was last carried, and which version each place answered to last, is kept in memory and written once a
 * minute at most (what is new after a change, such as which version a place still takes:
 * within a second), outside of the way of a call. A crash loses
 * that minute and nothing else. When an overlap ends, the previous version is destroyed in the store and forgotten. */
#ifndef EDGECRON_ENGINE_USAGE_H
#define EDGECRON_ENGINE_USAGE_H

#include "engine/keyring.h"

#define USAGE_PLACES_MAX 64 /* remembered of one secret; the one heard of least lately goes */

/* Which version a place answered to last. */
struct key_accepted {
    char *place;
    int64_t version;
    struct wall at;
    bool heard;   /* since the keyring was read last: else the next time is news, even of the same version */
    bool changed; /* not in the store yet */
};

void usage_init(struct engine *g);
void usage_flush(struct engine *g); /* stopping: writes what is not in the store yet */
void usage_watch(struct engine *g); /* the keyring has changed: waits for the next end of an overlap */
void usage_carried(struct engine *g, const char *secret, struct wall now);
/* `place`: a target's name, or an origin. */
void usage_accepted(struct engine *g, const char *secret, const char *place, int64_t version, struct wall now);

void usage_move(struct key *from, struct key *to); /* the same secret, read again */
void usage_free(struct key *k);

#endif
