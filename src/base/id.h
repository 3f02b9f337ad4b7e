/* id.h - run ids: UUIDv7 (RFC 9562, section 5.7), ordered by time, in lower-case text. Thread: any. */
#ifndef EDGECRON_BASE_ID_H
#define EDGECRON_BASE_ID_H

#include "base/clock.h"

#define ID_TEXT_SIZE 37

/* `now` gives the 48 time bits; the other 74 are random (a counter is not needed: ids made in one
 * millisecond need no order among themselves). */
void id_new(struct wall now, char out[ID_TEXT_SIZE]);
bool id_valid(const char *text);

#endif
