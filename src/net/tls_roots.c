/* tls_roots.c - see tls_roots.h. */
#include "net/tls_roots.h"

#include "base/confine.h"
#include "base/embed.h"
#include "base/file.h"
#include "base/mem.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const usual_places[] = {
    "/etc/ssl/certs/ca-certificates.crt",                /* Debian, Ubuntu, Alpine, Arch */
    "/etc/pki/tls/certs/ca-bundle.crt",                  /* Fedora, RHEL */
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", /* RHEL, newer */
    "/etc/ssl/ca-bundle.pem",                            /* SUSE */
    "/etc/ssl/cert.pem",                                 /* Alpine, BSD */
};

static int refuse_file(const char *path, struct err *e)
{
    const char *why = strerror(errno);
    if (confine_forbade(path))
        why = "the server gave up all folders that nothing named when it started: restart it, and it may read this one";
    return err_set(e, ERR_IO, "cannot read the CA file '%s': %s", path, why);
}

/* PEM may hold some certificates that we cannot read among many good ones; it is enough that one is good. */
static int load_file(const char *path, mbedtls_x509_crt *ret, struct err *e)
{
    buf_auto struct buf file = BUF_INIT(TLS_ROOTS_FILE_MAX);
    if (file_read(path, &file))
        return refuse_file(path, e);
    bool pem = strstr(buf_str(&file), "-----BEGIN ") != NULL; /* whose parser wants the NUL too */
    int rc = mbedtls_x509_crt_parse(ret, (const uint8_t *)buf_str(&file), pem ? file.len + 1 : file.len);
    if (rc < 0 || ret->version == 0)
        return err_set(e, ERR_MALFORMED, "the CA file '%s' holds no certificate (PEM or DER) that can be read", path);
    return 0;
}

static int load_embedded(mbedtls_x509_crt *ret, struct err *e)
{
    size_t len, at = 0;
    const unsigned char *data = embed_ca_roots(&len);
    while (at + 4 <= len) {
        size_t n = (size_t)data[at] << 24 | (size_t)data[at + 1] << 16 | (size_t)data[at + 2] << 8 | data[at + 3];
        if (n > len - at - 4)
            break;
        mbedtls_x509_crt_parse_der_nocopy(ret, data + at + 4, n);
        at += 4 + n;
    }
    if (ret->version == 0)
        return err_set(e, ERR_INTERNAL, "the built-in authorities cannot be read");
    return 0;
}

/* The file to read, or NULL for the built-in ones. */
static const char *choose(const char *ca_file)
{
    const char *from_env = secure_getenv("SSL_CERT_FILE");
    if (ca_file)
        return ca_file;
    if (from_env && from_env[0])
        return from_env;
    for (size_t i = 0; i < MEM_COUNT(usual_places); i++)
        if (access(usual_places[i], R_OK) == 0)
            return usual_places[i];
    return NULL;
}

int tls_roots_load(const char *ca_file, mbedtls_x509_crt *ret, struct err *e)
{
    const char *path = choose(ca_file);
    return path ? load_file(path, ret, e) : load_embedded(ret, e);
}
