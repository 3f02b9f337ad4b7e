/* metrics.c - see metrics.h.
 *
 * Prometheus' form: prometheus.io/docs/instrumenting/exposition_formats. OpenMetrics: github.com/prometheus/OpenMetrics, specification 1.0. They
 * differ in that the latter names families without the suffixes _total and _info, tells units, wants a fraction in "le", and an end. */
#include "base/metrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* --- cells ------------------------------------------------------------------------------------------------------ */

int metrics_bucket(const struct metrics_bounds *b, int64_t value)
{
    int i = 0;
    while (i < b->n && value > b->at[i])
        i++;
    return i;
}

void metrics_observe(struct metrics_histogram *h, const struct metrics_bounds *b, int64_t value)
{
    atomic_fetch_add_explicit(&h->counts[metrics_bucket(b, value)], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&h->sum, value, memory_order_relaxed);
}

void metrics_read(const struct metrics_histogram *h, struct metrics_histogram_values *ret)
{
    for (int i = 0; i <= METRICS_BUCKETS_MAX; i++)
        ret->counts[i] = atomic_load_explicit(&h->counts[i], memory_order_relaxed);
    ret->sum = atomic_load_explicit(&h->sum, memory_order_relaxed);
}

int64_t metrics_quantile(const struct metrics_bounds *b, const int64_t *counts, double part, int64_t most)
{
    int64_t all = 0, before = 0;
    for (int i = 0; i <= b->n; i++)
        all += counts[i];
    double rank = part * (double)all;
    for (int i = 0; all > 0 && i <= b->n; before += counts[i++]) {
        if (counts[i] == 0 || (double)(before + counts[i]) < rank)
            continue;
        int64_t low = i > 0 ? b->at[i - 1] : 0, high = i < b->n && b->at[i] < most ? b->at[i] : most;
        double share = (rank - (double)before) / (double)counts[i];
        return high > low ? low + (int64_t)(share * (double)(high - low) + 0.5) : high;
    }
    return -1;
}

/* --- text ------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name, *suffix; /* of samples, and in Prometheus' form of the family too */
} types[] = {
    [METRICS_COUNTER] = { "counter", "_total" },
    [METRICS_GAUGE] = { "gauge", "" },
    [METRICS_HISTOGRAM] = { "histogram", "" },
    [METRICS_INFO] = { "info", "_info" },
};

/* Its quality, or -1 when the field does not name the type. */
static double accepts(const char *accept, const char *type)
{
    const char *at = accept ? strcasestr(accept, type) : NULL;
    if (!at)
        return -1;
    const char *end = at + strcspn(at, ","), *q = strcasestr(at, ";q=");
    return q && q < end ? strtod(q + 3, NULL) : 1;
}

enum metrics_form metrics_form_wanted(const char *accept)
{
    double open = accepts(accept, "application/openmetrics-text"), plain = accepts(accept, "text/plain");
    return open > 0 && open >= plain ? METRICS_OPENMETRICS : METRICS_PROMETHEUS;
}

const char *metrics_content_type(enum metrics_form form)
{
    return form == METRICS_OPENMETRICS ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                       : "text/plain; version=0.0.4; charset=utf-8";
}

static void add_escaped(struct buf *out, const char *text, bool quotes)
{
    for (const char *c = text; *c; c++) {
        if (*c == '\n')
            buf_str_add(out, "\\n");
        else if (*c == '\\' || (*c == '"' && quotes))
            buf_add(out, (const char[]){ '\\', *c }, 2);
        else
            buf_char(out, *c);
    }
}

void metrics_head(struct metrics_text *t, const struct metrics_family *f)
{
    bool open = t->form == METRICS_OPENMETRICS;
    const char *suffix = open ? "" : types[f->type].suffix;
    const char *type = f->type == METRICS_INFO && !open ? "gauge" : types[f->type].name;
    t->family = f;
    buf_printf(t->out, "# HELP %s%s ", f->name, suffix);
    add_escaped(t->out, f->help, open);
    buf_printf(t->out, "\n# TYPE %s%s %s\n", f->name, suffix, type);
    if (f->unit && open)
        buf_printf(t->out, "# UNIT %s %s\n", f->name, f->unit);
}

/* In 15 digits, unless it takes more to be read as the same number. */
static void add_number(struct buf *out, double value, bool fraction)
{
    char text[40];
    if (isnan(value) || isinf(value)) {
        buf_str_add(out, isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf");
        return;
    }
    snprintf(text, sizeof text, "%.15g", value);
    if (strtod(text, NULL) != value)
        snprintf(text, sizeof text, "%.17g", value);
    buf_str_add(out, text);
    if (fraction && !strpbrk(text, ".e"))
        buf_str_add(out, ".0");
}

static void add_label(struct buf *out, bool *first, const char *name)
{
    buf_char(out, *first ? '{' : ',');
    buf_str_add(out, name);
    buf_str_add(out, "=\"");
    *first = false;
}

/* NAME{LABELS} and a space. `bound`: in the unit; NULL: no "le". */
static void add_series(struct metrics_text *t, const char *suffix, const char *const *labels, const double *bound)
{
    const struct metrics_family *f = t->family;
    bool first = true;
    buf_str_add(t->out, f->name);
    buf_str_add(t->out, suffix);
    for (int i = 0; i < METRICS_LABELS_MAX && f->labels[i]; i++) {
        add_label(t->out, &first, f->labels[i]);
        add_escaped(t->out, labels[i], true);
        buf_char(t->out, '"');
    }
    if (bound) {
        add_label(t->out, &first, "le");
        add_number(t->out, *bound, t->form == METRICS_OPENMETRICS && !isinf(*bound));
        buf_char(t->out, '"');
    }
    buf_str_add(t->out, first ? " " : "} ");
}

void metrics_int(struct metrics_text *t, const char *const *labels, int64_t value)
{
    add_series(t, types[t->family->type].suffix, labels, NULL);
    buf_printf(t->out, "%lld\n", (long long)value);
}

void metrics_number(struct metrics_text *t, const char *const *labels, double value)
{
    add_series(t, types[t->family->type].suffix, labels, NULL);
    add_number(t->out, value, false);
    buf_char(t->out, '\n');
}

void metrics_milli(struct metrics_text *t, const char *const *labels, int64_t ms)
{
    metrics_number(t, labels, (double)ms / 1000);
}

void metrics_buckets(struct metrics_text *t, const char *const *labels, const struct metrics_bounds *b,
                     const struct metrics_histogram_values *v)
{
    int64_t all = 0;
    for (int i = 0; i <= b->n; i++) {
        double bound = i < b->n ? (double)b->at[i] / (double)b->per_unit : INFINITY;
        add_series(t, "_bucket", labels, &bound);
        buf_printf(t->out, "%lld\n", (long long)(all += v->counts[i]));
    }
    add_series(t, "_sum", labels, NULL);
    add_number(t->out, (double)v->sum / (double)b->per_unit, false);
    buf_char(t->out, '\n');
    add_series(t, "_count", labels, NULL);
    buf_printf(t->out, "%lld\n", (long long)all);
}

void metrics_end(struct metrics_text *t)
{
    if (t->form == METRICS_OPENMETRICS)
        buf_str_add(t->out, "# EOF\n");
}
