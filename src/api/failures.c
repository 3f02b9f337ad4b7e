#include "api/failures.h"

#include <string.h>

/* Whatever reads or writes the store may fail so. */
#define STORE_FAILURES                                                                                  \
    (ROUTE_FAILS(ERR_INTERNAL) | ROUTE_FAILS(ERR_IO) | ROUTE_FAILS(ERR_STORE) | ROUTE_FAILS(ERR_BUSY) | \
     ROUTE_FAILS(ERR_UNAVAILABLE))

static const char *const meanings[ERR_CODE_COUNT] = {
    [ERR_INTERNAL] = "A fault of edgecron itself. Its log says more.",
    [ERR_IO] = "A file could not be read or written. The log says which and why.",
    [ERR_STORE] = "The store could not be read or written. The log says why; 'edgecron doctor' looks at it.",
    [ERR_DISK_FULL] = "There is no room left on the disk. What was stored is kept; try again once there is room.",
    [ERR_BUSY] = "The store is busy. Try again in a moment.",
    [ERR_SEALED] = "The master key is missing or wrong, so secrets cannot be used. 'edgecron unseal' gives it.",
    [ERR_USAGE] = "Used in a way that cannot work.",
    [ERR_NOT_FOUND] = "There is no such thing.",
    [ERR_INVALID] = "Understood, but not allowed: an unknown parameter or member, or a value out of its range. "
                    "`pointer` names the member.",
    [ERR_MALFORMED] = "The request cannot be read: broken JSON or UTF-8, a member twice, nesting too deep, a broken "
                      "percent-encoding, or bad HTTP.",
    [ERR_CONFLICT] = "What is asked for does not fit the state of things as it is now.",
    [ERR_PRECONDITION] = "It was changed since (If-Match), or is there already (If-None-Match). Read it again.",
    [ERR_MEDIA_TYPE] = "The body's Content-Type is not one that is taken here.",
    [ERR_TOO_LARGE] = "The body is larger than what is taken.",
    [ERR_UNAUTHENTICATED] = "No token or session, or one that is unknown, expired or revoked.",
    [ERR_FORBIDDEN] = "The token or session may not do this.",
    [ERR_TOO_MANY] = "Too many tries, or too many at once. Retry-After says when the next one is taken.",
    [ERR_METHOD] = "The path is there, but not with this method. Allow lists those that are.",
    [ERR_UNAVAILABLE] = "The server is starting or stopping. Try again in a moment.",
    [ERR_HEAD_TOO_LARGE] = "The request line and the header fields are larger than what is taken.",
    [ERR_SLOW] = "The request did not arrive in time.",
    [ERR_CODING] = "A Transfer-Encoding other than chunked. Comes before any operation is looked for.",
    [ERR_VERSION] = "An HTTP version other than 1.0 and 1.1. Comes before any operation is looked for.",
    [ERR_NOT_ACCEPTABLE] = "A file of the admin page, to a client that does not take gzip. No operation answers so.",
};

const char *failure_meaning(enum err_code code)
{
    return (unsigned)code < ERR_CODE_COUNT ? meanings[code] : NULL;
}

uint32_t failures_of(const struct route *r)
{
    bool writes = strcmp(r->method, "GET") != 0;
    uint32_t set = r->fails | ROUTE_FAILS(ERR_MALFORMED) | ROUTE_FAILS(ERR_INVALID) | ROUTE_FAILS(ERR_HEAD_TOO_LARGE) |
                   ROUTE_FAILS(ERR_SLOW);
    if (r->access != ACCESS_ANYONE)
        set |= STORE_FAILURES | ROUTE_FAILS(ERR_UNAUTHENTICATED) | ROUTE_FAILS(ERR_FORBIDDEN);
    if (writes)
        set |= STORE_FAILURES | ROUTE_FAILS(ERR_DISK_FULL);
    if (strchr(r->path, '{'))
        set |= ROUTE_FAILS(ERR_NOT_FOUND);
    if (r->body_schema)
        set |= ROUTE_FAILS(ERR_TOO_LARGE) | ROUTE_FAILS(ERR_MEDIA_TYPE);
    if (writes && (r->traits & ROUTE_REVISION))
        set |= ROUTE_FAILS(ERR_PRECONDITION);
    if (r->traits & ROUTE_IDEMPOTENT)
        set |= ROUTE_FAILS(ERR_CONFLICT);
    return set;
}
