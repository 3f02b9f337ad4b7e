#include "http_authority.h"

#include "base/crypto.h"
#include "core/url.h"

#include <mbedtls/ecp.h>
#include <psa/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MUST(expr)                                                   \
    do {                                                             \
        int rc_ = (expr);                                            \
        if (rc_ < 0) {                                               \
            fprintf(stderr, "%s: -0x%04x\n", #expr, (unsigned)-rc_); \
            abort();                                                 \
        }                                                            \
    } while (0)

static int random_bytes(void *ctx, unsigned char *out, size_t len)
{
    (void)ctx;
    crypto_random(out, len);
    return 0;
}

static void make_key(mbedtls_pk_context *key)
{
    mbedtls_pk_init(key);
    MUST(mbedtls_pk_setup(key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)));
    MUST(mbedtls_ecp_gen_key(MBEDTLS_ECP_DP_SECP256R1, mbedtls_pk_ec(*key), random_bytes, NULL));
}

static void write_cert(mbedtls_x509write_cert *w, const char *subject, mbedtls_pk_context *key, const char *issuer,
                       mbedtls_pk_context *issuer_key, const char *from, const char *to, char *pem, size_t size)
{
    unsigned char serial[8];
    char name[128];
    crypto_random(serial, sizeof(serial));
    serial[0] &= 0x7f;
    mbedtls_x509write_crt_set_md_alg(w, MBEDTLS_MD_SHA256);
    mbedtls_x509write_crt_set_version(w, MBEDTLS_X509_CRT_VERSION_3);
    MUST(mbedtls_x509write_crt_set_serial_raw(w, serial, sizeof(serial)));
    snprintf(name, sizeof(name), "CN=%s", subject);
    MUST(mbedtls_x509write_crt_set_subject_name(w, name));
    snprintf(name, sizeof(name), "CN=%s", issuer);
    MUST(mbedtls_x509write_crt_set_issuer_name(w, name));
    mbedtls_x509write_crt_set_subject_key(w, key);
    mbedtls_x509write_crt_set_issuer_key(w, issuer_key);
    MUST(mbedtls_x509write_crt_set_validity(w, from, to));
    MUST(mbedtls_x509write_crt_pem(w, (unsigned char *)pem, size, random_bytes, NULL));
    mbedtls_x509write_crt_free(w);
}

void authority_make(struct authority *a, const char *common_name)
{
    mbedtls_x509write_cert w;
    FILE *f;
    psa_crypto_init();
    memset(a, 0, sizeof(*a));
    snprintf(a->name, sizeof(a->name), "%s", common_name);
    make_key(&a->key);
    mbedtls_x509write_crt_init(&w);
    MUST(mbedtls_x509write_crt_set_basic_constraints(&w, 1, 1));
    write_cert(&w, a->name, &a->key, a->name, &a->key, "20200101000000", "20991231235959", a->pem, sizeof(a->pem));
    snprintf(a->file, sizeof(a->file), "/tmp/edgecron-test-ca-%d-%p.pem", (int)getpid(), (void *)a);
    f = fopen(a->file, "w");
    if (!f || fputs(a->pem, f) < 0 || fclose(f) != 0)
        abort();
}

void authority_free(struct authority *a)
{
    unlink(a->file);
    mbedtls_pk_free(&a->key);
}

void authority_issue(struct authority *by, const char *dns, const char *ip, const char *from, const char *to,
                     struct authority_leaf *ret)
{
    mbedtls_x509write_cert w;
    mbedtls_x509_san_list names[2];
    struct address a;
    char pem[4096];
    const char *subject = dns && strncmp(dns, "CN=", 3) == 0 ? dns + 3 : "leaf";
    int n = 0;
    memset(names, 0, sizeof(names));
    if (dns && dns[0] != 'C') {
        names[n].node.type = MBEDTLS_X509_SAN_DNS_NAME;
        names[n].node.san.unstructured_name.p = (unsigned char *)dns;
        names[n++].node.san.unstructured_name.len = strlen(dns);
    }
    if (ip) {
        bool v6 = strchr(ip, ':') != NULL;
        address_parse(ip, &a);
        names[n].node.type = MBEDTLS_X509_SAN_IP_ADDRESS;
        names[n].node.san.unstructured_name.p = a.bytes + (v6 ? 0 : 12);
        names[n++].node.san.unstructured_name.len = v6 ? 16 : 4;
    }
    if (n == 2)
        names[0].next = &names[1];
    make_key(&ret->key);
    mbedtls_x509write_crt_init(&w);
    MUST(mbedtls_x509write_crt_set_basic_constraints(&w, 0, -1));
    if (n > 0)
        MUST(mbedtls_x509write_crt_set_subject_alternative_name(&w, names));
    write_cert(&w, subject, &ret->key, by ? by->name : subject, by ? &by->key : &ret->key, from, to, pem, sizeof(pem));
    mbedtls_x509_crt_init(&ret->cert);
    MUST(mbedtls_x509_crt_parse(&ret->cert, (unsigned char *)pem, strlen(pem) + 1));
}

void authority_leaf_free(struct authority_leaf *l)
{
    mbedtls_x509_crt_free(&l->cert);
    mbedtls_pk_free(&l->key);
}
