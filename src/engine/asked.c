#include "engine/asked.h"

#include "base/log.h"
#include "engine/backlog.h"
#include "engine/channel_entry.h"
#include "engine/flight.h"

int asked_open_runs(struct engine *g, struct err *e)
{
    g->runs_left = g->held.hold != HOLD_NONE;
    int rc = g->runs_left ? 0 : backlog_read(g, e);
    g->runs_left = g->runs_left || rc;
    return rc;
}

/* Sealed, what is not a message that can be sent is as good as known: it waits. */
static bool known(void *ctx, const char *id)
{
    const struct engine *g = ctx;
    return map_get(&g->flights, id);
}

static bool wanted(const struct engine *g, const struct run *r)
{
    return g->taken_up || (channel_of_job(r->job) && channel_entry_or_job(g, r->job));
}

static int take_up_new(struct engine *g, struct arena *a, struct err *e)
{
    struct run *runs;
    int n = 0, rc = runs_requested(g->store, known, g, a, &runs, &n, e);
    for (int i = 0; i < n; i++)
        if (wanted(g, &runs[i]))
            flight_resume(g, &runs[i]);
    return rc;
}

static int take_up_cancels(struct engine *g, struct arena *a, struct err *e)
{
    struct run *runs;
    int n = 0, rc = runs_cancel_requested(g->store, a, &runs, &n, e);
    for (int i = 0; i < n; i++) {
        struct flight *f = map_get(&g->flights, runs[i].id);
        if (f)
            flight_cancel(g, f, canceled_by_hand);
        else if (wanted(g, &runs[i]))
            backlog_cancel(g, &runs[i]);
    }
    return rc;
}

void asked_take_up(struct engine *g)
{
    struct err e = { 0 };
    if (g->held.hold != HOLD_NONE)
        return;
    struct arena *a = arena_new(0);
    int rc = g->taken_up && g->runs_left ? asked_open_runs(g, &e) : 0;
    if (!rc)
        rc = take_up_new(g, a, &e);
    if (!rc)
        rc = take_up_cancels(g, a, &e);
    if (rc)
        log_error("runs asked for could not be read", L_STR("error", e.text));
    arena_free(a);
}
