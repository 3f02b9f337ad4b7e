/* pgcron_primary.c - the innermost parts of expressions: constants, names, calls, CASE, what stands in parentheses (chapter 4.2). */
#include "core/pgcron_tree.h"

#include <string.h>

static const char *const CLOSE[] = { ")", NULL };

bool pgcron_begins_query(const struct pgcron_parser *p)
{
    size_t ahead = 0;
    while (pgcron_token_is(pgcron_peek(p, ahead), "("))
        ahead++;
    const struct pgcron_token *t = pgcron_peek(p, ahead);
    return pgcron_token_is(t, "select") || pgcron_token_is(t, "with") || pgcron_token_is(t, "values");
}

static void parse_list(struct pgcron_parser *p, struct pgcron_node *to)
{
    do
        pgcron_node_add(p, to, NULL, pgcron_parse_expression(p));
    while (!p->failed && pgcron_take(p, ","));
}

static struct pgcron_node *parse_case(struct pgcron_parser *p)
{
    struct pgcron_node *n = pgcron_node_new(p, PGCRON_NODE_CASE, NULL);
    pgcron_node_add(p, n, NULL, pgcron_at(p, "when") ? NULL : pgcron_parse_expression(p));
    while (!p->failed && pgcron_take(p, "when")) {
        pgcron_node_add(p, n, NULL, pgcron_parse_expression(p));
        if (pgcron_expect(p, "then"))
            pgcron_node_add(p, n, NULL, pgcron_parse_expression(p));
    }
    pgcron_node_add(p, n, NULL, pgcron_take(p, "else") ? pgcron_parse_expression(p) : NULL);
    return pgcron_expect(p, "end") ? n : NULL;
}

static struct pgcron_node *parse_parentheses(struct pgcron_parser *p)
{
    struct pgcron_node *n;
    if (pgcron_begins_query(p)) {
        n = pgcron_node_new(p, PGCRON_NODE_QUERY, NULL);
        n->query = pgcron_parse_query(p);
        return pgcron_expect(p, ")") ? n : NULL;
    }
    n = pgcron_node_new(p, PGCRON_NODE_ROW, NULL);
    parse_list(p, n);
    if (!pgcron_expect(p, ")"))
        return NULL;
    return n->n == 1 ? n->kid[0] : n;
}

static struct pgcron_node *parse_array(struct pgcron_parser *p)
{
    struct pgcron_node *n = pgcron_node_new(p, PGCRON_NODE_ARRAY, NULL);
    if (pgcron_take(p, "(")) {
        n->query = pgcron_parse_query(p);
        return pgcron_expect(p, ")") ? n : NULL;
    }
    if (!pgcron_expect(p, "["))
        return NULL;
    if (!pgcron_at(p, "]"))
        parse_list(p, n);
    return pgcron_expect(p, "]") ? n : NULL;
}

static struct pgcron_node *parse_row(struct pgcron_parser *p)
{
    struct pgcron_node *n = pgcron_node_new(p, PGCRON_NODE_ROW, NULL);
    if (!pgcron_expect(p, "("))
        return NULL;
    if (!pgcron_at(p, ")"))
        parse_list(p, n);
    return pgcron_expect(p, ")") ? n : NULL;
}

static struct pgcron_node *parse_cast(struct pgcron_parser *p)
{
    struct pgcron_node *n = pgcron_node_new(p, PGCRON_NODE_CAST, NULL);
    if (!pgcron_expect(p, "("))
        return NULL;
    pgcron_node_add(p, n, NULL, pgcron_parse_expression(p));
    if (pgcron_expect(p, "as"))
        n->text = pgcron_take_type(p);
    return pgcron_expect(p, ")") ? n : NULL;
}

static struct pgcron_node *parse_exists(struct pgcron_parser *p)
{
    struct pgcron_node *n = pgcron_node_new(p, PGCRON_NODE_EXISTS, NULL);
    if (!pgcron_expect(p, "("))
        return NULL;
    n->query = pgcron_parse_query(p);
    return pgcron_expect(p, ")") ? n : NULL;
}

/* Calls that have key words between their arguments: EXTRACT(EPOCH FROM now()), TRIM(BOTH ...). */
static struct pgcron_node *parse_odd(struct pgcron_parser *p, const char *word)
{
    struct pgcron_node *n = pgcron_node_new(p, PGCRON_NODE_OTHER, word);
    if (!pgcron_expect(p, "("))
        return NULL;
    pgcron_skip_to(p, CLOSE);
    return pgcron_expect(p, ")") ? n : NULL;
}

static void parse_argument(struct pgcron_parser *p, struct pgcron_node *call)
{
    const char *name = NULL;
    pgcron_take(p, "variadic");
    const struct pgcron_token *next = pgcron_peek(p, 1);
    if (pgcron_token_names(pgcron_peek(p, 0)) && (pgcron_token_is(next, ":=") || pgcron_token_is(next, "=>"))) {
        name = pgcron_take_name(p);
        p->at++;
    }
    pgcron_node_add(p, call, name, pgcron_parse_expression(p));
}

/* What may follow the arguments of aggregates and window functions. */
static bool parse_call_tail(struct pgcron_parser *p, struct pgcron_node *call)
{
    static const char *const tails[] = { "filter", "over", "within" };
    for (size_t i = 0; i < MEM_COUNT(tails); i++) {
        if (!pgcron_take(p, tails[i]))
            continue;
        pgcron_take(p, "group");
        call->kind = PGCRON_NODE_OTHER;
        call->text = "an aggregate or window function";
        if (!pgcron_take(p, "("))
            return pgcron_take_name(p) != NULL;
        pgcron_skip_to(p, CLOSE);
        if (!pgcron_expect(p, ")"))
            return false;
    }
    return true;
}

static struct pgcron_node *parse_call(struct pgcron_parser *p, const char *owner, const char *name, int line)
{
    static const char *const order[] = { "order", NULL };
    struct pgcron_node *n = pgcron_node_new(p, PGCRON_NODE_CALL, name);
    n->owner = owner;
    n->line = line;
    if (pgcron_take(p, "distinct"))
        n->kind = PGCRON_NODE_OTHER;
    pgcron_take(p, "all");
    if (pgcron_take(p, "*"))
        pgcron_node_add(p, n, NULL, pgcron_node_new(p, PGCRON_NODE_STAR, NULL));
    else if (!pgcron_at(p, ")"))
        do
            parse_argument(p, n);
        while (!p->failed && pgcron_take(p, ","));
    if (pgcron_at(p, order[0]))
        pgcron_skip_to(p, CLOSE);
    return pgcron_expect(p, ")") && parse_call_tail(p, n) ? n : NULL;
}

static const struct {
    const char *word, *next; /* next: what must follow, or NULL */
    struct pgcron_node *(*parse)(struct pgcron_parser *p);
} FORMS[] = {
    { "case", NULL, parse_case }, { "array", NULL, parse_array },  { "row", "(", parse_row },
    { "cast", "(", parse_cast },  { "exists", "(", parse_exists }, { "(", NULL, parse_parentheses },
};

static const struct {
    const char *word;
    enum pgcron_node_kind kind;
} CONSTANTS[] = { { "null", PGCRON_NODE_NULL },
                  { "true", PGCRON_NODE_TRUE },
                  { "false", PGCRON_NODE_FALSE },
                  { "*", PGCRON_NODE_STAR } };

/* Functions that are called without parentheses. */
static const char *const BARE_CALLS[] = { "current_timestamp", "current_date", "current_time", "localtimestamp",
                                          "localtime",         "current_user", "session_user", "user" };
static const char *const ODD_CALLS[] = { "extract", "substring", "position", "overlay" };

static bool listed(const char *const *list, size_t n, const char *word)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i], word) == 0)
            return true;
    return false;
}

/* With key words between its arguments? */
static bool is_odd(const struct pgcron_parser *p, const char *name)
{
    static const char *const sides[] = { "both", "leading", "trailing" };
    const struct pgcron_token *next = pgcron_peek(p, 0);
    if (listed(ODD_CALLS, MEM_COUNT(ODD_CALLS), name))
        return true;
    return strcmp(name, "trim") == 0 && next->kind == PGCRON_WORD && listed(sides, MEM_COUNT(sides), next->text);
}

/* A name, a call, or a constant of a type that is written before it: jsonb '{}'. */
static struct pgcron_node *parse_named(struct pgcron_parser *p)
{
    const struct pgcron_token *t = pgcron_peek(p, 0);
    const char *owner, *name;
    bool bare = t->kind == PGCRON_WORD;
    int line = t->line;
    pgcron_take_dotted(p, &owner, &name);
    if (p->failed)
        return NULL;
    bool called = pgcron_take(p, "(");
    if (bare && !owner && called && is_odd(p, name) && p->at--)
        return parse_odd(p, name);
    if (called)
        return parse_call(p, owner, name, line);
    if (bare && !owner && pgcron_peek(p, 0)->kind == PGCRON_STRING) {
        struct pgcron_node *cast = pgcron_node_new(p, PGCRON_NODE_CAST, name);
        pgcron_node_add(p, cast, NULL, pgcron_parse_primary(p));
        return cast;
    }
    bool call = bare && !owner && listed(BARE_CALLS, MEM_COUNT(BARE_CALLS), name);
    struct pgcron_node *n = pgcron_node_new(p, call ? PGCRON_NODE_CALL : PGCRON_NODE_NAME, name);
    n->owner = owner;
    n->line = line;
    return n;
}

static struct pgcron_node *parse_constant(struct pgcron_parser *p, const struct pgcron_token *t)
{
    static const struct {
        enum pgcron_token_kind token;
        enum pgcron_node_kind node;
    } kinds[] = { { PGCRON_STRING, PGCRON_NODE_STRING },
                  { PGCRON_NUMBER, PGCRON_NODE_NUMBER },
                  { PGCRON_PARAM, PGCRON_NODE_PARAM },
                  { PGCRON_VARIABLE, PGCRON_NODE_OTHER } };
    for (size_t i = 0; i < MEM_COUNT(kinds); i++) {
        if (t->kind != kinds[i].token)
            continue;
        struct pgcron_node *n = pgcron_node_new(p, kinds[i].node, t->text);
        n->line = t->kind == PGCRON_STRING ? t->text_line : t->line;
        if (t->kind == PGCRON_VARIABLE)
            n->text = "a variable of psql";
        p->at++;
        return n;
    }
    for (size_t i = 0; i < MEM_COUNT(CONSTANTS); i++)
        if (pgcron_take(p, CONSTANTS[i].word))
            return pgcron_node_new(p, CONSTANTS[i].kind, NULL);
    return NULL;
}

struct pgcron_node *pgcron_parse_primary(struct pgcron_parser *p)
{
    const struct pgcron_token *t = pgcron_peek(p, 0);
    struct pgcron_node *n = parse_constant(p, t);
    if (n)
        return n;
    for (size_t i = 0; i < MEM_COUNT(FORMS); i++)
        if (pgcron_token_is(t, FORMS[i].word) &&
            (!FORMS[i].next || pgcron_token_is(pgcron_peek(p, 1), FORMS[i].next))) {
            p->at++;
            return FORMS[i].parse(p);
        }
    if (pgcron_token_names(t))
        return parse_named(p);
    return pgcron_fail(p, t->kind == PGCRON_END ? "the end" : t->kind == PGCRON_OP ? t->text : "this");
}
