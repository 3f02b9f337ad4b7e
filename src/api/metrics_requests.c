/* metrics_requests.c - requests to this API, by route: the route's pattern, never the path, so that nobody can make series. */
#include "api/metrics.h"

#define ROUTES_MAX 128
#define CLASSES 6 /* of a status: 1xx to 5xx; 0: none of these */

static struct {
    struct metrics_counter by_class[CLASSES];
    struct metrics_histogram duration_us;
} cells[ROUTES_MAX + 1]; /* in the order of the route table; the last: no route */

static const struct metrics_bounds bounds = {
    .n = 12,
    .per_unit = 1000000,
    .at = { 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 500000, 1000000, 10000000 },
};

void metrics_request(const struct route *route, int status, int64_t duration_us)
{
    size_t i = route ? (size_t)(route - route_table) : ROUTES_MAX;
    if (i > ROUTES_MAX)
        i = ROUTES_MAX;
    metrics_count(&cells[i].by_class[status >= 100 && status < 600 ? status / 100 : 0], 1);
    metrics_observe(&cells[i].duration_us, &bounds, duration_us);
}

static const char *method_of(int i)
{
    return i < ROUTES_MAX ? route_table[i].method : "_other";
}

static const char *path_of(int i)
{
    return i < ROUTES_MAX ? route_table[i].path : "_none";
}

static void counts(struct metrics_text *t, const struct metrics_source *s)
{
    static const char *const classes[CLASSES] = { "_other", "1xx", "2xx", "3xx", "4xx", "5xx" };
    (void)s;
    for (int i = 0; i <= ROUTES_MAX; i++)
        for (int k = 0; k < CLASSES; k++) {
            int64_t n = metrics_counted(&cells[i].by_class[k]);
            if (n > 0)
                metrics_int(t, METRICS_LABELS(path_of(i), method_of(i), classes[k]), n);
        }
}

static void durations(struct metrics_text *t, const struct metrics_source *s)
{
    (void)s;
    for (int i = 0; i <= ROUTES_MAX; i++) {
        struct metrics_histogram_values v;
        int64_t all = 0;
        metrics_read(&cells[i].duration_us, &v);
        for (int k = 0; k <= bounds.n; k++)
            all += v.counts[k];
        if (all > 0)
            metrics_buckets(t, METRICS_LABELS(path_of(i), method_of(i)), &bounds, &v);
    }
}

/* clang-format off */
const struct metrics_row metrics_requests_table[] = {
    { { "edgecron_http_requests", METRICS_COUNTER, NULL, "Requests to the API, by class of status.",
        { "route", "method", "status" } }, counts, false },
    { { "edgecron_http_request_duration_seconds", METRICS_HISTOGRAM, "seconds", "How long they took.", { "route", "method" } },
      durations, false },
};
/* clang-format on */
const size_t metrics_requests_count = MEM_COUNT(metrics_requests_table);
