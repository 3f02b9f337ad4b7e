#include "net/tls_probe.h"

#include "net/tls_reason.h"
#include "net/tls_stream.h"

#include <psa/crypto.h>
#include <string.h>

static int failed(struct tls_stream *s, int rc, struct err *e)
{
    char reason[TLS_REASON_SIZE] = "";
    if (rc == MBEDTLS_ERR_SSL_WANT_READ || rc == MBEDTLS_ERR_SSL_WANT_WRITE)
        return err_set(e, ERR_UNAVAILABLE, "it took too long");
    tls_reason_error(&s->ssl, rc, s->system_error, reason);
    return err_set(e, ERR_UNAVAILABLE, "%s", reason);
}

static int converse(struct tls_stream *s, const char *question, struct buf *answer, struct err *e)
{
    char part[4096];
    int rc;
    s->reads_left = 10000;
    if ((rc = mbedtls_ssl_handshake(&s->ssl)) != 0)
        return failed(s, rc, e);
    if ((rc = mbedtls_ssl_write(&s->ssl, (const unsigned char *)question, strlen(question))) < 0)
        return failed(s, rc, e);
    for (;;) {
        rc = mbedtls_ssl_read(&s->ssl, (unsigned char *)part, sizeof part);
        if (rc > 0)
            buf_add(answer, part, (size_t)rc);
        else if (rc == 0 || rc == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
            return 0;
        else if (rc != MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET)
            return failed(s, rc, e);
    }
}

int tls_probe(int fd, const char *question, struct buf *answer, struct err *e)
{
    struct tls_stream s = { .fd = fd };
    mbedtls_ssl_config k;
    mbedtls_ssl_config_init(&k);
    mbedtls_ssl_init(&s.ssl);
    int rc = psa_crypto_init() == PSA_SUCCESS &&
                     mbedtls_ssl_config_defaults(&k, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                                 MBEDTLS_SSL_PRESET_DEFAULT) == 0
                 ? 0
                 : err_set(e, ERR_INTERNAL, "TLS cannot be set up");
    mbedtls_ssl_conf_rng(&k, tls_random, NULL);
    mbedtls_ssl_conf_authmode(&k, MBEDTLS_SSL_VERIFY_NONE);
    if (!rc && mbedtls_ssl_setup(&s.ssl, &k) != 0)
        rc = err_set(e, ERR_INTERNAL, "TLS cannot be set up");
    mbedtls_ssl_set_hostname(&s.ssl, NULL); /* nobody's: said, so that it is known to be meant */
    mbedtls_ssl_set_bio(&s.ssl, &s, tls_socket_write, tls_socket_read, NULL);
    if (!rc)
        rc = converse(&s, question, answer, e);
    mbedtls_ssl_free(&s.ssl);
    mbedtls_ssl_config_free(&k);
    return rc;
}
