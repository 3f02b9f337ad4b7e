/* tls_server.h - TLS 1.2 and 1.3 as a server, non-blocking, on mbedTLS 3.6: a certificate with its key, and the streams made with them.
 *
 * Clients are not asked for certificates. ALPN is http/1.1 alone (RFC 7301: a client that offers others only is refused). Tickets let clients
 * resume (RFC 5077, RFC 8446 section 4.6.1) for a day; their keys live in memory alone, change while in use, and go with the certificate. The
 * streams are those of tls.h; handshakes may be made on tls_thread.h's thread. */
#ifndef EDGECRON_NET_TLS_SERVER_H
#define EDGECRON_NET_TLS_SERVER_H

#include "net/tls.h"

/* Counted references; a stream holds one. Thread: that of the streams, for everything but tls_server_new and the last reference of one that has
 * no streams. */
struct tls_server;

/* PEM files: the certificate followed by its chain, RSA or ECDSA; the key without a passphrase. ERR_INVALID says what is wrong with which, and what
 * would be right. A certificate that is not valid now is taken: *ret_warning says so, else it is NULL (mem_free). */
struct tls_server *tls_server_new(const char *cert_file, const char *key_file, char **ret_warning, struct err *e);
struct wall tls_server_expires_at(const struct tls_server *s); /* its own certificate, the first of the chain */
void tls_server_unref(struct tls_server *s);                   /* NULL is fine */

/* A stream for an accepted descriptor, which stays the caller's. */
struct tls_stream *tls_server_accept(struct tls_server *s, int fd, struct err *e);

#endif
