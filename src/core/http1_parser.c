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

#include <string.h>
#include <strings.h>

enum state { STATUS, FIELD, LENGTH, CLOSE, CHUNK_SIZE, CHUNK_DATA, CHUNK_END, TRAILER, DONE };

#define CHUNK_LINE_MAX 1024             /* a chunk size with its extensions */
#define LENGTH_LIMIT ((int64_t)1 << 60) /* of a body or chunk: far beyond any cap, and sums cannot overflow */

static const char prefix[] = "HTTP/1.";

void http1_parser_init(struct http1_parser *p, bool head_request)
{
    memset(p, 0, sizeof(*p));
    p->head_request = head_request;
    p->content_length = -1;
    p->head = BUF_INIT(HTTP1_HEAD_MAX);
    p->line = BUF_INIT(HTTP1_HEAD_MAX);
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

/* The status line: "HTTP/1.1 200 OK"; the reason may be missing, with or without its space. */
static int status_line(struct http1_parser *p, const char *s, size_t len, struct err *e)
{
    p->status = 0;
    if (len < 12 || s[7] < '0' || s[7] > '9' || s[8] != ' ' || (len > 12 && s[12] != ' '))
        return err_set(e, ERR_MALFORMED, "the status line is not 'HTTP/1.1', a space and three digits");
    for (int i = 9; i < 12; i++) {
        if (s[i] < '0' || s[i] > '9')
            return err_set(e, ERR_MALFORMED, "the status line is not 'HTTP/1.1', a space and three digits");
        p->status = p->status * 10 + (s[i] - '0');
    }
    if (p->status < 100)
        return err_set(e, ERR_MALFORMED, "the status %03d is below 100", p->status);
    if (!http1_value_valid(s + 12, len - 12))
        return err_set(e, ERR_MALFORMED, "the status line holds a control character");
    p->minor_version = s[7] - '0';
    p->state = FIELD;
    return 0;
}

/* One more digit; false when the number reaches the limit. */
static bool shift_in(int64_t *n, int base, int digit)
{
    if (*n > (LENGTH_LIMIT - 1 - digit) / base)
        return false;
    *n = *n * base + digit;
    return true;
}

static int content_length(struct http1_parser *p, const char *s, size_t len, struct err *e)
{
    int64_t n = 0;
    if (p->seen_length)
        return err_set(e, ERR_MALFORMED, "Content-Length comes twice");
    if (len == 0)
        return err_set(e, ERR_MALFORMED, "Content-Length is empty");
    for (size_t i = 0; i < len; i++) {
        if (s[i] < '0' || s[i] > '9')
            return err_set(e, ERR_MALFORMED, "Content-Length is not a number");
        if (!shift_in(&n, 10, s[i] - '0'))
            return err_set(e, ERR_MALFORMED, "Content-Length is too large a number");
    }
    p->seen_length = true;
    p->content_length = n;
    return 0;
}

static int transfer_encoding(struct http1_parser *p, const char *s, size_t len, struct err *e)
{
    if (p->seen_coding)
        return err_set(e, ERR_MALFORMED, "Transfer-Encoding comes twice");
    if (len != 7 || strncasecmp(s, "chunked", 7) != 0)
        return err_set(e, ERR_MALFORMED, "Transfer-Encoding is not 'chunked'");
    p->seen_coding = p->chunked = true;
    return 0;
}

/* A comma-separated list of options. */
static int connection(struct http1_parser *p, const char *s, size_t len, struct err *e)
{
    (void)e;
    for (const char *end = s + len; s < end;) {
        const char *comma = memchr(s, ',', (size_t)(end - s));
        const char *stop = comma ? comma : end;
        const char *last = stop;
        while (s < last && (*s == ' ' || *s == '\t'))
            s++;
        while (last > s && (last[-1] == ' ' || last[-1] == '\t'))
            last--;
        if (last - s == 5 && strncasecmp(s, "close", 5) == 0)
            p->connection_close = true;
        else if (last - s == 10 && strncasecmp(s, "keep-alive", 10) == 0)
            p->connection_keep = true;
        s = stop + 1;
    }
    return 0;
}

/* The fields that decide how the message is framed. */
static const struct {
    const char *name;
    size_t len;
    int (*read)(struct http1_parser *p, const char *value, size_t len, struct err *e);
} framing[] = {
    { "content-length", 14, content_length },
    { "transfer-encoding", 17, transfer_encoding },
    { "connection", 10, connection },
};

static int framing_field(struct http1_parser *p, const char *name, size_t name_len, const char *value, size_t len,
                         struct err *e)
{
    for (size_t i = 0; i < sizeof(framing) / sizeof(framing[0]); i++)
        if (framing[i].len == name_len && strncasecmp(name, framing[i].name, name_len) == 0)
            return framing[i].read(p, value, len, e);
    return 0;
}

static bool name_valid(const char *s, size_t len)
{
    char name[129];
    if (len == 0 || len >= sizeof(name) || memchr(s, '\0', len))
        return false;
    memcpy(name, s, len);
    name[len] = '\0';
    return http1_token_valid(name);
}

static int field_line(struct http1_parser *p, const char *s, size_t len, bool trailer, struct err *e)
{
    const char *colon = memchr(s, ':', len);
    size_t name_len = colon ? (size_t)(colon - s) : 0;
    const char *value = s + name_len + 1, *end = s + len;
    if (s[0] == ' ' || s[0] == '\t')
        return err_set(e, ERR_MALFORMED, "a header line begins with a space (obsolete line folding)");
    if (!colon)
        return err_set(e, ERR_MALFORMED, "a header line has no colon");
    if (name_len > 0 && (colon[-1] == ' ' || colon[-1] == '\t'))
        return err_set(e, ERR_MALFORMED, "a header has a space before its colon");
    if (!name_valid(s, name_len))
        return err_set(e, ERR_MALFORMED, "a header's name is empty, too long or holds a forbidden character");
    if (++p->n_fields > HTTP1_FIELDS_MAX)
        return err_set(e, ERR_MALFORMED, "there are more than %d headers", HTTP1_FIELDS_MAX);
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
        end--;
    if (!http1_value_valid(value, (size_t)(end - value)))
        return err_set(e, ERR_MALFORMED, "the header '%.*s' holds a control character", (int)name_len, s);
    if (trailer)
        return 0;
    buf_add(&p->head, s, name_len);
    buf_str_add(&p->head, ": ");
    buf_add(&p->head, value, (size_t)(end - value));
    if (!buf_char(&p->head, '\n'))
        return err_set(e, ERR_MALFORMED, "the response head is larger than %d bytes", HTTP1_HEAD_MAX);
    return framing_field(p, s, name_len, value, (size_t)(end - value), e);
}

/* An interim response is over: the next message begins. What it was made of still counts against the maximum. */
static int interim_end(struct http1_parser *p, struct err *e)
{
    if (p->status == 101)
        return err_set(e, ERR_MALFORMED, "the server switched protocols (status 101) without being asked");
    buf_clear(&p->head);
    p->n_fields = 0;
    p->content_length = -1;
    p->seen_length = p->seen_coding = p->chunked = p->connection_close = p->connection_keep = false;
    p->state = STATUS;
    return 0;
}

/* The empty line after the fields: what follows? RFC 9112 section 6.3, in its order. */
static int head_end(struct http1_parser *p, struct err *e)
{
    if (p->seen_length && p->seen_coding)
        return err_set(e, ERR_MALFORMED, "there are both Content-Length and Transfer-Encoding");
    if (p->seen_coding && p->minor_version == 0)
        return err_set(e, ERR_MALFORMED, "an HTTP/1.0 response has Transfer-Encoding");
    if (p->status < 200)
        return interim_end(p, e);
    p->head_done = true;
    if (p->head_request || p->status == 204 || p->status == 304) {
        finish(p);
    } else if (p->chunked) {
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

static int chunk_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* "1f", optionally ";extension", whose content means nothing to us. */
static int chunk_line(struct http1_parser *p, const char *s, size_t len, struct err *e)
{
    size_t i = 0;
    int64_t n = 0;
    for (; i < len && chunk_digit(s[i]) >= 0; i++) {
        if (!shift_in(&n, 16, chunk_digit(s[i])))
            return err_set(e, ERR_MALFORMED, "a chunk's size is too large a number");
    }
    if (i == 0)
        return err_set(e, ERR_MALFORMED, "a chunk's size is not a hexadecimal number");
    size_t digits = i;
    while (i < len && (s[i] == ' ' || s[i] == '\t'))
        i++;
    if ((i < len && s[i] != ';') || (i == len && i > digits) || !http1_value_valid(s + i, len - i))
        return err_set(e, ERR_MALFORMED, "something other than an extension follows a chunk's size");
    p->left = n;
    p->state = n > 0 ? CHUNK_DATA : TRAILER;
    return 0;
}

static int one_line(struct http1_parser *p, const char *s, size_t len, struct err *e)
{
    switch (p->state) {
    case STATUS:
        return status_line(p, s, len, e);
    case FIELD:
        return len > 0 ? field_line(p, s, len, false, e) : head_end(p, e);
    case CHUNK_SIZE:
        return chunk_line(p, s, len, e);
    case CHUNK_END:
        p->state = CHUNK_SIZE;
        return len == 0 ? 0 : err_set(e, ERR_MALFORMED, "a chunk is longer than its size says");
    default: /* TRAILER */
        if (len > 0)
            return field_line(p, s, len, true, e);
        finish(p);
        return 0;
    }
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
    return err_set(e, ERR_MALFORMED, "the response head is larger than %d bytes", HTTP1_HEAD_MAX);
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
    rc = one_line(p, line, whole - 2, e);
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
