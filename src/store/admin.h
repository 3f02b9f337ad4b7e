/* admin.h - the administrator's password, and the link by which the first one is set. Kept is PBKDF2-HMAC-SHA-256 of the password, with
 * its own salt and count of rounds, so that the count may grow; of the link, a SHA-256.
 *
 * admin_make and admin_fits take a third of a second of CPU on purpose: never on the writer's thread, and never many at a time. */
#ifndef EDGECRON_STORE_ADMIN_H
#define EDGECRON_STORE_ADMIN_H

#include "store/credential.h"
#include "store/store.h"

#define ADMIN_ROUNDS 600000 /* OWASP's advice for this function */
#define SETUP_VALID_MS (30 * 60000LL)

struct admin_password {
    uint8_t salt[16], hash[CRYPTO_SHA256_SIZE];
    int rounds;
    uint8_t device_key[32]; /* signs what tells that a browser logged in before; new with each password */
    struct wall updated_at;
};
void admin_make(const char *password, size_t len, struct admin_password *ret);
bool admin_fits(const struct admin_password *p, const char *password, size_t len); /* constant-time compare */

int admin_get(struct store *s, bool *ret_is_set, struct admin_password *ret, struct err *e);
/* Is it still the one that was read before? To look takes long enough for another to be set meanwhile: ERR_UNAUTHENTICATED. */
int admin_still(struct store *s, const struct admin_password *seen, struct err *e);
/* Ends all sessions but `keep` (NULL: all) and the set-up link. `by`: for the audit, "password", "setup", "command" or "file". */
int admin_set(struct store *s, const struct admin_password *p, const char *keep, const char *by, struct wall now,
              struct err *e);

/* A new link, in place of one from before. ERR_CONFLICT when a password is set. */
int setup_make(struct store *s, struct wall now, char ret_token[CREDENTIAL_SIZE], struct err *e);
/* ERR_UNAUTHENTICATED when it is none or is over; ERR_CONFLICT when a password is set. Changes nothing. */
int setup_check(struct store *s, const char *token, struct wall now, struct err *e);

#endif
