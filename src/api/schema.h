/* schema.h - every member of every JSON form of the API, with its type, meaning and an example: what the OpenAPI document says of them. A test compares
 * it with what view.h makes. */
#ifndef EDGECRON_API_SCHEMA_H
#define EDGECRON_API_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

struct schema_field {
    const char *schema; /* "Run" */
    const char *name;
    const char *
        type; /* "string", "integer", "number", "boolean", "date-time", "any", "Attempt" (another schema), each maybe with "[]" or "{}" (a map of) */
    bool nullable;
    const char *description;
    const char *example; /* JSON text */
};
extern const struct schema_field schema_table[]; /* members of one schema stand together, in the order of the form */
extern const size_t schema_count;
bool schema_optional(const struct schema_field *f); /* not in every form of its schema */

#endif
