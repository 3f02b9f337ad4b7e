/* preview.h - a schedule tried out: what it means, and when it would be due. Thread: that of the zones given. */
#ifndef EDGECRON_API_PREVIEW_H
#define EDGECRON_API_PREVIEW_H

#include "base/clock.h"
#include "base/json.h"
#include "engine/zones.h"

#define PREVIEW_MAX 1000 /* occurrences */

struct preview {
    const char *schedule, *timezone;
    struct wall from; /* occurrences strictly after; also the grid of @every */
    int64_t count;    /* 1..PREVIEW_MAX */
    bool previous;    /* strictly before instead, newest first */
};

/* {"schedule", "timezone", "description", "items": [{"scheduled_for" (UTC), "local", "note" (what a clock change does to it, or null)}]}. NULL and
 * ERR_INVALID at "/schedule" or "/timezone". Fewer items when there are no more. */
struct json *preview_schedule(struct zones *z, const struct preview *p, struct err *e);

#endif
