/* http_server.h - small servers on 127.0.0.1 for the tests of the client: a thread a connection, blocking, plain or TLS; what they
 * say is the test's to script. And one on epoll for many connections at once. */
#ifndef TESTS_HTTP_SERVER_H
#define TESTS_HTTP_SERVER_H

#include "http_authority.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct server;

struct server_conn {
    struct server *server;
    int fd;
    int number; /* 1, 2, ... in order of arrival */
    struct mbedtls_ssl_context *ssl;
    size_t body_len; /* of the last request */
    char head[4096]; /* of the last request */
};

typedef void (*server_fn)(struct server_conn *c, void *ctx);

struct server *server_start(server_fn fn, void *ctx);
/* versions: 12 or 13. */
struct server *server_start_tls(server_fn fn, void *ctx, const struct authority_leaf *leaf, int min, int max);
struct server *server_start_epoll(int delay_ms); /* answers "200 ok" to each request, delay_ms after it */
void server_stop(struct server *s);              /* ends all connections and threads */
uint16_t server_port(const struct server *s);
int server_connections(const struct server *s); /* accepted so far */
int server_requests(const struct server *s);

/* For server_fn. */
bool server_read_request(struct server_conn *c); /* false: the client closed */
bool server_write(struct server_conn *c, const void *data, size_t len);
bool server_say(struct server_conn *c, const char *text);
void server_reset(struct server_conn *c); /* RST instead of FIN */
void server_wait(struct server_conn *c);  /* until the client closes, or server_stop */

/* A free port that refuses. */
uint16_t server_refusing_port(void);

#endif
