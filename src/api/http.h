/* http.h - between what the gate handed over and a struct request: header fields, body, who is behind a proxy, the answer's head. Worker threads. */
#ifndef EDGECRON_API_HTTP_H
#define EDGECRON_API_HTTP_H

#include "api/handover.h"
#include "api/service.h"
#include "core/forwarded.h"

struct mg_connection;
struct request;

/* What is the same for every request of a listener. */
struct http_scope {
    void (*answer)(struct request *q, struct reply *p); /* dispatch (dispatch.h) */
    const struct service *service;
    struct forwarded_rules proxies;
};

/* What is to be called once the hand-over was given back. */
struct http_after {
    void (*attach)(void *ctx, int fd); /* NULL: nothing */
    void *ctx;
    int fd;
};
/* Fills in the answer of h. */
struct http_after http_answer(struct mg_connection *c, struct handover *h, const struct http_scope *scope);
/* The same for what civetweb itself refused; `status` and `why` are its own. */
void http_refuse(struct handover *h, int status, const char *why);
/* Fills in the answer to what the gate refused itself. */
void http_refuse_early(struct handover *h, const struct err *why);

#endif
