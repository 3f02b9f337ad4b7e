/* tls_stream.h - what a stream of tls.h is made of; between tls.c, where clients' streams are made, and tls_server.c. */
#ifndef EDGECRON_NET_TLS_STREAM_H
#define EDGECRON_NET_TLS_STREAM_H

#include "net/tls_server.h"

#include <mbedtls/ssl.h>

/* Warnings, tickets and the like may follow each other without end and mbedTLS asks for more within one call: after so
 * many reads it is told that nothing is there, so that other connections and timers get their turn. */
#define TLS_READS_PER_CALL 32

struct tls_stream {
    struct tls_context *context; /* of a client's, else NULL */
    struct tls_server *server;   /* of a server's, else NULL */
    struct tls_resume *resume;   /* NULL with a server */
    mbedtls_ssl_context ssl;
    int fd;
    int reads_left;   /* of the call under way */
    int system_error; /* errno of the last failed socket call */
    int64_t written;
    bool has_ticket;        /* of TLS 1.3, came during the handshake */
    bool verified;          /* the chain was looked at: this was a full handshake */
    struct wall expires_at; /* of the peer's certificate; WALL_NONE until it was looked at */
    char *host;             /* NULL with a server */
    char *reason;           /* TLS_REASON_SIZE bytes once something is wrong */
};

extern const uint16_t tls_groups[]; /* for mbedtls_ssl_conf_groups */
extern const char *tls_protocols[]; /* for mbedtls_ssl_conf_alpn_protocols */
int tls_random(void *ctx, unsigned char *out, size_t len);
/* For mbedtls_ssl_set_bio; ctx is the stream. */
int tls_socket_write(void *ctx, const unsigned char *data, size_t len);
int tls_socket_read(void *ctx, unsigned char *data, size_t len);

#endif
