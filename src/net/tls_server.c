/* tls_server.c - see tls_server.h. */
#include "net/tls_server.h"

#include "base/buf.h"
#include "base/confine.h"
#include "base/file.h"
#include "base/mem.h"
#include "net/tls_stream.h"

#include <errno.h>
#include <mbedtls/ssl_ticket.h>
#include <mbedtls/x509_crt.h>
#include <psa/crypto.h>
#include <string.h>

#define FILE_MAX (256 * 1024)
#define RSA_BITS_MIN 2048
#define TICKET_LIFETIME_S 86400
/* A Certificate message goes out in one record, with a length and some extensions for each certificate. */
#define CHAIN_MAX (MBEDTLS_SSL_OUT_CONTENT_LEN - 64)

struct tls_server {
    int refs;
    mbedtls_ssl_config config;
    mbedtls_x509_crt chain;
    mbedtls_pk_context key;
    mbedtls_ssl_ticket_context tickets;
};

static void server_free(struct tls_server *s)
{
    mbedtls_ssl_config_free(&s->config);
    mbedtls_x509_crt_free(&s->chain);
    mbedtls_pk_free(&s->key);
    mbedtls_ssl_ticket_free(&s->tickets);
    mem_free(s);
}

void tls_server_unref(struct tls_server *s)
{
    if (s && --s->refs == 0)
        server_free(s);
}

static int read_pem(const char *what, const char *path, struct buf *out, struct err *e)
{
    if (file_read(path, out) == 0)
        return 0;
    const char *why = strerror(errno);
    if (confine_forbade(path))
        why = "the server gave up all folders that nothing named when it started: restart it, and it may read this one";
    return err_set(e, ERR_INVALID, "cannot read the %s '%s': %s", what, path, why);
}

/* The other file, given in its place, is the usual mistake. */
static int refuse_cert(const char *path, const struct buf *file, struct err *e)
{
    return err_set(
        e, ERR_INVALID,
        strstr(buf_str(file), "PRIVATE KEY-----")
            ? "'%s' holds a key, and the certificate is wanted here (PEM, '-----BEGIN CERTIFICATE-----')"
            : "'%s' holds no certificate that can be read: wanted is PEM, '-----BEGIN CERTIFICATE-----', the "
              "server's own first, then those that signed it",
        path);
}

static int load_chain(struct tls_server *s, const char *path, struct err *e)
{
    buf_auto struct buf file = BUF_INIT(FILE_MAX);
    int rc = read_pem("certificate", path, &file, e);
    if (rc)
        return rc;
    if (mbedtls_x509_crt_parse(&s->chain, (const unsigned char *)buf_str(&file), file.len + 1) != 0)
        return refuse_cert(path, &file, e);
    size_t len = 0;
    for (const mbedtls_x509_crt *c = &s->chain; c; c = c->next)
        len += c->raw.len + 5;
    if (len <= CHAIN_MAX)
        return 0;
    return err_set(e, ERR_INVALID,
                   "the certificates in '%s' are %zu bytes together, and at most %d can be sent: leave out the "
                   "root, which clients have, and what is there twice",
                   path, len, (int)CHAIN_MAX);
}

static int refuse_key(const char *path, int why, struct err *e)
{
    if (why == MBEDTLS_ERR_PK_PASSWORD_REQUIRED || why == MBEDTLS_ERR_PK_PASSWORD_MISMATCH)
        return err_set(
            e, ERR_INVALID,
            "the key '%s' is encrypted with a passphrase, which nobody could type in when the server starts: take it "
            "off with 'openssl pkey -in KEY -out NEW-KEY'",
            path);
    return err_set(e, ERR_INVALID,
                   "'%s' holds no private key that can be read: wanted is PEM, RSA or ECDSA (P-256, P-384, P-521), "
                   "'-----BEGIN PRIVATE KEY-----'",
                   path);
}

/* "ENCRYPTED PRIVATE KEY" may be of a kind that mbedTLS knows nothing of at all. */
static int parse_key(struct tls_server *s, const char *path, const struct buf *file, struct err *e)
{
    int rc =
        mbedtls_pk_parse_key(&s->key, (const unsigned char *)buf_str(file), file->len + 1, NULL, 0, tls_random, NULL);
    if (rc && strstr(buf_str(file), "ENCRYPTED"))
        rc = MBEDTLS_ERR_PK_PASSWORD_REQUIRED;
    if (rc)
        return refuse_key(path, rc, e);
    bool rsa = mbedtls_pk_can_do(&s->key, MBEDTLS_PK_RSA);
    if (!rsa && !mbedtls_pk_can_do(&s->key, MBEDTLS_PK_ECDSA))
        return refuse_key(path, 0, e);
    size_t bits = mbedtls_pk_get_bitlen(&s->key);
    if (rsa && bits < RSA_BITS_MIN)
        return err_set(e, ERR_INVALID, "the key '%s' has %zu bits, too few for clients to accept: an RSA key needs %d",
                       path, bits, RSA_BITS_MIN);
    return 0;
}

static int load_key(struct tls_server *s, const char *path, const char *cert_path, struct err *e)
{
    buf_auto struct buf file = BUF_SECRET(FILE_MAX);
    int rc = read_pem("key", path, &file, e);
    if (!rc)
        rc = parse_key(s, path, &file, e);
    if (rc)
        return rc;
    if (mbedtls_pk_check_pair(&s->chain.pk, &s->key, tls_random, NULL) == 0)
        return 0;
    for (const mbedtls_x509_crt *c = s->chain.next; c; c = c->next)
        if (mbedtls_pk_check_pair(&c->pk, &s->key, tls_random, NULL) == 0)
            return err_set(e, ERR_INVALID, "the server's own certificate must be the first in '%s'", cert_path);
    return err_set(e, ERR_INVALID,
                   "the key '%s' is not that of the certificate '%s': give the two that were made together", path,
                   cert_path);
}

static char *warning_of(const mbedtls_x509_crt *c, const char *path)
{
    bool past = mbedtls_x509_time_is_past(&c->valid_to), future = mbedtls_x509_time_is_future(&c->valid_from);
    const mbedtls_x509_time *t = past ? &c->valid_to : &c->valid_from;
    if (!past && !future)
        return NULL;
    return mem_printf("the certificate '%s' %s on %04d-%02d-%02d: clients will refuse it", path,
                      past ? "expired" : "begins to be valid", t->year, t->mon, t->day);
}

static int configure(struct tls_server *s, struct err *e)
{
    mbedtls_ssl_config *k = &s->config;
    if (mbedtls_ssl_config_defaults(k, MBEDTLS_SSL_IS_SERVER, MBEDTLS_SSL_TRANSPORT_STREAM,
                                    MBEDTLS_SSL_PRESET_DEFAULT) != 0 ||
        mbedtls_ssl_conf_alpn_protocols(k, tls_protocols) != 0 ||
        mbedtls_ssl_conf_own_cert(k, &s->chain, &s->key) != 0 ||
        mbedtls_ssl_ticket_setup(&s->tickets, tls_random, NULL, MBEDTLS_CIPHER_AES_256_GCM, TICKET_LIFETIME_S) != 0)
        return err_set(e, ERR_INTERNAL, "TLS cannot be set up");
    mbedtls_ssl_conf_rng(k, tls_random, NULL);
    mbedtls_ssl_conf_authmode(k, MBEDTLS_SSL_VERIFY_NONE);
    mbedtls_ssl_conf_groups(k, tls_groups);
    mbedtls_ssl_conf_min_tls_version(k, MBEDTLS_SSL_VERSION_TLS1_2);
    mbedtls_ssl_conf_max_tls_version(k, MBEDTLS_SSL_VERSION_TLS1_3);
    mbedtls_ssl_conf_session_tickets_cb(k, mbedtls_ssl_ticket_write, mbedtls_ssl_ticket_parse, &s->tickets);
    mbedtls_ssl_conf_new_session_tickets(k, 1);
    return 0;
}

struct tls_server *tls_server_new(const char *cert_file, const char *key_file, char **ret_warning, struct err *e)
{
    struct tls_server *s = mem_alloc(sizeof *s);
    s->refs = 1;
    mbedtls_ssl_config_init(&s->config);
    mbedtls_x509_crt_init(&s->chain);
    mbedtls_pk_init(&s->key);
    mbedtls_ssl_ticket_init(&s->tickets);
    int rc = psa_crypto_init() == PSA_SUCCESS ? 0 : err_set(e, ERR_INTERNAL, "TLS cannot be set up");
    if (!rc)
        rc = load_chain(s, cert_file, e);
    if (!rc)
        rc = load_key(s, key_file, cert_file, e);
    if (!rc)
        rc = configure(s, e);
    if (rc) {
        server_free(s);
        return NULL;
    }
    *ret_warning = warning_of(&s->chain, cert_file);
    return s;
}

struct wall tls_server_expires_at(const struct tls_server *s)
{
    const mbedtls_x509_time *t = &s->chain.valid_to;
    const struct civil c = { t->year, t->mon, t->day, t->hour, t->min, t->sec, 0 };
    return (struct wall){ civil_to_ms(&c) };
}

struct tls_stream *tls_server_accept(struct tls_server *server, int fd, struct err *e)
{
    struct tls_stream *s = mem_alloc(sizeof *s);
    s->server = server;
    server->refs++;
    s->fd = fd;
    mbedtls_ssl_init(&s->ssl);
    if (mbedtls_ssl_setup(&s->ssl, &server->config) != 0) {
        err_set(e, ERR_INTERNAL, "TLS cannot be set up for a connection");
        tls_stream_free(s);
        return NULL;
    }
    mbedtls_ssl_set_bio(&s->ssl, s, tls_socket_write, tls_socket_read, NULL);
    return s;
}
