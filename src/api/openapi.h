/* openapi.h - the OpenAPI 3.1 document, made from route_table and schema_table. Any thread; the caller frees. */
#ifndef EDGECRON_API_OPENAPI_H
#define EDGECRON_API_OPENAPI_H

#include "base/json.h"

struct json *openapi_document(void);

#endif
