/* temp_vault.h - for unit tests of secrets: a vault in a temp_store, and what is in its files. */
#ifndef EDGECRON_TEST_TEMP_VAULT_H
#define EDGECRON_TEST_TEMP_VAULT_H

#include "temp_store.h"

#include "store/secrets.h"
#include "store/vault.h"

#define HOUR_MS 3600000LL

extern char key_file[128];         /* of the store opened last */
int temp_vault_open(void **state); /* a cmocka setup; temp_store_close is its teardown */
struct vault *open_vault(struct store *s);
int64_t set(struct vault *v, struct store *s, const char *name, const char *value); /* at NOW; returns the version */
int64_t rotate(struct vault *v, struct store *s, const char *name, const char *value, int64_t overlap_ms,
               struct wall now);
/* "NAME:VERSION:VALUE:END ...", END in ms after NOW or -1. */
void assert_versions(struct vault *v, struct store *s, const char *expected);

/* The end of the ciphertext kept: of a large value, it is on another page than the rest. */
void take_sealed(struct store *s, const char *where, uint8_t out[16]);
bool files_hold(const char *dir, const void *bytes, size_t len); /* the database and its WAL */

#endif
