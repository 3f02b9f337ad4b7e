/* tokens.h - API tokens: "ect_" and 43 base64url characters (32 random bytes). Only the SHA-256 is kept, with the
 * first characters for recognition. */
#ifndef EDGECRON_STORE_TOKENS_H
#define EDGECRON_STORE_TOKENS_H

#include "store/store.h"

#define TOKEN_TEXT_SIZE 48

enum scope { SCOPE_READ, SCOPE_OPERATE, SCOPE_ADMIN }; /* each includes the ones before */
const char *scope_name(enum scope s);
bool scope_parse(const char *text, enum scope *ret);

struct token_info {
    const char *name;
    const char *prefix; /* "ect_Ab3d" */
    enum scope scope;
    struct wall created_at, last_used_at; /* last_used_at: WALL_NONE when never; kept to the minute */
};

/* Names follow job names. ERR_CONFLICT when the name is taken. The token is written to ret_token once and never to be
 * had again. */
int tokens_create(struct store *s, const char *name, enum scope scope, struct wall now, char ret_token[TOKEN_TEXT_SIZE],
                  struct err *e);
int tokens_each(struct store *s, void (*each)(void *ctx, const struct token_info *t), void *ctx, struct err *e);
int tokens_revoke(struct store *s, const char *name, struct err *e);
/* Looks a presented token up in constant time with regard to its secret: whose it is, and whether last_used_at is of an earlier
 * minute than `now` - then have a writing store run tokens_touch. So a busy client costs one write a minute.
 * ERR_UNAUTHENTICATED when it is none. */
struct token_identity {
    char name[64];
    enum scope scope;
    bool stale;
};
int tokens_identify(struct store *s, const char *token, struct wall now, struct token_identity *ret, struct err *e);
int tokens_touch(struct store *s, const char *name, struct wall now, struct err *e);

#endif
