/* json.h - JSON in and out (RFC 8259); the only user of cJSON.
 *
 * Input is strict: one value, UTF-8 without BOM, no control characters in strings, no duplicate keys, nesting at
 * most JSON_MAX_DEPTH, no U+0000 in strings, numbers that a double holds exactly (an integer beyond 2^53 - 1 is
 * refused: "write it as a string") - so that what is printed is what was read. Key order is kept.
 * Thread: a value belongs to one thread at a time. Ownership: json_free frees a root and all below it;
 * json_get & co. return borrowed pointers. All readers accept NULL for "absent". */
#ifndef EDGECRON_BASE_JSON_H
#define EDGECRON_BASE_JSON_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_MAX_DEPTH 32
#define JSON_INTEGER_MAX 9007199254740991.0 /* RFC 7493, section 2.2 */

struct json; /* a node */

enum json_type { JSON_ABSENT, JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/* Must be called once at program start, before threads: installs the allocator. */
void json_init(void);

/* Parses text (len bytes). On failure NULL and ERR_MALFORMED with line, column and what was expected; for a key that stands twice, with
 * its pointer. */
struct json *json_parse(const char *text, size_t len, struct err *e);
bool json_valid(const char *text, size_t len); /* strict syntax only; builds nothing */
void json_free(struct json *root);
void json_wipe(struct json *root); /* the same, with its strings zeroed: for what holds a secret */
void json_auto_free(struct json **root);
#define json_auto __attribute__((cleanup(json_auto_free)))

enum json_type json_type(const struct json *v);
const char *json_type_name(enum json_type t); /* "a string", "an object", "null", ... for messages */
const struct json *json_get(const struct json *object, const char *key); /* NULL when absent */
size_t json_count(const struct json *container);
const struct json *json_first(const struct json *container); /* child, or NULL */
const struct json *json_next(const struct json *child);
const char *json_key(const struct json *child);              /* NULL for array elements */
const char *json_string(const struct json *v);               /* NULL unless a string */
double json_number(const struct json *v);                    /* 0 unless a number */
bool json_bool(const struct json *v);                        /* false unless true */
bool json_integer(const struct json *v, int64_t *ret);       /* true when a number without fraction */
bool json_equal(const struct json *a, const struct json *b); /* deep; object order does not matter */
struct json *json_clone(const struct json *v);
/* RFC 6901 look-up. NULL when it leads nowhere. */
const struct json *json_pointer(const struct json *root, const char *pointer);
bool json_pointer_valid(const char *pointer); /* "" or "/..." with correct ~ escapes */

/* Building. json_add_* put a copy of their argument at the end of an object (key) or array (key NULL), and
 * return the new node (owned by the container). */
struct json *json_new_object(void);
struct json *json_new_array(void);
struct json *json_add(struct json *container, const char *key, struct json *child);   /* takes ownership */
struct json *json_add_string(struct json *container, const char *key, const char *s); /* NULL s: null */
struct json *json_add_int(struct json *container, const char *key, int64_t n);
struct json *json_add_number(struct json *container, const char *key, double n);
struct json *json_add_bool(struct json *container, const char *key, bool b);
struct json *json_add_null(struct json *container, const char *key);
struct json *json_add_object(struct json *container, const char *key);
struct json *json_add_array(struct json *container, const char *key);
void json_remove(struct json *object, const char *key);

char *json_print(const struct json *v);        /* compact; caller frees with mem_free */
char *json_print_pretty(const struct json *v); /* two-space indentation, final newline */
/* Adds s as the inside of a JSON string (escapes, no quotes). Bytes that are not UTF-8 become U+FFFD. */
bool json_escape(struct buf *out, const char *s, size_t len);
/* Adds s as UTF-8 text: bytes that are not UTF-8, and NUL, become U+FFFD. */
bool json_utf8_repair(struct buf *out, const char *s, size_t len);
bool json_utf8_valid(const char *s, size_t len);

#endif
