#include "store/credential.h"

#include "base/mem.h"

#include <stdio.h>
#include <string.h>

#define KIND_LEN 4
#define RANDOM_BYTES 32

void credential_make(const char *kind, char ret[CREDENTIAL_SIZE])
{
    uint8_t random[RANDOM_BYTES];
    crypto_random(random, sizeof random);
    memcpy(ret, kind, KIND_LEN);
    crypto_base64url(random, sizeof random, ret + KIND_LEN);
    mem_wipe(random, sizeof random);
}

bool credential_take(const char *kind, const char *text, struct credential *ret)
{
    static const char BASE64URL[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    if (!text || strlen(text) != CREDENTIAL_SIZE - 1 || memcmp(text, kind, KIND_LEN) != 0 ||
        strspn(text + KIND_LEN, BASE64URL) != CREDENTIAL_SIZE - 1 - KIND_LEN)
        return false;
    snprintf(ret->prefix, sizeof ret->prefix, "%.*s", CREDENTIAL_PREFIX, text);
    crypto_sha256(text, CREDENTIAL_SIZE - 1, ret->hash);
    return true;
}

bool credential_equal(const struct credential *c, const void *hash, size_t len)
{
    return len == sizeof c->hash && crypto_equal(hash, c->hash, sizeof c->hash);
}
