/* help_api.h - 'edgecron help api': the REST API for people, from the route table. Needs no server. Thread: main. */
#ifndef EDGECRON_CLI_HELP_API_H
#define EDGECRON_CLI_HELP_API_H

#include "base/buf.h"
#include "base/err.h"

/* Without a resource every operation, a line each; with one ("jobs") its operations with parameters, forms and an example each. "errors" are the
 * codes. ERR_USAGE for another word, with those that there are. */
int help_api(struct buf *out, const char *resource, struct err *e);

#endif
