/* strength.h - is a secret's value one that can be guessed, or one that cannot be kept secret? Pure.
 *
 * Weak values are accepted and told of: a key that a third party made has the length it has. Refused is only what is
 * shorter than REDACT_MIN, as no answer that repeats it could be cleaned of it (promise 5). No text ever repeats a
 * part of the value. */
#ifndef EDGECRON_CORE_STRENGTH_H
#define EDGECRON_CORE_STRENGTH_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define STRENGTH_LENGTH 32 /* characters from which on a random value cannot be guessed, whatever its alphabet */

/* code: stable, for programs (--json "warnings"); text: the end of a sentence that begins with "the value of 'NAME' ";
 * generate: what mends it is a random value. */
struct strength_finding {
    const char *code, *text;
    bool generate;
};

/* What can be said against a value: short, made_up, repetitive, line_break, space_around. Fills found (static texts),
 * at most STRENGTH_FINDINGS; returns how many. */
#define STRENGTH_FINDINGS 5
int strength_findings(const char *value, size_t len, struct strength_finding found[STRENGTH_FINDINGS]);

/* Letters and digits in it that no common word, row of keys or year explains. */
size_t strength_unexplained(const char *value, size_t len);

/* ERR_INVALID at "/value" for a value too short to be redacted. */
int strength_refuse(const char *name, size_t len, struct err *e);

#endif
