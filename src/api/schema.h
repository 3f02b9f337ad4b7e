/* schema.h - every member of every JSON form of the API, with its type, limits, meaning and an example: what the OpenAPI document and 'edgecron help api'
 * say of them. A test compares it with what view.h makes. Any thread. */
#ifndef EDGECRON_API_SCHEMA_H
#define EDGECRON_API_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is said of a member beside its type; a set. */
enum schema_trait {
    SCHEMA_OPTIONAL = 1,   /* not in every form of its schema; in a request: may be left out */
    SCHEMA_READ_ONLY = 2,  /* edgecron's own: in answers alone */
    SCHEMA_WRITE_ONLY = 4, /* in requests alone: a value that is never read back */
    SCHEMA_INPUT = 8,      /* must be in the schema's Input form, whose other members all may be left out */
    SCHEMA_ONE = 16,       /* of the members with this, exactly one is there; goes with SCHEMA_OPTIONAL */
    SCHEMA_APART = 32      /* does not go with others: left out of examples of the whole form */
};

#define SCHEMA_NO_MAX INT64_MAX

/* Only the first six are always given; what follows is named: { "Job", "jitter_s", ..., "0", .max = 86400, .initial = "0" } */
struct schema_field {
    const char *schema; /* "Run" */
    const char *name;
    const char *
        type; /* "string", "integer", "number", "boolean", "date-time", "any", "Attempt" (another schema), each maybe with "[]" or "{}" (a map of) */
    bool nullable;
    const char *description;
    const char *example; /* JSON text; NULL only where the type is another schema, or a list of one */

    unsigned traits;              /* set of enum schema_trait */
    int64_t min, max;             /* numbers, when max > min, inclusive; SCHEMA_NO_MAX: min alone */
    const char *const *values;    /* allowed strings, NULL at the end; of a list: what each element may be */
    const char *(*word)(int i);   /* the same by a function: the i-th, NULL at the end */
    const char *pattern, *format; /* of the string, or of each in a list or map */
    const char *key_pattern;      /* of the names in a map */
    int min_length, max_length; /* characters of a string, elements of a list, members of a map; max_length 0: unsaid */
    const char *initial;        /* what it is when it is left out, as JSON text */
};
/* The rows (schema_jobs.c and its like), one after the other: after NULL the first, after the last NULL. Members of one schema stand together,
 * in the order of the form. */
const struct schema_field *schema_next(const struct schema_field *f);
const struct schema_field *schema_member_after(const struct schema_field *f); /* the next of the same schema, or NULL */
bool schema_optional(const struct schema_field *f);                           /* not in every form of its schema */

/* Forms that requests take, made from the rows of the schema that they are named after (so there are none for them in the table):
 *
 *   "JobInput"  only members with SCHEMA_INPUT must be there; others have their initial value; what is read-only is ignored
 *   "JobPatch"  the same as a merge patch (RFC 7396): nothing must be there, null takes a member's value away
 *
 * Members whose type is a schema have that one's form. Other members are refused in both. */
enum schema_form { SCHEMA_PLAIN, SCHEMA_INPUT_FORM, SCHEMA_PATCH_FORM };
/* "JobPatch" is SCHEMA_PATCH_FORM of "Job"; `*ret_len` are the letters of the latter. A name with rows of its own is SCHEMA_PLAIN. */
enum schema_form schema_form_of(const char *name, size_t len, size_t *ret_len);
/* The first row of the schema, its name `len` letters long, or NULL. The others follow it. */
const struct schema_field *schema_first(const char *name, size_t len);

#endif
