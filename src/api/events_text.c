#include "api/events_text.h"

#include "base/json.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define X(name) name,
static const char *const kinds[] = { EVENTS_KINDS(X) };
#undef X
_Static_assert(sizeof kinds / sizeof *kinds == FEED_KINDS + 1, "one name for each kind, and status");

static const char *const actions[] = { [FEED_CREATED] = "created",
                                       [FEED_CHANGED] = "changed",
                                       [FEED_PAUSED] = "paused",
                                       [FEED_RESUMED] = "resumed",
                                       [FEED_REMOVED] = "removed" };

bool events_id_parse(const char *text, uint64_t *ret_epoch, uint64_t *ret_number)
{
    char *end;
    if (strspn(text, "0123456789abcdef") != 16 || text[16] != '-' || !strchr("0123456789", text[17]) || !text[17])
        return false;
    *ret_epoch = strtoull(text, NULL, 16);
    *ret_number = strtoull(text + 17, &end, 10);
    return !*end && end - text < 38;
}

/* --- members of an object ---------------------------------------------------------------------------------------- */

static void key(struct buf *out, const char *name)
{
    buf_printf(out, "%s\"%s\":", out->data[out->len - 1] == '{' ? "" : ",", name);
}

static void text(struct buf *out, const char *name, const char *value)
{
    key(out, name);
    if (!value) {
        buf_str_add(out, "null");
        return;
    }
    buf_char(out, '"');
    json_escape(out, value, strlen(value));
    buf_char(out, '"');
}

static void time_or_null(struct buf *out, const char *name, struct wall t)
{
    char formatted[WALL_TEXT_SIZE];
    text(out, name, wall_is_none(t) ? NULL : wall_format(t, formatted));
}

static void number(struct buf *out, const char *name, int64_t n)
{
    key(out, name);
    buf_printf(out, "%" PRId64, n);
}

static void number_or_null(struct buf *out, const char *name, int64_t n, int64_t none)
{
    if (n == none)
        text(out, name, NULL);
    else
        number(out, name, n);
}

static void boolean(struct buf *out, const char *name, bool b)
{
    key(out, name);
    buf_str_add(out, b ? "true" : "false");
}

/* --- events ------------------------------------------------------------------------------------------------------ */

static void id(struct buf *out, uint64_t epoch, uint64_t n)
{
    buf_printf(out, "id: %016" PRIx64 "-%" PRIu64 "\n", epoch, n);
}

static void begin(struct buf *out, const char *event)
{
    buf_printf(out, "event: %s\ndata: {", event);
}

static void end(struct buf *out)
{
    buf_str_add(out, "}\n\n");
}

static void run(struct buf *out, const struct feed_entry *x)
{
    const struct feed_run *r = &x->run;
    text(out, "id", r->id);
    text(out, "job", x->name);
    text(out, "trigger", trigger_name(r->trigger));
    time_or_null(out, "scheduled_for", r->scheduled_for);
    text(out, "state", run_state_name(r->state));
    number(out, "attempt_count", r->attempts);
    time_or_null(out, "created_at", r->created_at);
    time_or_null(out, "started_at", r->started_at);
    time_or_null(out, "finished_at", r->finished_at);
    time_or_null(out, "next_attempt_at", r->next_attempt_at);
    number_or_null(out, "lateness_ms", r->lateness_ms, -1);
    number_or_null(out, "duration_ms", r->duration_ms, -1);
    number_or_null(out, "http_status", r->http_status, 0);
    text(out, "outcome", outcome_name(r->outcome));
    text(out, "message", r->message);
    boolean(out, "edited", r->edited);
}

static void resource(struct buf *out, const struct feed_entry *x, bool as_removed)
{
    text(out, "name", x->name);
    text(out, "action", actions[as_removed ? FEED_REMOVED : x->action]);
    number_or_null(out, x->kind == FEED_SECRET ? "version" : "revision", as_removed ? 0 : x->revision, 0);
}

void events_text_entry(struct buf *out, uint64_t epoch, const struct feed_entry *x, bool as_removed)
{
    id(out, epoch, x->number);
    begin(out, kinds[x->kind]);
    if (x->kind == FEED_RUN)
        run(out, x);
    else if (x->kind == FEED_SETTINGS)
        boolean(out, "paused", x->paused);
    else if (x->kind == FEED_MUTES)
        text(out, "action", actions[x->action]);
    else
        resource(out, x, as_removed);
    end(out);
}

void events_text_status(struct buf *out, const struct engine_status *s, bool restricted)
{
    begin(out, kinds[EVENTS_STATUS]);
    number_or_null(out, "jobs", restricted ? -1 : s->jobs, -1);
    number_or_null(out, "jobs_active", restricted ? -1 : s->jobs_active, -1);
    number_or_null(out, "jobs_failing", restricted ? -1 : s->jobs_failing, -1);
    number_or_null(out, "alerts_firing", restricted ? -1 : s->alerts_firing, -1);
    number_or_null(out, "in_flight", restricted ? -1 : s->in_flight, -1);
    number_or_null(out, "queued", restricted ? -1 : s->queued, -1);
    number_or_null(out, "retrying", restricted ? -1 : s->retrying, -1);
    number_or_null(out, "finished", restricted ? -1 : s->finished, -1);
    boolean(out, "paused", s->paused);
    boolean(out, "sealed", s->sealed);
    boolean(out, "draining", s->draining);
    boolean(out, "store_ok", s->store_ok);
    boolean(out, "vault_ok", s->vault_ok);
    boolean(out, "clock_ok", s->clock_ok);
    time_or_null(out, "next_due", restricted ? WALL_NONE : s->next_due);
    text(out, "next_job", restricted || !*s->next_job ? NULL : s->next_job);
    end(out);
}

void events_text_reset(struct buf *out, uint64_t epoch, uint64_t n, const char *reason)
{
    id(out, epoch, n);
    begin(out, "reset");
    text(out, "reason", reason);
    end(out);
}

void events_text_hello(struct buf *out, uint64_t epoch, uint64_t n)
{
    buf_printf(out, "retry: %d\n", EVENTS_RETRY_MS);
    id(out, epoch, n);
    buf_char(out, '\n');
}

void events_text_beat(struct buf *out, uint64_t epoch, uint64_t n)
{
    buf_str_add(out, ":\n");
    id(out, epoch, n);
    buf_char(out, '\n');
}
