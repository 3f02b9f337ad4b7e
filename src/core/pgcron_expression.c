/* pgcron_expression.c - expressions, by precedence (chapter 4.1.6). */
#include "core/pgcron_tree.h"

#include <string.h>

enum precedence {
    LOWEST,
    BINDS_OR,
    BINDS_AND,
    BINDS_NOT,
    BINDS_IS,
    BINDS_COMPARISON,
    BINDS_LIKE,
    BINDS_OTHER,
    BINDS_SUM,
    BINDS_PRODUCT,
    BINDS_POWER,
    BINDS_ZONE,
    BINDS_SIGN,
    BINDS_CAST
};

static const struct {
    const char *word;
    enum precedence binds;
} OPERATORS[] = {
    { "or", BINDS_OR },         { "and", BINDS_AND },       { "is", BINDS_IS },         { "isnull", BINDS_IS },
    { "notnull", BINDS_IS },    { "<", BINDS_COMPARISON },  { ">", BINDS_COMPARISON },  { "=", BINDS_COMPARISON },
    { "<=", BINDS_COMPARISON }, { ">=", BINDS_COMPARISON }, { "<>", BINDS_COMPARISON }, { "!=", BINDS_COMPARISON },
    { "between", BINDS_LIKE },  { "in", BINDS_LIKE },       { "like", BINDS_LIKE },     { "ilike", BINDS_LIKE },
    { "similar", BINDS_LIKE },  { "not", BINDS_LIKE },      { "+", BINDS_SUM },         { "-", BINDS_SUM },
    { "*", BINDS_PRODUCT },     { "/", BINDS_PRODUCT },     { "%", BINDS_PRODUCT },     { "^", BINDS_POWER },
    { "at", BINDS_ZONE },       { "collate", BINDS_ZONE },  { "::", BINDS_CAST },       { "[", BINDS_CAST },
    { ".", BINDS_CAST },
};

static const char *const OTHER_OPERATORS[] = { "||", "->",  "->>", "#>",  "#>>", "@>",   "<@", "?",
                                               "?|", "?&",  "~~",  "!~~", "~~*", "!~~*", "~",  "!~",
                                               "~*", "!~*", "<<",  ">>",  "&",   "|",    "#",  "#-" };

static struct pgcron_node *parse(struct pgcron_parser *p, enum precedence least);

static enum precedence binds(const struct pgcron_token *t)
{
    if (t->kind != PGCRON_WORD && t->kind != PGCRON_OP)
        return LOWEST;
    for (size_t i = 0; i < MEM_COUNT(OPERATORS); i++)
        if (strcmp(t->text, OPERATORS[i].word) == 0)
            return OPERATORS[i].binds;
    for (size_t i = 0; t->kind == PGCRON_OP && i < MEM_COUNT(OTHER_OPERATORS); i++)
        if (strcmp(t->text, OTHER_OPERATORS[i]) == 0)
            return BINDS_OTHER;
    return LOWEST;
}

static struct pgcron_node *two(struct pgcron_parser *p, const char *operator, struct pgcron_node * a,
                               struct pgcron_node *b)
{
    struct pgcron_node *n = pgcron_node_new(p, PGCRON_NODE_BINARY, operator);
    pgcron_node_add(p, n, NULL, a);
    pgcron_node_add(p, n, NULL, b);
    n->line = a ? a->line : n->line;
    return n;
}

static struct pgcron_node *one(struct pgcron_parser *p, enum pgcron_node_kind kind, const char *text,
                               struct pgcron_node *a)
{
    struct pgcron_node *n = pgcron_node_new(p, kind, text);
    pgcron_node_add(p, n, NULL, a);
    return n;
}

/* IS [NOT] NULL | TRUE | FALSE | UNKNOWN | DISTINCT FROM x */
static struct pgcron_node *parse_is(struct pgcron_parser *p, struct pgcron_node *left)
{
    bool not = pgcron_take(p, "not");
    const struct pgcron_token *t = pgcron_peek(p, 0);
    struct pgcron_node *n = one(p, PGCRON_NODE_IS, t->text, left);
    n->not = not ;
    p->at++;
    if (strcmp(t->text, "distinct") == 0) {
        if (pgcron_expect(p, "from"))
            pgcron_node_add(p, n, NULL, parse(p, BINDS_COMPARISON + 1));
    } else if (strcmp(t->text, "null") && strcmp(t->text, "true") && strcmp(t->text, "false") &&
               strcmp(t->text, "unknown")) {
        return pgcron_fail(p, "IS");
    }
    return n;
}

static struct pgcron_node *parse_in(struct pgcron_parser *p, struct pgcron_node *left, bool not )
{
    struct pgcron_node *n = one(p, PGCRON_NODE_IN, NULL, left);
    n->not = not ;
    if (!pgcron_expect(p, "("))
        return NULL;
    if (pgcron_begins_query(p))
        n->query = pgcron_parse_query(p);
    else
        do
            pgcron_node_add(p, n, NULL, parse(p, LOWEST + 1));
        while (!p->failed && pgcron_take(p, ","));
    return pgcron_expect(p, ")") ? n : NULL;
}

static struct pgcron_node *parse_between(struct pgcron_parser *p, struct pgcron_node *left, bool not )
{
    pgcron_take(p, "symmetric");
    struct pgcron_node *low = parse(p, BINDS_LIKE + 1);
    if (!pgcron_expect(p, "and"))
        return NULL;
    struct pgcron_node *high = parse(p, BINDS_LIKE + 1);
    struct pgcron_node *both = two(p, "and", two(p, ">=", left, low), two(p, "<=", left, high));
    return not ? one(p, PGCRON_NODE_UNARY, "not", both) : both;
}

static struct pgcron_node *parse_like(struct pgcron_parser *p, struct pgcron_node *left, const char *word, bool not )
{
    if (strcmp(word, "similar") == 0 && !pgcron_expect(p, "to"))
        return NULL;
    struct pgcron_node *n = two(p, word, left, parse(p, BINDS_LIKE + 1));
    if (pgcron_take(p, "escape"))
        parse(p, BINDS_LIKE + 1);
    return not ? one(p, PGCRON_NODE_UNARY, "not", n) : n;
}

/* [NOT] BETWEEN | IN | LIKE | ILIKE | SIMILAR TO */
static struct pgcron_node *parse_match(struct pgcron_parser *p, struct pgcron_node *left, const char *word)
{
    bool not = strcmp(word, "not") == 0;
    if (not ) {
        word = pgcron_peek(p, 0)->text;
        p->at++;
    }
    if (strcmp(word, "between") == 0)
        return parse_between(p, left, not );
    if (strcmp(word, "in") == 0)
        return parse_in(p, left, not );
    if (strcmp(word, "like") == 0 || strcmp(word, "ilike") == 0 || strcmp(word, "similar") == 0)
        return parse_like(p, left, word, not );
    return pgcron_fail(p, "NOT");
}

static struct pgcron_node *parse_subscript(struct pgcron_parser *p, struct pgcron_node *left)
{
    static const char *const end[] = { "]", NULL };
    struct pgcron_node *n = pgcron_node_new(p, PGCRON_NODE_OTHER, "a subscript");
    pgcron_node_add(p, n, NULL, left);
    pgcron_skip_to(p, end);
    return pgcron_expect(p, "]") ? n : NULL;
}

/* What follows `left`, whose operator `word` was taken. */
static struct pgcron_node *parse_rest(struct pgcron_parser *p, struct pgcron_node *left, const char *word,
                                      enum precedence level)
{
    switch (level) {
    case BINDS_IS:
        if (strcmp(word, "is") == 0)
            return parse_is(p, left);
        left = one(p, PGCRON_NODE_IS, "null", left);
        left->not = strcmp(word, "notnull") == 0;
        return left;
    case BINDS_LIKE:
        return parse_match(p, left, word);
    case BINDS_ZONE:
        if (strcmp(word, "collate") == 0) {
            pgcron_take_type(p);
            return left;
        }
        if (!pgcron_expect(p, "time") || !pgcron_expect(p, "zone"))
            return NULL;
        return two(p, "at time zone", left, parse(p, BINDS_ZONE + 1));
    case BINDS_CAST:
        if (strcmp(word, "[") == 0)
            return parse_subscript(p, left);
        if (strcmp(word, "::") == 0)
            return one(p, PGCRON_NODE_CAST, pgcron_take_type(p), left);
        left = one(p, PGCRON_NODE_OTHER, "a member of a composite value", left);
        if (!pgcron_take(p, "*"))
            left->owner = pgcron_take_name(p);
        return left;
    default:
        return two(p, word, left, parse(p, level + 1));
    }
}

static struct pgcron_node *parse_prefix(struct pgcron_parser *p)
{
    if (pgcron_take(p, "not"))
        return one(p, PGCRON_NODE_UNARY, "not", parse(p, BINDS_NOT));
    if (pgcron_take(p, "-"))
        return one(p, PGCRON_NODE_UNARY, "-", parse(p, BINDS_SIGN));
    if (pgcron_take(p, "+"))
        return parse(p, BINDS_SIGN);
    return pgcron_parse_primary(p);
}

static struct pgcron_node *parse(struct pgcron_parser *p, enum precedence least)
{
    if (p->failed || p->depth >= PGCRON_NEST_MAX)
        return pgcron_fail(p, "nesting without end");
    p->depth++;
    struct pgcron_node *left = parse_prefix(p);
    while (!p->failed) {
        const struct pgcron_token *t = pgcron_peek(p, 0);
        enum precedence level = binds(t);
        if (level < least || level == LOWEST)
            break;
        p->at++;
        left = parse_rest(p, left, t->text, level);
    }
    p->depth--;
    return p->failed ? NULL : left;
}

struct pgcron_node *pgcron_parse_expression(struct pgcron_parser *p)
{
    return parse(p, LOWEST + 1);
}
