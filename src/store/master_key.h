/* master_key.h - inside src/store alone: the master key's file (vault.h says its form).
 *
 * A new key comes in beside the old one, as PATH.next; the store is then told, and PATH.next takes the place of PATH.
 * Whoever finds both looks which of them opens the store (vault_key.c). All this happens while the store is open for
 * writing in a transaction, so that no two processes move files at once. */
#ifndef EDGECRON_STORE_MASTER_KEY_H
#define EDGECRON_STORE_MASTER_KEY_H

#include "base/clock.h"
#include "base/crypto.h"
#include "base/err.h"

/* ERR_NOT_FOUND when there is no such file; ERR_SEALED for one that cannot be read, that others can read, or of another
 * form, saying how to mend it. systemd's credentials belong to root, and the service is let in by an ACL, which looks
 * as if their group could read them: that is fine. */
int master_key_read(const char *path, uint8_t ret[CRYPTO_KEY_SIZE], struct err *e);
/* 32 bytes are the key itself, whatever they look like; else 64 hex digits with white space around. */
bool master_key_decode(const char *data, size_t len, uint8_t ret[CRYPTO_KEY_SIZE]);
/* A new random key in a new file (hex, 0600), durable on return. ERR_CONFLICT when there is one already. */
int master_key_create(const char *path, uint8_t ret[CRYPTO_KEY_SIZE], struct err *e);

/* Can PATH be replaced by a rename? Not systemd's credential, a file mounted by itself, or in a folder that we cannot
 * write. ERR_CONFLICT says which. One that is not there yet can, if its folder can be written. */
int master_key_replaceable(const char *path, struct err *e);
/* The file beside it; of the file that a symbolic link leads to. The caller frees. */
char *master_key_next(const char *path);
/* Writes PATH.next, durable on return, owned by whoever owns PATH. */
int master_key_stage(const char *path, const uint8_t key[CRYPTO_KEY_SIZE], struct err *e);
int master_key_settle(const char *path, struct err *e); /* PATH.next becomes PATH, durably */
void master_key_unstage(const char *path);              /* removes PATH.next */
/* Puts a key in place at once. What is there now and is another is kept as PATH.wrong-TIME (*ret_kept, the caller
 * frees; NULL when there was none), 0600. `like` is a file whose owner the new one gets when there was none. */
int master_key_restore(const char *path, const uint8_t key[CRYPTO_KEY_SIZE], const char *like, struct wall now,
                       char **ret_kept, struct err *e);

#endif
