#include "cli/alert.h"

#include "api/standing.h"
#include "base/mem.h"
#include "cli/handlers.h"
#include "cli/listing.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DAY_MS ((int64_t)86400000)

char *alert_muted_text(struct wall until, char out[ALERT_MUTED_SIZE])
{
    char when[OUTPUT_TIME_SIZE];
    bool forever = until.ms == MUTED_FOR_EVER.ms;
    out[0] = '\0';
    if (!wall_is_none(until))
        snprintf(out, ALERT_MUTED_SIZE, forever ? "muted" : "muted until %s", forever ? "" : output_when(until, when));
    return out;
}

char *alert_value_text(enum alert_on on, double value, char out[OUTPUT_TIME_SIZE])
{
    out[0] = '\0';
    if (on == ALERT_LATENESS || on == ALERT_DURATION)
        output_span((int64_t)value, out);
    else if (on == ALERT_NO_SUCCESS || on == ALERT_SECRET_AGE)
        output_span((int64_t)value * 1000, out);
    else if (on == ALERT_DISK)
        snprintf(out, OUTPUT_TIME_SIZE, "%.0f MiB free", value);
    else if (on == ALERT_METRIC)
        snprintf(out, OUTPUT_TIME_SIZE, "%.15g", value);
    return out;
}

/* Days where it is some: "14 days". */
static char *span_text(int64_t ms, char out[OUTPUT_TIME_SIZE])
{
    if (ms < 2 * DAY_MS || ms % DAY_MS)
        return output_span(ms, out);
    snprintf(out, OUTPUT_TIME_SIZE, "%" PRId64 " days", ms / DAY_MS);
    return out;
}

static const char *list_text(const char *const *names, int n, struct buf *out)
{
    buf_clear(out);
    for (int i = 0; i < n; i++)
        buf_printf(out, "%s%s", i ? ", " : "", names[i]);
    return buf_str(out);
}

/* "3 failed runs in a row", "more than 90 s". */
static const char *limit_text(const struct alert_rule *r, struct buf *out)
{
    char span[OUTPUT_TIME_SIZE];
    buf_clear(out);
    if (r->on == ALERT_FAILURE)
        buf_printf(out, r->after == 1 ? "a failed run" : "%d failed runs in a row", r->after);
    else if (r->on == ALERT_LATENESS || r->on == ALERT_DURATION)
        buf_printf(out, "more than %s", span_text(r->over_ms, span));
    else if (r->on == ALERT_NO_SUCCESS || (r->on == ALERT_SECRET_AGE && r->over_s > 0))
        buf_printf(out, "for more than %s", span_text(r->over_s * 1000, span));
    else if (r->on == ALERT_SECRET_AGE)
        buf_str_add(out, "over its rotate_every");
    else if (r->on == ALERT_CERTIFICATE)
        buf_printf(out, "ends within %s", span_text(r->within_s * 1000, span));
    else if (r->on == ALERT_DISK)
        buf_printf(out, "less than %" PRId64 " MiB", r->under_mib);
    else if (r->on == ALERT_METRIC)
        buf_str_add(out, r->metric);
    return buf_str(out);
}

/* Whose: "all jobs", "a, b, tag mail". */
static const char *subjects_text(const struct alert_rule *r, struct buf *out)
{
    list_text(r->jobs, r->n_jobs, out);
    for (int i = 0; i < r->n_tags; i++)
        buf_printf(out, "%stag %s", out->len ? ", " : "", r->tags[i]);
    return out->len ? buf_str(out) : alert_on_of_job(r->on) ? "all jobs" : "";
}

static void state_text(const struct alert_rule *r, const struct alert_standing *st, struct buf *out)
{
    char muted[ALERT_MUTED_SIZE];
    buf_clear(out);
    if (!r->enabled)
        buf_str_add(out, "disabled");
    else if (st->firing)
        buf_printf(out, "%" PRId64 " firing", st->firing);
    else
        buf_str_add(out, "quiet");
    if (!wall_is_none(st->muted_until))
        buf_printf(out, ", %s", alert_muted_text(st->muted_until, muted));
}

/* --- list -------------------------------------------------------------------------------------------------------- */

struct alert_listing {
    struct listing base;
    struct data *data;
    struct mutes mutes;
    struct arena *arena;
    int rc;
    struct err *e;
};

static void list_row(struct table *t, const struct alert_rule *r, const struct alert_standing *st)
{
    buf_auto struct buf text = BUF_INIT(64 * 1024);
    char span[OUTPUT_TIME_SIZE];
    table_cell(t, r->name);
    state_text(r, st, &text);
    table_cell(t, buf_str(&text));
    table_cell(t, alert_on_name(r->on));
    table_cell(t, limit_text(r, &text));
    table_cell(t, subjects_text(r, &text));
    table_cell(t, r->repeat_s ? span_text(r->repeat_s * 1000, span) : "never");
    table_cell(t, r->recovery ? "yes" : "no");
    table_cell(t, r->n_channels ? list_text(r->channels, r->n_channels, &text) : "all");
}

static bool list_one(void *ctx, struct alert_record *r)
{
    struct alert_listing *l = ctx;
    struct alert_standing st;
    l->rc = standing_of_rule(l->data->store, &l->mutes, r->rule.name, l->arena, &st, l->e);
    if (l->rc == 0 && l->base.items)
        json_add(l->base.items, NULL, view_alert(r, &st));
    else if (l->rc == 0)
        list_row(l->base.table, &r->rule, &st);
    alert_record_free(r);
    return l->rc == 0;
}

static void tell_mute(void *ctx, enum mute_scope scope, const char *name, struct wall until)
{
    char muted[ALERT_MUTED_SIZE];
    (void)ctx;
    alert_muted_text(until, muted);
    if (scope == MUTE_ALL)
        printf("all alerts are %s\n", muted);
    else
        printf("%s '%s' is %s\n", mute_scope_name(scope), name, muted);
}

static bool count_enabled(void *ctx, struct channel_record *r)
{
    *(int *)ctx += r->channel.enabled;
    channel_record_free(r);
    return true;
}

void alert_note_untold(struct data *d)
{
    int enabled = 0;
    if (channels_each(d->store, count_enabled, &enabled, NULL) == 0 && enabled == 0)
        output_note("edgecron: there is no channel that is enabled, so nobody is told: make one with 'edgecron channel "
                    "set'");
}

/* Beside the rules: what is muted, and whether anybody is told at all. */
static void tell_rest(struct data *d)
{
    mute_each(d->store, clock_wall(), tell_mute, NULL, NULL);
    alert_note_untold(d);
}

static int list(struct alert_listing *l, struct err *e)
{
    int r = mutes_load(l->data->store, clock_wall(), l->arena, &l->mutes, e);
    if (r)
        return r;
    r = alerts_each(l->data->store, list_one, l, e);
    mutes_free(&l->mutes);
    return r ? r : l->rc;
}

int alert_list(struct call *call, struct err *e)
{
    static const char *const heads[] = { "NAME", "STATE", "ON", "WHEN", "OF", "AGAIN", "RECOVERY", "CHANNELS" };
    struct data d = { 0 };
    struct alert_listing l = {
        .base = listing_begin(&call->config, heads, MEM_COUNT(heads)), .data = &d, .arena = arena_new(0), .e = e
    };
    bool json = l.base.items;
    int r = data_open(&d, &call->config, STORE_READ, e);
    if (r == 0)
        r = list(&l, e);
    r = listing_end(&l.base, r, NULL, "there is no alert rule: make one with 'edgecron alert set'");
    if (r == 0 && !json)
        tell_rest(&d);
    arena_free(l.arena);
    data_close(&d);
    return r;
}

/* --- show -------------------------------------------------------------------------------------------------------- */

static void show_subjects(struct table *t, const struct alert_standing *st)
{
    char when[OUTPUT_TIME_SIZE], muted[ALERT_MUTED_SIZE], value[OUTPUT_TIME_SIZE];
    for (int i = 0; i < st->n_subjects; i++) {
        const struct firing_row *x = &st->subjects[i];
        alert_value_text(x->state.on, x->state.value, value);
        alert_muted_text(x->muted_until, muted);
        mem_auto char *text =
            mem_printf("%s since %s%s%s%s%s", *x->state.subject ? x->state.subject : "edgecron",
                       output_when(x->state.since, when), *value ? ", " : "", value, *muted ? ", " : "", muted);
        table_pair(t, i ? " " : "firing", text);
    }
}

static void show_rule(const struct alert_rule *r, const struct alert_standing *st)
{
    char span[OUTPUT_TIME_SIZE];
    buf_auto struct buf text = BUF_INIT(64 * 1024);
    struct table *t = table_new(NULL, 2);
    table_pair(t, "alert", r->name);
    table_pair(t, "description", r->description);
    state_text(r, st, &text);
    table_pair(t, "state", buf_str(&text));
    table_pair(t, "on", alert_on_name(r->on));
    table_pair(t, "when", limit_text(r, &text));
    table_pair(t, "of", subjects_text(r, &text));
    table_pair(t, "told again", r->repeat_s ? span_text(r->repeat_s * 1000, span) : "never");
    table_pair(t, "told when over", r->recovery ? "yes" : "no");
    table_pair(t, "channels", r->n_channels ? list_text(r->channels, r->n_channels, &text) : "all that are enabled");
    show_subjects(t, st);
    output_pairs(t);
}

static int print_standing(struct data *d, const struct alert_record *r, struct arena *a, struct err *e)
{
    struct mutes mutes;
    struct alert_standing st;
    int rc = mutes_load(d->store, clock_wall(), a, &mutes, e);
    if (rc)
        return rc;
    rc = standing_of_rule(d->store, &mutes, r->rule.name, a, &st, e);
    if (rc == 0 && config_on(d->config, FLAG_JSON))
        output_json(view_alert(r, &st));
    else if (rc == 0)
        show_rule(&r->rule, &st);
    mutes_free(&mutes);
    return rc;
}

int alert_print(struct data *d, const char *name, struct err *e)
{
    struct alert_record *r;
    int rc = alerts_get(d->store, name, &r, e);
    if (rc)
        return rc;
    struct arena *a = arena_new(0);
    rc = print_standing(d, r, a, e);
    arena_free(a);
    alert_record_free(r);
    return rc;
}

int alert_show(struct call *call, struct err *e)
{
    struct data d = { 0 };
    int r = data_open(&d, &call->config, STORE_READ, e);
    if (r == 0)
        r = alert_print(&d, call->words[0], e);
    data_close(&d);
    return r;
}

int alert_remove(struct call *call, struct err *e)
{
    struct data d = { 0 };
    int r = data_open(&d, &call->config, STORE_WRITE, e);
    if (r == 0)
        r = alerts_remove(d.store, call->words[0], -1, e);
    if (r == 0) {
        data_changed(&d, NULL);
        r = data_report(&d, "alert", call->words[0], "removed");
    }
    data_close(&d);
    return r;
}
