/* api_fixture.h - for unit tests of the API without its sockets: a store, an engine, tokens, and requests given to dispatch(). */
#ifndef EDGECRON_TEST_API_FIXTURE_H
#define EDGECRON_TEST_API_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/dispatch.h"
#include "store/jobs.h"
#include "store/tokens.h"

#include <string.h>

#define API "/api/v1"
#define MERGE "Content-Type: application/merge-patch+json"

struct api_fixture {
    char folder[64], key_file[96];
    struct service service;
    struct store *store;             /* a second connection, as a command has */
    char tokens[3][TOKEN_TEXT_SIZE]; /* by enum scope */
};
extern struct api_fixture api;

int api_up(
    void **state); /* cmocka group setup: an engine, a target "local" whose port is closed, one job "kept" on it */
int api_down(void **state); /* its teardown */

/* One request and what came of it. */
struct exchange {
    struct request q;
    struct reply p;
    const char *fields; /* header fields, "Name: value", a line each */
    const char *body;
    size_t body_len;
    struct json *json;
    char head[8192];
};
/* As an administrator's token; `fields` and `body` may be NULL. done() releases it. */
struct exchange ask(const char *method, const char *url, const char *fields, const char *body);
struct exchange ask_as(enum scope scope, const char *method, const char *url, const char *fields, const char *body);
struct exchange ask_bytes(const char *method, const char *url, const char *fields, const void *body, size_t len);
void done(struct exchange *x);

const char *text(const struct exchange *x, const char *pointer); /* "(none)" when there is none */
const char *field(const struct exchange *x,
                  const char *name); /* of the answer's head; "" when absent; until the next call */
/* Ask, check the status, and done. */
void expect(int status, const char *method, const char *url, const char *fields, const char *body);
void expect_problem(int status, const char *code, const char *pointer, const char *words, const char *method,
                    const char *url, const char *fields, const char *body);

#endif
