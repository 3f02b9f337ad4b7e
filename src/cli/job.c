#include "cli/job.h"

#include "api/standing.h"
#include "api/upcoming.h"
#include "api/view.h"
#include "base/mem.h"
#include "cli/alert.h"
#include "cli/handlers.h"
#include "cli/listing.h"
#include "store/failing.h"
#include "store/settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct job_listing {
    struct listing base;
    struct data *data;
    bool all_paused;
};

static bool all_paused(struct data *d)
{
    struct settings s = { 0 };
    return settings_get(d->store, &s, NULL) == 0 && s.paused;
}

static const char *standing(const struct job_record *r, bool everything_paused)
{
    if (!r->job.enabled)
        return "disabled";
    if (r->paused && (wall_is_none(r->paused_until) || r->paused_until.ms > clock_wall().ms))
        return "paused";
    return everything_paused ? "all paused" : "active";
}

static struct json *job_view(struct data *d, const struct job_record *r, bool everything_paused)
{
    struct arena *a = arena_new(0);
    struct run *last = NULL;
    struct job_failing *failing = NULL;
    struct job_standing alerts = { .muted_until = WALL_NONE };
    runs_last(d->store, r->job.name, a, &last, NULL);
    failing_get(d->store, r->job.name, a, &failing, NULL);
    standing_of_job(d->store, clock_wall(), &r->job, &alerts, NULL);
    struct wall next = upcoming_next(data_zones(d), r, everything_paused, clock_wall());
    struct json *v = view_job(r, next, last, failing, &alerts);
    arena_free(a);
    return v;
}

static void last_text(const struct run *last, char *out, size_t size)
{
    char when[OUTPUT_TIME_SIZE];
    if (!last)
        snprintf(out, size, "never ran");
    else
        snprintf(out, size, "%s %s", run_state_name(last->state), output_when(last->scheduled_for, when));
}

static void list_row(struct job_listing *l, const struct job_record *r)
{
    struct table *t = l->base.table;
    struct arena *a = arena_new(0);
    struct run *last = NULL;
    char when[OUTPUT_TIME_SIZE], text[OUTPUT_TIME_SIZE * 2];
    bool failing = false;
    runs_last(l->data->store, r->job.name, a, &last, NULL);
    failing_is(l->data->store, r->job.name, &failing, NULL);
    mem_auto char *state = mem_printf("%s%s", standing(r, l->all_paused), failing ? ", failing" : "");
    struct wall next = upcoming_next(data_zones(l->data), r, l->all_paused, clock_wall());
    table_cell(t, r->job.name);
    table_cell(t, state);
    table_cell(t, r->job.schedule);
    table_cell(t, r->job.timezone);
    table_cell(t, output_when(next, when));
    last_text(last, text, sizeof text);
    table_cell(t, text);
    arena_free(a);
}

static bool listed(const struct config *c, const struct job *j)
{
    const char *target = config_text(c, FLAG_OF_TARGET), *tag = config_text(c, FLAG_TAG),
               *text = config_text(c, FLAG_TEXT);
    bool tagged = !tag;
    for (int i = 0; i < j->n_tags; i++)
        tagged = tagged || !strcmp(j->tags[i], tag);
    if (!tagged || (target && (!j->target || strcmp(j->target, target) != 0)))
        return false;
    return !text || strcasestr(j->name, text) || strcasestr(j->description, text) || strcasestr(j->request.url, text);
}

static bool list_one(void *ctx, struct job_record *r)
{
    struct job_listing *l = ctx;
    if (!listed(l->data->config, &r->job)) {
        job_record_free(r);
        return true;
    }
    if (l->base.items)
        json_add(l->base.items, NULL, job_view(l->data, r, l->all_paused));
    else
        list_row(l, r);
    job_record_free(r);
    return true;
}

static int print_list(struct data *d, struct err *e)
{
    static const char *const heads[] = { "NAME", "STATE", "SCHEDULE", "ZONE", "NEXT", "LAST" };
    struct job_listing l = { listing_begin(d->config, heads, MEM_COUNT(heads)), d, all_paused(d) };
    int r = jobs_each(d->store, "", 0, list_one, &l, e);
    bool filtered = config_is_set(d->config, FLAG_OF_TARGET) || config_is_set(d->config, FLAG_TAG) ||
                    config_is_set(d->config, FLAG_TEXT);
    return listing_end(&l.base, r, NULL,
                       filtered ? "there is no job like that"
                                : "there is no job yet: make one with 'edgecron job set' or 'edgecron apply'");
}

int job_list(struct call *call, struct err *e)
{
    struct data d = { 0 };
    int r = data_open(&d, &call->config, STORE_READ, e);
    if (r == 0)
        r = print_list(&d, e);
    data_close(&d);
    return r;
}

static void show_request(struct table *t, const struct job *j)
{
    mem_auto char *call = mem_printf("%s %s", method_name(j->request.method), j->request.url);
    table_pair(t, "request", call);
    output_headers(t, j->request.headers, j->request.n_headers);
    table_pair(t, "body", j->request.body);
}

static void show_policy(struct table *t, const struct job *j)
{
    char a[OUTPUT_TIME_SIZE], b[OUTPUT_TIME_SIZE];
    mem_auto char *timeout =
        mem_printf("%s (%s to connect)", output_span(j->timeout_ms, a), output_span(j->connect_timeout_ms, b));
    table_pair(t, "timeout", timeout);
    mem_auto char *retry = mem_printf("%s, up to %d attempts, %s apart at first", delivery_name(j->delivery),
                                      j->retry.max_attempts, output_span(j->retry.initial_ms, a));
    table_pair(t, "delivery", retry);
    mem_auto char *late =
        mem_printf("overlap: %s; catch up: %s within %s", overlap_name(j->overlap),
                   catch_up_policy_name(j->catch_up.policy), output_span(j->catch_up.window_s * 1000, b));
    table_pair(t, "policies", late);
}

static void add_word(struct buf *out, const char *word)
{
    buf_printf(out, "%s%s", out->len ? ", " : "", word);
}

/* What most jobs have not. */
static void show_period(struct table *t, const struct job *j)
{
    char text[OUTPUT_TIME_SIZE];
    buf_auto struct buf tags = BUF_INIT(2000);
    for (int i = 0; i < j->n_tags; i++)
        add_word(&tags, j->tags[i]);
    table_pair(t, "tags", buf_str(&tags));
    if (j->jitter_s > 0)
        table_pair(t, "jitter", output_span(j->jitter_s * 1000, text));
    if (!wall_is_none(j->starts_at))
        table_pair(t, "from", output_when(j->starts_at, text));
    if (!wall_is_none(j->ends_at))
        table_pair(t, "until", output_when(j->ends_at, text));
}

static void show_success(struct table *t, const struct job *j)
{
    static const char *const kinds[] = { [RULE_EQUALS] = "is", [RULE_EXISTS] = "exists:", [RULE_MATCHES] = "matches" };
    buf_auto struct buf status = BUF_INIT(4000);
    for (int i = 0; i < j->success.n_status; i++)
        add_word(&status, j->success.status[i]);
    table_pair(t, "success", buf_str(&status));
    for (int i = 0; i < j->success.n_rules; i++) {
        const struct success_rule *r = &j->success.rules[i];
        mem_auto char *rule = mem_printf("%s %s %s", r->pointer, kinds[r->kind], r->value);
        table_pair(t, " ", rule);
    }
    for (int i = 0; i < j->n_metrics; i++) {
        mem_auto char *metric = mem_printf("%s: %s", j->metrics[i].name, j->metrics[i].pointer);
        table_pair(t, i ? " " : "metrics", metric);
    }
    table_pair(t, "alerts", strcmp(j->alerts, "[]") != 0 ? j->alerts : NULL);
}

static void show_standing(struct data *d, struct table *t, const struct job_record *r)
{
    char when[OUTPUT_TIME_SIZE];
    bool everything_paused = all_paused(d);
    struct wall next = upcoming_next(data_zones(d), r, everything_paused, clock_wall());
    table_pair(t, "state", standing(r, everything_paused));
    if (r->paused && !wall_is_none(r->paused_until))
        table_pair(t, "paused until", output_when(r->paused_until, when));
    table_pair(t, "next", wall_is_none(next) ? NULL : output_when(next, when));
}

static void show_failing(struct table *t, const struct job_failing *f)
{
    char since[OUTPUT_TIME_SIZE], success[OUTPUT_TIME_SIZE];
    mem_auto char *text = mem_printf("since %s: %" PRId64 " %s, %s%s", output_when(f->since, since), f->runs,
                                     f->runs == 1 ? "run" : "runs in a row",
                                     wall_is_none(f->last_success_at) ? "and no success is known" : "last success ",
                                     wall_is_none(f->last_success_at) ? "" : output_when(f->last_success_at, success));
    table_pair(t, "failing", text);
}

static void show_last(struct data *d, struct table *t, const char *name)
{
    char text[OUTPUT_TIME_SIZE * 2];
    struct arena *a = arena_new(0);
    struct run *last = NULL;
    struct job_failing *failing = NULL;
    failing_get(d->store, name, a, &failing, NULL);
    if (failing)
        show_failing(t, failing);
    runs_last(d->store, name, a, &last, NULL);
    last_text(last, text, sizeof text);
    table_pair(t, "last run", text);
    table_pair(t, " ", last ? last->message : NULL);
    table_pair(t, " ", last ? last->id : NULL);
    arena_free(a);
}

static void show_alerts(struct data *d, struct table *t, const struct job *j)
{
    char muted[ALERT_MUTED_SIZE];
    struct job_standing st = { .muted_until = WALL_NONE };
    if (standing_of_job(d->store, clock_wall(), j, &st, NULL))
        return;
    mem_auto char *firing = mem_printf("%" PRId64 " %s: edgecron alert firing --job %s", st.firing,
                                       st.firing == 1 ? "rule" : "rules", j->name);
    table_pair(t, "firing", st.firing ? firing : NULL);
    table_pair(t, "its alerts are", alert_muted_text(st.muted_until, muted));
}

static int print_job(struct data *d, const struct job_record *r)
{
    const struct job *j = &r->job;
    if (config_on(d->config, FLAG_JSON))
        return output_json(job_view(d, r, all_paused(d)));
    struct table *t = table_new(NULL, 2);
    table_pair(t, "job", j->name);
    table_pair(t, "description", j->description);
    show_standing(d, t, r);
    mem_auto char *schedule = mem_printf("%s (%s)", j->schedule, j->timezone);
    table_pair(t, "schedule", schedule);
    show_period(t, j);
    table_pair(t, "target", j->target);
    show_request(t, j);
    show_policy(t, j);
    show_success(t, j);
    show_last(d, t, j->name);
    show_alerts(d, t, j);
    return output_pairs(t);
}

int job_show(struct call *call, struct err *e)
{
    struct data d = { 0 };
    struct job_record *r = NULL;
    int rc = data_open(&d, &call->config, STORE_READ, e);
    if (rc == 0)
        rc = jobs_get(d.store, call->words[0], &r, e);
    if (rc == 0)
        rc = print_job(&d, r);
    if (r)
        job_record_free(r);
    data_close(&d);
    return rc;
}

int job_report(struct data *d, const char *name, const char *what, struct err *e)
{
    struct job_record *r = NULL;
    if (!config_on(d->config, FLAG_JSON))
        return data_report(d, "job", name, what);
    int rc = jobs_get(d->store, name, &r, e);
    if (rc < 0)
        return rc;
    rc = output_json(job_view(d, r, all_paused(d)));
    job_record_free(r);
    return rc;
}

static void add_upcoming(struct json *items, const struct upcoming *u)
{
    char local[WALL_TEXT_SIZE];
    wall_format_offset(u->scheduled_for, u->offset_s, local);
    if (!items) {
        puts(local);
        return;
    }
    struct json *v = json_add(items, NULL, json_new_object());
    view_add_time(v, "scheduled_for", u->scheduled_for);
    view_add_time(v, "due_at", u->due);
    json_add_string(v, "local", local);
}

static int print_next(struct data *d, const struct job_record *r, struct err *e)
{
    int max = (int)config_number(d->config, FLAG_COUNT);
    bool json = config_on(d->config, FLAG_JSON);
    mem_auto struct upcoming *times = mem_alloc((size_t)max * sizeof *times);
    int n = upcoming_list(data_zones(d), r, clock_wall(), times, max, e);
    if (n < 0)
        return n;
    struct json *items = json ? json_new_array() : NULL;
    for (int i = 0; i < n; i++)
        add_upcoming(items, &times[i]);
    if (n == 0)
        output_note("edgecron: job '%s' is never due again", r->job.name);
    else if (wall_is_none(upcoming_next(d->zones, r, all_paused(d), clock_wall())))
        output_note("edgecron: but job '%s' does not run now: it is %s", r->job.name, standing(r, all_paused(d)));
    return json ? output_json(view_list(items, NULL)) : 0;
}

int job_next(struct call *call, struct err *e)
{
    struct data d = { 0 };
    struct job_record *r = NULL;
    int rc = data_open(&d, &call->config, STORE_READ, e);
    if (rc == 0)
        rc = jobs_get(d.store, call->words[0], &r, e);
    if (rc == 0)
        rc = print_next(&d, r, e);
    if (r)
        job_record_free(r);
    data_close(&d);
    return rc;
}
