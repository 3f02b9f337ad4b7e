/* http1_line.h - the single lines of a response, each by its grammar; between http1_parser.c and http1_line.c alone. Pure.
 *
 * A line is given without its CRLF; it may hold any byte. Errors: ERR_MALFORMED, with the reason. */
#ifndef EDGECRON_CORE_HTTP1_LINE_H
#define EDGECRON_CORE_HTTP1_LINE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes, not NUL-terminated. */
struct http1_text {
    const char *s;
    size_t len;
};

/* RFC 9112 section 4; the reason may be missing, with or without the space before it. */
int http1_status_line(struct http1_text line, int *ret_status, int *ret_minor_version, struct err *e);
/* RFC 9112 section 5; the value comes without the white space around it. */
int http1_field_line(struct http1_text line, struct http1_text *ret_name, struct http1_text *ret_value, struct err *e);
/* RFC 9112 section 7.1: a size and extensions, whose meaning is ignored, but not their form. 0..2^60-1. */
int http1_chunk_line(struct http1_text line, int64_t *ret_size, struct err *e);
/* The same among others of a body: *waste, 0 at first, adds up by how much extensions outweigh what they come with, which has a limit. An honest
 * chunk of 1 octet costs nothing; extensions for ever would be a body that never grows. */
int http1_chunk_next(struct http1_text line, int64_t *ret_size, int64_t *waste, struct err *e);
/* RFC 9110 section 8.6: one decimal number, 0..2^60-1. */
int http1_length_value(struct http1_text value, int64_t *ret, struct err *e);
/* Is `option` (lower case) an element of a comma-separated list? */
bool http1_list_has(struct http1_text list, const char *option);
bool http1_text_is(struct http1_text t, const char *word); /* in any case */

#endif
