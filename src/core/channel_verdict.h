/* channel_verdict.h - was a message taken, and if not, why and what to do: verdict.h for channels. Pure. */
#ifndef EDGECRON_CORE_CHANNEL_VERDICT_H
#define EDGECRON_CORE_CHANNEL_VERDICT_H

#include "core/channel.h"
#include "core/verdict.h"

/* OUTCOME_OK for a 2xx, else OUTCOME_HTTP_STATUS with the reason appended. `place`: where it was sent, without secrets. */
enum outcome channel_verdict(const struct channel *c, const char *place, const struct answer *a, struct buf *message);
/* What to tell of an attempt that brought no answer, or one by which a mail server refuses. `detail`: as in verdict_explain. */
void channel_explain(enum outcome o, const struct channel *c, const char *place, const char *detail,
                     struct buf *message);

#endif
