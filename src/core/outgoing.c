#include "core/outgoing.h"

#include "core/http1.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

void outgoing_init(struct outgoing *o)
{
    *o = (struct outgoing){
        .url = BUF_SECRET(URL_MAX),
        .head = BUF_SECRET(OUTGOING_HEAD_MAX),
        .body = BUF_SECRET(JOB_BODY_MAX),
        .masked_url = BUF_INIT(URL_MAX),
        .masked_headers = BUF_INIT(OUTGOING_HEAD_MAX),
        .masked_body = BUF_INIT(JOB_BODY_MAX),
    };
}

void outgoing_free(struct outgoing *o)
{
    buf_wipe(&o->url);
    buf_wipe(&o->head);
    buf_wipe(&o->body);
    buf_free(&o->masked_url);
    buf_free(&o->masked_headers);
    buf_free(&o->masked_body);
}

static int headers_too_large(struct err *e)
{
    return err_set(e, ERR_TOO_LARGE, "the request's headers are larger than %d bytes", OUTGOING_HEAD_MAX);
}

/* A field of the request, real and masked. v NULL: the value is no template. */
static int add_field(struct outgoing *o, const struct template_values *v, const char *name, const char *value,
                     struct err *e)
{
    struct buf real = BUF_SECRET(OUTGOING_HEAD_MAX), masked = BUF_INIT(OUTGOING_HEAD_MAX);
    int rc = v ? template_render(value, TEMPLATE_HEADER, v, &real, &masked, e) : 0;
    if (!rc) {
        bool fits = http1_field(&o->head, name, v ? buf_str(&real) : value);
        buf_str_add(&o->masked_headers, name);
        buf_str_add(&o->masked_headers, ": ");
        buf_str_add(&o->masked_headers, v ? buf_str(&masked) : value);
        buf_char(&o->masked_headers, '\n');
        if (!fits)
            rc = headers_too_large(e);
    }
    buf_wipe(&real);
    buf_free(&masked);
    return rc;
}

static bool has_field(const struct header *headers, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (!strcasecmp(headers[i].name, name))
            return true;
    return false;
}

/* A job may name a target and give a whole URL. The target's headers, which may carry its key, go to the target alone. */
static bool is_of(const struct target *t, const struct url *u)
{
    struct url base;
    return t && !url_parse(t->base_url, &base, NULL) && base.tls == u->tls && base.port == u->port &&
           !strcmp(base.host, u->host);
}

/* The target's shared headers, then the job's own, which win on the same name. */
static int add_headers(struct outgoing *o, const struct outgoing_spec *s, struct err *e)
{
    const struct request_spec *r = s->request;
    const struct target *t = o->shared;
    int rc = 0;
    for (int i = 0; t && !rc && i < t->n_headers; i++)
        if (!has_field(r->headers, r->n_headers, t->headers[i].name))
            rc = add_field(o, &s->values, t->headers[i].name, t->headers[i].value, e);
    for (int i = 0; !rc && i < r->n_headers; i++)
        rc = add_field(o, &s->values, r->headers[i].name, r->headers[i].value, e);
    return rc;
}

static bool sets(const struct outgoing *o, const struct request_spec *r, const char *name)
{
    const struct target *t = o->shared;
    return has_field(r->headers, r->n_headers, name) || (t && has_field(t->headers, t->n_headers, name));
}

/* W3C Trace Context: the run is the trace, the attempt a span of it. */
static void trace_parent(const char *run_id, const char *span, char out[56])
{
    char *p = out + 3;
    memcpy(out, "00-", 3);
    for (const char *id = run_id; *id && p < out + 35; id++)
        if (*id != '-')
            *p++ = *id;
    snprintf(p, (size_t)(out + 56 - p), "-%s-01", span);
}

static int add_own_fields(struct outgoing *o, const struct outgoing_spec *s, struct err *e)
{
    const struct template_values *v = &s->values;
    char attempt[12], scheduled_for[WALL_TEXT_SIZE], trace[56];
    static const char *const content_types[] = {
        [BODY_NONE] = NULL, [BODY_JSON] = "application/json", [BODY_TEXT] = "text/plain;charset=UTF-8"
    };
    snprintf(attempt, sizeof attempt, "%d", v->attempt);
    wall_format(v->scheduled_for, scheduled_for);
    trace_parent(v->run_id, s->span, trace);
    const struct header own[] = {
        { "User-Agent", s->user_agent },
        { "Accept", "*/*" },
        { "Accept-Encoding", "identity" }, /* what cannot be read could not be judged, nor shown */
        { "Content-Type", content_types[s->request->body_kind] },
        { "Idempotency-Key", v->run_id },
        { "X-Edgecron-Job", s->job->name },
        { "X-Edgecron-Run", v->run_id },
        { "X-Edgecron-Attempt", attempt },
        { "X-Edgecron-Scheduled-For", scheduled_for },
        { "traceparent", trace },
    };
    int rc = 0;
    for (size_t i = 0; !rc && i < MEM_COUNT(own); i++)
        if (own[i].value && !sets(o, s->request, own[i].name))
            rc = add_field(o, NULL, own[i].name, own[i].value, e);
    return rc;
}

static int render_url(struct outgoing *o, const struct outgoing_spec *s, struct err *e)
{
    struct arena *a = arena_new(0);
    enum template_place place = s->values.notice ? TEMPLATE_ADDRESS : TEMPLATE_URL;
    int rc = template_render(job_url(s->job, s->target, a), place, &s->values, &o->url, &o->masked_url, e);
    arena_free(a);
    if (rc)
        return rc;
    rc = url_parse(buf_str(&o->url), &o->to, e);
    if (rc && place == TEMPLATE_ADDRESS) /* what is wrong with it may be part of a secret */
        return err_set(e, ERR_SEALED,
                       "'%.200s' is no URL once it is filled in: set its secret to an absolute https URL, or its end, "
                       "as the service shows it",
                       buf_str(&o->masked_url));
    return rc;
}

static int add_final(struct outgoing *o, const char *body, struct err *e)
{
    if (buf_str_add(&o->body, body) && buf_str_add(&o->masked_body, body))
        return 0;
    return err_set(e, ERR_TOO_LARGE, "the body is longer than %d bytes", JOB_BODY_MAX);
}

/* A string that calls itself JSON may hold what a JSON template cannot, such as a number: {"n": {{alert.total}}}. What others wrote must not break it. */
static bool says_json(const struct request_spec *r)
{
    for (int i = 0; i < r->n_headers; i++)
        if (!strcasecmp(r->headers[i].name, "Content-Type"))
            return strstr(r->headers[i].value, "json") != NULL;
    return false;
}

static int render_body(struct outgoing *o, const struct outgoing_spec *s, struct err *e)
{
    const struct request_spec *r = s->request;
    if (r->body_kind == BODY_NONE)
        return 0;
    bool json = r->body_kind == BODY_JSON || (s->values.notice && says_json(r));
    enum template_place place = json ? TEMPLATE_JSON : TEMPLATE_TEXT;
    if (s->body_final)
        return add_final(o, r->body, e);
    return template_render(r->body, place, &s->values, &o->body, &o->masked_body, e);
}

static void start(struct outgoing *o, const struct request_spec *r)
{
    buf_auto struct buf authority = BUF_INIT(URL_HOST_MAX + 16);
    url_authority(&o->to, &authority);
    mem_auto char *path = mem_printf("%s%s", *o->to.path == '/' ? "" : "/", o->to.path);
    http1_start(&o->head, method_name(r->method), path, buf_str(&authority));
    mem_wipe(path, strlen(path));
}

/* A method that usually has a body says so when it has none (RFC 9110, section 8.6). */
static bool has_length(const struct request_spec *r)
{
    return r->body_kind != BODY_NONE || r->method == METHOD_POST || r->method == METHOD_PUT ||
           r->method == METHOD_PATCH;
}

int outgoing_render(struct outgoing *o, const struct outgoing_spec *s, struct err *e)
{
    int rc = render_url(o, s, e);
    if (!rc)
        rc = render_body(o, s, e);
    if (rc)
        return rc;
    start(o, s->request);
    o->shared = is_of(s->target, &o->to) ? s->target : NULL;
    o->by_path = s->target && *s->request->url == '/' ? s->target->name : NULL;
    if ((rc = add_headers(o, s, e)) || (rc = add_own_fields(o, s, e)))
        return rc;
    return http1_end(&o->head, has_length(s->request) ? (int64_t)o->body.len : -1) ? 0 : headers_too_large(e);
}
