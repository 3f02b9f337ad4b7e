#include "core/pgcron_lex.h"

#include "core/pgcron_quote.h"

#include <string.h>

#define JOINED_MAX (64 * 1024) /* bytes that strings on several lines may make together */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v' || c == '\0';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool begins_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (unsigned char)c >= 0x80;
}

static bool within_name(char c)
{
    return begins_name(c) || is_digit(c) || c == '$';
}

static char peek(const struct pgcron_lex *l, size_t ahead)
{
    return ahead < l->len - l->at ? l->text[l->at + ahead] : '\0';
}

static void step(struct pgcron_lex *l, size_t n)
{
    for (; n && l->at < l->len; n--)
        l->line += l->text[l->at++] == '\n';
}

static void skip_line(struct pgcron_lex *l)
{
    const char *end = memchr(l->text + l->at, '\n', l->len - l->at);
    l->at = end ? (size_t)(end - l->text) : l->len;
}

static void skip_comment(struct pgcron_lex *l, struct pgcron_tokens *t)
{
    int depth = 0, line = l->line;
    do {
        if (peek(l, 0) == '/' && peek(l, 1) == '*') {
            depth++;
            step(l, 2);
        } else if (peek(l, 0) == '*' && peek(l, 1) == '/') {
            depth--;
            step(l, 2);
        } else {
            step(l, 1);
        }
    } while (depth && l->at < l->len);
    if (depth && !t->unended)
        t->unended = line;
}

/* Is this a command of psql that sends the statement before it? */
static bool sends(const struct pgcron_lex *l)
{
    static const char *const commands[] = { "g", "gx", "gset", "gexec", "gdesc", "crosstabview", "watch" };
    size_t n = 0;
    while (begins_name(peek(l, n + 1)))
        n++;
    for (size_t i = 0; i < MEM_COUNT(commands); i++)
        if (strlen(commands[i]) == n && strncmp(l->text + l->at + 1, commands[i], n) == 0)
            return true;
    return false;
}

static void skip_command(struct pgcron_lex *l)
{
    size_t start = l->at + 1;
    skip_line(l);
    if (l->command)
        l->command(l->ctx, l->text + start, l->at - start, l->line);
}

/* Spaces, comments, psql's commands. */
static void skip_blank(struct pgcron_lex *l, struct pgcron_tokens *t)
{
    while (l->at < l->len) {
        char c = l->text[l->at];
        if (is_space(c))
            step(l, 1);
        else if (c == '-' && peek(l, 1) == '-')
            skip_line(l);
        else if (c == '\\' && !sends(l))
            skip_command(l);
        else if (c == '/' && peek(l, 1) == '*')
            skip_comment(l, t);
        else
            return;
    }
}

static struct pgcron_token *push(struct pgcron_tokens *t)
{
    if (t->n + 2 > t->cap) {
        t->cap = t->cap ? t->cap * 2 : 64;
        t->token = mem_resize(t->token, t->cap * sizeof *t->token);
    }
    memset(&t->token[t->n], 0, 2 * sizeof *t->token);
    return &t->token[t->n];
}

static const char *lower(struct arena *a, const char *s, size_t len)
{
    char *p = arena_strndup(a, s, len);
    for (size_t i = 0; i < len; i++)
        if (p[i] >= 'A' && p[i] <= 'Z')
            p[i] = (char)(p[i] - 'A' + 'a');
    return p;
}

/* "$tag$": its length, or 0. */
static size_t dollar_tag(const struct pgcron_lex *l)
{
    size_t n = 1;
    if (begins_name(peek(l, 1)))
        while (begins_name(peek(l, n)) || is_digit(peek(l, n)))
            n++;
    return peek(l, n) == '$' ? n + 1 : 0;
}

static void read_dollar(struct pgcron_lex *l, size_t tag, struct pgcron_token *k, struct pgcron_tokens *t)
{
    const char *mark = l->text + l->at;
    step(l, tag);
    size_t start = l->at;
    k->kind = PGCRON_STRING;
    k->text_line = l->line;
    while (l->at < l->len) {
        if (l->text[l->at] == '$' && l->len - l->at >= tag && memcmp(l->text + l->at, mark, tag) == 0) {
            k->text = arena_strndup(l->arena, l->text + start, l->at - start);
            l->at += tag;
            return;
        }
        step(l, 1);
    }
    k->text = arena_strndup(l->arena, l->text + start, l->at - start);
    if (!t->unended)
        t->unended = k->line;
}

/* What stands between two `quote`; a doubled one is one. With `escapes`, a backslash takes the next along. */
static void read_quoted(struct pgcron_lex *l, char quote, bool escapes, struct pgcron_token *k, struct pgcron_tokens *t)
{
    step(l, 1);
    size_t start = l->at;
    k->text_line = l->line;
    for (;; step(l, 1)) {
        if (l->at >= l->len) {
            if (!t->unended)
                t->unended = k->line;
            break;
        }
        if (escapes && l->text[l->at] == '\\')
            step(l, 1);
        else if (l->text[l->at] == quote) {
            if (peek(l, 1) != quote)
                break;
            step(l, 1);
        }
    }
    size_t end = l->at;
    step(l, 1);
    k->text = pgcron_unquote(l->arena, l->text + start, end - start, quote, escapes);
}

/* Strings that stand on lines of their own, one after the other, are one (4.1.2.1). */
static void read_string(struct pgcron_lex *l, bool escapes, struct pgcron_token *k, struct pgcron_tokens *t)
{
    k->kind = PGCRON_STRING;
    read_quoted(l, '\'', escapes, k, t);
    int first = k->text_line;
    while (strlen(k->text) < JOINED_MAX) {
        struct pgcron_lex after = *l;
        size_t end;
        while (after.at < after.len && is_space(after.text[after.at]))
            step(&after, 1);
        end = after.at;
        if (after.line == l->line || end >= l->len || l->text[end] != '\'')
            break;
        const char *head = k->text;
        *l = after;
        read_quoted(l, '\'', escapes, k, t);
        k->text = arena_printf(l->arena, "%s%s", head, k->text);
    }
    k->text_line = first;
}

static void read_number(struct pgcron_lex *l, struct pgcron_token *k)
{
    size_t start = l->at;
    k->kind = PGCRON_NUMBER;
    while (is_digit(peek(l, 0)) || peek(l, 0) == '_')
        l->at++;
    if (peek(l, 0) == '.' && peek(l, 1) != '.') {
        l->at++;
        while (is_digit(peek(l, 0)))
            l->at++;
    }
    if ((peek(l, 0) == 'e' || peek(l, 0) == 'E') &&
        (is_digit(peek(l, 1)) || (strchr("+-", peek(l, 1)) && is_digit(peek(l, 2))))) {
        l->at += 2;
        while (is_digit(peek(l, 0)))
            l->at++;
    }
    k->text = arena_strndup(l->arena, l->text + start, l->at - start);
}

static void read_word(struct pgcron_lex *l, struct pgcron_token *k)
{
    size_t start = l->at;
    while (within_name(peek(l, 0)))
        l->at++;
    k->kind = PGCRON_WORD;
    k->text = lower(l->arena, l->text + start, l->at - start);
}

static void read_variable(struct pgcron_lex *l, struct pgcron_token *k, struct pgcron_tokens *t)
{
    step(l, 1);
    char c = peek(l, 0);
    if (c == '\'' || c == '"')
        read_quoted(l, c, false, k, t);
    else
        read_word(l, k);
    k->kind = PGCRON_VARIABLE;
}

static void read_operator(struct pgcron_lex *l, struct pgcron_token *k)
{
    static const char *const known[] = { "->>", "#>>", "!~~*", "!~~", "~~*", "!~*", "::", ":=", "=>",
                                         "||",  "->",  "#>",   "<=",  ">=",  "<>",  "!=", "..", "@>",
                                         "<@",  "?|",  "?&",   "~~",  "!~",  "~*",  "<<", ">>", "#-" };
    k->kind = PGCRON_OP;
    for (size_t i = 0; i < MEM_COUNT(known); i++) {
        size_t n = strlen(known[i]);
        if (l->len - l->at >= n && memcmp(l->text + l->at, known[i], n) == 0) {
            k->text = known[i];
            l->at += n;
            return;
        }
    }
    k->text = arena_strndup(l->arena, l->text + l->at, 1);
    step(l, 1);
}

static void read_param(struct pgcron_lex *l, struct pgcron_token *k)
{
    size_t start = ++l->at;
    while (is_digit(peek(l, 0)))
        l->at++;
    k->kind = PGCRON_PARAM;
    k->text = arena_strndup(l->arena, l->text + start, l->at - start);
}

static bool has_prefix(const struct pgcron_lex *l, const char *letters)
{
    return peek(l, 0) && strchr(letters, peek(l, 0)) && peek(l, 1) == '\'';
}

/* Another word at l->at, where no blank stands. */
static void read_token(struct pgcron_lex *l, struct pgcron_token *k, struct pgcron_tokens *t)
{
    char c = peek(l, 0), next = peek(l, 1);
    size_t tag = c == '$' ? dollar_tag(l) : 0;
    if (c == '\\') {
        k->kind = PGCRON_OP;
        k->text = ";";
        skip_line(l);
    } else if (c == '\'') {
        read_string(l, false, k, t);
    } else if (has_prefix(l, "eEbBxXnN")) {
        step(l, 1);
        read_string(l, c == 'e' || c == 'E', k, t);
    } else if ((c == 'u' || c == 'U') && next == '&' && (peek(l, 2) == '\'' || peek(l, 2) == '"')) {
        step(l, 2);
        k->kind = peek(l, 0) == '"' ? PGCRON_QUOTED : PGCRON_STRING;
        read_quoted(l, peek(l, 0), false, k, t);
        k->text = pgcron_unicode(l->arena, k->text);
    } else if (c == '"') {
        k->kind = PGCRON_QUOTED;
        read_quoted(l, '"', false, k, t);
    } else if (tag) {
        read_dollar(l, tag, k, t);
    } else if (c == '$' && is_digit(next)) {
        read_param(l, k);
    } else if (is_digit(c) || (c == '.' && is_digit(next))) {
        read_number(l, k);
    } else if (begins_name(c)) {
        read_word(l, k);
    } else if (c == ':' && (begins_name(next) || next == '\'' || next == '"')) {
        read_variable(l, k, t);
    } else {
        read_operator(l, k);
    }
}

static bool read_one(struct pgcron_lex *l, struct pgcron_tokens *t)
{
    skip_blank(l, t);
    if (l->at >= l->len)
        return false;
    struct pgcron_token *k = push(t);
    k->line = l->line;
    k->from = l->at;
    read_token(l, k, t);
    k->to = l->at;
    if (t->n < PGCRON_TOKENS_MAX)
        t->n++;
    else
        t->too_many = true;
    return true;
}

static void begin(struct pgcron_tokens *t)
{
    struct pgcron_tokens kept = { .token = t->token, .cap = t->cap };
    *t = kept;
    push(t);
}

static void finish(struct pgcron_lex *l, struct pgcron_tokens *t)
{
    struct pgcron_token *k = push(t);
    *k = (struct pgcron_token){ .kind = PGCRON_END, .line = l->line, .text = "", .from = l->at, .to = l->at };
}

/* Does the last word open or close something within which a ';' ends nothing: BEGIN ATOMIC, and CASE within it? */
static int atomic_depth(const struct pgcron_tokens *t, int depth)
{
    const struct pgcron_token *last = &t->token[t->n - 1];
    if (!depth)
        return t->n > 1 && pgcron_token_is(last, "atomic") && pgcron_token_is(last - 1, "begin");
    if (pgcron_token_is(last, "case") || pgcron_token_is(last, "begin"))
        return depth + 1;
    return pgcron_token_is(last, "end") ? depth - 1 : depth;
}

bool pgcron_lex_statement(struct pgcron_lex *l, struct pgcron_tokens *ret)
{
    int depth = 0;
    begin(ret);
    while (read_one(l, ret)) {
        if (!depth && pgcron_token_is(&ret->token[ret->too_many ? ret->n : ret->n - 1], ";")) {
            ret->n -= !ret->too_many;
            finish(l, ret);
            return true;
        }
        if (!ret->too_many)
            depth = atomic_depth(ret, depth);
    }
    finish(l, ret);
    return ret->n > 0;
}

void pgcron_lex_all(struct pgcron_lex *l, struct pgcron_tokens *ret)
{
    begin(ret);
    while (read_one(l, ret))
        ;
    finish(l, ret);
}

void pgcron_tokens_free(struct pgcron_tokens *t)
{
    mem_free(t->token);
    *t = (struct pgcron_tokens){ 0 };
}

bool pgcron_token_is(const struct pgcron_token *t, const char *word)
{
    return (t->kind == PGCRON_WORD || t->kind == PGCRON_OP) && strcmp(t->text, word) == 0;
}

bool pgcron_token_names(const struct pgcron_token *t)
{
    return t->kind == PGCRON_WORD || t->kind == PGCRON_QUOTED;
}
