#include "api/view.h"
#include "base/mem.h"
#include "cli/handlers.h"
#include "cli/job.h"
#include "cli/listing.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define POLL_MS 100

static void list_row(struct listing *l, const struct run *r)
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
    const struct config *c = d->config;
    static const char *const heads[] = { "ID", "JOB", "TRIGGER", "SCHEDULED FOR", "STATE", "HTTP", "TOOK", "MESSAGE" };
    struct run *runs;
    int n;
    const char *next;
    struct runs_filter f = { .jobs.job = config_text(c, FLAG_JOB),
                             .states = config_is_set(c, FLAG_STATE) ? RUN_BIT(config_number(c, FLAG_STATE)) : 0,
                             .since = WALL_NONE,
                             .until = WALL_NONE,
                             .limit = (int)config_number(c, FLAG_LIMIT),
                             .cursor = config_text(c, FLAG_CURSOR) };
    if (config_is_set(c, FLAG_SINCE))
        f.since.ms = config_number(c, FLAG_SINCE);
    int r = runs_list(d->store, &f, a, &runs, &n, &next, e);
    if (r < 0)
        return r;
    bool filtered = f.jobs.job || f.states || f.cursor || config_is_set(c, FLAG_SINCE);
    struct listing l = listing_begin(c, heads, MEM_COUNT(heads));
    for (int i = 0; i < n; i++)
        list_row(&l, &runs[i]);
    listing_end(&l, 0, next, filtered ? "there is no run like that" : "there is no run yet");
    if (next && !config_on(c, FLAG_JSON) && output_is_terminal())
        output_note("older ones: --limit N, or --cursor %s", next);
    return 0;
}

int run_list(struct call *call, struct err *e)
{
    struct data d = { 0 };
    struct arena *a = arena_new(0);
    int r = data_open(&d, &call->config, STORE_READ, e);
    if (r == 0)
        r = print_runs(&d, a, e);
    arena_free(a);
    data_close(&d);
    return r;
}

int run_show(struct call *call, struct err *e)
{
    struct data d = { 0 };
    int r = data_open(&d, &call->config, STORE_READ, e);
    if (r == 0)
        r = run_print(&d, call->words[0], false, e);
    data_close(&d);
    return r;
}

int run_cancel(struct call *call, struct err *e)
{
    struct data d = { 0 };
    int r = data_open(&d, &call->config, STORE_WRITE, e);
    if (r == 0)
        r = runs_request_cancel(d.store, call->words[0], store_server_pid(d.dir) == 0, clock_wall(), e);
    if (r == 0) {
        data_changed(&d, NULL);
        r = config_on(d.config, FLAG_JSON) ? run_print(&d, call->words[0], false, e)
                                           : data_report(&d, "run", call->words[0], "is being canceled");
    }
    data_close(&d);
    return r;
}

int run_retry(struct call *call, struct err *e)
{
    struct data d = { 0 };
    char id[ID_TEXT_SIZE];
    int r = data_open(&d, &call->config, STORE_WRITE, e);
    if (r == 0)
        r = runs_request_retry(d.store, call->words[0], clock_wall(), id, e);
    if (r == 0) {
        data_changed(&d, "the run starts when one does");
        r = run_follow(&d, id, e);
    }
    data_close(&d);
    return r;
}

/* The state of the run; -ERR when it cannot be read. */
static int state_of(struct data *d, const char *id, struct err *e)
{
    struct arena *a = arena_new(0);
    struct run *run;
    struct attempt *attempts;
    int n, r = runs_get(d->store, id, a, &run, &attempts, &n, e);
    int state = r < 0 ? r : (int)run->state;
    arena_free(a);
    return state;
}

static int wait_final(struct data *d, const char *id, struct err *e)
{
    struct mono start = clock_mono();
    const struct timespec pause = { .tv_nsec = POLL_MS * 1000000L };
    for (;;) {
        int state = state_of(d, id, e);
        if (state < 0 || run_state_final((enum run_state)state))
            return state;
        if (config_is_set(d->config, FLAG_TIMEOUT) &&
            mono_ms_since(start, clock_mono()) >= config_number(d->config, FLAG_TIMEOUT))
            return err_set(e, ERR_UNAVAILABLE, "run '%s' is still %s after %s; it goes on: edgecron run show %s", id,
                           run_state_name((enum run_state)state), config_text(d->config, FLAG_TIMEOUT), id);
        nanosleep(&pause, NULL);
    }
}

int run_follow(struct data *d, const char *id, struct err *e)
{
    bool json = config_on(d->config, FLAG_JSON);
    if (!config_on(d->config, FLAG_WAIT))
        return json ? run_print(d, id, false, e) : data_report(d, "run", id, "asked for");
    int state = wait_final(d, id, e);
    if (state < 0)
        return state;
    int r = run_print(d, id, true, e);
    return r < 0 ? r : state == RUN_SUCCEEDED ? 0 : 1;
}
