#include "api/view_stats.h"

#include "api/view.h"
#include "base/mem.h"

#include <math.h>

static const enum run_state STATES[] = { RUN_SUCCEEDED, RUN_FAILED, RUN_CANCELED, RUN_SKIPPED, RUN_MISSED };

static void add_states(struct json *v, const struct tally *t)
{
    json_add_int(v, "runs", tally_runs(t));
    for (size_t i = 0; i < MEM_COUNT(STATES); i++)
        json_add_int(v, run_state_name(STATES[i]), t->states[STATES[i]]);
}

static void add_rate(struct json *v, const struct tally *t)
{
    double rate = tally_success_rate(t);
    if (rate < 0)
        json_add_null(v, "success_rate");
    else
        json_add_number(v, "success_rate", round(rate * 1e6) / 1e6);
}

static void add_percentile(struct json *v, const char *key, const struct histogram *h, double share)
{
    if (h->count)
        json_add_int(v, key, histogram_percentile(h, share));
    else
        json_add_null(v, key);
}

static void add_spread(struct json *object, const char *key, const struct histogram *h)
{
    struct json *v = json_add_object(object, key);
    json_add_int(v, "count", h->count);
    if (h->count)
        json_add_number(v, "mean", round((double)h->sum / (double)h->count * 10) / 10);
    else
        json_add_null(v, "mean");
    add_percentile(v, "p50", h, 0.5);
    add_percentile(v, "p95", h, 0.95);
    add_percentile(v, "p99", h, 0.99);
    add_percentile(v, "max", h, 1);
}

static void add_outcomes(struct json *object, const struct tally *t)
{
    struct json *v = json_add_object(object, "outcomes");
    for (int i = OUTCOME_NONE + 1; i < OUTCOME_COUNT; i++)
        if (t->outcomes[i])
            json_add_int(v, outcome_name((enum outcome)i), t->outcomes[i]);
}

static void add_metrics(struct json *object, const struct tally *t)
{
    struct json *all = json_add_object(object, "metrics");
    for (int i = 0; i < t->n_metrics; i++) {
        const struct tally_metric *m = &t->metrics[i];
        struct json *v = json_add_object(all, m->name);
        json_add_int(v, "count", m->count);
        json_add_number(v, "sum", m->sum);
        json_add_number(v, "mean", m->sum / (double)m->count);
        json_add_number(v, "min", m->min);
        json_add_number(v, "max", m->max);
    }
}

static void add_sums(struct json *object, const struct tally *t)
{
    struct json *v = json_add_object(object, "metrics");
    for (int i = 0; i < t->n_metrics; i++)
        json_add_number(v, t->metrics[i].name, t->metrics[i].sum);
}

static void add_point(struct json *series, const struct stats_point *p)
{
    struct json *v = json_add(series, NULL, json_new_object());
    view_add_time(v, "start", p->start);
    add_states(v, &p->tally);
    add_percentile(v, "duration_p50_ms", &p->tally.duration, 0.5);
    add_percentile(v, "duration_p95_ms", &p->tally.duration, 0.95);
    add_percentile(v, "lateness_p95_ms", &p->tally.lateness, 0.95);
    add_sums(v, &p->tally);
}

struct json *view_stats(const struct stats *x, const char *window, struct wall until)
{
    struct json *v = json_new_object();
    json_add_string(v, "window", window);
    view_add_time(v, "since", x->window.since);
    view_add_time(v, "until", until);
    add_states(v, &x->total);
    add_rate(v, &x->total);
    add_outcomes(v, &x->total);
    add_spread(v, "lateness_ms", &x->total.lateness);
    add_spread(v, "duration_ms", &x->total.duration);
    add_metrics(v, &x->total);
    json_add_int(v, "point_s", x->window.point_ms / 1000);
    struct json *series = json_add_array(v, "series");
    for (int i = 0; i < x->window.points; i++)
        add_point(series, &x->points[i]);
    return v;
}
