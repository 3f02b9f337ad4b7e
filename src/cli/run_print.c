/* run_print.c - one run for people: what was sent, what came back, how long each phase took. */
#include "api/view.h"
#include "base/mem.h"
#include "cli/job.h"
#include "cli/output.h"

#include <stdio.h>
#include <string.h>

static void row(struct buf *out, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    buf_printf(out, "%-14s ", name);
    output_clean(out, value, false);
    buf_char(out, '\n');
}

/* Text of several lines, each indented. */
static void block(struct buf *out, const char *title, const char *text)
{
    if (!text || !*text)
        return;
    buf_printf(out, "  %s\n", title);
    for (const char *p = text; *p;) {
        size_t len = strcspn(p, "\n");
        mem_auto char *line = mem_strndup(p, len);
        buf_str_add(out, "    ");
        output_clean(out, line, true);
        buf_char(out, '\n');
        p += len + (p[len] == '\n');
    }
}

static void print_head(struct buf *out, const struct run *r)
{
    char text[OUTPUT_TIME_SIZE], outcome[80];
    row(out, "run", r->id);
    row(out, "job", r->job);
    snprintf(outcome, sizeof outcome,
             r->http_status             ? "%s (%s, HTTP %d)"
             : outcome_name(r->outcome) ? "%s (%s)"
                                        : "%s",
             run_state_name(r->state), outcome_name(r->outcome) ? outcome_name(r->outcome) : "", r->http_status);
    row(out, "state", outcome);
    row(out, "message", r->message);
    row(out, "metrics", r->metrics);
    row(out, "trigger", trigger_name(r->trigger));
    row(out, "retry of", r->retry_of);
    row(out, "body", r->edited ? "one of its own, in place of the job's" : NULL);
    row(out, "scheduled for", output_when(r->scheduled_for, text));
    if (!wall_is_none(r->started_at))
        row(out, "started", output_when(r->started_at, text));
    if (r->lateness_ms >= 0)
        row(out, "late by", output_span(r->lateness_ms, text));
    if (r->duration_ms >= 0)
        row(out, "took", output_span(r->duration_ms, text));
    if (!wall_is_none(r->next_attempt_at))
        row(out, "next attempt", output_when(r->next_attempt_at, text));
}

static void phase(struct buf *out, const char *name, int64_t ms)
{
    char text[OUTPUT_TIME_SIZE];
    if (ms >= 0)
        buf_printf(out, "%s%s %s", out->len ? ", " : "", name, output_span(ms, text));
}

static void print_timing(struct buf *out, const struct attempt *a)
{
    buf_auto struct buf line = BUF_INIT(400);
    phase(&line, "name", a->dns_ms);
    phase(&line, "connect", a->connect_ms);
    phase(&line, "tls", a->tls_ms);
    phase(&line, "first byte", a->first_byte_ms);
    phase(&line, "total", a->total_ms);
    if (line.len)
        buf_printf(out, "  timing: %s%s%s\n", buf_str(&line), a->remote_address ? "; to " : "",
                   a->remote_address ? a->remote_address : "");
}

static void print_attempt(struct buf *out, const struct attempt *a)
{
    char when[OUTPUT_TIME_SIZE];
    const char *outcome = outcome_name(a->outcome);
    buf_printf(out, "\nattempt %d     %s at %s", a->number, outcome ? outcome : "under way",
               output_when(a->started_at, when));
    if (a->http_status)
        buf_printf(out, ", HTTP %d", a->http_status);
    buf_char(out, '\n');
    if (a->message && *a->message) {
        buf_str_add(out, "  ");
        output_clean(out, a->message, false);
        buf_char(out, '\n');
    }
    print_timing(out, a);
    mem_auto char *request =
        mem_printf("sent: %s %s", a->request_method ? a->request_method : "", a->request_url ? a->request_url : "");
    block(out, request,
          a->bodies_removed ? "headers and bodies were deleted by age (settings, retention_bodies_days)"
                            : a->request_headers);
    block(out, "body:", a->request_body);
    block(out, "answer:", a->response_headers);
    block(out, a->response_truncated ? "body (its beginning):" : "body:", a->response_body);
}

int run_print(struct data *d, const char *id, bool brief, struct err *e)
{
    struct arena *a = arena_new(0);
    struct run *run;
    struct attempt *attempts;
    int n, r = runs_get(d->store, id, a, &run, &attempts, &n, e);
    if (r == 0 && config_on(d->config, FLAG_JSON)) {
        output_json(view_run(run, attempts, n));
    } else if (r == 0) {
        buf_auto struct buf out = BUF_INIT(256 << 20);
        print_head(&out, run);
        for (int i = 0; i < n && !brief; i++)
            print_attempt(&out, &attempts[i]);
        output_text(buf_str(&out));
    }
    arena_free(a);
    return r;
}
