#include "api/http.h"

#include "api/dispatch.h"
#include "base/log.h"

#include <civetweb.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DRAIN_MAX (8 * 1024 * 1024) /* of a body that nobody wants, so that the peer gets to read the reply */
#define DRAIN_STRANGER_MAX 4096     /* the same of a peer that showed no token: it could hold a thread with it */
#define DRAIN_STRANGER_MS 1000

static const char *header(void *ctx, const char *name)
{
    return mg_get_header(ctx, name);
}

static int read_body(void *ctx, struct buf *out, struct err *e)
{
    struct mg_connection *c = ctx;
    long long length = mg_get_request_info(c)->content_length;
    if (length > (long long)out->max)
        return err_set(e, ERR_TOO_LARGE, "the body is %lld bytes; at most %zu are taken", length, out->max);
    const char *expect = mg_get_header(c, "Expect");
    if (expect && !strcasecmp(expect, "100-continue"))
        mg_write(c, "HTTP/1.1 100 Continue\r\n\r\n", 25);
    char part[8192];
    int n;
    while ((n = mg_read(c, part, sizeof part)) > 0)
        if (!buf_add(out, part, (size_t)n))
            return err_set(e, ERR_TOO_LARGE, "the body is over %zu bytes", out->max);
    if (n < 0 || (length > 0 && (size_t)length != out->len))
        return err_set(e, ERR_MALFORMED, "the body ended early");
    return 0;
}

static int count_fields(const struct mg_request_info *i, const char *name)
{
    int n = 0;
    for (int k = 0; k < i->num_headers; k++)
        n += !strcasecmp(i->http_headers[k].name, name);
    return n;
}

/* civetweb stops reading fields, without a word, at a folded line and after the 64th, and takes a bare LF and a space before the colon.
 * What it read lies in place, NUL where name and line ended: so "name: value\r\n" is "name\0 value\0\0", and after the last comes
 * the empty line. */
static bool fields_clear(const struct mg_request_info *i)
{
    const char *end = NULL;
    for (int k = 0; k < i->num_headers; k++) {
        const char *colon = i->http_headers[k].name + strlen(i->http_headers[k].name),
                   *value = i->http_headers[k].value;
        end = value + strlen(value);
        if (end[1] || (!colon[1] && value != colon + 1))
            return false;
    }
    return !end || end[2] == '\r';
}

/* A message whose length two readers may see differently is how requests are smuggled past a proxy (RFC 9112, section 11.2):
 * civetweb lets these pass. */
static bool framing_clear(const struct mg_request_info *i, const struct mg_connection *c)
{
    int lengths = count_fields(i, "Content-Length"), codings = count_fields(i, "Transfer-Encoding");
    const char *length = mg_get_header(c, "Content-Length");
    int hosts = count_fields(i, "Host"), needed = i->http_version && !strcmp(i->http_version, "1.1");
    if (!fields_clear(i) || lengths + codings > 1 || hosts > 1 || hosts < needed)
        return false;
    return !length || (*length && strspn(length, "0123456789") == strlen(length));
}

static bool client_keeps(const struct mg_request_info *i, const struct mg_connection *c)
{
    const char *connection = mg_get_header(c, "Connection");
    if (connection)
        return strcasestr(connection, "keep-alive") && !strcasestr(connection, "close");
    return i->http_version && !strcmp(i->http_version, "1.1");
}

/* Reads what is left of the body, within reason. False when the connection cannot go on after it. */
static bool drain(struct mg_connection *c)
{
    char part[8192];
    int n;
    long total = 0;
    while (total < DRAIN_MAX && (n = mg_read(c, part, sizeof part)) > 0)
        total += n;
    return total < DRAIN_MAX && n == 0;
}

/* A byte at a time, as civetweb waits for as many as it is asked for however slowly they come. */
static bool drain_stranger(struct mg_connection *c)
{
    struct mono begin = clock_mono();
    char byte;
    int n = 1;
    long total = 0;
    while (total < DRAIN_STRANGER_MAX && mono_ms_since(begin, clock_mono()) < DRAIN_STRANGER_MS &&
           (n = mg_read(c, &byte, 1)) > 0)
        total += n;
    return total < DRAIN_STRANGER_MAX && n == 0;
}

static bool has_body(const struct mg_request_info *i, const struct mg_connection *c)
{
    return i->content_length > 0 || mg_get_header(c, "Transfer-Encoding");
}

static void write_reply(struct mg_connection *c, const struct reply *p, bool keep, bool head_only, struct wall now)
{
    buf_auto struct buf out = BUF_INIT(SIZE_MAX / 8);
    reply_head(p, now, keep, &out);
    if (!head_only && p->data)
        buf_add(&out, p->data, p->len);
    if (!keep)
        mg_disable_connection_keep_alive(c);
    mg_write(c, out.data, out.len);
}

static void log_access(const struct request *q, const struct reply *p, struct mono begin)
{
    log_debug("request", L_STR("method", q->method), L_STR("path", q->path), L_INT("status", p->status),
              L_STR("from", q->remote), L_INT("duration_us", clock_mono().us - begin.us));
}

int http_answer(struct mg_connection *c, const struct service *s)
{
    const struct mg_request_info *i = mg_get_request_info(c);
    struct mono begin = clock_mono();
    struct reply p = REPLY_INIT;
    struct request q = { .arena = arena_new(0),
                         .method = i->request_method,
                         .path = i->local_uri_raw,
                         .query_text = i->query_string,
                         .remote = i->remote_addr,
                         .header = header,
                         .read_body = read_body,
                         .ctx = c,
                         .service = s,
                         .now = clock_wall() };
    bool clear = framing_clear(i, c);
    if (clear) {
        dispatch(&q, &p);
    } else {
        struct err e = { 0 };
        err_set(&e, ERR_MALFORMED,
                "the length of the body is not clear, a field is not 'Name: value' on one line, there are over 64 of "
                "them, or not one Host");
        reply_problem(&p, &e);
    }
    bool keep = clear && client_keeps(i, c) && (!has_body(i, c) || (q.trusted ? drain(c) : drain_stranger(c)));
    write_reply(c, &p, keep, !strcmp(q.method, "HEAD"), q.now);
    log_access(&q, &p, begin);
    int status = p.status;
    reply_free(&p);
    arena_free(q.arena);
    return status;
}

void http_refuse(struct mg_connection *c, int status, const char *why)
{
    struct reply p = REPLY_INIT;
    struct err e = { 0 };
    enum err_code code = status == 413 ? ERR_TOO_LARGE : status >= 500 && status != 505 ? ERR_INTERNAL : ERR_MALFORMED;
    err_set(&e, code, "not a request that can be read, or its head is over 16 KiB (%s)", why);
    reply_problem(&p, &e);
    write_reply(c, &p, false, false, clock_wall());
    reply_free(&p);
}
