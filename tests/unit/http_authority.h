/* http_authority.h - a certificate authority made at run time: keys and certificates for the TLS tests. */
#ifndef TESTS_HTTP_AUTHORITY_H
#define TESTS_HTTP_AUTHORITY_H

#include <mbedtls/pk.h>
#include <mbedtls/x509_crt.h>
#include <stdbool.h>

struct authority {
    mbedtls_pk_context key;
    char name[64];
    char pem[4096];
    char file[128]; /* the certificate, PEM */
};
struct authority_leaf {
    mbedtls_pk_context key;
    mbedtls_x509_crt cert;
};

void authority_make(struct authority *a, const char *common_name);
void authority_free(struct authority *a); /* removes the file */
/* dns or ip may be NULL; a dns of "CN=name" is the common name instead. Times are "YYYYMMDDhhmmss". by NULL: self-signed. */
void authority_issue(struct authority *by, const char *dns, const char *ip, const char *from, const char *to,
                     struct authority_leaf *ret);
void authority_leaf_free(struct authority_leaf *l);

#endif
