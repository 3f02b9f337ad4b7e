/* channel_entry.h - channels in the roster: an entry for each that is enabled, so that a message is a run like any other. Internal to src/engine.
 *
 * Its job and target are core/channel.h's. It is never due, has a place of its own (a channel that hangs holds up no other), and stands apart from
 * jobs: nothing that counts, plans or lists jobs sees it. Runs of one that is disabled or removed end as canceled.
 *
 * While sealed there are entries of channels that name no secret: the others' messages wait for the key. */
#ifndef EDGECRON_ENGINE_CHANNEL_ENTRY_H
#define EDGECRON_ENGINE_CHANNEL_ENTRY_H

#include "engine/state.h"

int channel_entries_refresh(struct engine *g, struct err *e);
void channel_entries_free(struct engine *g);
/* The entry of a job or, for "alert:NAME", of a channel; NULL: there is none. */
struct entry *channel_entry_or_job(const struct engine *g, const char *job);
/* Why a run of "alert:NAME" that has no entry is to be canceled: static text. NULL: it is to wait (sealed, or not readable). */
const char *channel_entry_why_not(struct engine *g, const char *job);

#endif
