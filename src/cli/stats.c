/* stats.c - `stats`: how runs did in the last hours or days, in all and hour by hour, day by day or week by week. */
#include "api/view_stats.h"
#include "base/mem.h"
#include "cli/data.h"
#include "cli/handlers.h"
#include "cli/output.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BAR_WIDTH 20
#define HOURS_SHOWN 48  /* more are shown as days ... */
#define DAYS_SHOWN 62   /* ... and these as weeks */
#define METRICS_SHOWN 4 /* with a column each; where there are more, their sums in all must do */

static const enum run_state STATES[] = { RUN_SUCCEEDED, RUN_FAILED, RUN_MISSED, RUN_SKIPPED, RUN_CANCELED };

static void show_runs(struct table *t, const struct tally *x)
{
    char rate[32];
    buf_auto struct buf text = BUF_INIT(400);
    int n = 0;
    buf_printf(&text, "%" PRId64, tally_runs(x));
    for (size_t i = 0; i < MEM_COUNT(STATES); i++)
        if (x->states[STATES[i]])
            buf_printf(&text, "%s%" PRId64 " %s", n++ ? ", " : ": ", x->states[STATES[i]], run_state_name(STATES[i]));
    table_pair(t, "runs", buf_str(&text));
    double share = tally_success_rate(x);
    snprintf(rate, sizeof rate, "%.4g %%", (double)(int64_t)(share * 1e4) / 100); /* 99.996 is not 100 */
    table_pair(t, "succeeded", share < 0 ? NULL : rate);
}

static void show_outcomes(struct table *t, const struct tally *x)
{
    buf_auto struct buf text = BUF_INIT(1000);
    for (int i = OUTCOME_NONE + 1; i < OUTCOME_COUNT; i++)
        if (x->outcomes[i])
            buf_printf(&text, "%s%s %" PRId64, text.len ? ", " : "", outcome_name((enum outcome)i), x->outcomes[i]);
    table_pair(t, "last attempts", buf_str(&text));
}

static void show_spread(struct table *t, const char *name, const struct histogram *h)
{
    static const struct {
        const char *name;
        double share;
    } points[] = { { "half within", 0.5 }, { "95 % within", 0.95 }, { "99 % within", 0.99 }, { "at most", 1 } };
    char span[OUTPUT_TIME_SIZE];
    buf_auto struct buf text = BUF_INIT(400);
    for (size_t i = 0; h->count && i < MEM_COUNT(points); i++)
        buf_printf(&text, "%s%s %s", i ? ", " : "", points[i].name,
                   output_span(histogram_percentile(h, points[i].share), span));
    table_pair(t, name, buf_str(&text));
}

static void show_metrics(struct table *t, const struct tally *x)
{
    for (int i = 0; i < x->n_metrics; i++) {
        const struct tally_metric *m = &x->metrics[i];
        mem_auto char *text =
            mem_printf("%s: %.15g in all, %.6g on average, %.15g to %.15g, of %" PRId64 " %s", m->name, m->sum,
                       m->sum / (double)m->count, m->min, m->max, m->count, m->count == 1 ? "run" : "runs");
        table_pair(t, i ? " " : "metrics", text);
    }
}

/* --- row by row -------------------------------------------------------------------------------------------------- */

/* Points of an hour or a day, put together where they would be too many for people to read. */
struct rows {
    int64_t row_ms;
    int n;
    struct stats_point *row;
};

static struct rows rows_new(const struct stats *x)
{
    const struct window *w = &x->window;
    struct rows r = { .row_ms = w->point_ms };
    if (w->point_ms == WINDOW_HOUR_MS && w->points > HOURS_SHOWN)
        r.row_ms = WINDOW_DAY_MS;
    else if (w->points > DAYS_SHOWN)
        r.row_ms = 7 * WINDOW_DAY_MS;
    r.row = mem_alloc((size_t)w->points * sizeof *r.row);
    for (int i = 0; i < w->points; i++) {
        struct wall start = window_floor(x->points[i].start, r.row_ms);
        if (r.n == 0 || r.row[r.n - 1].start.ms != start.ms)
            r.row[r.n++].start = start;
        tally_merge(&r.row[r.n - 1].tally, &x->points[i].tally);
    }
    return r;
}

static void rows_free(struct rows *r)
{
    for (int i = 0; i < r->n; i++)
        tally_clear(&r->row[i].tally);
    mem_free(r->row);
}

static int64_t bad(const struct tally *x)
{
    return x->states[RUN_FAILED] + x->states[RUN_MISSED];
}

/* A part of a bar: at least one character for what is there at all. */
static int part(int64_t n, int64_t most)
{
    int width = (int)((double)n * BAR_WIDTH / (double)most + 0.5);
    return n > 0 && width == 0 ? 1 : width;
}

static void add_bar(struct table *t, const struct tally *x, int64_t most)
{
    buf_auto struct buf bar = BUF_INIT(4 * BAR_WIDTH);
    const struct {
        int64_t n;
        char sign;
    } parts[] = { { x->states[RUN_SUCCEEDED], '#' },
                  { bad(x), '!' },
                  { x->states[RUN_SKIPPED] + x->states[RUN_CANCELED], '.' } };
    for (size_t i = 0; i < MEM_COUNT(parts); i++)
        for (int k = part(parts[i].n, most); k > 0; k--)
            buf_char(&bar, parts[i].sign);
    table_cell(t, buf_str(&bar));
}

static void add_count(struct table *t, int64_t n)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, n);
    table_cell(t, n ? text : "");
}

/* A row has the metrics that its runs gave, which need not be all. */
static void add_sum(struct table *t, const struct tally *x, const char *name)
{
    char text[32] = "";
    for (int i = 0; i < x->n_metrics; i++)
        if (strcmp(x->metrics[i].name, name) == 0)
            snprintf(text, sizeof text, "%.15g", x->metrics[i].sum);
    table_cell(t, text);
}

static void add_row(struct table *t, const struct stats_point *p, int64_t row_ms, int64_t most)
{
    char start[WALL_TEXT_SIZE], span[OUTPUT_TIME_SIZE];
    const struct histogram *took = &p->tally.duration;
    wall_format(p->start, start);
    snprintf(start + (row_ms < WINDOW_DAY_MS ? 16 : 10), 2, "%s", row_ms < WINDOW_DAY_MS ? "Z" : "");
    table_cell(t, start);
    add_count(t, tally_runs(&p->tally));
    add_bar(t, &p->tally, most);
    add_count(t, bad(&p->tally));
    table_cell(t, took->count ? output_span(histogram_percentile(took, 0.95), span) : "");
}

static void show_rows(const struct stats *x)
{
    struct rows r = rows_new(x);
    const char *heads[5 + METRICS_SHOWN] = { r.row_ms == WINDOW_HOUR_MS  ? "HOUR (UTC)"
                                             : r.row_ms == WINDOW_DAY_MS ? "DAY (UTC)"
                                                                         : "WEEK FROM",
                                             "RUNS", "# WELL ! BAD . OTHER", "BAD", "95 % TOOK" };
    int metrics = x->total.n_metrics <= METRICS_SHOWN ? x->total.n_metrics : 0;
    int64_t most = 1;
    for (int i = 0; i < metrics; i++)
        heads[5 + i] = x->total.metrics[i].name;
    for (int i = 0; i < r.n; i++)
        if (tally_runs(&r.row[i].tally) > most)
            most = tally_runs(&r.row[i].tally);
    struct table *t = table_new(heads, 5 + metrics);
    for (int i = 0; i < r.n; i++) {
        add_row(t, &r.row[i], r.row_ms, most);
        for (int k = 0; k < metrics; k++)
            add_sum(t, &r.row[i].tally, x->total.metrics[k].name);
    }
    output_text("\n");
    output_table(t);
    rows_free(&r);
}

static void print_stats(const struct stats *x, const char *window, const struct job_scope *jobs)
{
    char since[OUTPUT_TIME_SIZE];
    struct table *t = table_new(NULL, 2);
    table_pair(t, "job", jobs->job);
    table_pair(t, "tag", jobs->tag);
    table_pair(t, "target", jobs->target);
    mem_auto char *text = mem_printf("%s, since %s", window, output_when(x->window.since, since));
    table_pair(t, "window", text);
    show_runs(t, &x->total);
    show_outcomes(t, &x->total);
    show_spread(t, "late by", &x->total.lateness);
    show_spread(t, "took", &x->total.duration);
    show_metrics(t, &x->total);
    output_pairs(t);
    if (tally_runs(&x->total))
        show_rows(x);
}

/* --- the command ------------------------------------------------------------------------------------------------- */

static int read_scope(struct call *call, struct data *d, struct job_scope *ret, struct err *e)
{
    struct job_record *r;
    *ret = (struct job_scope){ .job = call->n_words ? call->words[0] : NULL,
                               .tag = config_text(d->config, FLAG_TAG),
                               .target = config_text(d->config, FLAG_OF_TARGET) };
    if (!ret->job)
        return 0;
    int rc = jobs_get(d->store, ret->job, &r, e);
    if (rc == 0)
        job_record_free(r);
    return rc;
}

static int show(struct call *call, struct data *d, const struct window *w, struct wall now, struct err *e)
{
    const char *window = config_text(d->config, FLAG_WINDOW);
    struct job_scope jobs;
    struct stats x;
    int rc = read_scope(call, d, &jobs, e);
    if (rc)
        return rc;
    rc = stats_read(d->store, &jobs, w, &x, e);
    if (rc == 0 && config_on(d->config, FLAG_JSON))
        output_json(view_stats(&x, window, now));
    else if (rc == 0)
        print_stats(&x, window, &jobs);
    stats_free(&x);
    return rc;
}

int stats_show(struct call *call, struct err *e)
{
    struct data d = { 0 };
    struct window w;
    struct wall now = clock_wall();
    if (!window_parse(config_text(&call->config, FLAG_WINDOW), now, &w))
        return err_set(e, ERR_USAGE, "--window: '%.40s' is no window: hours, 1h to %dh, or days, 1d to %dd",
                       config_text(&call->config, FLAG_WINDOW), WINDOW_HOURS_MAX, WINDOW_DAYS_MAX);
    int rc = data_open(&d, &call->config, STORE_READ, e);
    if (rc == 0)
        rc = show(call, &d, &w, now, e);
    data_close(&d);
    return rc;
}
