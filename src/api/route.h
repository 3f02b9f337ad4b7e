/* route.h - THE route table: the router, the OpenAPI document (openapi.h), authorisation and its test all walk it.
 *
 * A path is made of literal segments and captures ("{name}"). Matching is on the raw path, before percent-decoding, so that an encoded
 * slash cannot make a segment. Any thread. */
#ifndef EDGECRON_API_ROUTE_H
#define EDGECRON_API_ROUTE_H

#include "base/buf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROUTE_CAPTURES_MAX 2
#define ROUTE_PREFIX "/api/v1/" /* everything below it needs a token */

struct request;
struct reply;

/* Fills the reply and returns 0, or returns the error (then the reply is a problem, RFC 9457). */
typedef int (*route_handler)(struct request *q, struct reply *p, struct err *e);

enum access { ACCESS_ANYONE, ACCESS_READ, ACCESS_OPERATE, ACCESS_ADMIN };

enum query_type { QUERY_TEXT, QUERY_INTEGER, QUERY_TIME, QUERY_STATE };
struct route_query {
    const char *name; /* NULL ends the list */
    enum query_type type;
    int64_t min, max, initial; /* QUERY_INTEGER */
    const char *description, *example;
};

struct route {
    const char *method, *path;
    route_handler handle;
    enum access access;
    const char *id; /* operationId */
    const char *summary, *description;
    const struct route_query *query; /* NULL: none */
    int status;                      /* of success */
    const char *schema;              /* of the answer (schema.h); "RunList" is a list of Run */
    const char *body_schema;         /* of the request; NULL: none. Always optional so far */
};

extern const struct route route_table[];
extern const size_t route_count;

enum route_result { ROUTE_FOUND, ROUTE_NO_PATH, ROUTE_NO_METHOD };
struct route_match {
    const struct route *route;
    struct {
        const char *text; /* into the path, still encoded, not terminated */
        size_t len;
    } captures[ROUTE_CAPTURES_MAX];
};

/* HEAD finds GET's route. With ROUTE_NO_METHOD `allow` gets the methods there are, as the Allow field wants them; it may be NULL. */
enum route_result route_find(const char *method, const char *path, struct route_match *ret, struct buf *allow);

#endif
