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
#define ROUTE_PREFIX "/api/v1/" /* everything below it needs a token, also what is not there */

struct request;
struct reply;

/* Fills the reply and returns 0, or returns the error (then the reply is a problem, RFC 9457). */
typedef int (*route_handler)(struct request *q, struct reply *p, struct err *e);

enum access { ACCESS_ANYONE, ACCESS_READ, ACCESS_OPERATE, ACCESS_ADMIN };

enum query_type {
    QUERY_TEXT,
    QUERY_INTEGER,
    QUERY_TIME,
    QUERY_CHOICE,  /* one of `choices` */
    QUERY_CHOICES, /* some of them, separated by commas */
    QUERY_BOOLEAN
};
struct route_query {
    const char *name; /* NULL ends the list */
    enum query_type type;
    int64_t min, max, initial; /* QUERY_INTEGER */
    const char *description, *example;
    const char *const *choices; /* ended by NULL */
    bool required;              /* the document says so; the handler checks it */
};

/* What is said of a route beside its types; a set. */
enum route_trait {
    ROUTE_BODY = 1,     /* the request's body may not be left out */
    ROUTE_MERGE = 2,    /* the body is a merge patch (RFC 7396): application/merge-patch+json, or application/json */
    ROUTE_REVISION = 4, /* the answer has an ETag; a write takes If-Match and If-None-Match (RFC 9110, section 13.1) */
    ROUTE_IDEMPOTENT = 8, /* takes Idempotency-Key: the same key and request have the same answer, and are done once */
    ROUTE_OF_JOB = 16,    /* the first capture is a job's name: a token restricted to tags needs one that the job has */
    ROUTE_OF_RUN = 32,    /* the first capture is a run's id: the same, by the run's job */
    ROUTE_BY_TAG =
        64, /* open to restricted tokens: the handler leaves out what is not theirs (request.h, identity.tags) */
    ROUTE_SECRET = 128, /* request or answer hold a secret: wiped, never kept for Idempotency-Key */
    ROUTE_CREATES = 256 /* a PUT that makes what is not there, and then answers 201 */
};

struct route {
    const char *method, *path;
    route_handler handle;
    enum access access;
    const char *id; /* operationId */
    const char *summary, *description;
    const struct route_query *query; /* NULL: none */
    int status;                      /* of success */
    const char *schema;              /* of the answer (schema.h); "RunList" is a list of Run; NULL with 204 */
    const char *body_schema;         /* of the request; NULL: none */
    const char *content_type;        /* of the answer; NULL: application/json */
    unsigned traits;                 /* set of enum route_trait */
    uint32_t fails; /* set of ROUTE_FAILS(enum err_code), beside those that all routes of its kind have */
};
#define ROUTE_FAILS(code) (1u << (code))
_Static_assert(ERR_CODE_COUNT <= 32, "a route's errors are a set of 32 bits");

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
