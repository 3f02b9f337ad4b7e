/* heartbeat.h - the one thing that is written for each heartbeat (engine/heartbeat.h), so that none is sent unless the store takes writes. */
#ifndef EDGECRON_STORE_HEARTBEAT_H
#define EDGECRON_STORE_HEARTBEAT_H

#include "base/clock.h"
#include "store/store.h"

int heartbeat_put(struct store *s, struct wall at, struct err *e);

#endif
