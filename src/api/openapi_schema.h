/* openapi_schema.h - the schemas of the OpenAPI document (JSON Schema 2020-12), from the rows of schema.h. */
#ifndef EDGECRON_API_OPENAPI_SCHEMA_H
#define EDGECRON_API_OPENAPI_SCHEMA_H

#include "api/schema.h"
#include "base/json.h"

/* Adds "$ref" to `v`, and to `schemas` what it leads to unless that is there: "Job", a list ("JobList") or a form ("JobInput"). */
void openapi_refer(struct json *schemas, struct json *v, const char *name, size_t len);
/* One whole value, put together from the members' own examples. The caller frees. */
struct json *openapi_example(const char *name, size_t len);

#endif
