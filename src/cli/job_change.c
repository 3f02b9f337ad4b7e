/* job_change.c - verbs that change one job: remove, pause, resume, run. */
#include "base/mem.h"
#include "cli/handlers.h"
#include "cli/job.h"
#include "cli/output.h"

#include <stdio.h>

int job_remove(struct call *call, struct err *e)
{
    struct data d = { 0 };
    int r = data_open(&d, &call->config, STORE_WRITE, e);
    if (r == 0)
        r = jobs_remove(d.store, call->words[0], -1, clock_wall(), e);
    if (r == 0) {
        data_changed(&d, NULL);
        r = data_report(&d, "job", call->words[0], "removed");
    }
    data_close(&d);
    return r;
}

static int pause_end(const struct config *c, struct wall now, struct wall *ret, struct err *e)
{
    *ret = WALL_NONE;
    if (config_is_set(c, FLAG_UNTIL) && config_is_set(c, FLAG_FOR))
        return err_set(e, ERR_USAGE, "--until and --for contradict each other: give one");
    if (config_is_set(c, FLAG_UNTIL))
        ret->ms = config_number(c, FLAG_UNTIL);
    if (config_is_set(c, FLAG_FOR))
        ret->ms = now.ms + config_number(c, FLAG_FOR);
    if (!wall_is_none(*ret) && ret->ms <= now.ms)
        return err_set(e, ERR_USAGE, "--until: '%s' is in the past", config_text(c, FLAG_UNTIL));
    return 0;
}

int job_pause(struct call *call, struct err *e)
{
    struct data d = { 0 };
    struct wall now = clock_wall(), until;
    int r = pause_end(&call->config, now, &until, e);
    if (r == 0)
        r = data_open(&d, &call->config, STORE_WRITE, e);
    if (r == 0)
        r = jobs_pause(d.store, call->words[0], until, now, e);
    if (r == 0) {
        data_changed(&d, NULL);
        r = job_report(&d, call->words[0], "paused", e);
    }
    data_close(&d);
    return r;
}

int job_resume(struct call *call, struct err *e)
{
    struct data d = { 0 };
    int r = data_open(&d, &call->config, STORE_WRITE, e);
    if (r == 0)
        r = jobs_resume(d.store, call->words[0], clock_wall(), e);
    if (r == 0) {
        data_changed(&d, NULL);
        r = job_report(&d, call->words[0], "resumed", e);
    }
    data_close(&d);
    return r;
}

int job_run(struct call *call, struct err *e)
{
    struct data d = { 0 };
    char id[ID_TEXT_SIZE];
    int r = data_open(&d, &call->config, STORE_WRITE, e);
    if (r == 0)
        r = runs_request(d.store, call->words[0], TRIGGER_MANUAL, clock_wall(), id, e);
    if (r == 0) {
        data_changed(&d, "the run starts when one does");
        r = run_follow(&d, id, e);
    }
    data_close(&d);
    return r;
}
