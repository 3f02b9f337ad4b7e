/* http.h - between civetweb's connection and a struct request: header fields, body, reply. Worker threads of civetweb. */
#ifndef EDGECRON_API_HTTP_H
#define EDGECRON_API_HTTP_H

#include "api/service.h"

struct mg_connection;

/* Answers the request on the connection; returns the status. */
int http_answer(struct mg_connection *c, const struct service *s);
/* Answers what civetweb itself refused, such as a head that is too large; `status` and `why` are its own. */
void http_refuse(struct mg_connection *c, int status, const char *why);

#endif
