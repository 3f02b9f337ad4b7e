#include "store/idempotency.h"

#include "store/statement.h"

#include <string.h>

#define KEPT_MS (IDEMPOTENCY_HOURS * 3600 * 1000LL)
#define PRUNED_ALONG 2

int idempotency_find(struct store *s, const struct idempotency_key *k, struct wall now, struct arena *a,
                     struct idempotency_answer **ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_IDEMPOTENCY_GET);
    size_t len;
    statement_text(&q, k->key);
    statement_text(&q, k->asker);
    statement_text(&q, k->path);
    statement_wall(&q, (struct wall){ now.ms - KEPT_MS });
    *ret = NULL;
    int rc = statement_row(&q, e);
    if (rc <= 0)
        return rc;
    struct idempotency_answer *x = arena_alloc(a, sizeof *x);
    const void *fingerprint = next_blob(&q, &len);
    if (len == sizeof x->fingerprint)
        memcpy(x->fingerprint, fingerprint, len);
    x->status = (int)next_int(&q);
    x->fields = next_text_copy(&q, a);
    x->body = next_text_copy(&q, a);
    x->created_at = next_wall(&q);
    statement_end(&q);
    *ret = x;
    return 0;
}

int idempotency_prune(struct store *s, struct wall now, int limit, int64_t *ret, struct err *e)
{
    struct statement q = statement_begin(s, Q_IDEMPOTENCY_PRUNE);
    statement_int(&q, limit);
    statement_wall(&q, (struct wall){ now.ms - KEPT_MS });
    statement_wall(&q, (struct wall){ now.ms + KEPT_MS });
    statement_int(&q, IDEMPOTENCY_MOST);
    int rc = statement_run(&q, e);
    *ret = rc ? 0 : statement_changes(&q);
    return rc;
}

int idempotency_keep(struct store *s, const struct idempotency_key *k, const struct idempotency_answer *answer,
                     struct err *e)
{
    int64_t pruned;
    int rc = idempotency_prune(s, answer->created_at, PRUNED_ALONG, &pruned, e);
    if (rc)
        return rc;
    struct statement q = statement_begin(s, Q_IDEMPOTENCY_PUT);
    statement_text(&q, k->key);
    statement_text(&q, k->asker);
    statement_text(&q, k->path);
    statement_blob(&q, answer->fingerprint, sizeof answer->fingerprint);
    statement_int(&q, answer->status);
    statement_text(&q, answer->fields);
    statement_text(&q, answer->body);
    statement_wall(&q, answer->created_at);
    return statement_run(&q, e);
}
