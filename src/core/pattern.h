/* pattern.h - the regular expressions of success rules (POSIX extended), kept within bounds of time and memory. Pure.
 *
 * Whoever may save a job must not be able to stall the engine with one: an expression is short, may not repeat its way
 * to a huge automaton ("((a{99}){99}){99}"), has no back references (they make matching exponential), and reads a
 * bounded text. */
#ifndef EDGECRON_CORE_PATTERN_H
#define EDGECRON_CORE_PATTERN_H

#include "base/err.h"

#include <stdbool.h>

#define PATTERN_BYTES 256       /* of an expression */
#define PATTERN_TEXT_BYTES 4096 /* of a text that is matched */

int pattern_check(const char *pattern, struct err *e);
/* Does it match anywhere in text? False also for a text over PATTERN_TEXT_BYTES. */
bool pattern_match(const char *pattern, const char *text);

#endif
