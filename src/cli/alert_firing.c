/* alert_firing.c - `alert firing`: what pends and what fires; `alert history`: the messages that were sent. */
#include "api/standing.h"
#include "api/view.h"
#include "base/mem.h"
#include "cli/alert.h"
#include "cli/handlers.h"
#include "cli/listing.h"
#include "cli/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- firing ------------------------------------------------------------------------------------------------------ */

static void firing_row(struct table *t, const struct firing_row *x)
{
    const struct watch_state *st = &x->state;
    char when[OUTPUT_TIME_SIZE], text[OUTPUT_TIME_SIZE], muted[ALERT_MUTED_SIZE];
    table_cell(t, *st->subject ? st->subject : "edgecron");
    table_cell(t, alert_on_name(st->on));
    table_cell(t, *st->rule == '@' ? "its own" : st->rule);
    table_cell(t, watch_phase_name(st->phase));
    table_cell(t, output_when(st->since, when));
    snprintf(text, sizeof text, "%" PRId64, st->count);
    table_cell(t, st->count ? text : "");
    table_cell(t, alert_value_text(st->on, st->value, text));
    table_cell(t, wall_is_none(st->told_at) ? "not yet" : output_when(st->told_at, when));
    table_cell(t, alert_muted_text(x->muted_until, muted));
    table_cell(t, st->run);
}

static int list_firing(struct data *d, struct mutes *m, struct arena *a, struct err *e)
{
    static const char *const heads[] = { "SUBJECT", "ON",  "RULE", "PHASE", "SINCE",
                                         "COUNT",   "NOW", "TOLD", "MUTED", "RUN" };
    const struct config *c = d->config;
    const struct firing_filter f = { .job = config_text(c, FLAG_ABOUT_JOB),
                                     .rule = config_text(c, FLAG_ABOUT_RULE),
                                     .target = config_text(c, FLAG_ABOUT_TARGET),
                                     .phases = 1u << WATCH_PENDING | 1u << WATCH_FIRING,
                                     .cursor = config_text(c, FLAG_CURSOR),
                                     .limit = (int)config_number(c, FLAG_LIMIT) };
    struct firing_row *rows;
    const char *next = NULL;
    int n, r = firing_list(d->store, m, &f, a, &rows, &n, &next, e);
    if (r)
        return r;
    struct listing l = listing_begin(c, heads, MEM_COUNT(heads));
    for (int i = 0; i < n; i++) {
        if (l.items)
            json_add(l.items, NULL, view_firing(&rows[i]));
        else
            firing_row(l.table, &rows[i]);
    }
    if (n && !l.items)
        alert_note_untold(d);
    return listing_end(&l, 0, next, "nothing fires");
}

int alert_firing(struct call *call, struct err *e)
{
    struct data d = { 0 };
    struct mutes mutes;
    struct arena *a = arena_new(0);
    int r = data_open(&d, &call->config, STORE_READ, e);
    if (r == 0)
        r = mutes_load(d.store, clock_wall(), a, &mutes, e);
    if (r == 0) {
        r = list_firing(&d, &mutes, a, e);
        mutes_free(&mutes);
    }
    arena_free(a);
    data_close(&d);
    return r;
}

/* --- history ----------------------------------------------------------------------------------------------------- */

static enum notice_language language_of(struct data *d, const char *channel)
{
    struct channel_record *r;
    if (channels_get(d->store, channel, &r, NULL))
        return NOTICE_EN;
    enum notice_language l = r->channel.language;
    channel_record_free(r);
    return l;
}

/* The title that it was sent with; of one that was not taken, why. Returns what kind of message it is, as far as that is kept. */
static const char *title_of(struct data *d, const struct run *run, const char *channel, struct arena *a,
                            struct buf *out)
{
    const char *facts = NULL, *kind = "-";
    struct notice n;
    if (runs_body(d->store, run->id, a, &facts, NULL) == 0 && facts && notice_parse(facts, a, &n, NULL) == 0) {
        notice_title(&n, language_of(d, channel), out);
        kind = notice_kind_name(n.kind);
    }
    if (run->state != RUN_SUCCEEDED && *run->message)
        buf_printf(out, "%s%s", out->len ? " - " : "", run->message);
    return kind;
}

static void history_row(struct data *d, struct table *t, const struct run *run)
{
    char when[OUTPUT_TIME_SIZE];
    const char *channel = channel_of_job(run->job);
    struct arena *a = arena_new(0);
    buf_auto struct buf title = BUF_INIT(8192);
    channel = channel ? channel : run->job;
    table_cell(t, run->id);
    table_cell(t, channel);
    table_cell(t, title_of(d, run, channel, a, &title));
    table_cell(t, output_when(run->scheduled_for, when));
    table_cell(t, run_state_name(run->state));
    table_cell(t, buf_str(&title));
    arena_free(a);
}

static struct runs_filter history_filter(const struct config *c, struct arena *a)
{
    struct runs_filter f = RUNS_FILTER_INIT;
    const char *channel = config_text(c, FLAG_OF_CHANNEL);
    if (channel)
        f.jobs.job = arena_printf(a, CHANNEL_JOB_PREFIX "%s", channel);
    else
        f.messages = true;
    if (config_is_set(c, FLAG_SINCE))
        f.since.ms = config_number(c, FLAG_SINCE);
    f.limit = (int)config_number(c, FLAG_LIMIT);
    f.cursor = config_text(c, FLAG_CURSOR);
    return f;
}

static int list_history(struct data *d, struct arena *a, struct err *e)
{
    static const char *const heads[] = { "ID", "CHANNEL", "KIND", "AT", "STATE", "TITLE" };
    struct runs_filter f = history_filter(d->config, a);
    struct run *runs;
    const char *next;
    int n, r = run_pages(d, &f, a, &runs, &n, &next, e);
    if (r)
        return r;
    struct listing l = listing_begin(d->config, heads, MEM_COUNT(heads));
    for (int i = 0; i < n; i++) {
        if (l.items)
            json_add(l.items, NULL, view_run(&runs[i], NULL, -1));
        else
            history_row(d, l.table, &runs[i]);
    }
    return listing_end(&l, 0, next, "no message was sent");
}

int alert_history(struct call *call, struct err *e)
{
    struct data d = { 0 };
    struct arena *a = arena_new(0);
    int r = data_open(&d, &call->config, STORE_READ, e);
    if (r == 0)
        r = list_history(&d, a, e);
    arena_free(a);
    data_close(&d);
    return r;
}
