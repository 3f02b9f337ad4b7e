/* metrics.h - numbers for a monitoring system: cells that threads add to, and the text in which Prometheus reads them.
 *
 * Two forms of text: Prometheus' own (text format 0.0.4), and OpenMetrics 1.0, for those who ask for it. A family is a row of somebody's table:
 * name, type, unit, help and the names of its labels. Names follow the conventions of both forms: base units (seconds, bytes), the unit last.
 * Cells: any thread, no lock. Text: one thread at a time. */
#ifndef EDGECRON_BASE_METRICS_H
#define EDGECRON_BASE_METRICS_H

#include "base/buf.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define METRICS_BUCKETS_MAX 20
#define METRICS_LABELS_MAX 3

/* --- cells ------------------------------------------------------------------------------------------------------ */

struct metrics_counter {
    atomic_int_fast64_t n;
};
static inline void metrics_count(struct metrics_counter *c, int64_t by)
{
    atomic_fetch_add_explicit(&c->n, by, memory_order_relaxed);
}
static inline int64_t metrics_counted(const struct metrics_counter *c)
{
    return atomic_load_explicit(&c->n, memory_order_relaxed);
}

/* What a histogram's values are sorted into: upper bounds, each included, ascending, in the unit that is observed (ms, us). */
struct metrics_bounds {
    int n;            /* METRICS_BUCKETS_MAX at most; one more, without a bound, follows */
    int64_t per_unit; /* so many make one of the family's unit: 1000 for values in milliseconds */
    int64_t at[METRICS_BUCKETS_MAX];
};
struct metrics_histogram {
    atomic_int_fast64_t counts[METRICS_BUCKETS_MAX + 1], sum;
};
struct metrics_histogram_values {
    int64_t counts[METRICS_BUCKETS_MAX + 1], sum; /* each bucket's own */
};
int metrics_bucket(const struct metrics_bounds *b, int64_t value); /* where it belongs: 0..n */
void metrics_observe(struct metrics_histogram *h, const struct metrics_bounds *b, int64_t value);
/* While others observe, the sum may be a value ahead or behind of the counts. */
void metrics_read(const struct metrics_histogram *h, struct metrics_histogram_values *ret);
/* The value that `part` (0..1) of all are at most, interpolated within its bucket; the last bucket ends at `most`. -1: there are none. */
int64_t metrics_quantile(const struct metrics_bounds *b, const int64_t *counts, double part, int64_t most);

/* --- text ------------------------------------------------------------------------------------------------------- */

enum metrics_type {
    METRICS_COUNTER, /* samples are NAME_total */
    METRICS_GAUGE,
    METRICS_HISTOGRAM,
    METRICS_INFO /* samples are NAME_info, and 1 */
};
struct metrics_family {
    const char *name; /* without the type's suffix */
    enum metrics_type type;
    const char *unit; /* "seconds": the last part of the name; NULL: none */
    const char *help;
    const char *labels[METRICS_LABELS_MAX];
};

enum metrics_form { METRICS_PROMETHEUS, METRICS_OPENMETRICS };
enum metrics_form
metrics_form_wanted(const char *accept); /* by the Accept field (RFC 9110, section 12.5.1); NULL: none was sent */
const char *metrics_content_type(enum metrics_form form);

struct metrics_text {
    struct buf *out;
    enum metrics_form form;
    const struct metrics_family *family; /* that samples belong to */
};
/* All samples of a family follow its head, and no family comes twice. */
void metrics_head(struct metrics_text *t, const struct metrics_family *f);
/* `labels`: their values, as many as the family has names; any text. NULL when it has none. */
void metrics_int(struct metrics_text *t, const char *const *labels, int64_t value);
void metrics_number(struct metrics_text *t, const char *const *labels, double value);
void metrics_milli(struct metrics_text *t, const char *const *labels, int64_t ms); /* thousandths, as units */
void metrics_buckets(struct metrics_text *t, const char *const *labels, const struct metrics_bounds *b,
                     const struct metrics_histogram_values *v);
void metrics_end(struct metrics_text *t);

#define METRICS_LABELS(...) ((const char *const[]){ __VA_ARGS__ })

#endif
