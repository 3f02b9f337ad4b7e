/* events_status.h - the server's status as listeners are told of it: made once for all of them, and only when it changed. Internal to events.c, on
 * its thread. */
#ifndef EDGECRON_API_EVENTS_STATUS_H
#define EDGECRON_API_EVENTS_STATUS_H

#include "api/events_listener.h"
#include "engine/engine.h"

struct events_status {
    struct buf text[2]; /* for all; for those who are restricted to tags */
    unsigned number;    /* grows with each that differs from the one before; 0: there is none yet */
    struct mono at;     /* when it was looked at last */
};

void events_status_init(struct events_status *s);
void events_status_free(struct events_status *s);
/* `stopping`: it drains, whatever the engine says. */
void events_status_look(struct events_status *s, struct engine *g, bool stopping, struct mono now);
/* Adds it to what waits for l, unless l was told of it, does not want it, or has no room now. */
void events_status_tell(const struct events_status *s, struct listener *l);

#endif
