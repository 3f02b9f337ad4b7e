#include "api/http.h"

#include "api/request.h"
#include "api/metrics.h"
#include "base/log.h"

#include <civetweb.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define HEAD_MAX 65536 /* of an answer: what reply.h lets in, and more */

/* What a request of the listener is to request.h. */
struct source {
    struct mg_connection *connection;
    struct handover *handover;
};

static const char *header(void *ctx, const char *name)
{
    const struct source *s = ctx;
    return mg_get_header(s->connection, name);
}

static int read_body(void *ctx, struct buf *out, struct err *e)
{
    const struct source *s = ctx;
    const struct buf *body = &s->handover->body;
    if (body->len > out->max)
        return err_set(e, ERR_TOO_LARGE, "the body is %zu bytes; at most %zu are taken", body->len, out->max);
    if (body->len)
        buf_add(out, body->data, body->len);
    return 0;
}

/* All fields of the name, joined, as they would be in one (RFC 9110, section 5.3); NULL when there is none. */
static const char *joined(struct arena *a, const struct mg_request_info *i, const char *name)
{
    const char *all = NULL;
    for (int k = 0; k < i->num_headers; k++) {
        const char *value = i->http_headers[k].value;
        if (!strcasecmp(i->http_headers[k].name, name))
            all = all ? arena_printf(a, "%s, %s", all, value) : value;
    }
    return all;
}

static int judge_peer(struct request *q, const struct mg_request_info *i, const struct handover *h,
                      const struct forwarded_rules *rules, struct err *e)
{
    struct forwarded_fields f = { 0 };
    struct forwarded who;
    if (rules->n_trusted)
        f = (struct forwarded_fields){ joined(q->arena, i, "Forwarded"), joined(q->arena, i, "X-Forwarded-For"),
                                       joined(q->arena, i, "X-Forwarded-Proto") };
    int rc = forwarded_judge(rules, &h->peer, h->tls, &f, &who, e);
    char *text = arena_alloc(q->arena, 64);
    address_format(&who.client, text);
    q->remote = text;
    q->encrypted = who.encrypted;
    return rc;
}

static void log_access(const struct request *q, const struct reply *p, struct mono begin)
{
    log_debug("request", L_STR("method", q->method), L_STR("path", q->path), L_INT("status", p->status),
              L_STR("from", q->remote), L_INT("duration_us", clock_mono().us - begin.us));
}

/* Browsers then ask for https alone, for a year (RFC 6797). An address is no name: they leave those alone. */
static void add_transport_security(struct handover *h)
{
    if (h->tls)
        reply_field(&h->reply, "Strict-Transport-Security", "max-age=31536000");
}

static void finish(struct handover *h, struct wall now)
{
    struct reply *p = &h->reply;
    add_transport_security(h);
    h->keep = h->keep && !p->attach;
    h->answer = BUF_INIT(HEAD_MAX);
    reply_head(p, now, h->keep, &h->answer);
    h->answered = true;
}

/* The pair through which the body of an attached answer comes. */
static struct http_after open_stream(struct handover *h)
{
    int pair[2];
    struct http_after after = { h->reply.attach, h->reply.attach_ctx, -1 };
    if (!after.attach || !strcmp(h->method, "HEAD"))
        return after;
    if (!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair)) {
        h->stream = pair[0];
        after.fd = pair[1];
        return after;
    }
    struct err e = { 0 };
    err_set(&e, ERR_UNAVAILABLE, "there is no room for another stream: %s", strerror(errno));
    reply_problem(&h->reply, &e);
    return after;
}

struct http_after http_answer(struct mg_connection *c, struct handover *h, const struct http_scope *scope)
{
    const struct mg_request_info *i = mg_get_request_info(c);
    struct mono begin = clock_mono();
    struct source source = { c, h };
    struct request q = { .arena = arena_new(0),
                         .method = h->method,
                         .path = i->local_uri_raw,
                         .query_text = i->query_string,
                         .header = header,
                         .read_body = read_body,
                         .ctx = &source,
                         .service = scope->service,
                         .now = clock_wall() };
    struct err e = { 0 };
    if (judge_peer(&q, i, h, &scope->proxies, &e))
        reply_problem(&h->reply, &e);
    else
        scope->answer(&q, &h->reply);
    h->arena = q.arena;
    struct http_after after = open_stream(h);
    finish(h, q.now);
    log_access(&q, &h->reply, begin);
    metrics_request(q.route, h->reply.status, clock_mono().us - begin.us);
    return after;
}

void http_refuse_early(struct handover *h, const struct err *why)
{
    reply_problem(&h->reply, why);
    if (why->code == ERR_UNAVAILABLE || why->code == ERR_BUSY)
        reply_field(&h->reply, "Retry-After", "1");
    h->keep = false;
    finish(h, clock_wall());
}

/* What the gate let pass and civetweb does not: that should not be. */
void http_refuse(struct handover *h, int status, const char *why)
{
    struct err e = { 0 };
    log_error("a request could not be taken apart", L_INT("status", status), L_STR("detail", why));
    err_set(&e, status < 500 ? ERR_MALFORMED : ERR_INTERNAL, "not a request that can be read (%s)", why);
    http_refuse_early(h, &e);
}
