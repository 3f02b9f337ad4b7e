/* run_list.c - `run list`. */
#include "api/view.h"
#include "base/mem.h"
#include "cli/handlers.h"
#include "cli/run.h"

#include <stdio.h>
#include <string.h>

/* What a repeated flag of names stands for; its values were checked when they were bound. */
static unsigned set_of(const struct config *c, enum flag f)
{
    unsigned set = 0;
    int pos = 0;
    const struct flag_spec *s = config_flag(f);
    for (const char *text; (text = config_each(c, f, &pos));)
        for (unsigned i = 0; s->choices[i]; i++)
            if (!strcmp(s->choices[i], text))
                set |= RUN_BIT(i);
    return set;
}

struct runs_filter run_filter(const struct config *c)
{
    struct runs_filter f = RUNS_FILTER_INIT;
    f.jobs.job = config_text(c, FLAG_JOB);
    f.jobs.target = config_text(c, FLAG_OF_TARGET);
    f.jobs.tag = config_text(c, FLAG_TAG);
    f.states = set_of(c, FLAG_STATE);
    f.outcomes = set_of(c, FLAG_OUTCOME) << OUTCOME_OK; /* choices have no word for "none" */
    f.triggers = set_of(c, FLAG_TRIGGER);
    f.text = config_text(c, FLAG_TEXT);
    if (config_is_set(c, FLAG_SINCE))
        f.since.ms = config_number(c, FLAG_SINCE);
    if (config_is_set(c, FLAG_BEFORE))
        f.until.ms = config_number(c, FLAG_BEFORE);
    f.order = config_on(c, FLAG_OLDEST) ? RUNS_OLDEST : RUNS_NEWEST;
    f.limit = (int)config_number(c, FLAG_LIMIT);
    f.cursor = config_text(c, FLAG_CURSOR);
    return f;
}

bool run_filter_any(const struct config *c)
{
    static const enum flag flags[] = { FLAG_JOB,     FLAG_OF_TARGET, FLAG_TAG,   FLAG_STATE,  FLAG_OUTCOME,
                                       FLAG_TRIGGER, FLAG_TEXT,      FLAG_SINCE, FLAG_BEFORE, FLAG_CURSOR };
    for (size_t i = 0; i < MEM_COUNT(flags); i++)
        if (config_is_set(c, flags[i]))
            return true;
    return false;
}

bool run_filter_fits(const struct runs_filter *f, const struct run *r)
{
    if (f->states && !(f->states & RUN_BIT(r->state)))
        return false;
    if (f->outcomes && !(f->outcomes & RUN_BIT(r->outcome)))
        return false;
    if (f->triggers && !(f->triggers & RUN_BIT(r->trigger)))
        return false;
    if (r->scheduled_for.ms < f->since.ms || (!wall_is_none(f->until) && r->scheduled_for.ms >= f->until.ms))
        return false;
    return !f->text || strcasestr(r->message, f->text);
}

int run_pages(struct data *d, const struct runs_filter *f, struct arena *a, struct run **ret, int *ret_n,
              const char **ret_next_cursor, struct err *e)
{
    struct runs_filter page = *f;
    struct run *all = arena_alloc(a, ((size_t)f->limit + 1) * sizeof *all);
    int n = 0;
    do {
        struct run *some;
        int more;
        page.limit = f->limit - n;
        int r = runs_list(d->store, &page, a, &some, &more, ret_next_cursor, e);
        if (r < 0)
            return r;
        memcpy(all + n, some, (size_t)more * sizeof *all);
        n += more;
        page.cursor = *ret_next_cursor;
    } while (page.cursor && n < f->limit);
    *ret = all;
    *ret_n = n;
    return 0;
}

struct listing run_listing(const struct config *c)
{
    static const char *const heads[] = { "ID", "JOB", "TRIGGER", "SCHEDULED FOR", "STATE", "HTTP", "TOOK", "MESSAGE" };
    return listing_begin(c, heads, MEM_COUNT(heads));
}

void run_row(struct listing *l, const struct run *r)
{
    char text[OUTPUT_TIME_SIZE];
    struct table *t = l->table;
    if (l->items) {
        json_add(l->items, NULL, view_run(r, NULL, -1));
        return;
    }
    table_cell(t, r->id);
    table_cell(t, r->job);
    table_cell(t, trigger_name(r->trigger));
    table_cell(t, output_when(r->scheduled_for, text));
    table_cell(t, run_state_name(r->state));
    snprintf(text, sizeof text, "%d", r->http_status);
    table_cell(t, r->http_status ? text : "");
    table_cell(t, output_span(r->duration_ms, text));
    table_cell(t, *r->message ? r->message : r->metrics);
}

static int print_runs(struct data *d, struct arena *a, struct err *e)
{
    struct run *runs;
    int n;
    const char *next;
    struct runs_filter f = run_filter(d->config);
    int r = run_pages(d, &f, a, &runs, &n, &next, e);
    if (r < 0)
        return r;
    struct listing l = run_listing(d->config);
    for (int i = 0; i < n; i++)
        run_row(&l, &runs[i]);
    listing_end(&l, 0, next, run_filter_any(d->config) ? "there is no run like that" : "there is no run yet");
    if (next && !config_on(d->config, FLAG_JSON) && output_is_terminal())
        output_note("%s ones: --limit N, or --cursor %s", f.order == RUNS_OLDEST ? "later" : "older", next);
    return 0;
}

int run_list(struct call *call, struct err *e)
{
    struct data d = { 0 };
    if (config_on(&call->config, FLAG_WATCH))
        return run_watch(&call->config, e);
    struct arena *a = arena_new(0);
    int r = data_open(&d, &call->config, STORE_READ, e);
    if (r == 0)
        r = print_runs(&d, a, e);
    arena_free(a);
    data_close(&d);
    return r;
}
