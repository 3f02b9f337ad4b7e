/* request.h - one request, taken apart and checked. Lives in one thread until it is answered.
 *
 * Where the bytes come from is behind two function pointers, so that everything but the sockets can be tested without them. */
#ifndef EDGECRON_API_REQUEST_H
#define EDGECRON_API_REQUEST_H

#include "api/route.h"
#include "api/service.h"
#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/field.h"
#include "store/audit.h"
#include "store/tokens.h"

#define REQUEST_BODY_MAX (1024 * 1024)
#define REQUEST_QUERY_MAX 16 /* parameters */

/* Who asks (access.h). */
struct identity {
    enum audit_kind kind; /* AUDIT_SYSTEM, AUDIT_ANYONE: nobody that is known */
    char name[64];        /* of the token; "" for a session */
    enum scope scope;
    const char *const *tags; /* only jobs that have one of these, and their runs; in the request's arena */
    int n_tags;              /* 0: no restriction */
    const char *session;     /* its id, when it is one (AUDIT_ADMIN); else NULL */
    const char *csrf;        /* what must come along with its changes; NULL without a session */
    struct wall expires_at;  /* of the token or session; WALL_NONE: never */
};

struct request {
    struct arena *arena;       /* all that is borrowed below lives here or longer */
    const char *method, *path; /* as sent, not decoded; the path ends before '?' */
    const char *query_text;    /* after '?', or NULL */
    const char *remote;        /* the client's address; a trusted proxy's word for it, when one is in front */
    bool encrypted;            /* the client speaks TLS: with us, or, as a trusted proxy says, with that one */
    /* Value of a header field, or NULL. */
    const char *(*header)(void *ctx, const char *name);
    /* Appends the whole body, at most out->max bytes (else ERR_TOO_LARGE). */
    int (*read_body)(void *ctx, struct buf *out, struct err *e);
    void *ctx;
    const struct service *service;
    struct wall now;
    bool trusted; /* it came from someone known: its body may take its time */
    struct identity identity;

    const struct route *route;
    struct reader *reader;                    /* its store is open; only for routes that need a token */
    const char *captures[ROUTE_CAPTURES_MAX]; /* decoded */
    struct {
        const char *name, *value;
    } query[REQUEST_QUERY_MAX];
    int n_query;
    uint8_t body_hash[CRYPTO_SHA256_SIZE]; /* SHA-256 of the body, once it was read */
};

/* Takes the match's captures and the query over. ERR_MALFORMED for broken escapes; ERR_INVALID for a parameter that the route does not have, or twice. */
int request_take(struct request *q, const struct route_match *m, struct err *e);

/* Query parameters: NULL, WALL_NONE or the default when absent. ERR_INVALID names the parameter and what would be right. */
const char *request_query(const struct request *q, const char *name);
int request_query_int(const struct request *q, const char *name, int64_t *ret, struct err *e);
int request_query_time(const struct request *q, const char *name, struct wall *ret, struct err *e);
/* The index of the choice, or -1; or the set of 1 << index, 0 when absent. */
int request_query_choice(const struct request *q, const char *name, int *ret, struct err *e);
int request_query_choices(const struct request *q, const char *name, unsigned *ret, struct err *e);
bool request_query_bool(const struct request *q,
                        const char *name);     /* "true"; request_take refused all but true and false */
bool request_dry_run(const struct request *q); /* is it tried only? */

/* The body as a JSON object; *ret NULL when there is none. The caller frees; what was read of it is wiped. ERR_MEDIA_TYPE for a
 * Content-Type that is not JSON (none at all is taken as JSON), ERR_TOO_LARGE beyond REQUEST_BODY_MAX, ERR_MALFORMED for what is no JSON
 * object, and for none where the route needs one. */
int request_json(struct request *q, struct json **ret, struct err *e);
int request_check_type(const struct request *q, struct err *e); /* of a body that is there; ERR_MEDIA_TYPE */
/* For a route that takes no body: none, or an empty object. */
int request_no_body(struct request *q, struct err *e);
/* Reads the members of `body` (NULL: none) by their table; all others are refused. Strings are in the request's arena. */
int request_read(struct request *q, const struct json *body, const struct field *fields, void *into, struct err *e);

/* Who asks, for the audit (store_actor_set). Only of requests from someone known. */
struct audit_actor request_actor(const struct request *q);

#endif
