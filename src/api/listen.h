/* listen.h - where to listen: "127.0.0.1:8427", "[::1]:8427", "localhost:8427", "0.0.0.0:8427" or ":8427" (every address). */
#ifndef EDGECRON_API_LISTEN_H
#define EDGECRON_API_LISTEN_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct listen_address {
    struct sockaddr_storage socket; /* AF_INET or AF_INET6 */
    socklen_t socket_len;
    bool loopback; /* no other machine can reach it */
    char text[64]; /* "127.0.0.1:8427" */
};

/* ERR_INVALID, with the right form, for anything else. Port 0 means any free one. */
int listen_parse(const char *text, struct listen_address *ret, struct err *e);
/* ERR_INVALID when others could reach what is not encrypted, unless `tls` or `behind_proxy`. */
int listen_allowed(const struct listen_address *a, bool tls, bool behind_proxy, struct err *e);
uint16_t listen_port(const struct listen_address *a);
/* The address that a socket listens on. ERR_INVALID for one that does not, or not on TCP. */
int listen_address_of(int fd, struct listen_address *ret, struct err *e);
/* Tries to listen there and lets go again, for an error that says what to do: ERR_CONFLICT when it is taken, else ERR_INVALID. */
int listen_probe(const struct listen_address *a, struct err *e);
/* Listens there: a non-blocking descriptor, and the port. Errors are those of listen_probe. */
int listen_open(const struct listen_address *a, int *ret_fd, int *ret_port, struct err *e);

#endif
