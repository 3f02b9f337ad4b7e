#include "engine/heartbeat.h"

#include "base/log.h"
#include "core/http1.h"
#include "core/template.h"
#include "engine/carried.h"
#include "engine/record.h"
#include "store/heartbeat.h"
#include "versions.h"

#include <stdio.h>
#include <string.h>

#define FIRST_MS 300  /* after the start, or another address: jobs that are due go first */
#define LOOK_MS 1000  /* while it is not well */
#define HOLD_MS 10000 /* after a write that failed: on a full disk some small ones may still get through */
#define HEAD_MAX 16384
#define BODY_MAX (1024 * 1024) /* of an answer, drained and dropped */

struct heartbeat {
    struct engine *engine;
    char *template;
    int64_t every_ms;
    struct loop_timer timer;
    struct mono store_failed_at; /* 0: never */
    bool committing;             /* the write of a beat is on its way */
    bool calling;
    bool dropped; /* the call under way is of no interest any more: another address, or the end */
    struct http_call call;
    struct carried carried;
    struct buf url, head;
    struct url to; /* points into url */
    struct redactor *redactor;
    struct heartbeat_status status; /* under engine.shared_lock */
};

/* --- what others see --------------------------------------------------------------------------------------------- */

void heartbeat_status(struct engine *g, struct heartbeat_status *ret)
{
    pthread_mutex_lock(&g->shared_lock);
    *ret = g->heartbeat->status;
    pthread_mutex_unlock(&g->shared_lock);
}

static void withhold(struct heartbeat *h, const char *why)
{
    pthread_mutex_lock(&h->engine->shared_lock);
    h->status.withheld = why;
    pthread_mutex_unlock(&h->engine->shared_lock);
}

static void taken(struct heartbeat *h)
{
    struct heartbeat_status *s = &h->status;
    if (*s->error)
        log_info("the heartbeat is taken again");
    pthread_mutex_lock(&h->engine->shared_lock);
    s->taken++;
    s->last_ok_at = clock_wall();
    s->failing_since = WALL_NONE;
    s->error[0] = '\0';
    pthread_mutex_unlock(&h->engine->shared_lock);
}

/* Secrets that changed while it was under way: neither what was sent nor what is there now is told. */
static void tell_redacted(const struct heartbeat *h, const char *text, struct buf *out)
{
    buf_auto struct buf once = BUF_SECRET(out->max);
    redact(h->redactor, text, strlen(text), &once);
    redact(h->engine->redactor, buf_str(&once), once.len, out);
}

static void failed(struct heartbeat *h, const char *why)
{
    struct heartbeat_status *s = &h->status;
    buf_auto struct buf text = BUF_INIT(16384);
    tell_redacted(h, why, &text);
    if (!*s->error)
        log_warn("the heartbeat is not taken; the next one follows as if it had been", L_STR("error", buf_str(&text)));
    pthread_mutex_lock(&h->engine->shared_lock);
    if (!*s->error)
        s->failing_since = clock_wall();
    s->failed++;
    snprintf(s->error, sizeof s->error, "%s", buf_str(&text));
    pthread_mutex_unlock(&h->engine->shared_lock);
}

/* --- the call ---------------------------------------------------------------------------------------------------- */

static void call_clear(struct heartbeat *h)
{
    http_call_clear(&h->call);
    mem_wipe(h->call.detail, sizeof h->call.detail);
    carried_free(&h->carried);
    buf_wipe(&h->url);
    buf_wipe(&h->head);
    redactor_free(h->redactor);
    h->redactor = NULL;
    h->calling = false;
}

static int render_url(struct heartbeat *h, struct err *e)
{
    struct wall now = clock_wall();
    const struct template_values v = { .now = now,
                                       .run_id = "",
                                       .scheduled_for = now,
                                       .trigger = "heartbeat",
                                       .attempt = 1,
                                       .job_name = "heartbeat",
                                       .secret = carried_value,
                                       .ctx = &h->carried };
    int rc = template_render(h->template, TEMPLATE_ADDRESS, &v, &h->url, NULL, e);
    if (!rc && url_parse(buf_str(&h->url), &h->to, NULL)) /* what is wrong with it may be part of a secret */
        rc = err_set(
            e, ERR_SEALED,
            "'heartbeat_url' is no URL once its secrets are filled in: set the secret to what the service shows, "
            "an absolute https URL or the end of one");
    return rc ? rc : carried_check(&h->carried, NULL, &h->to, e);
}

static bool write_head(struct heartbeat *h)
{
    buf_auto struct buf authority = BUF_INIT(512), path = BUF_SECRET(URL_MAX + 1);
    buf_printf(&path, "%s%s", *h->to.path == '/' ? "" : "/", h->to.path);
    return url_authority(&h->to, &authority) && !path.full &&
           http1_start(&h->head, "GET", buf_str(&path), buf_str(&authority)) &&
           http1_field(&h->head, "User-Agent", "edgecron/" EDGECRON_VERSION " (heartbeat)") &&
           http1_field(&h->head, "Accept", "*/*") && http1_end(&h->head, -1);
}

static int render(struct heartbeat *h, struct err *e)
{
    h->url = BUF_SECRET(URL_MAX);
    h->head = BUF_SECRET(HEAD_MAX);
    h->redactor = redactor_ref(h->engine->redactor);
    h->carried = (struct carried){ .engine = h->engine };
    int rc = render_url(h, e);
    if (!rc && !write_head(h))
        rc = err_set(e, ERR_TOO_LARGE, "the address is longer than %d bytes", URL_MAX);
    return rc;
}

static const struct reason {
    enum outcome outcome;
    const char *before, *after; /* what was met stands between them */
} REASONS[] = {
    { OUTCOME_TIMEOUT, "no answer within 10 seconds: ", "" },
    { OUTCOME_DNS, "its host cannot be looked up: ", "" },
    { OUTCOME_CONNECT, "its host cannot be reached: ", "" },
    { OUTCOME_TLS, "no secure connection can be made: ", "" },
    { OUTCOME_BLOCKED, "nothing was sent: ",
      " (private addresses: start the server with --allow-private; link-local ones and those of cloud metadata "
      "never)" },
    { OUTCOME_NONE, "there was no answer that could be read: ", "" }, /* any other */
};

static void explain(const struct http_call *c, struct buf *out)
{
    const struct reason *r = REASONS;
    if (c->status) {
        buf_printf(out, "it answered %d%s", c->status,
                   c->status / 100 == 3   ? ", a redirect, which is not followed: give the address that it leads to"
                   : c->status / 100 == 4 ? ": is heartbeat_url still what the service shows?"
                                          : "");
        return;
    }
    while (r->outcome != c->outcome && r->outcome != OUTCOME_NONE)
        r++;
    buf_printf(out, "%s%s%s", r->before, c->detail, r->after);
}

/* Taken is it with the status: what follows is of no interest, however it ends. */
static void called(struct http_call *c)
{
    struct heartbeat *h = c->ctx;
    bool dropped = h->dropped;
    buf_auto struct buf why = BUF_SECRET(2048);
    h->dropped = false;
    if (!dropped && c->status / 100 == 2) {
        taken(h);
    } else if (!dropped && c->outcome != OUTCOME_CANCELED) {
        explain(c, &why);
        failed(h, buf_str(&why));
    }
    call_clear(h);
}

static void call(struct heartbeat *h)
{
    struct engine *g = h->engine;
    struct err e = { 0 };
    if (render(h, &e)) {
        failed(h, e.text);
        call_clear(h);
        return;
    }
    h->calling = true;
    h->call = (struct http_call){ .tls = h->to.tls,
                                  .host = h->to.host,
                                  .port = h->to.port,
                                  .allowed = g->allow_private,
                                  .n_allowed = g->n_allow_private,
                                  .head = buf_str(&h->head),
                                  .head_len = h->head.len,
                                  .idempotent = true,
                                  .timeout_ms = HEARTBEAT_TIMEOUT_MS,
                                  .body_max = BODY_MAX,
                                  .done = called,
                                  .ctx = h };
    carried_sent(&h->carried, clock_wall());
    http_submit(g->http, &h->call);
}

/* --- the beat ---------------------------------------------------------------------------------------------------- */

static bool failed_lately(const struct heartbeat *h)
{
    return h->store_failed_at.us && mono_ms_since(h->store_failed_at, clock_mono()) < HOLD_MS;
}

static const char *unwell(const struct engine *g)
{
    return g->draining                   ? "the server is stopping"
           : !g->taken_up                ? "the server is sealed: its master key is missing"
           : g->held.hold != HOLD_NONE   ? "the store is a copy, and nothing is called until somebody resumes"
           : *g->store_error             ? "the store cannot be written"
           : failed_lately(g->heartbeat) ? "the store could not be written a moment ago"
           : *g->roster_error            ? "the store cannot be read"
                                         : NULL;
}

static void beat_after(struct heartbeat *h, int64_t ms)
{
    loop_timer_set(h->engine->loop, &h->timer, (struct mono){ clock_mono().us + ms * 1000 });
}

struct beat_op {
    struct record_op base;
    struct wall at;
};

static int exec_beat(struct store *s, struct write_op *op, struct err *e)
{
    return heartbeat_put(s, ((struct beat_op *)op)->at, e);
}

static void committed(struct engine *g, struct record_op *o)
{
    struct heartbeat *h = g->heartbeat;
    const char *why = unwell(g);
    h->committing = false;
    withhold(h, why);
    if (!*h->template || h->calling)
        return;
    if (o->op.status)
        failed(h, o->op.err.text);
    else if (!why)
        call(h);
}

static void commit(struct heartbeat *h)
{
    struct beat_op *o = mem_alloc(sizeof *o);
    o->at = clock_wall();
    h->committing = true;
    record_other(h->engine, &o->base, exec_beat, committed);
}

static void beat_due(void *ctx)
{
    struct heartbeat *h = ctx;
    const char *why = unwell(h->engine);
    withhold(h, why ? why : h->committing ? "the store has not taken the last write yet" : NULL);
    beat_after(h, why ? LOOK_MS : h->every_ms);
    if (!why && !h->committing && !h->calling)
        commit(h);
}

/* --- for the engine ---------------------------------------------------------------------------------------------- */

void heartbeat_init(struct engine *g)
{
    struct heartbeat *h = g->heartbeat = mem_alloc(sizeof *h);
    h->engine = g;
    h->template = mem_strdup("");
    h->timer = (struct loop_timer){ .fn = beat_due, .ctx = h };
    h->status.last_ok_at = h->status.failing_since = WALL_NONE;
}

static void drop(struct heartbeat *h)
{
    loop_timer_clear(h->engine->loop, &h->timer);
    if (!h->calling)
        return;
    h->dropped = true;
    http_cancel(h->engine->http, &h->call);
}

/* What the address before was told, and why it was not, is not this one's. */
static void start_anew(struct heartbeat *h, int64_t every_s)
{
    pthread_mutex_lock(&h->engine->shared_lock);
    h->status = (struct heartbeat_status){
        .on = *h->template, .every_s = every_s, .last_ok_at = WALL_NONE, .failing_since = WALL_NONE
    };
    pthread_mutex_unlock(&h->engine->shared_lock);
}

void heartbeat_tell(struct engine *g, const char *url, int64_t every_s)
{
    struct heartbeat *h = g->heartbeat;
    bool moved = strcmp(h->template, url ? url : "") != 0;
    if (!moved && h->every_ms == every_s * 1000)
        return;
    h->every_ms = every_s * 1000;
    if (moved) {
        drop(h);
        mem_free(h->template);
        h->template = mem_strdup(url ? url : "");
        start_anew(h, every_s);
    }
    pthread_mutex_lock(&g->shared_lock);
    h->status.every_s = every_s;
    pthread_mutex_unlock(&g->shared_lock);
    if (*h->template && !g->draining)
        beat_after(h, FIRST_MS);
}

void heartbeat_store_failed(struct engine *g)
{
    if (g->heartbeat)
        g->heartbeat->store_failed_at = clock_mono();
}

void heartbeat_stop(struct engine *g)
{
    drop(g->heartbeat);
    withhold(g->heartbeat, unwell(g));
}

void heartbeat_free(struct engine *g)
{
    struct heartbeat *h = g->heartbeat;
    if (!h)
        return;
    mem_free(h->template);
    mem_free(h);
    g->heartbeat = NULL;
}
