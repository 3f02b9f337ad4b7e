/* throttle.h - who may try the password now? Pure: time comes from the caller.
 *
 * A place (an address, or a browser that is known again) has a few tries; then it waits, twice as long each time. All strangers together have
 * a budget besides, as somebody may have many addresses. It never locks the owner out: who logged in before, from this place, is no
 * stranger, and has a wait of their own alone. */
#ifndef EDGECRON_CORE_THROTTLE_H
#define EDGECRON_CORE_THROTTLE_H

#include "base/clock.h"

#include <stdbool.h>

#define THROTTLE_PLACES 1024   /* remembered; then the one that was quiet longest is forgotten, strangers first */
#define THROTTLE_PLACE_SIZE 64 /* of a place's name, with NUL */
#define THROTTLE_TRIES 5       /* before the first wait, of a second */
#define THROTTLE_WAIT_MAX_S 300
#define THROTTLE_FORGET_S 3600 /* a place that is quiet so long is as new */
#define THROTTLE_STRANGERS 20  /* tries of all strangers at once; and then ... */
#define THROTTLE_STRANGER_S 6  /* ... one more so often */

struct throttle_place {
    char name[THROTTLE_PLACE_SIZE];
    int failures;
    bool known;   /* somebody logged in from there */
    bool charged; /* its last try is on the strangers' account */
    struct mono last;
};
struct throttle {
    struct throttle_place places[THROTTLE_PLACES];
    int n;
    double spent; /* of the strangers' budget */
    struct mono spent_at;
};
/* A throttle of zeros is a new one. */

/* The place that an address stands for: IPv6 by its network of 64 bits, as that is what one household has; a text that is no address as it is. */
void throttle_place(const char *address, char out[THROTTLE_PLACE_SIZE]);

/* May `place` try now? A try counts as failed until throttle_passed. When not: false, *ret_wait_s says for how long (1 or more), and
 * nothing is counted. `known`: it showed that it logged in before. */
bool throttle_try(struct throttle *t, const char *place, bool known, struct mono now, int *ret_wait_s);
/* It was the right password. */
void throttle_passed(struct throttle *t, const char *place, struct mono now);
/* It was not looked at after all (nobody had time to). */
void throttle_undo(struct throttle *t, const char *place);

#endif
