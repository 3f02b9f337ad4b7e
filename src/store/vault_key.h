/* vault_key.h - inside src/store alone: what an open vault holds, and the data key in and out of its wrapping.
 *
 * All of it inside a transaction, so that two processes that start together agree on the keys. */
#ifndef EDGECRON_STORE_VAULT_KEY_H
#define EDGECRON_STORE_VAULT_KEY_H

#include "base/crypto.h"
#include "base/err.h"
#include "store/store.h"

#include <stdbool.h>
#include <stdint.h>

struct vault {
    uint8_t data_key[CRYPTO_KEY_SIZE];
    int64_t number; /* which data key of the store it is: 1, 2, ... */
};

/* 1: opened; 0: the store has no data key yet; -ERR_SEALED: `master` is not its master key (no text), or negative. */
int vault_key_try(struct vault *v, struct store *s, const uint8_t master[CRYPTO_KEY_SIZE], struct err *e);
/* As vault_open; `master` gets the key that opened it. */
int vault_key_open(struct vault *v, struct store *s, const char *key_file, bool create, uint8_t master[CRYPTO_KEY_SIZE],
                   struct err *e);
/* With no transaction open: removes PATH.next when the store was not told of it, and makes sure that it will not have been. Negative: it stays. */
int vault_key_clear(struct store *s, const char *key_file, struct err *e);
/* Keeps v's data key, wrapped by `master`. */
int vault_key_put(const struct vault *v, struct store *s, const uint8_t master[CRYPTO_KEY_SIZE], struct err *e);

/* Every version of every secret, sealed by `to` instead of `from` (vault.c). ERR_SEALED names one that does not open:
 * then none is changed, in the caller's transaction. */
int vault_reseal(const struct vault *from, const struct vault *to, struct store *s, int *ret_n, struct err *e);

/* ERR_CONFLICT when the store has another data key by now: what is sealed with this one could not be read. */
int vault_key_current(const struct vault *v, struct store *s, struct err *e);

#endif
