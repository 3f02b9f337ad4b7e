/* http1_parser.c - the reading half of http1.h.
 *
 *   STATUS -> FIELD* -+-> LENGTH ----------------------------> DONE
 *     ^        |      +-> CHUNK_SIZE <-> CHUNK_DATA/CHUNK_END
 *     |        |      |       \-> TRAILER* ------------------> DONE
 *     +- 1xx --+      +-> CLOSE --(the peer closes)----------> DONE
 *                     +-> (no body) -------------------------> DONE
 *
 * Lines are taken straight from the caller's bytes; only one that is cut by the end of what came is kept in p->line. */
#include "core/http1.h"
#include "core/http1_line.h"

#include <string.h>

enum state { STATUS, FIELD, LENGTH, CLOSE, CHUNK_SIZE, CHUNK_DATA, CHUNK_END, TRAILER, DONE };

#define CHUNK_LINE_MAX 1024 /* a chunk size with its extensions */

static const char prefix[] = "HTTP/1.";

void http1_parser_init(struct http1_parser *p, bool head_request)
{
    memset(p, 0, sizeof(*p));
    p->head_request = head_request;
    p->content_length = -1;
    p->head = BUF_SECRET(HTTP1_HEAD_MAX); /* an answer may show what it was sent */
    p->line = BUF_SECRET(HTTP1_HEAD_MAX);
}

void http1_parser_free(struct http1_parser *p)
{
    buf_free(&p->head);
    buf_free(&p->line);
}

static void finish(struct http1_parser *p)
{
    p->state = DONE;
    p->done = true;
    p->keep_alive = !p->close_delimited && !p->connection_close && (p->minor_version >= 1 || p->connection_keep);
    buf_free(&p->line);
}

static int content_length(struct http1_parser *p, struct http1_text value, struct err *e)
{
    if (p->seen_length)
        return err_set(e, ERR_MALFORMED, "Content-Length comes twice");
    p->seen_length = true;
    return http1_length_value(value, &p->content_length, e);
}

static int transfer_encoding(struct http1_parser *p, struct http1_text value, struct err *e)
{
    if (p->seen_coding)
        return err_set(e, ERR_MALFORMED, "Transfer-Encoding comes twice");
    if (!http1_text_is(value, "chunked"))
        return err_set(e, ERR_MALFORMED, "Transfer-Encoding is not 'chunked'");
    p->seen_coding = true;
    return 0;
}

static int connection(struct http1_parser *p, struct http1_text value, struct err *e)
{
    (void)e;
    p->connection_close = p->connection_close || http1_list_has(value, "close");
    p->connection_keep = p->connection_keep || http1_list_has(value, "keep-alive");
    return 0;
}

/* The fields that decide how the message is framed. */
static const struct {
    const char *name;
    size_t len;
    int (*read)(struct http1_parser *p, struct http1_text value, struct err *e);
} framing[] = {
    { "content-length", 14, content_length },
    { "transfer-encoding", 17, transfer_encoding },
    { "connection", 10, connection },
};

static int framing_field(struct http1_parser *p, struct http1_text name, struct http1_text value, struct err *e)
{
    for (size_t i = 0; i < sizeof(framing) / sizeof(framing[0]); i++)
        if (name.len == framing[i].len && http1_text_is(name, framing[i].name))
            return framing[i].read(p, value, e);
    return 0;
}

static int head_too_large(struct err *e)
{
    return err_set(e, ERR_MALFORMED, "the response head is larger than %d bytes", HTTP1_HEAD_MAX);
}

/* As one line; white space around the value is gone, so it is never longer than what came. */
static int keep_field(struct http1_parser *p, struct http1_text name, struct http1_text value, struct err *e)
{
    size_t len = name.len + 2 + value.len + 1;
    char *at = buf_reserve(&p->head, len);
    if (!at)
        return head_too_large(e);
    memcpy(at, name.s, name.len);
    memcpy(at + name.len, ": ", 2);
    memcpy(at + name.len + 2, value.s, value.len);
    memcpy(at + len - 1, "\n", 2);
    p->head.len += len;
    return 0;
}

static int field_line(struct http1_parser *p, struct http1_text line, struct err *e)
{
    struct http1_text name, value;
    int rc = http1_field_line(line, &name, &value, e);
    if (rc < 0)
        return rc;
    if (++p->n_fields > HTTP1_FIELDS_MAX)
        return err_set(e, ERR_MALFORMED, "there are more than %d headers", HTTP1_FIELDS_MAX);
    if (p->state == TRAILER) /* never merged into the head, whatever its name */
        return 0;
    rc = keep_field(p, name, value, e);
    return rc < 0 ? rc : framing_field(p, name, value, e);
}

/* An interim response is over: the next message begins. What it was made of still counts against the maximum, and a
 * "Connection: close" still holds (RFC 9112 section 9.6). */
static int interim_end(struct http1_parser *p, struct err *e)
{
    if (p->status == 101)
        return err_set(e, ERR_MALFORMED, "the server switched protocols (status 101) without being asked");
    buf_clear(&p->head);
    p->n_fields = 0;
    p->content_length = -1;
    p->seen_length = p->seen_coding = p->connection_keep = false;
    p->state = STATUS;
    return 0;
}

/* Says the head that a body follows where none can? Then one may well come, late, and must not meet the next request. */
static bool contradicts_itself(const struct http1_parser *p)
{
    return (p->status < 200 || p->status == 204) && (p->seen_coding || p->content_length > 0);
}

/* The empty line after the fields: what follows? RFC 9112 section 6.3, in its order. */
static int head_end(struct http1_parser *p, struct err *e)
{
    if (p->seen_length && p->seen_coding)
        return err_set(e, ERR_MALFORMED, "there are both Content-Length and Transfer-Encoding");
    if (p->seen_coding && p->minor_version == 0)
        return err_set(e, ERR_MALFORMED, "an HTTP/1.0 response has Transfer-Encoding");
    if (contradicts_itself(p))
        p->connection_close = true;
    if (p->status < 200)
        return interim_end(p, e);
    p->head_done = true;
    if (p->head_request || p->status == 204 || p->status == 304) {
        finish(p);
    } else if (p->seen_coding) {
        p->state = CHUNK_SIZE;
    } else if (p->seen_length) {
        p->left = p->content_length;
        p->state = LENGTH;
        if (p->left == 0)
            finish(p);
    } else {
        p->close_delimited = true;
        p->state = CLOSE;
    }
    return 0;
}

static int chunk_line(struct http1_parser *p, struct http1_text line, struct err *e)
{
    int rc = http1_chunk_next(line, &p->left, &p->waste, e);
    if (!rc)
        p->state = p->left > 0 ? CHUNK_DATA : TRAILER;
    return rc;
}

static int one_line(struct http1_parser *p, struct http1_text line, struct err *e)
{
    int rc = 0;
    switch (p->state) {
    case STATUS:
        rc = http1_status_line(line, &p->status, &p->minor_version, e);
        p->state = FIELD;
        break;
    case FIELD:
        rc = line.len > 0 ? field_line(p, line, e) : head_end(p, e);
        break;
    case CHUNK_SIZE:
        rc = chunk_line(p, line, e);
        break;
    case CHUNK_END:
        p->state = CHUNK_SIZE;
        rc = line.len == 0 ? 0 : err_set(e, ERR_MALFORMED, "a chunk is longer than its size says");
        break;
    default: /* TRAILER */
        if (line.len > 0)
            rc = field_line(p, line, e);
        else
            finish(p);
    }
    return rc;
}

/* Tells garbage at its first wrong byte, so that nobody waits for the end of a line that never comes. */
static int check_prefix(const struct http1_parser *p, const char *data, size_t len, struct err *e)
{
    size_t at = p->line.len;
    for (size_t i = 0; i < len && at + i < sizeof(prefix) - 1; i++) {
        unsigned char c = (unsigned char)data[i];
        if (c == prefix[at + i])
            continue;
        if (at + i == 0 && (c == 0x15 || c == 0x16))
            return err_set(e, ERR_MALFORMED, "the answer is TLS, not HTTP: the port expects https");
        if (at + i == 0 && c == 0)
            return err_set(e, ERR_MALFORMED, "the answer is not HTTP/1.1 (it looks like HTTP/2)");
        if (at + i >= 5)
            return err_set(e, ERR_MALFORMED, "the answer is of another HTTP version than 1.x");
        return err_set(e, ERR_MALFORMED, "the answer is not HTTP: byte %d is 0x%02x where 'HTTP/1.' was expected",
                       (int)(at + i + 1), c);
    }
    return 0;
}

static size_t line_limit(const struct http1_parser *p)
{
    if (p->state == CHUNK_SIZE)
        return CHUNK_LINE_MAX;
    return p->state == CHUNK_END ? 2 : HTTP1_HEAD_MAX - p->head_bytes;
}

static int too_long(const struct http1_parser *p, struct err *e)
{
    if (p->state == CHUNK_SIZE)
        return err_set(e, ERR_MALFORMED, "a chunk's size line is longer than %d bytes", CHUNK_LINE_MAX);
    if (p->state == CHUNK_END)
        return err_set(e, ERR_MALFORMED, "a chunk is longer than its size says");
    return head_too_large(e);
}

/* Takes one line, or keeps the part of it that came. Returns bytes used. */
static int64_t take_line(struct http1_parser *p, const char *data, size_t len, struct err *e)
{
    const char *newline = memchr(data, '\n', len);
    size_t used = newline ? (size_t)(newline - data) + 1 : len;
    size_t whole = p->line.len + used;
    int rc = p->state == STATUS ? check_prefix(p, data, used, e) : 0;
    if (rc < 0)
        return rc;
    if (whole > line_limit(p))
        return too_long(p, e);
    if (p->line.len > 0 || !newline)
        buf_add(&p->line, data, used);
    if (!newline)
        return (int64_t)used;
    const char *line = p->line.len > 0 ? p->line.data : data;
    if (whole < 2 || line[whole - 2] != '\r')
        return err_set(e, ERR_MALFORMED, "a line ends with a bare line feed");
    if (p->state == STATUS || p->state == FIELD || p->state == TRAILER)
        p->head_bytes += whole;
    rc = one_line(p, (struct http1_text){ line, whole - 2 }, e);
    buf_clear(&p->line);
    return rc < 0 ? rc : (int64_t)used;
}

static size_t take_body(struct http1_parser *p, const char *data, size_t len, http1_body body, void *ctx)
{
    if (p->state != CLOSE && (int64_t)len > p->left)
        len = (size_t)p->left;
    if (body)
        body(ctx, data, len);
    p->body_size += (int64_t)len;
    if (p->state == CLOSE)
        return len;
    p->left -= (int64_t)len;
    if (p->left == 0 && p->state == CHUNK_DATA)
        p->state = CHUNK_END;
    else if (p->left == 0)
        finish(p);
    return len;
}

int64_t http1_feed(struct http1_parser *p, const char *data, size_t len, http1_body body, void *ctx, struct err *e)
{
    size_t used = 0;
    while (used < len && !p->done) {
        if (p->state == LENGTH || p->state == CLOSE || p->state == CHUNK_DATA) {
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

int http1_closed(struct http1_parser *p, struct err *e)
{
    if (p->state == CLOSE)
        finish(p);
    if (p->done)
        return 0;
    if (p->state == STATUS && p->line.len == 0 && p->head_bytes == 0)
        return err_set(e, ERR_MALFORMED, "the connection closed before any answer");
    if (!p->head_done)
        return err_set(e, ERR_MALFORMED, "the connection closed before the end of the response head");
    if (p->state == LENGTH)
        return err_set(e, ERR_MALFORMED, "the connection closed after %lld of %lld bytes of the body",
                       (long long)p->body_size, (long long)p->content_length);
    return err_set(e, ERR_MALFORMED, "the connection closed before the last chunk of the body");
}
