/* mail_field.h - writes one header field of a message: folding (RFC 5322, 2.2.3), encoded words (RFC 2047). Internal to mail.c. Pure.
 *
 * No line is longer than 76 octets, unless a token alone is. Control characters, line ends among them, become spaces. */
#ifndef EDGECRON_CORE_MAIL_FIELD_H
#define EDGECRON_CORE_MAIL_FIELD_H

#include "base/buf.h"

struct mail_field {
    struct buf *out;
    size_t column; /* octets of the line so far */
};

void mail_field_begin(struct mail_field *f, struct buf *out, const char *name);
void mail_field_end(struct mail_field *f);
/* What is not to be broken, after a space or a fold. What is not printable ASCII becomes '-'. */
void mail_field_token(struct mail_field *f, const char *token);
/* UTF-8: of a Subject; as a display name (a phrase: atoms, a quoted string or encoded words). "" adds nothing. */
void mail_field_text(struct mail_field *f, const char *text);
void mail_field_phrase(struct mail_field *f, const char *text);

#endif
