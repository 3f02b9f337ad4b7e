#include "base/crypto.h"

#include "base/mem.h"

#include <errno.h>
#include <mbedtls/gcm.h>
#include <mbedtls/sha256.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

void crypto_random(void *out, size_t len)
{
    for (uint8_t *p = out; len > 0;) {
        ssize_t n = getrandom(p, len, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            abort(); /* a kernel without getrandom(2): nothing may go on with guessable keys */
        p += n;
        len -= (size_t)n;
    }
}

static _Thread_local uint8_t stock[1024];
static _Thread_local size_t stock_left;

/* In a child: what is left is the parent's too, and would give both the same ids. Only the thread that forked goes on there. */
static void forget_stock(void)
{
    stock_left = 0;
}

static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, forget_stock);
}

void crypto_random_id(void *out, size_t len)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    if (stock_left < len) {
        pthread_once(&once, watch_forks);
        crypto_random(stock, sizeof stock);
        stock_left = sizeof stock;
    }
    memcpy(out, stock + stock_left - len, len);
    stock_left -= len;
}

static int gcm_ready(mbedtls_gcm_context *gcm, const uint8_t *key, struct err *e)
{
    mbedtls_gcm_init(gcm);
    if (mbedtls_gcm_setkey(gcm, MBEDTLS_CIPHER_ID_AES, key, CRYPTO_KEY_SIZE * 8))
        return err_set(e, ERR_INTERNAL, "AES-256-GCM cannot be set up");
    return 0;
}

int crypto_seal(const uint8_t key[CRYPTO_KEY_SIZE], const void *aad, size_t aad_len, const void *plain, size_t len,
                uint8_t *out, struct err *e)
{
    mbedtls_gcm_context gcm;
    uint8_t *nonce = out, *text = out + CRYPTO_NONCE_SIZE, *tag = text + len;
    int rc = gcm_ready(&gcm, key, e);
    if (!rc) {
        crypto_random(nonce, CRYPTO_NONCE_SIZE);
        if (mbedtls_gcm_crypt_and_tag(&gcm, MBEDTLS_GCM_ENCRYPT, len, nonce, CRYPTO_NONCE_SIZE, aad, aad_len, plain,
                                      text, CRYPTO_TAG_SIZE, tag))
            rc = err_set(e, ERR_INTERNAL, "AES-256-GCM failed to encrypt");
    }
    mbedtls_gcm_free(&gcm);
    return rc;
}

int crypto_open(const uint8_t key[CRYPTO_KEY_SIZE], const void *aad, size_t aad_len, const uint8_t *sealed,
                size_t sealed_len, void *plain, struct err *e)
{
    if (sealed_len < CRYPTO_SEAL_OVERHEAD)
        return err_set(e, ERR_SEALED, "the sealed value is truncated");
    mbedtls_gcm_context gcm;
    size_t len = sealed_len - CRYPTO_SEAL_OVERHEAD;
    const uint8_t *text = sealed + CRYPTO_NONCE_SIZE, *tag = text + len;
    int rc = gcm_ready(&gcm, key, e);
    if (!rc && mbedtls_gcm_auth_decrypt(&gcm, len, sealed, CRYPTO_NONCE_SIZE, aad, aad_len, tag, CRYPTO_TAG_SIZE, text,
                                        plain)) {
        mem_wipe(plain, len);
        rc = err_set(e, ERR_SEALED, "the sealed value does not open with this key");
    }
    mbedtls_gcm_free(&gcm);
    return rc;
}

void crypto_sha256(const void *data, size_t len, uint8_t out[CRYPTO_SHA256_SIZE])
{
    if (mbedtls_sha256(data, len, out, 0))
        abort();
}

#define BLOCK 64 /* bytes that SHA-256 takes at a time */

/* The two halves of an HMAC, each with the block of its key taken: PBKDF2 begins each round from them, which makes two blocks a round
 * where mbedTLS's own takes four. */
struct hmac {
    mbedtls_sha256_context inner, outer;
};

static void start_half(mbedtls_sha256_context *half, const uint8_t key[BLOCK], uint8_t pad)
{
    uint8_t block[BLOCK];
    for (size_t i = 0; i < BLOCK; i++)
        block[i] = key[i] ^ pad;
    mbedtls_sha256_init(half);
    if (mbedtls_sha256_starts(half, 0) || mbedtls_sha256_update(half, block, sizeof block))
        abort();
    mem_wipe(block, sizeof block);
}

static void hmac_start(struct hmac *h, const void *key, size_t len)
{
    uint8_t block[BLOCK] = { 0 };
    if (len > BLOCK)
        crypto_sha256(key, len, block);
    else if (len)
        memcpy(block, key, len);
    start_half(&h->inner, block, 0x36);
    start_half(&h->outer, block, 0x5c);
    mem_wipe(block, sizeof block);
}

static void hmac_end(struct hmac *h)
{
    mbedtls_sha256_free(&h->inner);
    mbedtls_sha256_free(&h->outer);
}

static void finish_half(const mbedtls_sha256_context *half, const void *data, size_t len, const void *more,
                        size_t more_len, uint8_t out[CRYPTO_SHA256_SIZE])
{
    mbedtls_sha256_context c;
    mbedtls_sha256_init(&c);
    mbedtls_sha256_clone(&c, half);
    if (mbedtls_sha256_update(&c, data, len) || mbedtls_sha256_update(&c, more, more_len) ||
        mbedtls_sha256_finish(&c, out))
        abort();
    mbedtls_sha256_free(&c);
}

/* Of data and more, one after the other. */
static void hmac_of(const struct hmac *h, const void *data, size_t len, const void *more, size_t more_len,
                    uint8_t out[CRYPTO_SHA256_SIZE])
{
    uint8_t inner[CRYPTO_SHA256_SIZE];
    finish_half(&h->inner, data, len, more, more_len, inner);
    finish_half(&h->outer, inner, sizeof inner, "", 0, out);
}

void crypto_hmac(const void *key, size_t key_len, const void *data, size_t len, uint8_t out[CRYPTO_SHA256_SIZE])
{
    struct hmac h;
    hmac_start(&h, key, key_len);
    hmac_of(&h, data, len, "", 0, out);
    hmac_end(&h);
}

void crypto_pbkdf2(const void *password, size_t len, const void *salt, size_t salt_len, int rounds,
                   uint8_t out[CRYPTO_SHA256_SIZE])
{
    static const uint8_t first[] = { 0, 0, 0, 1 }; /* the number of the block */
    uint8_t u[CRYPTO_SHA256_SIZE];
    struct hmac h;
    hmac_start(&h, password, len);
    hmac_of(&h, salt, salt_len, first, sizeof first, u);
    memcpy(out, u, sizeof u);
    for (int i = 1; i < rounds; i++) {
        hmac_of(&h, u, sizeof u, "", 0, u);
        for (size_t k = 0; k < sizeof u; k++)
            out[k] ^= u[k];
    }
    hmac_end(&h);
    mem_wipe(u, sizeof u);
}

bool crypto_equal(const void *a, const void *b, size_t len)
{
    const volatile uint8_t *x = a, *y = b;
    uint8_t diff = 0;
    for (size_t i = 0; i < len; i++)
        diff |= (uint8_t)(x[i] ^ y[i]);
    return diff == 0;
}

void crypto_hex(const void *data, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *p = data;
    for (size_t i = 0; i < len; i++) {
        *out++ = digits[p[i] >> 4];
        *out++ = digits[p[i] & 15];
    }
    *out = '\0';
}

static int unhex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool crypto_unhex(const char *text, void *out, size_t len)
{
    uint8_t *p = out;
    if (strlen(text) != len * 2)
        return false;
    for (size_t i = 0; i < len; i++) {
        int high = unhex_digit(text[2 * i]), low = unhex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        p[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* RFC 4648. */
static void base64_with(const char *alphabet, bool pad, const uint8_t *p, size_t len, char *out)
{
    for (; len > 0; p += 3) {
        size_t n = len < 3 ? len : 3;
        unsigned bits = (unsigned)p[0] << 16 | (n > 1 ? (unsigned)p[1] << 8 : 0) | (n > 2 ? p[2] : 0);
        for (size_t i = 0; i < 4; i++) {
            if (i <= n)
                *out++ = alphabet[bits >> (18 - 6 * i) & 63];
            else if (pad)
                *out++ = '=';
        }
        len -= n;
    }
    *out = '\0';
}

void crypto_base64(const void *data, size_t len, char *out)
{
    base64_with("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", true, data, len, out);
}

void crypto_base64url(const void *data, size_t len, char *out)
{
    base64_with("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", false, data, len, out);
}
