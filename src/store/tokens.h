/* tokens.h - API tokens: "ect_" and 43 base64url characters (32 random bytes). Only the SHA-256 is kept, with the
 * first characters for recognition. */
#ifndef EDGECRON_STORE_TOKENS_H
#define EDGECRON_STORE_TOKENS_H

#include "base/json.h"
#include "store/credential.h"
#include "store/store.h"

#define TOKEN_TEXT_SIZE CREDENTIAL_SIZE
#define TOKEN_TAGS_MAX 20
#define TOKEN_TAGS_SIZE 1024 /* of JSON text: 20 tags of up to 40 characters */

enum scope { SCOPE_READ, SCOPE_OPERATE, SCOPE_ADMIN }; /* each includes the ones before */
const char *scope_name(enum scope s);
bool scope_parse(const char *text, enum scope *ret);

/* What a token is to allow. */
struct token_grant {
    const char *name; /* follows job names */
    enum scope scope;
    struct wall expires_at; /* WALL_NONE: never */
    const char *const *tags;
    int n_tags; /* 0: no restriction; else only jobs that have one of them, and their runs */
};

struct token_info {
    const char *name;
    const char *prefix; /* "ect_Ab3d" */
    enum scope scope;
    struct wall created_at, last_used_at; /* last_used_at: WALL_NONE when never; kept to the minute */
    struct wall expires_at;               /* WALL_NONE: never */
    const char *tags;                     /* JSON array of strings */
};

/* ERR_INVALID at "/name", "/expires_at" (not after now) or "/tags/N"; ERR_CONFLICT when the name is taken. The token is
 * written to ret_token once and never to be had again. */
int tokens_grant(struct store *s, const struct token_grant *g, struct wall now, char ret_token[TOKEN_TEXT_SIZE],
                 struct err *e);
/* The same without end or restriction. */
int tokens_create(struct store *s, const char *name, enum scope scope, struct wall now, char ret_token[TOKEN_TEXT_SIZE],
                  struct err *e);
/* Texts live until `each` returns. */
int tokens_each(struct store *s, void (*each)(void *ctx, const struct token_info *t), void *ctx, struct err *e);
int tokens_get(struct store *s, const char *name, void (*each)(void *ctx, const struct token_info *t), void *ctx,
               struct err *e); /* ERR_NOT_FOUND */
int tokens_revoke(struct store *s, const char *name, struct err *e);
/* Looks a presented token up in constant time with regard to its secret: whose it is, and whether last_used_at is of an earlier
 * minute than `now` - then have a writing store run tokens_touch. So a busy client costs one write a minute.
 * ERR_UNAUTHENTICATED when it is none, or was one until it expired. */
struct token_identity {
    char name[64];
    enum scope scope;
    bool stale;
    struct wall last_used_at, expires_at; /* WALL_NONE: never */
    char tags[TOKEN_TAGS_SIZE];           /* JSON array of strings */
};
int tokens_identify(struct store *s, const char *token, struct wall now, struct token_identity *ret, struct err *e);
int tokens_touch(struct store *s, const char *name, struct wall now, struct err *e);

/* Has the job, or the run's job, one of these tags? A job that does not exist, or cannot be read, has none. */
int tokens_tag_job(struct store *s, const char *job, const char *const *tags, int n, bool *ret, struct err *e);
int tokens_tag_run(struct store *s, const char *run_id, const char *const *tags, int n, bool *ret, struct err *e);

#endif
