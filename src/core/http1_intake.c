/* http1_intake.c - see http1_intake.h. The fields that frame a request are in http1_intake_field.c.
 *
 *   REQUEST -> FIELD* -+-> LENGTH -----------------------------> DONE
 *                      +-> CHUNK_SIZE <-> CHUNK_DATA/CHUNK_END
 *                      |       \-> TRAILER* -------------------> DONE
 *                      +-> (no body) --------------------------> DONE */
#include "core/http1_intake.h"
#include "core/http1.h"
#include "core/http1_intake_field.h"
#include "core/http1_line.h"

#include <string.h>
#include <strings.h>

enum state { REQUEST, FIELD, LENGTH, CHUNK_SIZE, CHUNK_DATA, CHUNK_END, TRAILER, DONE };

#define CHUNK_LINE_MAX 1024
#define EMPTY_LINES_MAX 2 /* before a request: RFC 9112, section 2.2 */

void http1_intake_init(struct http1_intake *p)
{
    memset(p, 0, sizeof(*p));
    p->target = p->fields = p->line = BUF_SECRET(HTTP1_INTAKE_HEAD_MAX);
}

void http1_intake_free(struct http1_intake *p)
{
    buf_free(&p->target);
    buf_free(&p->fields);
    buf_free(&p->line);
}

bool http1_intake_begun(const struct http1_intake *p)
{
    return p->begun;
}

static int head_too_large(struct err *e)
{
    return err_set(e, ERR_HEAD_TOO_LARGE, "the request line and headers are over %d KiB", HTTP1_INTAKE_HEAD_MAX / 1024);
}

static void finish(struct http1_intake *p)
{
    p->state = DONE;
    p->done = true;
    buf_free(&p->line);
}

/* The part of "http://host:port/path" behind the authority, which then counts for Host (RFC 9112, section 3.2.2). */
static int absolute_target(struct http1_intake *p, struct http1_text target, struct err *e)
{
    size_t scheme = target.len > 7 && !strncasecmp(target.s, "http://", 7)    ? 7
                    : target.len > 8 && !strncasecmp(target.s, "https://", 8) ? 8
                                                                              : 0;
    if (!scheme)
        return err_set(e, ERR_MALFORMED, "the request's target does not begin with '/'");
    struct http1_text authority = { target.s + scheme, 0 };
    while (scheme + authority.len < target.len && !strchr("/?", target.s[scheme + authority.len]))
        authority.len++;
    int rc = authority.len ? http1_intake_host(p, authority, e)
                           : err_set(e, ERR_MALFORMED, "the request's target has no host");
    if (rc)
        return rc;
    struct http1_text rest = { authority.s + authority.len, target.len - scheme - authority.len };
    p->absolute = true;
    if (!rest.len || rest.s[0] != '/')
        buf_char(&p->target, '/');
    buf_add(&p->target, rest.s, rest.len);
    return 0;
}

static int take_target(struct http1_intake *p, struct http1_text target, struct err *e)
{
    for (size_t i = 0; i < target.len; i++)
        if (target.s[i] <= ' ' || target.s[i] > '~' || target.s[i] == '#')
            return err_set(e, ERR_MALFORMED, "the request's target holds a character that must be percent-encoded");
    if (!target.len || target.s[0] != '/')
        return absolute_target(p, target, e);
    buf_add(&p->target, target.s, target.len);
    return 0;
}

static int take_version(struct http1_intake *p, struct http1_text version, struct err *e)
{
    const char *v = version.s;
    if (version.len != 8 || memcmp(v, "HTTP/", 5) || v[5] < '0' || v[5] > '9' || v[6] != '.' || v[7] < '0' ||
        v[7] > '9')
        return err_set(e, ERR_MALFORMED, "the first line is not 'METHOD /path HTTP/1.1'");
    if (v[5] != '1')
        return err_set(e, ERR_VERSION, "HTTP/%c.%c is not spoken here; HTTP/1.1 and 1.0 are", v[5], v[7]);
    p->minor_version = v[7] - '0';
    return 0;
}

/* RFC 9112 section 3: method, one space, target, one space, version. */
static int request_line(struct http1_intake *p, struct http1_text line, struct err *e)
{
    if (!line.len && p->n_lines++ < EMPTY_LINES_MAX)
        return 0;
    p->state = FIELD;
    p->n_lines = 0;
    size_t method = http1_token_span(line.s, line.len);
    const char *space = memchr(line.s, ' ', line.len), *last = memrchr(line.s, ' ', line.len);
    if (!method || method > HTTP1_METHOD_MAX || space != line.s + method || last == space)
        return err_set(e, ERR_MALFORMED, "the first line is not 'METHOD /path HTTP/1.1'");
    memcpy(p->method, line.s, method);
    int rc = take_version(p, (struct http1_text){ last + 1, (size_t)(line.s + line.len - last) - 1 }, e);
    return rc ? rc : take_target(p, (struct http1_text){ space + 1, (size_t)(last - space) - 1 }, e);
}

static int field_line(struct http1_intake *p, struct http1_text line, struct err *e)
{
    struct http1_text name, value;
    int rc = http1_field_line(line, &name, &value, e);
    if (rc < 0)
        return rc;
    if (++p->n_lines > HTTP1_INTAKE_FIELDS_MAX)
        return err_set(e, ERR_HEAD_TOO_LARGE, "there are more than %d headers", HTTP1_INTAKE_FIELDS_MAX);
    if (p->state == TRAILER) /* never merged into the head, whatever its name */
        return 0;
    return http1_intake_field(p, name, value, e);
}

/* The empty line after the fields: what follows? RFC 9112 section 6.3. */
static int head_end(struct http1_intake *p, struct err *e)
{
    if (p->seen_length && p->seen_coding)
        return err_set(e, ERR_MALFORMED, "there are both Content-Length and Transfer-Encoding");
    if (p->seen_coding && p->minor_version == 0)
        return err_set(e, ERR_MALFORMED, "an HTTP/1.0 request has Transfer-Encoding");
    if (!p->seen_host && p->minor_version > 0)
        return err_set(e, ERR_MALFORMED, "the Host header is missing");
    p->keep_alive = !p->connection_close && (p->minor_version > 0 || p->connection_keep);
    p->head_done = true;
    p->n_lines = 0;
    p->head_bytes = 0;
    p->left = p->content_length;
    p->state = p->seen_coding ? CHUNK_SIZE : LENGTH;
    if (p->seen_coding)
        p->content_length = -1;
    else if (!p->content_length)
        finish(p);
    p->expects_continue = p->expects_continue && !p->done && p->minor_version > 0;
    return 0;
}

static int chunk_line(struct http1_intake *p, struct http1_text line, struct err *e)
{
    int rc = http1_chunk_next(line, &p->left, &p->waste, e);
    if (!rc)
        p->state = p->left > 0 ? CHUNK_DATA : TRAILER;
    return rc;
}

static int one_line(struct http1_intake *p, struct http1_text line, struct err *e)
{
    switch (p->state) {
    case REQUEST:
        return request_line(p, line, e);
    case FIELD:
        return line.len > 0 ? field_line(p, line, e) : head_end(p, e);
    case CHUNK_SIZE:
        return chunk_line(p, line, e);
    case CHUNK_END:
        p->state = CHUNK_SIZE;
        return line.len == 0 ? 0 : err_set(e, ERR_MALFORMED, "a chunk is longer than its size says");
    default: /* TRAILER */
        if (line.len > 0)
            return field_line(p, line, e);
        finish(p);
        return 0;
    }
}

/* Tells what is no request at its first byte, so that nobody waits for the end of a line that never comes. */
static int check_first(const struct http1_intake *p, unsigned char c, struct err *e)
{
    if (p->begun || c == '\r' || http1_token_span((const char *)&c, 1))
        return 0;
    if (c == 0x16)
        return err_set(e, ERR_MALFORMED,
                       "this port speaks http, and TLS was sent to it: use http://, or start edgecron "
                       "with --tls-cert and --tls-key");
    return err_set(e, ERR_MALFORMED, "the first line is not 'METHOD /path HTTP/1.1'");
}

static int too_long(const struct http1_intake *p, struct err *e)
{
    if (p->state == CHUNK_SIZE)
        return err_set(e, ERR_MALFORMED, "a chunk's size line is longer than %d bytes", CHUNK_LINE_MAX);
    if (p->state == CHUNK_END)
        return err_set(e, ERR_MALFORMED, "a chunk is longer than its size says");
    return head_too_large(e);
}

static size_t line_limit(const struct http1_intake *p)
{
    if (p->state == CHUNK_SIZE)
        return CHUNK_LINE_MAX;
    return p->state == CHUNK_END ? 2 : HTTP1_INTAKE_HEAD_MAX - p->head_bytes;
}

/* Takes one line, or keeps the part of it that came. Returns bytes used. */
static int64_t take_line(struct http1_intake *p, const char *data, size_t len, struct err *e)
{
    const char *newline = memchr(data, '\n', len);
    size_t used = newline ? (size_t)(newline - data) + 1 : len;
    size_t whole = p->line.len + used;
    int rc = check_first(p, (unsigned char)data[0], e);
    if (rc < 0)
        return rc;
    p->begun = true;
    if (whole > line_limit(p))
        return too_long(p, e);
    if (p->line.len > 0 || !newline)
        buf_add(&p->line, data, used);
    if (!newline)
        return (int64_t)used;
    const char *line = p->line.len > 0 ? p->line.data : data;
    if (whole < 2 || line[whole - 2] != '\r')
        return err_set(e, ERR_MALFORMED, "a line ends with a bare line feed");
    if (p->state == REQUEST || p->state == FIELD || p->state == TRAILER)
        p->head_bytes += whole;
    rc = one_line(p, (struct http1_text){ line, whole - 2 }, e);
    buf_free(&p->line);
    return rc < 0 ? rc : (int64_t)used;
}

static size_t take_body(struct http1_intake *p, const char *data, size_t len, http1_intake_body body, void *ctx)
{
    if ((int64_t)len > p->left)
        len = (size_t)p->left;
    if (body)
        body(ctx, data, len);
    p->body_size += (int64_t)len;
    p->left -= (int64_t)len;
    if (p->left == 0 && p->state == CHUNK_DATA)
        p->state = CHUNK_END;
    else if (p->left == 0)
        finish(p);
    return len;
}

int64_t http1_intake_feed(struct http1_intake *p, const char *data, size_t len, http1_intake_body body, void *ctx,
                          struct err *e)
{
    size_t used = 0;
    bool head_was_done = p->head_done;
    while (used < len && !p->done && p->head_done == head_was_done) {
        if (p->state == LENGTH || p->state == CHUNK_DATA) {
            used += take_body(p, data + used, len - used, body, ctx);
            continue;
        }
        int64_t n = take_line(p, data + used, len - used, e);
        if (n < 0)
            return n;
        used += (size_t)n;
    }
    return (int64_t)used;
}
