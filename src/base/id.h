/* id.h - run ids: UUIDv7 (RFC 9562, section 5.7), ordered by time, in lower-case text. Thread: any. */
#ifndef EDGECRON_BASE_ID_H
#define EDGECRON_BASE_ID_H

#include "base/clock.h"

#define ID_TEXT_SIZE 37

/* `now` gives the 48 time bits; 26 are a counter that begins at random with each millisecond (section 6.2, method 1), so that ids that a
 * thread makes one after the other, with times that do not go back, are in that order; 48 are random. */
void id_new(struct wall now, char out[ID_TEXT_SIZE]);
bool id_valid(const char *text);

#endif
