/* openapi.h - the OpenAPI 3.1 document of the route table. Any thread. */
#ifndef EDGECRON_API_OPENAPI_H
#define EDGECRON_API_OPENAPI_H

#include "base/json.h"

struct json *openapi_document(void);
/* The same as text, made at the first call; it lives as long as the process. */
const char *openapi_text(size_t *ret_len);

#endif
