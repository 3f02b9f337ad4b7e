/* tls_roots.h - the authorities that TLS trusts: a named file, the system's bundle, or the built-in ones. */
#ifndef EDGECRON_NET_TLS_ROOTS_H
#define EDGECRON_NET_TLS_ROOTS_H

#include "base/err.h"

#include <mbedtls/x509_crt.h>

#define TLS_ROOTS_FILE_MAX (8 * 1024 * 1024)

/* Fills *ret (initialised by the caller) with the certificates of `file`, PEM or DER. ca_file NULL: those of $SSL_CERT_FILE, else of the
 * first of the usual places that is there, else the built-in ones. */
int tls_roots_load(const char *ca_file, mbedtls_x509_crt *ret, struct err *e);

#endif
