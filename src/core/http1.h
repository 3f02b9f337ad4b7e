/* http1.h - HTTP/1.1 messages: write a request, parse a response. Pure. RFC 9112, RFC 9110.
 *
 * The parser is fed bytes as they come and never looks twice at one. It is strict where leniency has been used for
 * attacks: bare LF, obs-fold, space before the colon, conflicting or repeated Content-Length, Content-Length with
 * Transfer-Encoding, a transfer coding other than chunked, control characters in fields, chunk extensions out of form or out of
 * proportion: each is a protocol error in words. Interim (1xx) responses are skipped. Trailer fields are read and dropped. */
#ifndef EDGECRON_CORE_HTTP1_H
#define EDGECRON_CORE_HTTP1_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP1_HEAD_MAX (64 * 1024) /* status line and fields of one response */
#define HTTP1_FIELDS_MAX 200

/* Requests. Start line and Host first; then the caller's fields; Content-Length when `body_len` >= 0 (also 0, for methods that
 * have a body by meaning: POST, PUT, PATCH); end with http1_end. The body is sent separately. Whatever would end a line or the
 * request early, or frame it twice, is refused: false, and out->full, so that http1_end is false too. */
bool http1_start(
    struct buf *out, const char *method, const char *request_target,
    const char *authority); /* target: "" means "/"; else begins with it, no fragment; authority: host[:port] */
bool http1_field(struct buf *out, const char *name,
                 const char *value); /* not Host, Content-Length, Transfer-Encoding; no CR, LF, NUL in the value */
bool http1_end(struct buf *out, int64_t body_len);
size_t http1_token_span(const char *s, size_t len); /* how many bytes at the start are token characters */
bool http1_token_valid(const char *s);              /* RFC 9110 section 5.6.2, 1..128 bytes */
bool http1_value_valid(const char *s, size_t len);  /* no control characters but HTAB */

/* Responses. */
struct http1_parser {
    /* results, valid once head_done */
    int status;        /* 100..999 */
    int minor_version; /* HTTP/1.minor */
    bool head_done;
    bool done;              /* the whole message has been read */
    bool keep_alive;        /* the connection may carry another request; final once done */
    int64_t content_length; /* -1 when unknown */
    int64_t body_size;      /* body octets seen so far (after de-chunking) */
    struct buf head;        /* the fields of the final response as "Name: value\n" lines, names as sent */
    /* the parser's own */
    bool head_request; /* response to HEAD */
    int state;
    int n_fields;
    int64_t left;  /* of the body or the chunk */
    int64_t waste; /* bytes of chunk extensions beyond what the chunks' size excuses */
    bool close_delimited, seen_length, seen_coding, connection_close, connection_keep;
    size_t head_bytes; /* counted against HTTP1_HEAD_MAX, interim responses too */
    struct buf line;
};

void http1_parser_init(struct http1_parser *p, bool head_request);
void http1_parser_free(struct http1_parser *p);
/* Feeds bytes. Returns how many were used (all, unless the message ended before), or -ERR_MALFORMED with the reason. Body octets met on
 * the way are handed to `body` in order (it may be NULL). After `done` nothing more is used. */
typedef void (*http1_body)(void *ctx, const char *data, size_t len);
int64_t http1_feed(struct http1_parser *p, const char *data, size_t len, http1_body body, void *ctx, struct err *e);
/* The peer closed: fine when the body is delimited by it (then done), else -ERR_MALFORMED "the connection closed ...". */
int http1_closed(struct http1_parser *p, struct err *e);
/* First field of that name (case-insensitive) in a head as kept in `head`: its value replaces what is in out; or false. */
bool http1_find(const char *head, const char *name, struct buf *out);

#endif
