/* run_watch.c - `run list --watch`: the list kept up to date on a terminal; elsewhere a line for each change, or with
 * --json an object a line (NDJSON).
 *
 * New runs are found by their ids, which begin with the time; as two processes may commit in another order than they
 * began, the last few seconds are looked at again. Runs that are not final are looked up until they are. The store is
 * opened for each look: so a server may start and stop meanwhile, and without one nothing is left behind. */
#include "api/view.h"
#include "base/map.h"
#include "base/mem.h"
#include "cli/run.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define POLL_MS 500
#define LOOK_BACK_MS 5000
#define PAGE 1000

struct seen {
    char id[ID_TEXT_SIZE];
    enum run_state state;
    int attempts;
    struct wall created_at;
};

struct watch {
    const struct config *config;
    struct runs_filter wanted; /* what is shown */
    struct map seen;           /* id -> struct seen, owned */
    struct wall looked_at;     /* WALL_NONE: never yet */
    bool silent;               /* what is met was there before */
};

static volatile sig_atomic_t ended;

static void end(int signal_number)
{
    (void)signal_number;
    ended = 1;
}

static void heed_signals(void)
{
    const struct sigaction action = { .sa_handler = end };
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static void print_line(const struct run *r)
{
    char when[WALL_TEXT_SIZE], took[OUTPUT_TIME_SIZE], status[16];
    buf_auto struct buf line = BUF_INIT(1 << 20);
    snprintf(status, sizeof status, "%d", r->http_status);
    wall_format(wall_is_none(r->finished_at) ? clock_wall() : r->finished_at, when);
    buf_printf(&line, "%s  %-9s  %s  %s  %s  %s  ", when, run_state_name(r->state), r->id, r->job,
               r->http_status ? status : "-", output_span(r->duration_ms, took));
    output_clean(&line, *r->message ? r->message : r->metrics ? r->metrics : "-", false);
    puts(buf_str(&line));
}

static void show(const struct watch *w, const struct run *r)
{
    if (!config_on(w->config, FLAG_JSON)) {
        print_line(r);
        return;
    }
    json_auto struct json *v = view_run(r, NULL, -1);
    mem_auto char *text = json_print(v);
    puts(text);
}

/* Shows the run when it is wanted, and new or changed. */
static void meet(struct watch *w, const struct run *r)
{
    struct seen *s = map_get(&w->seen, r->id);
    bool changed = !s || s->state != r->state || s->attempts != r->attempts;
    if (!s) {
        s = mem_alloc(sizeof *s);
        memcpy(s->id, r->id, sizeof s->id);
        map_put(&w->seen, s->id, s);
    }
    s->state = r->state;
    s->attempts = r->attempts;
    s->created_at = r->created_at;
    if (changed && !w->silent && run_filter_fits(&w->wanted, r))
        show(w, r);
}

/* Every run of the jobs wanted in one of these states (0: any), from `cursor` on, oldest first. */
static int meet_all(struct watch *w, struct data *d, unsigned states, const char *cursor, struct err *e)
{
    struct runs_filter f = RUNS_FILTER_INIT;
    struct arena *a = arena_new(0);
    int r = 0;
    f.jobs = w->wanted.jobs;
    f.states = states;
    f.order = RUNS_OLDEST;
    f.limit = PAGE;
    for (f.cursor = cursor; r == 0 && !ended;) {
        struct arena *before = a;
        struct run *runs;
        int n = 0;
        a = arena_new(0);
        r = runs_list(d->store, &f, a, &runs, &n, &f.cursor, e);
        arena_free(before); /* it held the cursor */
        for (int i = 0; r == 0 && i < n; i++)
            meet(w, &runs[i]);
        if (!f.cursor)
            break;
    }
    arena_free(a);
    return r;
}

static int meet_newest(struct watch *w, struct data *d, struct err *e)
{
    struct arena *a = arena_new(0);
    struct run *runs;
    const char *next;
    int n = 0, r = run_pages(d, &w->wanted, a, &runs, &n, &next, e);
    for (int i = n - 1; r == 0 && i >= 0; i--)
        meet(w, &runs[i]);
    arena_free(a);
    return r;
}

/* Runs under way when it begins are followed too, and said nothing of until they change. */
static int look_first(struct watch *w, struct data *d, struct err *e)
{
    int r = meet_newest(w, d, e);
    w->silent = true;
    if (r == 0)
        r = meet_all(w, d, RUN_BIT(RUN_QUEUED) | RUN_BIT(RUN_RUNNING) | RUN_BIT(RUN_RETRYING), NULL, e);
    w->silent = false;
    return r;
}

static void meet_one(struct watch *w, struct data *d, const char *id)
{
    struct arena *a = arena_new(0);
    struct run *run;
    struct attempt *attempts;
    int n;
    if (runs_get(d->store, id, a, &run, &attempts, &n, NULL) == 0)
        meet(w, run);
    arena_free(a);
}

static int look_again(struct watch *w, struct data *d, struct err *e)
{
    char cursor[ID_TEXT_SIZE];
    size_t pos = 0;
    id_new((struct wall){ w->looked_at.ms - LOOK_BACK_MS }, cursor);
    for (const struct seen *s; (s = map_each(&w->seen, &pos));)
        if (!run_state_final(s->state))
            meet_one(w, d, s->id);
    return meet_all(w, d, 0, cursor, e);
}

/* Runs that can neither change nor be met again. */
static void forget(struct watch *w)
{
    struct map kept = { 0 };
    size_t pos = 0;
    for (struct seen *s; (s = map_each(&w->seen, &pos));) {
        if (run_state_final(s->state) && s->created_at.ms < w->looked_at.ms - 2 * LOOK_BACK_MS)
            mem_free(s);
        else
            map_put(&kept, s->id, s);
    }
    map_free(&w->seen);
    w->seen = kept;
}

static int look(struct watch *w, struct data *d, struct err *e)
{
    struct wall now = clock_wall();
    int r = wall_is_none(w->looked_at) ? look_first(w, d, e) : look_again(w, d, e);
    w->looked_at = now;
    forget(w);
    return r;
}

/* On a terminal: the list as it is, over the one before. */
static int redraw(struct watch *w, struct data *d, struct err *e)
{
    struct arena *a = arena_new(0);
    struct run *runs;
    const char *next;
    int n = 0, r = run_pages(d, &w->wanted, a, &runs, &n, &next, e);
    if (r == 0) {
        struct listing l = run_listing(w->config);
        for (int i = 0; i < n; i++)
            run_row(&l, &runs[i]);
        output_text(wall_is_none(w->looked_at) ? "\033[2J\033[H" : "\033[H\033[J");
        listing_end(&l, 0, NULL, run_filter_any(w->config) ? "there is no run like that" : "there is no run yet");
        w->looked_at = clock_wall();
    }
    arena_free(a);
    return r;
}

int run_watch(const struct config *c, struct err *e)
{
    struct watch w = { .config = c, .wanted = run_filter(c), .looked_at = WALL_NONE };
    const struct timespec pause = { .tv_nsec = POLL_MS * 1000000L };
    bool terminal = output_is_terminal() && !config_on(c, FLAG_JSON);
    int r = 0;
    if (w.wanted.cursor || w.wanted.order == RUNS_OLDEST)
        return err_set(e, ERR_USAGE, "--watch shows what happens now: it goes with neither --cursor nor --oldest");
    heed_signals();
    while (r == 0 && !ended) {
        struct data d = { 0 };
        r = data_open(&d, c, STORE_READ, e);
        if (r == 0)
            r = terminal ? redraw(&w, &d, e) : look(&w, &d, e);
        data_close(&d);
        fflush(stdout);
        if (r == 0 && !ended)
            nanosleep(&pause, NULL);
    }
    size_t pos = 0;
    for (struct seen *s; (s = map_each(&w.seen, &pos));)
        mem_free(s);
    map_free(&w.seen);
    return r;
}
