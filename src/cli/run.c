#include "base/mem.h"
#include "cli/handlers.h"
#include "cli/job.h"
#include "cli/progress.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define POLL_MS 100

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

static int wait_final(struct data *d, const char *id, struct progress *p, struct err *e)
{
    struct mono start = clock_mono();
    const struct timespec pause = { .tv_nsec = POLL_MS * 1000000L };
    for (;;) {
        int state = state_of(d, id, e);
        if (state >= 0)
            progress_show(p, "run %s is %s", id, run_state_name((enum run_state)state));
        if (state < 0 || run_state_final((enum run_state)state))
            return state;
        if (config_is_set(d->config, FLAG_TIMEOUT) &&
            mono_ms_since(start, clock_mono()) >= config_number(d->config, FLAG_TIMEOUT))
            return err_set(e, ERR_UNAVAILABLE, "run '%s' is still %s after %s; it goes on: edgecron run show %s", id,
                           run_state_name((enum run_state)state), config_text(d->config, FLAG_TIMEOUT), id);
        nanosleep(&pause, NULL);
    }
}

int run_wait(struct data *d, const char *id, struct err *e)
{
    struct progress p = progress_begin(d->config);
    int state = wait_final(d, id, &p, e);
    progress_end(&p);
    return state;
}

int run_follow(struct data *d, const char *id, struct err *e)
{
    bool json = config_on(d->config, FLAG_JSON);
    if (!config_on(d->config, FLAG_WAIT))
        return json ? run_print(d, id, false, e) : data_report(d, "run", id, "asked for");
    int state = run_wait(d, id, e);
    if (state < 0)
        return state;
    int r = run_print(d, id, true, e);
    return r < 0 ? r : state == RUN_SUCCEEDED ? 0 : 1;
}
