/* http1_intake.h - HTTP/1.1 requests as a server takes them in: where each begins and ends, decided here and nowhere else. Pure.
 * RFC 9112, RFC 9110.
 *
 * The parser is fed bytes as they come and never looks twice at one. A message whose end two readers could see differently is how
 * requests are smuggled past a proxy (RFC 9112, section 11.2), so each of these is refused: bare LF, obs-fold, space before the colon, two
 * Content-Lengths (equal ones too), Content-Length with Transfer-Encoding, a transfer coding other than one `chunked` or in HTTP/1.0, not one
 * Host, control characters, chunk extensions out of form or out of proportion. After an error the connection must not go on.
 *
 * Errors: ERR_MALFORMED, ERR_HEAD_TOO_LARGE, ERR_CODING (a transfer coding that is not known), ERR_VERSION. */
#ifndef EDGECRON_CORE_HTTP1_INTAKE_H
#define EDGECRON_CORE_HTTP1_INTAKE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP1_INTAKE_HEAD_MAX \
    (16 * 1024) /* request line and fields; trailer fields and chunk lines have as much again */
#define HTTP1_INTAKE_FIELDS_MAX 64
#define HTTP1_METHOD_MAX 32

struct http1_intake {
    /* results, valid once head_done */
    bool head_done;
    char method[HTTP1_METHOD_MAX + 1]; /* a token, as sent */
    struct buf target;                 /* origin form, "/path?query"; an absolute one is brought into it */
    /* "Name: value\r\n" lines as sent, but for what concerns this connection alone (Connection, Content-Length, Transfer-Encoding, TE,
     * Trailer, Expect, Upgrade, Keep-Alive, Proxy-Connection). Host is that of an absolute target. */
    struct buf fields;
    int n_fields;
    int minor_version;      /* HTTP/1.minor */
    int64_t content_length; /* -1: chunked */
    bool expects_continue;  /* waits for "100 Continue" before it sends the body */
    bool keep_alive;        /* wants the connection kept */
    bool done;              /* the body has ended, too */
    int64_t body_size;      /* octets of it so far, chunks undone */
    /* the parser's own */
    int state, n_lines;
    bool begun, seen_length, seen_coding, seen_host, seen_authorization, seen_type;
    bool connection_close, connection_keep, absolute;
    int64_t left, waste;
    size_t head_bytes;
    struct buf line;
};

void http1_intake_init(struct http1_intake *p);
void http1_intake_free(struct http1_intake *p);        /* wipes: heads hold credentials */
bool http1_intake_begun(const struct http1_intake *p); /* anything of a request has come */

/* Feeds bytes; octets of the body go to `body`, in order (it may be NULL). Returns how many were used, fewer than `len` only where the
 * head or the message ended; or -ERR with the reason. */
typedef void (*http1_intake_body)(void *ctx, const char *data, size_t len);
int64_t http1_intake_feed(struct http1_intake *p, const char *data, size_t len, http1_intake_body body, void *ctx,
                          struct err *e);

#endif
