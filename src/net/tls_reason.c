/* tls_reason.c - see tls_reason.h. */
#include "net/tls_reason.h"

#include "base/mem.h"
#include "net/conn.h"

#include <mbedtls/ecp.h>
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/oid.h>
#include <mbedtls/rsa.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Alerts of the other side (RFC 8446 section 6.2 and its registry): what they tell about the cause. */
static const struct {
    int code;
    const char *name, *text;
} alerts[] = {
    { 0, "close_notify", "the server ended the connection" },
    { 10, "unexpected_message", "the server did not expect our message" },
    { 20, "bad_record_mac", "the server could not decrypt our message" },
    { 22, "record_overflow", "the server found our record too large" },
    { 40, "handshake_failure", "the server found no TLS version, cipher or key exchange in common, or refuses us" },
    { 42, "bad_certificate", "the server refuses our (absent) certificate" },
    { 43, "unsupported_certificate", "the server refuses our (absent) certificate" },
    { 44, "certificate_revoked", "the server refuses our (absent) certificate" },
    { 45, "certificate_expired", "the server refuses our (absent) certificate" },
    { 46, "certificate_unknown", "the server refuses our (absent) certificate" },
    { 47, "illegal_parameter", "the server refuses a parameter of ours" },
    { 48, "unknown_ca", "the server refuses our (absent) certificate" },
    { 49, "access_denied", "the server denies access" },
    { 50, "decode_error", "the server could not read our message" },
    { 51, "decrypt_error", "the server could not verify our message" },
    { 70, "protocol_version", "the server accepts none of the TLS versions that we offer" },
    { 71, "insufficient_security", "the server wants stronger ciphers" },
    { 80, "internal_error", "the server has an internal error" },
    { 86, "inappropriate_fallback", "the server suspects a downgrade" },
    { 90, "user_canceled", "the server canceled" },
    { 109, "missing_extension", "the server misses an extension" },
    { 110, "unsupported_extension", "the server refuses an extension" },
    { 112, "unrecognized_name", "the server does not know this host name" },
    { 116, "certificate_required", "the server wants a client certificate" },
    { 120, "no_application_protocol", "the server does not speak HTTP/1.1" },
};

static void add(char out[TLS_REASON_SIZE], const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void add(char out[TLS_REASON_SIZE], const char *fmt, ...)
{
    size_t used = strlen(out);
    va_list args;
    va_start(args, fmt);
    vsnprintf(out + used, TLS_REASON_SIZE - used, fmt, args);
    va_end(args);
}

static void begin(char out[TLS_REASON_SIZE])
{
    if (out[0])
        add(out, "; ");
}

static void add_printable(char out[TLS_REASON_SIZE], const unsigned char *s, size_t len)
{
    for (size_t i = 0; i < len && i < 80; i++)
        add(out, "%c", s[i] >= 0x20 && s[i] < 0x7f && s[i] != '\'' ? s[i] : '?');
}

/* The common name, else the whole name. */
static void add_name(char out[TLS_REASON_SIZE], const mbedtls_x509_name *name)
{
    char text[128];
    for (const mbedtls_x509_name *n = name; n; n = n->next) {
        if (MBEDTLS_OID_CMP(MBEDTLS_OID_AT_CN, &n->oid) == 0) {
            add_printable(out, n->val.p, n->val.len);
            return;
        }
    }
    if (mbedtls_x509_dn_gets(text, sizeof(text), name) > 0)
        add_printable(out, (const unsigned char *)text, strlen(text));
}

static void add_address(char out[TLS_REASON_SIZE], const mbedtls_x509_buf *b)
{
    struct address a = { { [10] = 0xff, [11] = 0xff } };
    char text[64];
    if (b->len == 4)
        memcpy(a.bytes + 12, b->p, 4);
    else if (b->len == 16)
        memcpy(a.bytes, b->p, 16);
    else
        return;
    address_format(&a, text);
    add(out, "%s", text);
}

/* The names that a certificate is for: DNS and address ones, the first few of them. */
static void add_subjects(char out[TLS_REASON_SIZE], const mbedtls_x509_crt *crt)
{
    int n = 0;
    for (const mbedtls_x509_sequence *s = &crt->subject_alt_names; s; s = s->next) {
        int kind = s->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK;
        if (!s->buf.p || (kind != MBEDTLS_X509_SAN_DNS_NAME && kind != MBEDTLS_X509_SAN_IP_ADDRESS))
            continue;
        if (n == 3) {
            add(out, " and others");
            return;
        }
        add(out, n++ ? ", '" : "'");
        if (kind == MBEDTLS_X509_SAN_DNS_NAME)
            add_printable(out, s->buf.p, s->buf.len);
        else
            add_address(out, &s->buf);
        add(out, "'");
    }
    if (n > 0)
        return;
    add(out, "'");
    add_name(out, &crt->subject);
    add(out, "' (a common name, which does not count: it needs subject alternative names)");
}

static bool self_issued(const mbedtls_x509_crt *crt)
{
    return crt->issuer_raw.len == crt->subject_raw.len &&
           memcmp(crt->issuer_raw.p, crt->subject_raw.p, crt->issuer_raw.len) == 0;
}

static void add_whose(char out[TLS_REASON_SIZE], const mbedtls_x509_crt *crt, int depth)
{
    begin(out);
    if (depth == 0) {
        add(out, "the certificate");
        return;
    }
    add(out, "the certificate of the authority '");
    add_name(out, &crt->subject);
    add(out, "'");
}

static void add_date(char out[TLS_REASON_SIZE], const mbedtls_x509_time *t)
{
    add(out, "%04d-%02d-%02d %02d:%02d UTC", t->year, t->mon, t->day, t->hour, t->min);
}

static void add_untrusted(char out[TLS_REASON_SIZE], const mbedtls_x509_crt *crt, int depth)
{
    add_whose(out, crt, depth);
    if (self_issued(crt)) {
        add(out, depth == 0 ? " is self-signed and not a trusted one" : " is not among the trusted ones");
        return;
    }
    add(out, " is signed by an unknown authority, '");
    add_name(out, &crt->issuer);
    add(out, "'");
}

void tls_reason_certificate(const mbedtls_x509_crt *crt, int depth, uint32_t flags, const char *host,
                            char out[TLS_REASON_SIZE])
{
    const uint32_t weak = MBEDTLS_X509_BADCERT_BAD_MD | MBEDTLS_X509_BADCERT_BAD_PK | MBEDTLS_X509_BADCERT_BAD_KEY;
    const uint32_t told = weak | MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE |
                          MBEDTLS_X509_BADCERT_NOT_TRUSTED | MBEDTLS_X509_BADCERT_CN_MISMATCH;
    if (flags & MBEDTLS_X509_BADCERT_EXPIRED) {
        add_whose(out, crt, depth);
        add(out, " expired on ");
        add_date(out, &crt->valid_to);
    }
    if (flags & MBEDTLS_X509_BADCERT_FUTURE) {
        add_whose(out, crt, depth);
        add(out, " is not valid before ");
        add_date(out, &crt->valid_from);
    }
    if (flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED)
        add_untrusted(out, crt, depth);
    if (flags & MBEDTLS_X509_BADCERT_CN_MISMATCH) {
        add_whose(out, crt, depth);
        add(out, " is for ");
        add_subjects(out, crt);
        add(out, ", not for '%.100s'", host);
    }
    if (flags & weak) {
        add_whose(out, crt, depth);
        add(out, " has a key or signature that is too weak");
    }
    if (flags & ~told) {
        add_whose(out, crt, depth);
        add(out, " may not be used for a server (flags 0x%x)", (unsigned)(flags & ~told));
    }
}

void tls_reason_alert(int code, char out[TLS_REASON_SIZE])
{
    for (size_t i = 0; i < MEM_COUNT(alerts); i++) {
        if (alerts[i].code == code) {
            add(out, "%s (TLS alert %s)", alerts[i].text, alerts[i].name);
            return;
        }
    }
    add(out, "the server ended the connection with TLS alert %d", code);
}

static void explain_bad_record(const mbedtls_ssl_context *ssl, char out[TLS_REASON_SIZE])
{
    const unsigned char *head = ssl->MBEDTLS_PRIVATE(in_hdr);
    if (!mbedtls_ssl_is_handshake_over((mbedtls_ssl_context *)ssl) && head && memcmp(head, "HTTP/", 5) == 0)
        add(out, "the server answers in plain HTTP, not TLS, on this port");
    else if (!mbedtls_ssl_is_handshake_over((mbedtls_ssl_context *)ssl))
        add(out, "the server's answer is not TLS");
    else
        add(out, "the server sent an invalid TLS record");
}

/* mbedTLS checks what a certificate may be used for after its chain, and tells nobody but by the flags. */
static void explain_bad_certificate(const mbedtls_ssl_context *ssl, char out[TLS_REASON_SIZE])
{
    const uint32_t usage =
        MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE | MBEDTLS_X509_BADCERT_NS_CERT_TYPE;
    uint32_t flags = mbedtls_ssl_get_verify_result(ssl);
    if (flags != UINT32_MAX && (flags & usage))
        add(out, "the certificate may not be used for a server (its key usage says for what)");
    else
        add(out, "the server's certificate cannot be read");
}

#define WRONG_SIGNATURE "the server's signature does not fit its certificate, or its message was changed on its way"

static const struct {
    int error;
    const char *text;
} errors[] = {
    { MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION, "the server offers none of the TLS versions that are allowed" },
    { MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE, "no cipher or key exchange in common with the server" },
    { MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER, "the server sent an illegal parameter in the handshake" },
    { MBEDTLS_ERR_SSL_DECODE_ERROR, "the server sent a handshake message that cannot be read" },
    { MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE, "the server sent an unexpected message" },
    { MBEDTLS_ERR_SSL_UNSUPPORTED_EXTENSION, "the server sent an extension that was not asked for" },
    { MBEDTLS_ERR_SSL_NO_APPLICATION_PROTOCOL, "the server does not speak HTTP/1.1" },
    { MBEDTLS_ERR_SSL_BAD_INPUT_DATA, "the server sent a TLS record or message that is too long" },
    { MBEDTLS_ERR_ECP_VERIFY_FAILED, WRONG_SIGNATURE },
    { MBEDTLS_ERR_RSA_VERIFY_FAILED, WRONG_SIGNATURE },
    { MBEDTLS_ERR_SSL_INVALID_MAC, "the server's message was changed on its way, or its key is wrong" },
};

void tls_reason_error(const mbedtls_ssl_context *ssl, int error, int system_error, char out[TLS_REASON_SIZE])
{
    char text[100];
    bool over = mbedtls_ssl_is_handshake_over((mbedtls_ssl_context *)ssl);
    const char *when = over ? "" : " during the TLS handshake";
    for (size_t i = 0; i < MEM_COUNT(errors); i++) {
        if (errors[i].error == error) {
            add(out, "%s", errors[i].text);
            return;
        }
    }
    if (error == MBEDTLS_ERR_SSL_BAD_CERTIFICATE) {
        explain_bad_certificate(ssl, out);
    } else if (error == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) {
        const unsigned char *message = ssl->MBEDTLS_PRIVATE(in_msg);
        tls_reason_alert(message ? message[1] : -1, out);
    } else if (error == MBEDTLS_ERR_SSL_INVALID_RECORD || error == MBEDTLS_ERR_SSL_UNEXPECTED_RECORD) {
        explain_bad_record(ssl, out);
    } else if (error == MBEDTLS_ERR_SSL_CONN_EOF || error == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY || error == 0) {
        add(out, "the server closed the connection%s%s", when, over ? " without ending TLS" : "");
    } else if (error == MBEDTLS_ERR_NET_RECV_FAILED || error == MBEDTLS_ERR_NET_SEND_FAILED) {
        add(out, "%s%s", conn_error_text(system_error), when);
    } else {
        mbedtls_strerror(error, text, sizeof(text));
        add(out, "%s (mbedTLS error -0x%04x)", text, (unsigned)-error);
    }
}
