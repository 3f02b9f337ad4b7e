/* events_check.h - may a listener still listen? Internal to events.c. */
#ifndef EDGECRON_API_EVENTS_CHECK_H
#define EDGECRON_API_EVENTS_CHECK_H

#include "api/events_listener.h"

/* Shows the credentials that the stream was opened with once more, as a request does (access.h), and takes over what tags there are
 * now. False when they are those of nobody, or of somebody else, or cannot be looked at: then the stream is to end, and whoever
 * comes back learns why. Reads the store. */
bool events_check(const struct service *s, struct listener *l);

#endif
