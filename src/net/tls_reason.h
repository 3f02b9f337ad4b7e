/* tls_reason.h - why a handshake or a connection failed, in words for an operator. Never gives advice, never more than what
 * was seen; texts from certificates are made printable. */
#ifndef EDGECRON_NET_TLS_REASON_H
#define EDGECRON_NET_TLS_REASON_H

#include <mbedtls/ssl.h>
#include <stddef.h>

#define TLS_REASON_SIZE 256

/* Adds what is wrong with one certificate of a chain (flags as given to a verify callback), if anything. `host` is whom it should be for. */
void tls_reason_certificate(const mbedtls_x509_crt *crt, int depth, uint32_t flags, const char *host,
                            char out[TLS_REASON_SIZE]);

/* An error of mbedtls_ssl_handshake, _read or _write; system_error: errno of the socket when it was that. */
void tls_reason_error(const mbedtls_ssl_context *ssl, int error, int system_error, char out[TLS_REASON_SIZE]);

void tls_reason_alert(int code, char out[TLS_REASON_SIZE]); /* of the other side */

#endif
