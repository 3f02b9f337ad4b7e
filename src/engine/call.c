#include "engine/call.h"

#include "base/crypto.h"
#include "core/http1.h"
#include "core/retry.h"
#include "core/job_body.h"
#include "core/channel_verdict.h"
#include "core/verdict.h"
#include "engine/flight.h"
#include "engine/mail_call.h"
#include "engine/watch.h"

#include <string.h>

#define BODY_MAX JOB_BODY_MAX        /* of a response, drained */
#define BODY_KEEP (64 * 1024)        /* of a response, in history */
#define MASKED_BODY_KEEP (64 * 1024) /* of a request, in history */
#define MESSAGE_MAX 2000

/* Where the call went, for people: its target, or the origin. */
static char *place_called(const struct call *c)
{
    const char *url = buf_str(&c->out.masked_url), *host = strstr(url, "://");
    if (c->out.shared)
        return mem_strdup(c->out.shared->name);
    if (c->flight->spec->channel && !host) /* a secret is all of its address */
        return mem_printf("channel %s", c->flight->spec->channel->channel.name);
    return mem_strndup(url, host ? (size_t)(host - url) + 3 + strcspn(host + 3, "/?") : strlen(url));
}

static void fail(struct call *c, enum outcome outcome, const char *detail)
{
    const struct job_spec *spec = c->flight->spec;
    mem_auto char *place = place_called(c);
    c->outcome = outcome;
    if (spec->channel)
        channel_explain(outcome, &spec->channel->channel, place, detail, &c->message);
    else
        verdict_explain(outcome, &spec->record->job, buf_str(&c->out.masked_url), detail, &c->message);
}

static struct call *call_new(struct flight *f)
{
    struct call *c = mem_alloc(sizeof *c);
    c->flight = f;
    c->target = target_spec_ref(f->place->spec);
    c->redactor = redactor_ref(f->engine->redactor);
    c->carried = (struct carried){ .engine = f->engine, .previous = f->previous };
    c->sent_at = clock_wall();
    outgoing_init(&c->out);
    c->message = BUF_SECRET(MESSAGE_MAX); /* redacted later */
    c->metrics = BUF_INIT(16 * 1024);
    c->http.timing = (struct http_timing){ -1, -1, -1, -1, -1 };
    c->http.body_size = -1;
    c->method = f->spec->record->job.request.method;
    return c;
}

void call_free(struct call *c)
{
    if (!c)
        return;
    mail_call_free(c);
    http_call_clear(&c->http);
    arena_free(c->arena);
    mem_wipe(c->http.detail, sizeof c->http.detail);
    outgoing_free(&c->out);
    buf_free(&c->message);
    buf_free(&c->metrics);
    target_spec_unref(c->target);
    redactor_free(c->redactor);
    carried_free(&c->carried);
    mem_free(c);
}

bool call_ended(const struct call *c)
{
    return c->outcome != OUTCOME_NONE;
}

struct call *call_not_made(struct flight *f, enum outcome outcome, const char *message)
{
    struct call *c = call_new(f);
    c->outcome = outcome;
    buf_str_add(&c->message, message);
    return c;
}

/* --- the request ------------------------------------------------------------------------------------------------- */

/* What the run carries. Where it was written, host and page may not have been known. */
static int read_notice(struct call *c, struct err *e)
{
    const struct engine *g = c->flight->engine;
    const char *text;
    c->arena = arena_new(4096);
    int rc = runs_body(g->store, c->flight->id, c->arena, &text, e);
    if (!rc)
        rc = notice_parse(text, c->arena, &c->notice, e);
    if (!c->notice.host)
        c->notice.host = watch_host(g);
    if (!c->notice.page && *g->settings.page_url)
        c->notice.page = arena_strdup(c->arena, g->settings.page_url);
    return rc;
}

/* The job's request, with the run's own body when it has one, or the one that tells a notice; what that is made of lives in `a`. */
static int request_of(struct call *c, struct arena *a, struct request_spec *ret, bool *ret_final, struct err *e)
{
    const struct flight *f = c->flight;
    const char *body;
    *ret = f->spec->record->job.request;
    *ret_final = false;
    if (f->spec->channel) {
        channel_request(&f->spec->channel->channel, &c->notice, c->arena, ret, ret_final);
        c->method = ret->method;
        return 0;
    }
    if (!f->edited)
        return 0;
    int rc = runs_body(f->engine->store, f->id, a, &body, e);
    return rc ? rc : job_body_use(body, ret, a, e);
}

static int render_request(struct call *c, const struct request_spec *r, bool body_final, struct err *e)
{
    const struct flight *f = c->flight;
    uint8_t span[8];
    char span_hex[OUTGOING_SPAN_SIZE];
    crypto_random_id(span, sizeof span);
    crypto_hex(span, sizeof span, span_hex);
    const struct outgoing_spec s = {
        .job = &f->spec->record->job,
        .request = r,
        .target = c->target->record && !f->spec->channel ? &c->target->record->target : NULL,
        .values = { .now = clock_wall(),
                    .run_id = f->id,
                    .scheduled_for = f->scheduled_for,
                    .trigger = trigger_name(f->trigger),
                    .attempt = f->attempt,
                    .job_name = f->spec->record->job.name,
                    .secret = carried_value,
                    .ctx = &c->carried,
                    .notice = f->spec->channel ? &c->notice : NULL,
                    .language = f->spec->channel ? f->spec->channel->channel.language : NOTICE_EN },
        .user_agent = CALL_USER_AGENT,
        .span = span_hex,
        .body_final = body_final,
    };
    int rc = outgoing_render(&c->out, &s, e);
    return rc ? rc : carried_check(&c->carried, c->out.by_path, &c->out.to, e);
}

enum outcome call_refusal(int rc)
{
    return rc == -(int)ERR_SEALED ? OUTCOME_SECRET : rc == -(int)ERR_TOO_LARGE ? OUTCOME_TOO_LARGE : OUTCOME_PROTOCOL;
}

/* False: the call has ended before it began. */
static bool render(struct call *c)
{
    struct request_spec r;
    struct err e = { 0 };
    bool final;
    struct arena *a = c->flight->edited && !c->flight->spec->channel ? arena_new(0) : NULL;
    int rc = request_of(c, a, &r, &final, &e);
    if (rc) {
        c->outcome = OUTCOME_PROTOCOL;
        buf_printf(&c->message, "nothing was sent: the body that this run was given cannot be read: %s", e.text);
    } else if ((rc = render_request(c, &r, final, &e))) {
        fail(c, call_refusal(rc), e.text);
    }
    if (a)
        arena_free(a);
    return rc == 0;
}

/* --- the answer -------------------------------------------------------------------------------------------------- */

/* Bytes beyond what history keeps in which a value may end. A secret that could take more is as large as the whole. */
static size_t reach_of(const struct redactor *r)
{
    size_t reach = redactor_reach(r);
    return reach < BODY_KEEP ? reach : BODY_KEEP;
}

/* A little more may be there, for redaction; that it is no part of the answer depends on no secret's length. */
static bool truncated(const struct call *c)
{
    return c->http.truncated || c->http.response_body.len > BODY_KEEP;
}

static void judge(struct call *c)
{
    const struct job *j = &c->flight->spec->record->job;
    struct answer a = {
        .status = c->http.status,
        .head = buf_str(&c->http.response_head),
        .body = buf_str(&c->http.response_body),
        .body_len = c->http.response_body.len < BODY_KEEP ? c->http.response_body.len : BODY_KEEP,
        .truncated = truncated(c),
    };
    buf_auto struct buf retry_after = BUF_SECRET(200);
    mem_auto char *place = place_called(c);
    c->outcome = c->flight->spec->channel ? channel_verdict(&c->flight->spec->channel->channel, place, &a, &c->message)
                                          : verdict(j, c->out.shared, &a, &c->message);
    verdict_metrics(j, &a, &c->metrics);
    if (c->carried.n) {
        carried_answered(&c->carried, a.status, place, clock_wall());
        if (c->outcome != OUTCOME_OK || a.status / 100 == 2) /* a job may call 401 a success */
            carried_explain(&c->carried, a.status, j->delivery == DELIVERY_AT_MOST_ONCE, &c->message);
    }
    if (http1_find(a.head, "Retry-After", &retry_after))
        c->retry_after_ms = retry_after_parse(buf_str(&retry_after), clock_wall());
}

static void call_done(struct http_call *http)
{
    struct call *c = http->ctx;
    if (http->outcome == OUTCOME_NONE) {
        judge(c);
    } else if (http->outcome == OUTCOME_CANCELED && c->flight->cancel) {
        c->outcome = OUTCOME_CANCELED;
        buf_str_add(&c->message, c->flight->cancel_why);
    } else {
        fail(c, http->outcome, http->detail);
    }
    flight_called(c->flight->engine, c->flight, c);
}

static void submit(struct engine *g, struct call *c)
{
    const struct job *j = &c->flight->spec->record->job;
    c->http.tls = c->out.to.tls;
    c->http.host = c->out.to.host;
    c->http.port = c->out.to.port;
    c->http.tls_options = &c->target->tls;
    c->http.allowed = c->target->allowed;
    c->http.n_allowed = c->target->n_allowed;
    c->http.head = c->out.head.data;
    c->http.head_len = c->out.head.len;
    c->http.body = c->out.body.data;
    c->http.body_len = c->out.body.len;
    c->http.head_request = c->method == METHOD_HEAD;
    c->http.idempotent = j->delivery == DELIVERY_AT_LEAST_ONCE;
    c->http.connect_timeout_ms = j->connect_timeout_ms;
    c->http.timeout_ms = j->timeout_ms;
    c->http.body_keep = BODY_KEEP + reach_of(c->redactor);
    c->http.body_max = BODY_MAX;
    c->http.done = call_done;
    c->http.ctx = c;
    carried_sent(&c->carried, c->sent_at);
    http_submit(g->http, &c->http);
}

/* False: the notice cannot be read, so there is nothing to tell. */
static bool take_notice(struct call *c)
{
    struct err e = { 0 };
    if (read_notice(c, &e) == 0)
        return true;
    c->outcome = OUTCOME_PROTOCOL;
    c->final = true;
    buf_printf(&c->message, "nothing was sent: the message that this run carries cannot be read: %s", e.text);
    return false;
}

struct call *call_start(struct engine *g, struct flight *f)
{
    struct call *c = call_new(f);
    const struct channel_record *channel = f->spec->channel;
    if (channel && !take_notice(c))
        return c;
    if (channel && channel->channel.kind == CHANNEL_EMAIL)
        mail_call_start(g, c);
    else if (render(c))
        submit(g, c);
    return c;
}

void call_cancel(struct engine *g, struct call *c)
{
    if (call_ended(c))
        return;
    if (c->mail)
        mail_call_cancel(c);
    else
        http_cancel(g->http, &c->http);
}

void call_interrupted(struct call *c)
{
    buf_clear(&c->message);
    fail(c, OUTCOME_INTERRUPTED, "edgecron was stopped while the call was under way");
}

/* --- the record -------------------------------------------------------------------------------------------------- */

/* Secrets that changed meanwhile: neither the values sent nor the new ones are kept. */
static void redact_kept(const struct call *c, const struct engine *g, const char *text, size_t len, size_t most,
                        struct buf *out)
{
    if (c->redactor == g->redactor) {
        redact_head(c->redactor, text, len, most, out);
        return;
    }
    struct buf once = BUF_SECRET(out->max);
    redact(c->redactor, text, len, &once);
    redact_head(g->redactor, buf_str(&once), once.len, most, out);
    buf_free(&once);
}

/* A redacted copy that is text: bytes that are not UTF-8, and NUL, become U+FFFD. NULL for nothing. */
static const char *kept(const struct call *c, const struct engine *g, struct arena *a, const struct buf *b, size_t most)
{
    if (b->len == 0)
        return NULL;
    size_t reach = reach_of(c->redactor) + reach_of(g->redactor);
    size_t len = b->len < most + reach ? b->len : most + reach; /* of 10 MB that are not kept none need be looked at */
    struct buf clean = BUF_SECRET(4 * len + 64), out = BUF_INIT(16 * len + 1024);
    bool text_already = !memchr(b->data, '\0', len) && json_utf8_valid(b->data, len);
    if (!text_already)
        json_utf8_repair(&clean, b->data, len);
    buf_reserve(&out, len < most ? len : most);
    redact_kept(c, g, text_already ? b->data : buf_str(&clean), text_already ? len : clean.len, most, &out);
    size_t n = out.len < most ? out.len : most;
    while (n > 0 && n < out.len && ((unsigned char)out.data[n] & 0xc0) == 0x80)
        n--; /* not in the middle of a character */
    const char *kept_text = arena_strndup(a, buf_str(&out), n);
    buf_free(&clean);
    buf_free(&out);
    return kept_text;
}

/* A number may be a secret's value. They are then left out, all of them, as one that is changed would be no number. */
static const char *metrics_kept(const struct call *c, const struct engine *g, struct arena *a)
{
    const char *text = kept(c, g, a, &c->metrics, c->metrics.max);
    return text && !strcmp(text, buf_str(&c->metrics)) ? text : NULL;
}

static const char *message_of(struct call *c, const struct flight *f, const char *why, struct engine *g,
                              struct arena *a)
{
    const char *text = kept(c, g, a, &c->message, MESSAGE_MAX);
    if (!text)
        return "";
    if (why && f->attempt > 1)
        return arena_printf(a, "%s (attempt %d, and the last: %s)", text, f->attempt, why);
    return why && f->spec->record->job.retry.max_attempts > 1 ? arena_printf(a, "%s (not tried again: %s)", text, why)
                                                              : text;
}

void call_record(struct call *c, const struct flight *f, struct wall now, const char *why, struct record_op *o)
{
    struct engine *g = f->engine;
    const struct http_timing *t = &c->http.timing;
    bool answered = c->http.status != 0 || c->http.response_body.len > 0;
    o->attempt = (struct attempt){
        .number = f->attempt,
        .started_at = c->sent_at,
        .finished_at = now,
        .outcome = c->outcome,
        .http_status = c->http.status,
        .message = message_of(c, f, why, g, o->arena),
        .dns_ms = t->dns_ms,
        .connect_ms = t->connect_ms,
        .tls_ms = t->tls_ms,
        .first_byte_ms = t->first_byte_ms,
        .total_ms = t->total_ms,
        .remote_address = *c->http.remote_address ? arena_strdup(o->arena, c->http.remote_address) : NULL,
        .request_method = c->mail ? "MAIL" : method_name(c->method),
        .request_url = kept(c, g, o->arena, &c->out.masked_url, URL_MAX),
        .request_headers = kept(c, g, o->arena, &c->out.masked_headers, OUTGOING_HEAD_MAX),
        .request_body = kept(c, g, o->arena, &c->out.masked_body, MASKED_BODY_KEEP),
        .response_headers = answered ? kept(c, g, o->arena, &c->http.response_head, OUTGOING_HEAD_MAX) : NULL,
        .response_body = answered ? kept(c, g, o->arena, &c->http.response_body, BODY_KEEP) : NULL,
        .response_truncated = truncated(c),
        .response_size = answered ? c->http.body_size : -1,
    };
    o->run.attempts = f->attempt;
    o->run.outcome = c->outcome;
    o->run.http_status = c->http.status;
    o->run.message = o->attempt.message;
    o->run.metrics = metrics_kept(c, g, o->arena);
}
