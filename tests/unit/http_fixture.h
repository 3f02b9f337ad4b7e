/* http_fixture.h - a loop and a client for tests, and calls to 127.0.0.1. */
#ifndef TESTS_HTTP_FIXTURE_H
#define TESTS_HTTP_FIXTURE_H

#include "http_server.h"
#include "net/http.h"

#define GET "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

struct fixture {
    struct loop *loop;
    struct http_client *client;
    int done;   /* calls ended */
    int wanted; /* fixture_wait ends at so many */
    struct loop_timer timer;
    void (*after)(struct fixture *f, struct http_call *call); /* told of each end; may be NULL */
};

void fixture_open(struct fixture *f, const struct http_client_config *config);
void fixture_close(struct fixture *f);
/* A GET over plain HTTP to 127.0.0.1, loopback allowed, 5 s, idempotent; change it as needed. */
void fixture_call(struct fixture *f, struct http_call *call, uint16_t port);
void fixture_wait(struct fixture *f, int calls);             /* until so many more ended */
void fixture_run(struct fixture *f, struct http_call *call); /* submits and waits */
void fixture_pass_ms(struct fixture *f, int ms);             /* runs the loop for so long */

int fixture_descriptors(void); /* open ones of this process */
long fixture_resident_kb(void);

#endif
