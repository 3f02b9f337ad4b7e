/* credential.h - what opens a door by being known: 4 characters that say for what, and 43 of base64url (32 random bytes). Only the SHA-256
 * is kept, with the first characters to find it by. Any thread. */
#ifndef EDGECRON_STORE_CREDENTIAL_H
#define EDGECRON_STORE_CREDENTIAL_H

#include "base/crypto.h"

#define CREDENTIAL_SIZE 48 /* with NUL */
#define CREDENTIAL_PREFIX 8
#define CREDENTIAL_TOKEN "ect_"
#define CREDENTIAL_SESSION "ecs_"
#define CREDENTIAL_SETUP "ecl_"

struct credential {
    char prefix[CREDENTIAL_PREFIX + 1];
    uint8_t hash[CRYPTO_SHA256_SIZE];
};

void credential_make(const char *kind, char ret[CREDENTIAL_SIZE]);
/* What is kept of a text. False when it is none of that kind. */
bool credential_take(const char *kind, const char *text, struct credential *ret);
/* Constant time; `len` is that of the hash kept. */
bool credential_equal(const struct credential *c, const void *hash, size_t len);

#endif
