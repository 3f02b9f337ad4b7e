/* asked.h - runs that others put into the store: asked for by hand, messages of alerts, and what is to be canceled. Internal to src/engine. */
#ifndef EDGECRON_ENGINE_ASKED_H
#define EDGECRON_ENGINE_ASKED_H

#include "engine/state.h"

/* Takes up what is new. While sealed: messages of the channels that are there (channel_entry.h), and no others. */
void asked_take_up(struct engine *g);
/* At the start: all runs that are not at their end. */
int asked_open_runs(struct engine *g, struct err *e);

#endif
