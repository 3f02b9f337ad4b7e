/* credential_find.h - inside src/store alone: whose credential is it? */
#ifndef EDGECRON_STORE_CREDENTIAL_FIND_H
#define EDGECRON_STORE_CREDENTIAL_FIND_H

#include "store/credential.h"
#include "store/statement.h"

/* `query` asks for the prefix, and gives the hash in its second column. All rows of the prefix are compared, match or not: the time
 * taken says nothing of a hash. `take` reads the row that matches, from its first column on. */
int credential_find(struct store *s, enum query query, const struct credential *c,
                    void (*take)(void *ctx, struct statement *q), void *ctx, bool *ret_found, struct err *e);

#endif
