/* output.h - what commands print: text and JSON on standard output, errors and notes on standard error.
 *
 * Times are UTC, RFC 3339, whole seconds; on a terminal with how far away that is. Text that came from elsewhere (messages, bodies) is
 * cleaned of control characters, so that a server cannot drive a terminal. Thread: main. */
#ifndef EDGECRON_CLI_OUTPUT_H
#define EDGECRON_CLI_OUTPUT_H

#include "base/age.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "cli/table.h"
#include "core/job.h"

#include <stdbool.h>

#define OUTPUT_TIME_SIZE AGE_TEXT_SIZE

int output_text(const char *text); /* 0 */
int output_json(struct json *v);   /* pretty; frees v; 0 */
int output_table(struct table *t); /* frees t; fits the last column to a terminal; 0 */
int output_pairs(struct table *t); /* frees t; nothing is cut; 0 */
void output_headers(struct table *t, const struct header *headers, int n); /* pairs; the first is called "headers" */
void output_error(const struct err *e, bool json); /* "edgecron: TEXT (at /pointer)", or the problem object */
void output_note(const char *fmt, ...) __attribute__((format(printf, 1, 2))); /* a line on standard error */
int output_flush(void); /* 0, or 1 when what was printed could not be written (said on standard error) */
bool output_is_terminal(void);
bool output_colors(void); /* on a terminal that has them, unless NO_COLOR is set (no-color.org) */

/* As age_time of base/age.h; relative on a terminal alone. Returns out. */
char *output_when(struct wall t, char out[OUTPUT_TIME_SIZE]);
/* "12 ms", "3.4 s", "2 min 5 s", "-" for -1. Returns out. */
char *output_span(int64_t ms, char out[OUTPUT_TIME_SIZE]);
/* Adds s without control characters (line breaks and tabs stay when `lines`). */
void output_clean(struct buf *out, const char *s, bool lines);

#endif
