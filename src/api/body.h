/* body.h - small JSON bodies: a few members, each known. For what a stranger may send, so the whole is small too; wiped after reading. */
#ifndef EDGECRON_API_BODY_H
#define EDGECRON_API_BODY_H

#include "api/request.h"

#define BODY_SMALL_MAX 8192 /* bytes */

/* The body as an object with no members but `names` (NULL at the end); none at all reads as {}. json_wipe what is returned. */
int body_read(struct request *q, const char *const *names, struct json **ret, struct err *e);
/* A string that must be there and not be empty; borrowed from `body`. */
int body_text(const struct json *body, const char *name, const char **ret, struct err *e);

#endif
