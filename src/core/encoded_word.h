/* encoded_word.h - text in a header that takes ASCII alone: RFC 2047. Pure. */
#ifndef EDGECRON_CORE_ENCODED_WORD_H
#define EDGECRON_CORE_ENCODED_WORD_H

#include "base/buf.h"

/* Appends s: as it is where it is printable ASCII that nobody could take for an encoded word or a placeholder ("{{"), else as encoded words of
 * base64, each at most 75 octets and of whole characters, one space between them. No line breaks. */
void encoded_word(const char *s, size_t len, struct buf *out);

#endif
