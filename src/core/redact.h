/* redact.h - takes secret values out of text before it is stored or logged. Pure.
 *
 * Finds each value
 *   as it is; as its UTF-8 looks when read as Latin-1; in UTF-16 (ASCII values, NULs replaced by U+FFFD);
 *   in base64: standard and URL-safe alphabet, padded or not, at each of the three alignments, so that "user:VALUE" encoded for
 *     Basic is found too; in hexadecimal, of either case;
 *   percent-encoded (any case of hex; '+' for a space; twice over), in JSON strings (any escape, \' and \xXX too; JSON in JSON, and JSON
 *     in that), in HTML (&quot; and the like, numbers), in JSON in HTML, HTML in JSON and JSON in a URL, and with control
 *     characters escaped as messages do;
 *   and each of the first three lines in each of the last.
 * Of a value that is an http or https URL also its path, with and without the query.
 * It puts "[redacted:NAME]" in its place. Where findings overlap, their union is covered. Several values may have one name.
 *
 * A text is searched whole, so no edge of a packet, chunk or buffer can hide a value. One that was cut within a value (it ends there,
 * or goes on with "...") has that part covered too, from half the value or 10 bytes on; who cuts a text on purpose does it with
 * redact_head.
 *
 * Values of REDACT_WORD_MIN to REDACT_MIN - 1 bytes are found where they stand alone, between characters that are no
 * letters, digits or '_', and not in base64 or hexadecimal; shorter ones not at all, as they would take half of the text
 * away: edgecron warns when such a secret is set.
 *
 * Cost (tests/bench/redact.c; ns per KB of text with 1, 20 and 1,000 secrets, on a busy machine): log lines 2,600, 1,900, 1,800; JSON
 * 3,100, 12,900, 8,700; HTML 4,100, 12,100, 12,400; JSON in JSON 19,000, 54,000, 61,000; backslashes alone, as bad as it gets,
 * 89,000 to 100,000, which is 6 ms for the 64 KB that history keeps. A set of 1,000 is compiled in 2 ms. */
#ifndef EDGECRON_CORE_REDACT_H
#define EDGECRON_CORE_REDACT_H

#include "base/buf.h"

#include <stddef.h>

#define REDACT_MIN 6 /* bytes */
#define REDACT_WORD_MIN 4

struct redactor; /* the compiled set of values; wiped when freed; immutable, so any thread may use it */

struct redact_value {
    const char *name;
    const char *value;
    size_t len;
};
struct redactor *redactor_new(const struct redact_value *values, size_t n);
struct redactor *redactor_ref(struct redactor *r); /* counted, by one thread; NULL stays NULL */
void redactor_free(struct redactor *r);            /* lets go of a reference */
/* How many bytes of a text a value may take, though each character of it be escaped, and each of those once more. 0 for NULL. */
size_t redactor_reach(const struct redactor *r);
/* Appends text to out with every finding replaced; returns how many were. r NULL: copies. */
int redact(const struct redactor *r, const char *text, size_t len, struct buf *out);
/* The same, but appends only what begins within the first `keep` bytes: with len at least redactor_reach more, or the whole text,
 * nothing of a value that the end of the kept part cuts in two is left. */
int redact_head(const struct redactor *r, const char *text, size_t len, size_t keep, struct buf *out);

#endif
