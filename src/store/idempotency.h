/* idempotency.h - answers that were given to requests with an Idempotency-Key (draft-ietf-httpapi-idempotency-key-header).
 *
 * An answer is kept in the transaction of the change that it tells of, so there is never one without the other. */
#ifndef EDGECRON_STORE_IDEMPOTENCY_H
#define EDGECRON_STORE_IDEMPOTENCY_H

#include "base/crypto.h"
#include "base/mem.h"
#include "store/store.h"

#define IDEMPOTENCY_HOURS 24
#define IDEMPOTENCY_MOST 100000          /* answers that are kept; the oldest go first */
#define IDEMPOTENCY_BODY_MAX (64 * 1024) /* of an answer; a larger one is not kept */

/* Whose key, and for what. */
struct idempotency_key {
    const char *key, *asker, *path;
};
struct idempotency_answer {
    uint8_t fingerprint[CRYPTO_SHA256_SIZE]; /* of the request that was answered */
    int status;
    const char *fields; /* header fields, "Name: value\r\n" */
    const char *body;   /* JSON; NULL: not kept */
    struct wall created_at;
};
/* *ret is NULL when there is none, or one that is too old by `now`; else it is in `a`. */
int idempotency_find(struct store *s, const struct idempotency_key *k, struct wall now, struct arena *a,
                     struct idempotency_answer **ret, struct err *e);
/* And forgets one or two that are too old, so that there are never many of these. */
int idempotency_keep(struct store *s, const struct idempotency_key *k, const struct idempotency_answer *answer,
                     struct err *e);
/* Looks at the `limit` oldest, and deletes what is too old by `now`. Returns how many in *ret. */
int idempotency_prune(struct store *s, struct wall now, int limit, int64_t *ret, struct err *e);

#endif
