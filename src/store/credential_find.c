#include "store/credential_find.h"

int credential_find(struct store *s, enum query query, const struct credential *c,
                    void (*take)(void *ctx, struct statement *q), void *ctx, bool *ret_found, struct err *e)
{
    int rc;
    struct statement q = statement_begin(s, query);
    statement_text(&q, c->prefix);
    *ret_found = false;
    while ((rc = statement_row(&q, e)) > 0) {
        size_t len;
        q.column = 1;
        const void *kept = next_blob(&q, &len);
        if (!credential_equal(c, kept, len))
            continue;
        *ret_found = true;
        q.column = 0;
        take(ctx, &q);
    }
    return rc;
}
