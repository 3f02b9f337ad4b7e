/* tls.c - see tls.h. */
#include "net/tls.h"

#include "base/crypto.h"
#include "base/mem.h"
#include "core/url.h"
#include "net/tls_reason.h"
#include "net/tls_roots.h"
#include "net/tls_stream.h"

#include <errno.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <psa/crypto.h>
#include <string.h>
#include <sys/socket.h>

struct tls_context {
    int refs;
    struct net_tls_options options; /* ca_file: own copy */
    mbedtls_ssl_config config, mail_config;
    mbedtls_x509_crt roots;
};

struct tls_resume {
    int refs;
    bool has;
    mbedtls_ssl_session session;
};

/* X25519 first, then what certificates and older servers want. */
const uint16_t tls_groups[] = { MBEDTLS_SSL_IANA_TLS_GROUP_X25519, MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1,
                                MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1, MBEDTLS_SSL_IANA_TLS_GROUP_SECP521R1,
                                MBEDTLS_SSL_IANA_TLS_GROUP_NONE };
const char *tls_protocols[] = { "http/1.1", NULL };

enum net_tls_version net_tls_version_parse(const char *text)
{
    return text && strcmp(text, "1.3") == 0 ? NET_TLS_1_3 : NET_TLS_1_2;
}

int tls_random(void *ctx, unsigned char *out, size_t len)
{
    (void)ctx;
    crypto_random(out, len);
    return 0;
}

static void context_free(struct tls_context *c)
{
    mbedtls_ssl_config_free(&c->config);
    mbedtls_ssl_config_free(&c->mail_config);
    mbedtls_x509_crt_free(&c->roots);
    mem_free((char *)c->options.ca_file);
    mem_free(c);
}

static int configure(struct tls_context *c, mbedtls_ssl_config *k, const char **protocols, struct err *e)
{
    if (psa_crypto_init() != PSA_SUCCESS ||
        mbedtls_ssl_config_defaults(k, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                    MBEDTLS_SSL_PRESET_DEFAULT) != 0 ||
        (protocols && mbedtls_ssl_conf_alpn_protocols(k, protocols) != 0))
        return err_set(e, ERR_INTERNAL, "TLS cannot be set up");
    mbedtls_ssl_conf_rng(k, tls_random, NULL);
    mbedtls_ssl_conf_authmode(k, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_chain(k, &c->roots, NULL);
    mbedtls_ssl_conf_groups(k, tls_groups);
    mbedtls_ssl_conf_min_tls_version(k, c->options.tls_min == NET_TLS_1_3 ? MBEDTLS_SSL_VERSION_TLS1_3
                                                                          : MBEDTLS_SSL_VERSION_TLS1_2);
    mbedtls_ssl_conf_max_tls_version(k, MBEDTLS_SSL_VERSION_TLS1_3);
    mbedtls_ssl_conf_session_tickets(k, MBEDTLS_SSL_SESSION_TICKETS_ENABLED);
    mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(k, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
    return 0;
}

struct tls_context *tls_context_new(const struct net_tls_options *o, struct err *e)
{
    struct tls_context *c = mem_alloc(sizeof(*c));
    c->refs = 1;
    c->options = (struct net_tls_options){ mem_strdup(o->ca_file), o->tls_min ? o->tls_min : NET_TLS_1_2 };
    mbedtls_ssl_config_init(&c->config);
    mbedtls_ssl_config_init(&c->mail_config);
    mbedtls_x509_crt_init(&c->roots);
    if (tls_roots_load(o->ca_file, &c->roots, e) < 0 || configure(c, &c->config, tls_protocols, e) < 0 ||
        configure(c, &c->mail_config, NULL, e) < 0) {
        context_free(c);
        return NULL;
    }
    return c;
}

struct tls_context *tls_context_ref(struct tls_context *c)
{
    c->refs++;
    return c;
}

void tls_context_unref(struct tls_context *c)
{
    if (c && --c->refs == 0)
        context_free(c);
}

bool tls_context_is_for(const struct tls_context *c, const struct net_tls_options *o)
{
    const char *a = c->options.ca_file, *b = o->ca_file;
    return c->options.tls_min == (o->tls_min ? o->tls_min : NET_TLS_1_2) && (a == b || (a && b && strcmp(a, b) == 0));
}

struct tls_resume *tls_resume_new(void)
{
    struct tls_resume *r = mem_alloc(sizeof(*r));
    r->refs = 1;
    mbedtls_ssl_session_init(&r->session);
    return r;
}

void tls_resume_unref(struct tls_resume *r)
{
    if (!r || --r->refs > 0)
        return;
    mbedtls_ssl_session_free(&r->session);
    mem_free(r);
}

bool tls_resume_has(const struct tls_resume *r)
{
    return r->has;
}

static void forget_session(struct tls_resume *r)
{
    mbedtls_ssl_session_free(&r->session);
    r->has = false;
}

static void keep_session(struct tls_stream *s)
{
    mbedtls_ssl_session fresh;
    mbedtls_ssl_session_init(&fresh);
    if (mbedtls_ssl_get_session(&s->ssl, &fresh) != 0) {
        mbedtls_ssl_session_free(&fresh);
        return;
    }
    forget_session(s->resume);
    s->resume->session = fresh; /* moved: what it points to is now the other's */
    s->resume->has = true;
}

int tls_socket_write(void *ctx, const unsigned char *data, size_t len)
{
    struct tls_stream *s = ctx;
    ssize_t n = send(s->fd, data, len, MSG_NOSIGNAL);
    if (n >= 0) {
        s->written += n;
        return (int)n;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
        return MBEDTLS_ERR_SSL_WANT_WRITE;
    s->system_error = errno;
    return MBEDTLS_ERR_NET_SEND_FAILED;
}

int tls_socket_read(void *ctx, unsigned char *data, size_t len)
{
    struct tls_stream *s = ctx;
    if (s->reads_left == 0)
        return MBEDTLS_ERR_SSL_WANT_READ;
    s->reads_left--;
    ssize_t n = recv(s->fd, data, len, 0);
    if (n >= 0)
        return n > 0 ? (int)n : MBEDTLS_ERR_SSL_CONN_EOF;
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
        return MBEDTLS_ERR_SSL_WANT_READ;
    s->system_error = errno;
    return MBEDTLS_ERR_NET_RECV_FAILED;
}

static char *reason_buffer(struct tls_stream *s)
{
    if (!s->reason)
        s->reason = mem_alloc(TLS_REASON_SIZE);
    return s->reason;
}

/* Is the address one that the certificate was made for? */
static bool address_matches(const mbedtls_x509_crt *crt, const struct address *a, bool v4)
{
    size_t len = v4 ? 4 : 16;
    for (const mbedtls_x509_sequence *san = &crt->subject_alt_names; san; san = san->next)
        if ((san->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK) == MBEDTLS_X509_SAN_IP_ADDRESS && san->buf.len == len &&
            memcmp(san->buf.p, a->bytes + 16 - len, len) == 0)
            return true;
    return false;
}

/* mbedTLS would look for the name in the subject's common name when there are no subject alternative names (RFC 9525 section 2: not any
 * more). */
static bool has_dns_name(const mbedtls_x509_crt *crt)
{
    for (const mbedtls_x509_sequence *san = &crt->subject_alt_names; san; san = san->next)
        if ((san->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK) == MBEDTLS_X509_SAN_DNS_NAME && san->buf.len > 0)
            return true;
    return false;
}

static struct wall time_of(const mbedtls_x509_time *t)
{
    const struct civil c = { t->year, t->mon, t->day, t->hour, t->min, t->sec, 0 };
    return (struct wall){ civil_to_ms(&c) };
}

struct tls_peer tls_stream_peer(const struct tls_stream *s)
{
    bool newest = mbedtls_ssl_get_version_number(&s->ssl) == MBEDTLS_SSL_VERSION_TLS1_3;
    return (struct tls_peer){ newest ? NET_TLS_1_3 : NET_TLS_1_2, s->expires_at };
}

/* Called for each certificate, the server's own last (depth 0). Adds the check of an address, which mbedTLS does only along with SNI, and
 * that the name is where it belongs; notes in words what is wrong; takes nothing away. */
static int look_at(void *ctx, mbedtls_x509_crt *crt, int depth, uint32_t *flags)
{
    struct tls_stream *s = ctx;
    struct address a;
    s->verified = true;
    if (depth == 0 && address_parse(s->host, &a)) {
        if (!address_matches(crt, &a, !strchr(s->host, ':')))
            *flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
    } else if (depth == 0 && !has_dns_name(crt)) {
        *flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
    }
    if (depth == 0)
        s->expires_at = time_of(&crt->valid_to);
    if (*flags)
        tls_reason_certificate(crt, depth, *flags, s->host, reason_buffer(s));
    return 0;
}

static struct tls_stream *new_stream(struct tls_context *c, const mbedtls_ssl_config *config, const char *host, int fd,
                                     struct tls_resume *resume, struct err *e)
{
    struct tls_stream *s = mem_alloc(sizeof(*s));
    struct address literal;
    s->context = tls_context_ref(c);
    s->resume = resume;
    resume->refs++;
    s->fd = fd;
    s->host = mem_strdup(host);
    s->expires_at = WALL_NONE;
    mbedtls_ssl_init(&s->ssl);
    if (mbedtls_ssl_setup(&s->ssl, config) != 0 ||
        mbedtls_ssl_set_hostname(&s->ssl, address_parse(host, &literal) ? NULL : host) != 0) {
        err_set(e, ERR_INTERNAL, "TLS cannot be set up for a connection");
        tls_stream_free(s);
        return NULL;
    }
    mbedtls_ssl_set_verify(&s->ssl, look_at, s);
    mbedtls_ssl_set_bio(&s->ssl, s, tls_socket_write, tls_socket_read, NULL);
    if (resume->has)
        mbedtls_ssl_set_session(&s->ssl, &resume->session); /* when it fails: a full handshake */
    return s;
}

struct tls_stream *tls_stream_new(struct tls_context *c, const char *host, int fd, struct tls_resume *resume,
                                  struct err *e)
{
    return new_stream(c, &c->config, host, fd, resume, e);
}

struct tls_stream *tls_stream_new_mail(struct tls_context *c, const char *host, int fd, struct tls_resume *resume,
                                       struct err *e)
{
    return new_stream(c, &c->mail_config, host, fd, resume, e);
}

void tls_stream_free(struct tls_stream *s)
{
    if (!s)
        return;
    mbedtls_ssl_free(&s->ssl);
    tls_context_unref(s->context);
    tls_server_unref(s->server);
    tls_resume_unref(s->resume);
    mem_free(s->host);
    mem_free(s->reason);
    mem_free(s);
}

void tls_stream_close(struct tls_stream *s)
{
    mbedtls_ssl_close_notify(&s->ssl);
}

/* A server that refuses us may be gone while we still write: why, it said before (in the clear, up to its Finished of TLS 1.2). */
static bool alert_waits(const struct tls_stream *s, int *ret_code)
{
    unsigned char r[7];
    if (recv(s->fd, r, sizeof(r), MSG_PEEK | MSG_DONTWAIT) != (ssize_t)sizeof(r) || r[0] != MBEDTLS_SSL_MSG_ALERT ||
        r[3] != 0 || r[4] != 2 || r[5] != MBEDTLS_SSL_ALERT_LEVEL_FATAL)
        return false;
    *ret_code = r[6];
    return true;
}

/* What an mbedTLS result means; notes the reason of a failure. */
static enum tls_status judge(struct tls_stream *s, int rc)
{
    int alert;
    switch (rc) {
    case MBEDTLS_ERR_SSL_WANT_READ:
        return TLS_WANT_READ;
    case MBEDTLS_ERR_SSL_WANT_WRITE:
        return TLS_WANT_WRITE;
    case MBEDTLS_ERR_X509_CERT_VERIFY_FAILED:
        return TLS_FAILED; /* look_at said why */
    default:
        reason_buffer(s)[0] = '\0';
        if (rc == MBEDTLS_ERR_NET_SEND_FAILED && alert_waits(s, &alert))
            tls_reason_alert(alert, s->reason);
        else
            tls_reason_error(&s->ssl, rc, s->system_error, s->reason);
        return TLS_FAILED;
    }
}

enum tls_status tls_stream_step(struct tls_stream *s, bool *done)
{
    s->reads_left = TLS_READS_PER_CALL;
    int rc = mbedtls_ssl_handshake_step(&s->ssl);
    *done = false;
    if (rc == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) {
        s->has_ticket = true;
        rc = 0;
    }
    if (rc != 0)
        return judge(s, rc);
    *done = mbedtls_ssl_is_handshake_over(&s->ssl);
    return TLS_OK;
}

void tls_stream_settle(struct tls_stream *s, enum tls_status status, bool done)
{
    if (!s->resume)
        return; /* of a server: clients keep what they learn */
    bool fresh_1_2 = done && s->verified && mbedtls_ssl_get_version_number(&s->ssl) == MBEDTLS_SSL_VERSION_TLS1_2;
    if (status == TLS_FAILED)
        forget_session(s->resume); /* in case the server stumbled over it */
    else if (s->has_ticket || fresh_1_2)
        keep_session(s);
    s->has_ticket = false;
}

enum tls_status tls_stream_read(struct tls_stream *s, char *data, size_t max, size_t *ret_len)
{
    s->reads_left = TLS_READS_PER_CALL;
    for (;;) {
        int rc = mbedtls_ssl_read(&s->ssl, (unsigned char *)data, max);
        if (rc == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) {
            keep_session(s);
            continue;
        }
        if (rc == MBEDTLS_ERR_SSL_WANT_READ && mbedtls_ssl_check_pending(&s->ssl))
            continue; /* a ticket was read and wants to be looked at: nothing more will come from the socket for it */
        if (rc == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
            return TLS_EOF;
        if (rc <= 0)
            return judge(s, rc);
        *ret_len = (size_t)rc;
        return TLS_OK;
    }
}

enum tls_status tls_stream_write(struct tls_stream *s, const char *data, size_t len, size_t *ret_len)
{
    int rc;
    s->reads_left = TLS_READS_PER_CALL;
    while ((rc = mbedtls_ssl_write(&s->ssl, (const unsigned char *)data, len)) ==
           MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET)
        keep_session(s);
    if (rc < 0)
        return judge(s, rc);
    *ret_len = (size_t)rc;
    return TLS_OK;
}

bool tls_stream_resumed(const struct tls_stream *s)
{
    return !s->verified;
}

int64_t tls_stream_written(const struct tls_stream *s)
{
    return s->written;
}

const char *tls_stream_reason(const struct tls_stream *s)
{
    return s->reason ? s->reason : "";
}
