/* smtp_reply.h - reads replies of an SMTP server (RFC 5321, 4.2), however they are cut into pieces. Internal to smtp.c. Pure.
 *
 * Strict: lines end with CRLF, have at most SMTP_LINE_MAX octets and no NUL, begin with three digits (200 to 559) and a space or '-' (or nothing more); the lines of
 * one reply, at most SMTP_LINES_MAX, have one code. */
#ifndef EDGECRON_CORE_SMTP_REPLY_H
#define EDGECRON_CORE_SMTP_REPLY_H

#include "base/buf.h"
#include "base/err.h"

#include <stdint.h>

#define SMTP_LINE_MAX 2000 /* the standard says 512 */
#define SMTP_LINES_MAX 100

struct smtp_reply {
    char line[SMTP_LINE_MAX];
    size_t len; /* of the line so far */
    int lines;  /* read whole */
    int code;   /* of the first line; 0 before that */
    bool whole;
};
/* A line of it, without code and line end. */
typedef void (*smtp_reply_fn)(void *ctx, const char *text, size_t len);

void smtp_reply_begin(struct smtp_reply *r);
/* Returns how many octets were used: all of them, or up to the end of the reply (r->whole). -ERR_MALFORMED when it is none. */
int64_t smtp_reply_feed(struct smtp_reply *r, const char *data, size_t len, smtp_reply_fn line, void *ctx,
                        struct err *e);
static inline bool smtp_reply_begun(const struct smtp_reply *r)
{
    return r->len > 0 || r->lines > 0;
}

#endif
