/* alert_mute.c - `alert mute` and `alert unmute`: what is watched, but not told for a while. */
#include "base/mem.h"
#include "cli/alert.h"
#include "cli/edit.h"
#include "cli/handlers.h"

struct place {
    enum mute_scope scope;
    const char *name; /* "" of all */
};

static int read_place(const struct config *c, struct place *ret, struct err *e)
{
    static const struct {
        enum flag flag;
        enum mute_scope scope;
    } scopes[] = { { FLAG_ABOUT_JOB, MUTE_JOB }, { FLAG_ABOUT_RULE, MUTE_RULE }, { FLAG_ABOUT_TARGET, MUTE_TARGET } };
    *ret = (struct place){ MUTE_ALL, "" };
    for (size_t i = 0; i < MEM_COUNT(scopes); i++) {
        if (!config_is_set(c, scopes[i].flag))
            continue;
        if (ret->scope != MUTE_ALL)
            return err_set(e, ERR_USAGE, "--%s and --%s are two things: mute one after the other",
                           mute_scope_name(ret->scope), mute_scope_name(scopes[i].scope));
        *ret = (struct place){ scopes[i].scope, config_text(c, scopes[i].flag) };
    }
    return 0;
}

static int report(const struct data *d, const struct place *p, struct wall until)
{
    char muted[ALERT_MUTED_SIZE];
    bool ended = wall_is_none(until);
    const char *all = p->scope == MUTE_ALL ? "all" : p->name;
    if (config_on(d->config, FLAG_JSON) && !ended)
        return output_json(view_mute(p->scope, all, until));
    if (p->scope != MUTE_ALL || config_on(d->config, FLAG_JSON))
        return data_report(d, mute_scope_name(p->scope), all, ended ? "unmuted" : alert_muted_text(until, muted));
    mem_auto char *text = mem_printf("all alerts are %s\n", ended ? "told again" : alert_muted_text(until, muted));
    return output_text(text);
}

static int mute(struct call *call, const struct place *p, struct wall until, struct wall now, struct err *e)
{
    struct data d = { 0 };
    int r = data_open(&d, &call->config, STORE_WRITE, e);
    if (r == 0)
        r = mute_put(d.store, p->scope, p->name, until, now, e);
    if (r == 0) {
        data_changed(&d, NULL);
        r = report(&d, p, until);
    }
    data_close(&d);
    return r;
}

int alert_mute(struct call *call, struct err *e)
{
    struct place p;
    struct wall now = clock_wall(), until;
    int r = read_place(&call->config, &p, e);
    if (r == 0)
        r = edit_until(&call->config, now, &until, e);
    return r ? r : mute(call, &p, wall_is_none(until) ? MUTED_FOR_EVER : until, now, e);
}

int alert_unmute(struct call *call, struct err *e)
{
    struct place p;
    int r = read_place(&call->config, &p, e);
    return r ? r : mute(call, &p, WALL_NONE, clock_wall(), e);
}
