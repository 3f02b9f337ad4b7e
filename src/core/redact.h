/* redact.h - takes secret values out of text before it is stored or logged. Pure.
 *
 * Finds each value as it is, base64 (standard and URL-safe alphabet, padded or not; at each of the three alignments,
 * so that "user:VALUE" encoded for Basic is found too), percent-encoded (any case of hex; also form encoding with '+')
 * and JSON-escaped (also \uXXXX for non-ASCII, and JSON within a JSON string), with control characters escaped as messages do, and
 * as its UTF-8 looks when read as Latin-1; and puts "[redacted:NAME]" in its place. Where findings overlap, their union is covered. A text that was cut within a value (it ends there, or goes on with "...") has that part covered
 * too, from half the value or 16 bytes on. Values shorter than REDACT_MIN bytes are not looked for in text (they would
 * take half of it away); edgecron warns when such a secret is set. */
#ifndef EDGECRON_CORE_REDACT_H
#define EDGECRON_CORE_REDACT_H

#include "base/buf.h"

#include <stddef.h>

#define REDACT_MIN 6

struct redactor; /* the compiled set of values; wiped when freed; immutable, so any thread may use it */

struct redact_value {
    const char *name;
    const char *value;
    size_t len;
};
struct redactor *redactor_new(const struct redact_value *values, size_t n);
struct redactor *redactor_ref(struct redactor *r); /* counted, by one thread; NULL stays NULL */
void redactor_free(struct redactor *r);            /* lets go of a reference */
/* Appends text to out with every finding replaced; returns how many were. r NULL: copies. */
int redact(const struct redactor *r, const char *text, size_t len, struct buf *out);

#endif
