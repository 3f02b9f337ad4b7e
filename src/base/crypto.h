/* crypto.h - the cryptography edgecron uses, on mbedTLS (the only user of it besides the TLS code).
 *
 * AEAD: AES-256-GCM (NIST SP 800-38D), 12-byte random nonce, 16-byte tag. Hash: SHA-256 (FIPS 180-4), HMAC with it (RFC 2104), and
 * PBKDF2 with that (RFC 8018, section 5.2).
 * Random: getrandom(2); failure aborts, since nothing may go on without it. Thread: any. */
#ifndef EDGECRON_BASE_CRYPTO_H
#define EDGECRON_BASE_CRYPTO_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CRYPTO_KEY_SIZE 32
#define CRYPTO_NONCE_SIZE 12
#define CRYPTO_TAG_SIZE 16
#define CRYPTO_SHA256_SIZE 32
#define CRYPTO_SEAL_OVERHEAD (CRYPTO_NONCE_SIZE + CRYPTO_TAG_SIZE)

void crypto_random(void *out, size_t len);
/* The same for identifiers, which are no secrets: from a stock of the thread's, as a system call costs more than an id. len <= 64. */
void crypto_random_id(void *out, size_t len);

/* out = nonce | ciphertext | tag; out holds len + CRYPTO_SEAL_OVERHEAD bytes. A fresh nonce each time. */
int crypto_seal(const uint8_t key[CRYPTO_KEY_SIZE], const void *aad, size_t aad_len, const void *plain, size_t len,
                uint8_t *out, struct err *e);
/* Opens what crypto_seal made; plain holds sealed_len - CRYPTO_SEAL_OVERHEAD bytes. ERR_SEALED when the key,
 * the AAD or a byte of it is not the one sealed; plain is then all zero. */
int crypto_open(const uint8_t key[CRYPTO_KEY_SIZE], const void *aad, size_t aad_len, const uint8_t *sealed,
                size_t sealed_len, void *plain, struct err *e);

void crypto_sha256(const void *data, size_t len, uint8_t out[CRYPTO_SHA256_SIZE]);
void crypto_hmac(const void *key, size_t key_len, const void *data, size_t len, uint8_t out[CRYPTO_SHA256_SIZE]);
/* One block of PBKDF2-HMAC-SHA-256: as slow as `rounds` (1 or more) says, about half a microsecond each. */
void crypto_pbkdf2(const void *password, size_t len, const void *salt, size_t salt_len, int rounds,
                   uint8_t out[CRYPTO_SHA256_SIZE]);
bool crypto_equal(const void *a, const void *b, size_t len); /* constant time */

/* Texts. Each writes a NUL; sizes: hex 2n+1, base64 4*ceil(n/3)+1, base64url without padding the same. */
void crypto_hex(const void *data, size_t len, char *out);
bool crypto_unhex(const char *text, void *out, size_t len); /* exactly len bytes, lower or upper case */
void crypto_base64(const void *data, size_t len, char *out);
void crypto_base64url(const void *data, size_t len, char *out);

#endif
