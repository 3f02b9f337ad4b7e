/* rekey.h - another master key for a store, while a server runs on it: the data key is wrapped anew, in one
 * transaction. The server has the data key in memory and needs nothing. The right key put in place of a wrong one.
 *
 * The new key is in a file, durably, before the store is told, and takes the old one's place afterwards: wherever this
 * dies, one of the two files opens the store, and the next one who opens it puts things straight (vault_key.c). */
#ifndef EDGECRON_STORE_REKEY_H
#define EDGECRON_STORE_REKEY_H

#include "base/crypto.h"
#include "store/store.h"

struct rekey {
    const uint8_t *key; /* CRYPTO_KEY_SIZE bytes, or NULL for a random one */
    bool data_key;      /* a new data key as well: every version of every secret is sealed anew */
    bool replaced;      /* out: the key file holds the new key */
    int resealed;       /* out: versions that were sealed anew */
};
/* A key file that cannot be replaced (systemd's credential, a mounted file) needs `key`, and whoever keeps that file
 * puts the new key there before the next start. ERR_SEALED as vault_open, and for a secret that cannot be sealed anew;
 * ERR_CONFLICT when the key given is the one in use, or one must be given, with the steps to take. With any error the
 * old key is still the right one, unless the text says otherwise. Adds AUDIT_VAULT_REKEY. A server that runs notices a
 * new data key by its number (vault.h). */
int vault_rekey(struct store *s, const char *key_file, struct rekey *how, struct wall now, struct err *e);

/* 64 hexadecimal digits with white space around, or 32 bytes, which are the key itself whatever they look like. */
bool vault_key_decode(const char *data, size_t len, uint8_t ret[CRYPTO_KEY_SIZE]);

struct unsealed {
    bool had;   /* the key file opens the store as it is: nothing was done */
    char *kept; /* where the file is now that was in its place, the caller frees; NULL: there was none */
};
/* Puts the right master key in place as the key file. ERR_SEALED when it is not the one of this store, which is
 * recorded too; ERR_CONFLICT when nothing is sealed as there is no data key yet, or the file cannot be replaced. Adds
 * AUDIT_VAULT_UNSEAL or AUDIT_VAULT_UNSEAL_FAILED. */
int vault_unseal(struct store *s, const char *key_file, const uint8_t key[CRYPTO_KEY_SIZE], struct wall now,
                 struct unsealed *ret, struct err *e);

#endif
