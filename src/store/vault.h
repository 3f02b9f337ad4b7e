/* vault.h - secrets: written once, used everywhere, read by nobody.
 *
 * Key hierarchy: the master key (32 bytes, file 0600) wraps a random data key (kept wrapped in the store); each
 * secret version is AES-256-GCM under the data key, with AAD "edgecron:secret:v1\0NAME\0VERSION", so that a row moved
 * to another name or version does not open. Plain values live in struct secret alone and are wiped on release. What is told of
 * secrets without a key is in secrets.h.
 * Thread: a struct vault is immutable after opening. */
#ifndef EDGECRON_STORE_VAULT_H
#define EDGECRON_STORE_VAULT_H

#include "base/crypto.h"
#include "store/store.h"

#define SECRET_VALUE_MAX 65536 /* bytes */

struct secret {
    char *value; /* of guarded.h; NUL-terminated, but may not hold NUL itself */
    size_t len;
    int64_t version; /* 1, 2, ... */
};
void secret_wipe(struct secret *x);
void secret_auto_wipe(struct secret *x);
#define secret_auto __attribute__((cleanup(secret_auto_wipe)))

struct vault;

/* Reads the master key file: 32 bytes raw, or 64 hex digits (white space around is fine). Refuses a file that others
 * can read (mode & 077) and one of another form, saying how to mend it. With `create`, a missing file is made (0600,
 * random). Then unwraps the data key, making it on a new store (needs a STORE_WRITE store). ERR_SEALED when the key
 * is not the one of this store, cannot be read, or is missing while the store has secrets (never makes a new key
 * then), saying what to do. Finishes a change of the key that died half way (vault_key.c). */
int vault_open(struct vault **ret, struct store *s, const char *key_file, bool create, struct err *e);
/* With a key that is in no file. ERR_SEALED when it is not the one; ERR_CONFLICT when the store has no data key yet. */
int vault_open_with(struct vault **ret, struct store *s, const uint8_t key[CRYPTO_KEY_SIZE], struct err *e);
struct vault *vault_copy(const struct vault *v); /* for another thread; close it as any other */
/* Data keys are counted (rekey.h): the one that is open, and the one that the store has now (0: none). */
int64_t vault_number(const struct vault *v);
int vault_number_kept(struct store *s, int64_t *ret, struct err *e);
void vault_close(struct vault *v); /* wipes */

/* Values: 1..SECRET_VALUE_MAX bytes of UTF-8, no NUL; ERR_INVALID otherwise. A new value is a new version.
 *
 * vault_set makes the secret or replaces its value at once: all older versions are destroyed. The value that it has
 * already stays the same version. */
int vault_set(struct vault *v, struct store *s, const char *name, const char *value, size_t len, struct wall now,
              int64_t *ret_version, struct err *e);
/* The version before stays valid for overlap_ms (0: it is destroyed now); the one before that is destroyed. ERR_NOT_FOUND
 * when there is no such secret, ERR_CONFLICT when the value is the one it has. */
int vault_rotate(struct vault *v, struct store *s, const char *name, const char *value, size_t len, int64_t overlap_ms,
                 struct wall now, int64_t *ret_version, struct err *e);
int vault_get(const struct vault *v, struct store *s, const char *name, struct secret *ret,
              struct err *e); /* the current version; ERR_NOT_FOUND, ERR_SEALED */

struct secret_version {
    const char *name;
    int64_t version;
    struct wall expires_at;     /* WALL_NONE: the current one; else the previous one, which is not to be used after */
    const struct secret *value; /* NULL: it does not open ... */
    const struct err *why;      /* ... and this is why */
};
/* Every version of every secret, decrypted; the previous one of a secret comes before its current one. */
int vault_each(const struct vault *v, struct store *s, void (*each)(void *ctx, const struct secret_version *x),
               void *ctx, struct err *e);

#endif
