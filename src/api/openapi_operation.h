/* openapi_operation.h - one operation of the OpenAPI document, from one row of the route table. */
#ifndef EDGECRON_API_OPENAPI_OPERATION_H
#define EDGECRON_API_OPENAPI_OPERATION_H

#include "api/route.h"
#include "base/json.h"

/* Fills `operation`; what it refers to is added to the document's `components`. */
void openapi_operation(struct json *components, struct json *operation, const struct route *r);
/* The same for its answers (openapi_answers.c): the one of success, with its header fields, and a problem for each status that
 * failures_of() brings, with the codes that it may have there. */
void openapi_answers(struct json *components, struct json *operation, const struct route *r);

/* What a path's capture stands for, as 'edgecron help api' says it too. NULL for a capture that is not in the table. */
struct capture {
    const char *tag, *name; /* first segment of the path ("jobs"), and "name" */
    const char *description, *example, *pattern, *format;
};
const struct capture *openapi_capture(const struct route *r, const char *name, size_t len);

/* The resource that a route belongs to: its first segment below /api/v1/, or "server". */
struct tag {
    const char *name, *description;
};
const struct tag *openapi_tag(const struct route *r); /* NULL: the table has none */
extern const struct tag openapi_tags[];
extern const size_t openapi_tag_count;

#endif
