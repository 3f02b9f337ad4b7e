#include "engine/check.h"

#include "base/mem.h"
#include "core/http1.h"
#include "core/verdict.h"
#include "versions.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define HEAD_MAX 16384
#define BODY_MAX (1024 * 1024)
#define RANGES_MAX 256

/* Those under way together. */
struct round {
    struct loop *loop;
    struct http_client *client;
    int open; /* that have not ended */
};
struct check {
    struct round *round;
    struct http_call call;
    struct url url;
    struct net_tls_options tls;
    struct cidr allowed[RANGES_MAX];
    int n_allowed;
    struct buf head;
    bool health; /* its health path is asked for */
};

static void done(struct http_call *call)
{
    struct check *c = call->ctx;
    if (--c->round->open == 0)
        loop_stop(c->round->loop);
}

static void allow(struct check *c, const struct target *t, const struct cidr *allowed, int n_allowed)
{
    for (int i = 0; i < n_allowed && c->n_allowed < RANGES_MAX; i++)
        c->allowed[c->n_allowed++] = allowed[i];
    for (int i = 0; i < t->n_allow_private && c->n_allowed < RANGES_MAX; i++)
        if (cidr_parse(t->allow_private[i], &c->allowed[c->n_allowed]))
            c->n_allowed++;
}

static bool write_head(struct check *c, const char *health_path)
{
    buf_auto struct buf authority = BUF_INIT(512), path = BUF_INIT(HEAD_MAX);
    const char *base = strcmp(c->url.path, "/") != 0 ? c->url.path : "";
    buf_printf(&path, "%s%s", base, health_path ? health_path : *base ? "" : "/");
    return url_authority(&c->url, &authority) && !path.full &&
           http1_start(&c->head, health_path ? "GET" : "HEAD", buf_str(&path), buf_str(&authority)) &&
           http1_field(&c->head, "User-Agent", "edgecron/" EDGECRON_VERSION " (target check)") &&
           http1_field(&c->head, "Accept", "*/*") && http1_end(&c->head, -1);
}

static int prepare(struct check *c, const struct target *t, bool connect_only, int64_t timeout_ms, struct err *e)
{
    int r = url_parse(t->base_url, &c->url, e);
    if (r < 0)
        return r;
    c->health = t->health_path != NULL;
    if ((!connect_only || c->health) && !write_head(c, t->health_path))
        return err_set(e, ERR_TOO_LARGE, "the base URL is too long to be asked for");
    c->tls = (struct net_tls_options){ t->ca_file, net_tls_version_parse(t->tls_min) };
    c->call = (struct http_call){ .tls = c->url.tls,
                                  .host = c->url.host,
                                  .port = c->url.port,
                                  .tls_options = &c->tls,
                                  .allowed = c->allowed,
                                  .n_allowed = c->n_allowed,
                                  .head = buf_str(&c->head),
                                  .head_len = c->head.len,
                                  .head_request = !c->health,
                                  .idempotent = true,
                                  .connect_timeout_ms = timeout_ms,
                                  .timeout_ms = timeout_ms,
                                  .body_max = BODY_MAX,
                                  .done = done,
                                  .ctx = c,
                                  .peer.expires_at = WALL_NONE };
    return 0;
}

/* --- what it means ------------------------------------------------------------------------------------------------ */

/* The first that fits. */
static const struct meaning {
    int from, to;
    bool warns;
    const char *text;
} meanings[] = {
    { 200, 299, false, "it answers" },
    { 300, 399, true, "it answers with a redirect, which calls do not follow: let base_url be where it leads" },
    { 401, 403, false,
      "it answers, and wants a key: that is as it should be, as the check sends none; run a job to see whether its key "
      "is "
      "taken" },
    { 404, 405, false,
      "it answers: that there is nothing at the base URL itself, or not for HEAD, says nothing of the functions below "
      "it" },
    { 421, 421, true, "it answers for another host: is the name in base_url the right one?" },
    { 429, 429, true, "it answers that there are too many calls: set 'rate' or 'max_concurrent' on the target" },
    { 400, 499, false,
      "it answers, though not to a HEAD of the base URL: that says nothing of the functions below it" },
    { 502, 504, true, "a proxy answers, but what is behind it does not: is the functions' server running?" },
    { 500, 599, true, "it answers with an error of its own: look at the server's log" },
    { 100, 999, true, "it answers with a status that nobody knows" },
};

/* The same of a health path: it was declared to answer 2xx. */
static const struct meaning healths[] = {
    { 200, 299, false, "its health path answers" },
    { 401, 403, true, "its health path wants a key, and checks send none: let it answer without, or declare another" },
    { 404, 405, true, "there is nothing at its health path, or not for GET: set 'health_path' on the target anew" },
    { 502, 504, true, "a proxy answers, but what is behind it does not: is the functions' server running?" },
    { 100, 999, true, "its health path does not answer 2xx: look at the server's log" },
};

static void explain_answer(const struct check *c, struct target_check *ret)
{
    const struct meaning *m = c->health ? healths : meanings;
    const struct meaning *last = c->health ? &healths[MEM_COUNT(healths) - 1] : &meanings[MEM_COUNT(meanings) - 1];
    while (m < last && (c->call.status < m->from || c->call.status > m->to))
        m++;
    ret->warns = m->warns;
    ret->meaning = m->text;
    snprintf(ret->message, sizeof ret->message, "%s", m->text);
}

static void explain_certificate(struct target_check *ret, struct wall now)
{
    char when[WALL_TEXT_SIZE];
    size_t len = strlen(ret->message);
    if (!ret->tls || wall_is_none(ret->peer.expires_at) || ret->peer.expires_at.ms - now.ms > CHECK_EXPIRES_SOON_MS)
        return;
    ret->expires_soon = true;
    snprintf(ret->message + len, sizeof ret->message - len, "; but its certificate ends on %.10s: have it renewed",
             wall_format(ret->peer.expires_at, when));
}

static void explain_failure(const struct check *c, const struct target *t, int64_t timeout_ms, struct target_check *ret)
{
    buf_auto struct buf text = BUF_INIT(CHECK_MESSAGE_MAX);
    const struct job as_if = { .name = t->name ? t->name : "",
                               .target = t->name,
                               .request.url = "/",
                               .timeout_ms = timeout_ms,
                               .connect_timeout_ms = timeout_ms };
    if (c->call.outcome == OUTCOME_TIMEOUT)
        buf_printf(&text,
                   "no answer within %" PRId64
                   " ms (%s): is the server running, and do host, port and the firewalls on the "
                   "way let this machine reach it?",
                   timeout_ms, c->call.detail);
    else
        verdict_explain(c->call.outcome, &as_if, t->base_url, c->call.detail, &text);
    snprintf(ret->message, sizeof ret->message, "%s", buf_str(&text));
}

static void conclude(const struct check *c, const struct target *t, int64_t timeout_ms, struct target_check *ret)
{
    const struct http_call *call = &c->call;
    *ret = (struct target_check){ .reached = call->outcome == OUTCOME_NONE,
                                  .outcome = call->outcome == OUTCOME_NONE ? OUTCOME_OK : call->outcome,
                                  .http_status = call->status,
                                  .tls = call->peer.version != 0,
                                  .peer = call->peer,
                                  .timing = call->timing };
    memcpy(ret->remote_address, call->remote_address, sizeof ret->remote_address);
    if (!ret->reached) {
        explain_failure(c, t, timeout_ms, ret);
        return;
    }
    if (call->head_len > 0)
        explain_answer(c, ret);
    else
        snprintf(ret->message, sizeof ret->message, "connections to it can be made; it was not asked anything");
    explain_certificate(ret, clock_wall());
}

static int run(struct round *round, struct check *checks, struct target_asked *asked, int n, struct err *e)
{
    round->loop = loop_new(e);
    if (!round->loop)
        return -(int)e->code;
    round->client = http_client_new(round->loop, NULL, e);
    if (!round->client)
        return -(int)e->code;
    for (int i = 0; i < n; i++) {
        if (asked[i].error.code)
            continue;
        round->open++;
        http_submit(round->client, &checks[i].call);
    }
    if (round->open > 0)
        loop_run(round->loop);
    return 0;
}

static void clear(struct round *round, struct check *checks, int n)
{
    if (round->client)
        http_client_free(round->client);
    if (round->loop)
        loop_free(round->loop);
    for (int i = 0; i < n; i++) {
        http_call_clear(&checks[i].call);
        buf_free(&checks[i].head);
    }
    mem_free(checks);
}

int target_checks(struct target_asked *asked, int n, const struct cidr *allowed, int n_allowed, int64_t timeout_ms,
                  struct err *e)
{
    struct round round = { 0 };
    struct err unused;
    if (n > CHECK_AT_ONCE)
        return err_set(e, ERR_INTERNAL, "%d targets are more than are checked at once", n);
    struct check *checks = mem_alloc((size_t)n * sizeof *checks);
    for (int i = 0; i < n; i++) {
        const struct target *t = asked[i].target;
        checks[i].round = &round;
        checks[i].head = BUF_INIT(HEAD_MAX);
        asked[i].error = (struct err){ 0 };
        allow(&checks[i], t, allowed, n_allowed);
        prepare(&checks[i], t, asked[i].connect_only, timeout_ms, &asked[i].error);
    }
    int r = run(&round, checks, asked, n, e ? e : &unused);
    for (int i = 0; r == 0 && i < n; i++)
        if (!asked[i].error.code)
            conclude(&checks[i], asked[i].target, timeout_ms, &asked[i].found);
    clear(&round, checks, n);
    return r;
}

int target_check(const struct target *t, const struct cidr *allowed, int n_allowed, int64_t timeout_ms,
                 struct target_check *ret, struct err *e)
{
    struct target_asked asked = { .target = t };
    int r = target_checks(&asked, 1, allowed, n_allowed, timeout_ms, e);
    if (r == 0 && asked.error.code) {
        *e = asked.error;
        r = -(int)e->code;
    }
    if (r == 0)
        *ret = asked.found;
    return r;
}
