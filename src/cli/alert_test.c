/* alert_test.c - `channel test` and `alert test`: a message that somebody asked for, to see that it arrives. */
#include "api/view.h"
#include "base/mem.h"
#include "cli/alert.h"
#include "cli/handlers.h"
#include "cli/job.h"
#include "store/settings.h"

#include <stdio.h>
#include <unistd.h>

/* One that was asked for. */
struct asked {
    char channel[CHANNEL_NAME_MAX + 1], id[ID_TEXT_SIZE];
};
struct round {
    struct data *data;
    struct asked *list; /* room for CHANNELS_MAX */
    int n;
};

static char *facts_of(struct data *d, const char *channel, struct wall now)
{
    char host[256] = "";
    struct settings s = { 0 };
    settings_get(d->store, &s, NULL);
    gethostname(host, sizeof host - 1);
    const struct notice n = {
        .kind = NOTICE_TEST, .at = now, .host = host, .page = *s.page_url ? s.page_url : NULL, .channel = channel
    };
    json_auto struct json *facts = notice_to_json(&n);
    return json_print(facts);
}

static int ask(struct round *r, const char *channel, struct err *e)
{
    struct wall now = clock_wall();
    struct asked *one = &r->list[r->n];
    mem_auto char *facts = facts_of(r->data, channel, now);
    int rc = alert_request(r->data->store, channel, facts, TRIGGER_MANUAL, now, one->id, e);
    snprintf(one->channel, sizeof one->channel, "%s", channel);
    r->n += rc == 0;
    return rc;
}

static int ask_named(struct round *r, const char *channel, struct err *e)
{
    struct channel_record *x;
    int rc = channels_get(r->data->store, channel, &x, e);
    if (rc)
        return rc;
    bool enabled = x->channel.enabled;
    channel_secrets(&x->channel, data_note_secret, r->data);
    channel_record_free(x);
    return enabled ? ask(r, channel, e)
                   : err_set(e, ERR_CONFLICT,
                             "channel '%s' is disabled, and nothing is sent to it: edgecron channel set %s --enabled",
                             channel, channel);
}

static bool note_enabled(void *ctx, struct channel_record *x)
{
    struct round *r = ctx;
    if (x->channel.enabled && r->n < CHANNELS_MAX) {
        snprintf(r->list[r->n++].channel, sizeof r->list->channel, "%s", x->channel.name);
        channel_secrets(&x->channel, data_note_secret, r->data);
    }
    channel_record_free(x);
    return true;
}

static int ask_all(struct round *r, struct err *e)
{
    int rc = channels_each(r->data->store, note_enabled, r, e), n = r->n;
    if (rc == 0 && n == 0)
        rc = err_set(e, ERR_CONFLICT,
                     "there is no channel that is enabled, so nobody is told: make one with 'edgecron channel set'");
    r->n = 0;
    for (int i = 0; rc == 0 && i < n; i++) {
        const struct asked one = r->list[i];
        rc = ask(r, one.channel, e);
    }
    return rc;
}

/* With --json one list, as of `run list`. */
static int add_run(struct data *d, const char *id, struct json *items, struct err *e)
{
    struct arena *a = arena_new(0);
    struct run *run;
    struct attempt *attempts;
    int n, rc = runs_get(d->store, id, a, &run, &attempts, &n, e);
    if (rc == 0)
        json_add(items, NULL, view_run(run, attempts, n));
    arena_free(a);
    return rc;
}

static int follow_as_list(struct round *r, struct err *e)
{
    int status = 0, rc = 0;
    bool waits = config_on(r->data->config, FLAG_WAIT);
    struct json *items = json_new_array();
    for (int i = 0; rc >= 0 && i < r->n; i++) {
        rc = waits ? run_wait(r->data, r->list[i].id, e) : 0;
        if (waits && rc != RUN_SUCCEEDED)
            status = 1;
        if (rc >= 0)
            rc = add_run(r->data, r->list[i].id, items, e);
    }
    if (rc >= 0)
        return output_json(view_list(items, NULL)), status;
    json_free(items);
    return rc;
}

/* Each to its end with --wait. The exit status is 0 when all were taken. */
static int follow(struct round *r, struct err *e)
{
    int status = 0;
    for (int i = 0; i < r->n; i++) {
        if (!config_on(r->data->config, FLAG_JSON) && !config_on(r->data->config, FLAG_WAIT))
            printf("channel '%s': ", r->list[i].channel);
        int rc = run_follow(r->data, r->list[i].id, e);
        if (rc < 0)
            return rc;
        status = rc ? rc : status;
    }
    return status;
}

static int test(struct call *call, const char *channel, struct err *e)
{
    struct data d = { 0 };
    struct round r = { .data = &d, .list = mem_alloc(CHANNELS_MAX * sizeof *r.list) };
    int rc = data_open(&d, &call->config, STORE_WRITE, e);
    if (rc == 0)
        rc = channel ? ask_named(&r, channel, e) : ask_all(&r, e);
    if (rc == 0) {
        data_changed(&d, "nobody sends it now, but it is kept and goes out when one does");
        data_warn_secrets(&d);
        rc = config_on(d.config, FLAG_JSON) && !channel ? follow_as_list(&r, e) : follow(&r, e);
    }
    data_close(&d);
    mem_free(r.list);
    return rc;
}

int channel_test(struct call *call, struct err *e)
{
    return test(call, call->words[0], e);
}

int alert_test(struct call *call, struct err *e)
{
    return test(call, call->n_words ? call->words[0] : NULL, e);
}
