/* pgcron_lex.h - the words of SQL as PostgreSQL writes it (Lexical Structure, chapter 4.1). Part of pgcron.h.
 *
 * Knows quotes of all kinds ('', E'', U&'', dollar quotes with tags, quoted identifiers), nested comments, casts and what psql adds:
 * commands that begin with a backslash are passed over up to the end of their line, but for those that send a statement (\g, \gset ...), which
 * end it; :variables are words of their own.
 * Time is linear: each byte is looked at a fixed number of times, whatever is left open. */
#ifndef EDGECRON_CORE_PGCRON_LEX_H
#define EDGECRON_CORE_PGCRON_LEX_H

#include "base/mem.h"

#include <stdbool.h>
#include <stddef.h>

#define PGCRON_TOKENS_MAX 200000 /* of one statement, one body of a function */

enum pgcron_token_kind {
    PGCRON_END,    /* after the last */
    PGCRON_WORD,   /* a key word or identifier, in small letters */
    PGCRON_QUOTED, /* a quoted identifier, as it stands */
    PGCRON_STRING,
    PGCRON_NUMBER,
    PGCRON_PARAM,    /* $1; text "1" */
    PGCRON_VARIABLE, /* psql's :name */
    PGCRON_OP
};

struct pgcron_token {
    enum pgcron_token_kind kind;
    int line;         /* where it begins */
    int text_line;    /* where the text within its quotes begins */
    const char *text; /* without quotes and escapes, NUL-terminated */
    size_t from, to;  /* as written: bytes of the text that is read */
};

struct pgcron_tokens {
    struct pgcron_token *token; /* on the heap, ends with PGCRON_END */
    size_t n, cap;              /* n: without the end */
    bool too_many;              /* the rest of the statement was left out */
    int unended;                /* line of a quote or comment that has no end; 0: none */
};

struct pgcron_lex {
    const char *text;
    size_t len, at;
    int line;
    struct arena *arena; /* for the texts of tokens */
    /* Called, where it is not NULL, with each command of psql: its line without the backslash. */
    void (*command)(void *ctx, const char *text, size_t len, int line);
    void *ctx;
};

/* The words up to a ';' outside of quotes, which is read too, or the end. A body of BEGIN ATOMIC ... END may hold some. False at the end of
 * the text. `ret` is filled anew; its memory is kept between calls. */
bool pgcron_lex_statement(struct pgcron_lex *l, struct pgcron_tokens *ret);
/* All words of a body, ';' among them. */
void pgcron_lex_all(struct pgcron_lex *l, struct pgcron_tokens *ret);
void pgcron_tokens_free(struct pgcron_tokens *t);

bool pgcron_token_is(const struct pgcron_token *t, const char *word); /* a key word or an operator */
bool pgcron_token_names(const struct pgcron_token *t);                /* may be an identifier */

#endif
