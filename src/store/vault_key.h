/* vault_key.h - inside src/store alone: what an open vault holds. */
#ifndef EDGECRON_STORE_VAULT_KEY_H
#define EDGECRON_STORE_VAULT_KEY_H

#include "base/crypto.h"

struct vault {
    uint8_t data_key[CRYPTO_KEY_SIZE];
};

#endif
