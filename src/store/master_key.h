/* master_key.h - inside src/store alone: the master key's file (vault.h says its form). */
#ifndef EDGECRON_STORE_MASTER_KEY_H
#define EDGECRON_STORE_MASTER_KEY_H

#include "base/crypto.h"
#include "base/err.h"

/* ERR_NOT_FOUND when there is no such file; ERR_SEALED for one that others can read, or of another form, saying how
 * to mend it. */
int master_key_read(const char *path, uint8_t ret[CRYPTO_KEY_SIZE], struct err *e);
/* A new random key in a new file (hex, 0600), durable on return. ERR_CONFLICT when there is one already. */
int master_key_create(const char *path, uint8_t ret[CRYPTO_KEY_SIZE], struct err *e);

#endif
