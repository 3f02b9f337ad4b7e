/* route_query.h - the query parameters that routes take, for the route table alone. Each list ends with a name that is NULL. */
#ifndef EDGECRON_API_ROUTE_QUERY_H
#define EDGECRON_API_ROUTE_QUERY_H

#include "api/route.h"

extern const struct route_query next_query[], jobs_query[], runs_query[], stats_query[], job_stats_query[],
    events_query[], audit_query[], preview_query[], upcoming_query[], doctor_query[], firing_query[], write_query[],
    apply_query[];

#endif
