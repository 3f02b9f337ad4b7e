/* view_stats.h - the JSON form of statistics, which is also that of commands with --json. */
#ifndef EDGECRON_API_VIEW_STATS_H
#define EDGECRON_API_VIEW_STATS_H

#include "base/json.h"
#include "store/stats.h"

/* `window` as it was asked for; `until`: now. Percentiles of nothing are null, like a rate of nothing. */
struct json *view_stats(const struct stats *x, const char *window, struct wall until);

#endif
