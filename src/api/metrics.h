/* metrics.h - what /metrics tells: tables of families (base/metrics.h), each with the function that writes its samples.
 *
 * Names and labels are for other people's dashboards and alerts: they do not change. Any thread. */
#ifndef EDGECRON_API_METRICS_H
#define EDGECRON_API_METRICS_H

#include "api/health.h"
#include "api/request.h"
#include "base/metrics.h"
#include "base/metrics_process.h"

/* Where samples come from, all read at one time. */
struct metrics_source {
    const struct measured *engine; /* NULL: it has not answered yet */
    struct health_facts facts;
    struct health_check checks[HEALTH_CHECKS];
    struct metrics_process process;
    struct store *store;
};
struct metrics_row {
    struct metrics_family family;
    void (*write)(struct metrics_text *t, const struct metrics_source *s);
    bool needs_engine; /* left out without its figures */
};

extern const struct metrics_row metrics_server_table[]; /* the process, the store, checks */
extern const size_t metrics_server_count;
extern const struct metrics_row metrics_runs_table[]; /* runs, jobs, targets, secrets, connections */
extern const size_t metrics_runs_count;
extern const struct metrics_row metrics_requests_table[]; /* of this API */
extern const size_t metrics_requests_count;

/* Counts a request that was answered. `route` NULL: there was none for it. */
void metrics_request(const struct route *route, int status, int64_t duration_us);

#endif
