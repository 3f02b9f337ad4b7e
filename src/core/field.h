/* field.h - reads JSON objects by table: each field named, typed and bounded, all others refused. Pure.
 *
 * A refusal is ERR_INVALID with the RFC 6901 pointer of the value and a text that names the field, shows what stood
 * there and says what would be right: "'retry.max_attempts' is 0; expected a whole number from 1 to 100".
 * Strings that are kept are copied into the reader's arena. Thread: a reader belongs to one. */
#ifndef EDGECRON_CORE_FIELD_H
#define EDGECRON_CORE_FIELD_H

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stdint.h>

struct field_reader {
    struct arena *arena;
    struct err *e;
    const char *subject;     /* the whole document in messages: "job" */
    const struct field *top; /* its fields: a field met in the wrong object is told where it belongs */
    void *ctx;               /* for the readers of the tables */
    char at[160];            /* pointer of the value being read */
};

/* Reads v into `into` (the struct filled, plus the field's offset). 0, or what field_refuse returned. */
typedef int (*field_read)(struct field_reader *r, const struct field *f, const struct json *v, void *into);

/* A table of these ends with a NULL name. */
struct field {
    const char *name;
    field_read read;
    size_t offset;
    int64_t min, max;           /* numbers: range, inclusive; text: bytes */
    const char *const *choices; /* field_choice: names by enum value, NULL at the end */
    const struct field *fields; /* field_object */
    const char *required;       /* set when the field must be there: what is expected */
};

int field_object(struct field_reader *r, const struct field *f, const struct json *v, void *into);
int field_bool(struct field_reader *r, const struct field *f, const struct json *v, void *into);   /* bool */
int field_int(struct field_reader *r, const struct field *f, const struct json *v, void *into);    /* int */
int field_int64(struct field_reader *r, const struct field *f, const struct json *v, void *into);  /* int64_t */
int field_number(struct field_reader *r, const struct field *f, const struct json *v, void *into); /* double */
int field_text(struct field_reader *r, const struct field *f, const struct json *v, void *into);   /* const char * */
/* const char *, borrowed from v: it is not copied, and no refusal shows what stood there. min: 1 when it may not be empty. */
int field_secret(struct field_reader *r, const struct field *f, const struct json *v, void *into);
int field_choice(struct field_reader *r, const struct field *f, const struct json *v, void *into); /* an enum */
int field_time(struct field_reader *r, const struct field *f, const struct json *v, void *into);   /* struct wall */

/* For readers of their own. `expected` completes "...; expected ". */
int field_refuse(struct field_reader *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int field_wrong(struct field_reader *r, const struct json *v, const char *expected_fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same for a string out of a known set: adds "did you mean". */
int field_wrong_choice(struct field_reader *r, const struct json *v, const char *const *choices);
/* Makes the error that is in r->e (set by a parser of another module) one of this field. */
int field_adopt(struct field_reader *r);
/* v as array of min..max elements; `what` completes "an array of ". */
int field_array(struct field_reader *r, const struct json *v, size_t min, size_t max, const char *what);

/* Goes down to a member or an element; field_leave(r, mark) comes back. */
size_t field_enter(struct field_reader *r, const char *key);
size_t field_enter_index(struct field_reader *r, size_t index);
void field_leave(struct field_reader *r, size_t mark);

#endif
