/* asked.h - for unit tests of the API without its sockets: a store, an engine, and requests given to dispatch(). */
#ifndef EDGECRON_TEST_ASKED_H
#define EDGECRON_TEST_ASKED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/reply.h"
#include "api/request.h"

/* One request and what came of it. NULL: that field is not sent. */
struct asked {
    struct request q;
    struct reply p;
    const char *authorization, *cookie, *csrf, *origin, *site, *body;
    const char *remote; /* NULL: 203.0.113.9 */
    bool encrypted;
    struct json *json; /* of the answer */
};
#define ASKED_HOST "cron.example:8427"

int asked_begin(
    void (*fill)(struct store *s)); /* a cmocka setup calls it; `fill` puts into the store what there is to be */
int asked_end(void **state);        /* the teardown */
struct store *asked_store(void);    /* one more, to look or write; store_close it */
void asked_run(struct asked *x, const char *method, const char *url);
void asked_done(struct asked *x);

#endif
