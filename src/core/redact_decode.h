/* redact_decode.h - undoes, one character after the other, what may have been done to a value on its way into a text.
 * Internal to redact.c. */
#ifndef EDGECRON_CORE_REDACT_DECODE_H
#define EDGECRON_CORE_REDACT_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef const unsigned char *bytes;

#define DECODE_PLAIN 0  /* the encoding that is none */
#define DECODE_COUNT 13 /* at most 16, as sets of them have 16 bits */

/* The encodings that a text may be in, a bit for each but DECODE_PLAIN: those in which a character of it stands for another than in
 * the simpler ones. marks[c] gets those of which c is a mark: what is none is a unit for itself. */
uint16_t decode_candidates(bytes text, size_t len, uint16_t marks[256]);
/* Takes one unit at s (at least 1 byte is there) and returns how many bytes it took; out gets the *n bytes (1 to 4) that it
 * stands for, never more than it took. 0: the text ends inside the unit. What is no unit of the encoding stands for itself. */
size_t decode_next(int encoding, bytes s, size_t left, unsigned char out[4], int *n);

/* Is it a mark of any encoding? What is not is a unit for itself in each. */
static inline bool decode_is_mark(unsigned char c)
{
    return c == '\\' || c == '%' || c == '&' || c == '+';
}

#endif
