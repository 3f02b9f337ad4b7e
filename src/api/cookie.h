/* cookie.h - the cookies of the page: never readable by scripts, never sent along from another site (RFC 6265 and its revision, sections
 * 4.1.3 and 5.7). Over TLS they are Secure and have the prefix __Host-, so that nobody without TLS can set one. */
#ifndef EDGECRON_API_COOKIE_H
#define EDGECRON_API_COOKIE_H

#include "api/reply.h"
#include "api/request.h"

enum cookie {
    COOKIE_SESSION, /* the secret of a session (store/sessions.h) */
    COOKIE_DEVICE   /* that this browser logged in before (device.h) */
};

const char *cookie_get(const struct request *q, enum cookie c); /* in the request's arena; NULL: none */
void cookie_set(const struct request *q, struct reply *p, enum cookie c, const char *value);
void cookie_clear(const struct request *q, struct reply *p, enum cookie c);

#endif
