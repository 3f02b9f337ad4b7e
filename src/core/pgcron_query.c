/* pgcron_query.c - SELECT, VALUES and WITH (chapter "SELECT" of the reference), as far as jobs need them. */
#include "core/pgcron_tree.h"

#include <string.h>

/* Words that end an item or a table where an alias could stand. */
static const char *const CLAUSES[] = { "into",   "from",        "where",   "group", "having", "window",
                                       "order",  "limit",       "offset",  "fetch", "for",    "union",
                                       "except", "intersect",   "join",    "inner", "left",   "right",
                                       "full",   "cross",       "natural", "on",    "using",  "returning",
                                       "set",    "tablesample", "loop",    "then",  "as",     NULL };
static const char *const TAILS[] = { "into",   "from",  "where", "group", "having", "window",    "order",     "limit",
                                     "offset", "fetch", "for",   "union", "except", "intersect", "returning", NULL };
static const char *const JOINS[] = { "join", "inner", "left", "right", "full", "cross", "natural" };
static const char *const CLOSE[] = { ")", NULL };
static const char *const COMMA[] = { ",", ")", NULL };

static bool at_any(const struct pgcron_parser *p, const char *const *words)
{
    for (; *words; words++)
        if (pgcron_at(p, *words))
            return true;
    return false;
}

static const char *take_alias(struct pgcron_parser *p)
{
    if (pgcron_take(p, "as"))
        return pgcron_at(p, "(") ? NULL : pgcron_take_name(p);
    if (pgcron_token_names(pgcron_peek(p, 0)) && !at_any(p, CLAUSES))
        return pgcron_take_name(p);
    return NULL;
}

/* How a column is called that has no alias. */
static const char *implied_name(const struct pgcron_node *n)
{
    if (!n)
        return NULL;
    if (n->kind == PGCRON_NODE_CAST && n->n)
        return implied_name(n->kid[0]);
    if (n->kind == PGCRON_NODE_QUERY)
        return n->query && n->query->items ? n->query->items->name : NULL;
    return n->kind == PGCRON_NODE_NAME || n->kind == PGCRON_NODE_CALL ? n->text : NULL;
}

static void parse_items(struct pgcron_parser *p, struct pgcron_query *q)
{
    struct pgcron_item **end = &q->items;
    do {
        struct pgcron_item *i = arena_alloc(p->arena, sizeof *i);
        i->value = pgcron_parse_expression(p);
        const char *alias = p->failed ? NULL : take_alias(p);
        i->name = alias ? alias : implied_name(i->value);
        *end = i;
        end = &i->next;
    } while (!p->failed && pgcron_take(p, ","));
}

void pgcron_parse_into(struct pgcron_parser *p, struct pgcron_query *q)
{
    struct pgcron_node names = { 0 };
    pgcron_take(p, "strict");
    do {
        struct pgcron_node *n = pgcron_node_new(p, PGCRON_NODE_NAME, NULL);
        pgcron_take_dotted(p, &n->owner, &n->text);
        pgcron_node_add(p, &names, NULL, n);
    } while (!p->failed && pgcron_take(p, ","));
    q->into = names.kid;
    q->n_into = names.n;
}

static void skip_list(struct pgcron_parser *p)
{
    if (pgcron_take(p, "(")) {
        pgcron_skip_to(p, CLOSE);
        pgcron_expect(p, ")");
    }
}

/* [AS] alias [(column [type], ...)] */
static void parse_source_alias(struct pgcron_parser *p, struct pgcron_source *s)
{
    s->alias = take_alias(p);
    if (p->failed || !pgcron_take(p, "("))
        return;
    struct pgcron_node names = { 0 };
    do {
        const char *name = pgcron_take_name(p);
        pgcron_node_add(p, &names, name, NULL);
        pgcron_skip_to(p, COMMA);
    } while (!p->failed && pgcron_take(p, ","));
    pgcron_expect(p, ")");
    s->column = names.name;
    s->n_columns = names.n;
}

static void parse_source(struct pgcron_parser *p, struct pgcron_source *s)
{
    pgcron_take(p, "lateral");
    pgcron_take(p, "only");
    if (pgcron_at(p, "(")) {
        p->at++;
        s->kind = PGCRON_SOURCE_QUERY;
        s->query = pgcron_parse_query(p);
        pgcron_expect(p, ")");
    } else {
        size_t start = p->at;
        pgcron_take_dotted(p, &s->owner, &s->name);
        if (!p->failed && pgcron_at(p, "(")) {
            p->at = start;
            s->kind = PGCRON_SOURCE_CALL;
            s->call = pgcron_parse_primary(p);
            if (pgcron_take(p, "with"))
                pgcron_expect(p, "ordinality");
        }
        pgcron_take(p, "*");
    }
    parse_source_alias(p, s);
}

static bool take_join(struct pgcron_parser *p)
{
    bool any = false;
    for (bool again = true; again;) {
        again = pgcron_take(p, "outer");
        for (size_t i = 0; i < MEM_COUNT(JOINS); i++)
            if (pgcron_take(p, JOINS[i]))
                any = again = true;
    }
    return any || pgcron_take(p, ",");
}

static struct pgcron_node *both(struct pgcron_parser *p, struct pgcron_node *a, struct pgcron_node *b)
{
    if (!a || !b)
        return a ? a : b;
    struct pgcron_node *n = pgcron_node_new(p, PGCRON_NODE_BINARY, "and");
    pgcron_node_add(p, n, NULL, a);
    pgcron_node_add(p, n, NULL, b);
    return n;
}

static void parse_from(struct pgcron_parser *p, struct pgcron_query *q)
{
    struct pgcron_source **end = &q->from;
    do {
        struct pgcron_source *s = arena_alloc(p->arena, sizeof *s);
        parse_source(p, s);
        *end = s;
        end = &s->next;
        if (pgcron_take(p, "on"))
            q->where = both(p, q->where, pgcron_parse_expression(p));
        else if (pgcron_take(p, "using"))
            skip_list(p);
    } while (!p->failed && take_join(p));
}

static void parse_where(struct pgcron_parser *p, struct pgcron_query *q)
{
    q->where = both(p, q->where, pgcron_parse_expression(p));
}

static void parse_grouping(struct pgcron_parser *p, struct pgcron_query *q)
{
    q->grouped = true;
    pgcron_skip_to(p, TAILS);
}

static void parse_limit(struct pgcron_parser *p, struct pgcron_query *q)
{
    q->single = strcmp(pgcron_peek(p, 0)->text, "1") == 0;
    pgcron_skip_to(p, TAILS);
}

static void skip_clause(struct pgcron_parser *p, struct pgcron_query *q)
{
    (void)q;
    pgcron_skip_to(p, TAILS);
}

static const struct {
    const char *word;
    void (*parse)(struct pgcron_parser *p, struct pgcron_query *q);
} PARTS[] = {
    { "into", pgcron_parse_into }, { "from", parse_from },    { "where", parse_where }, { "group", parse_grouping },
    { "having", parse_grouping },  { "window", skip_clause }, { "order", skip_clause }, { "limit", parse_limit },
    { "offset", skip_clause },     { "fetch", skip_clause },  { "for", skip_clause },
};

static bool parse_part(struct pgcron_parser *p, struct pgcron_query *q)
{
    for (size_t i = 0; i < MEM_COUNT(PARTS); i++) {
        if (pgcron_at(p, "for") && q->n_into == 0 && pgcron_token_is(pgcron_peek(p, 1), "loop"))
            return false;
        if (!pgcron_take(p, PARTS[i].word))
            continue;
        PARTS[i].parse(p, q);
        return !p->failed;
    }
    return false;
}

static void parse_values(struct pgcron_parser *p, struct pgcron_query *q)
{
    struct pgcron_node rows = { 0 };
    do {
        struct pgcron_node *row = pgcron_node_new(p, PGCRON_NODE_ROW, NULL);
        if (!pgcron_expect(p, "("))
            return;
        do
            pgcron_node_add(p, row, NULL,
                            pgcron_take(p, "default") ? pgcron_node_new(p, PGCRON_NODE_OTHER, "DEFAULT")
                                                      : pgcron_parse_expression(p));
        while (!p->failed && pgcron_take(p, ","));
        pgcron_expect(p, ")");
        pgcron_node_add(p, &rows, NULL, row);
        rows.height = 1;
    } while (!p->failed && pgcron_take(p, ","));
    q->values = rows.kid;
    q->n_values = rows.n;
}

static void parse_select(struct pgcron_parser *p, struct pgcron_query *q)
{
    pgcron_take(p, "all");
    if (pgcron_take(p, "distinct") && pgcron_take(p, "on"))
        skip_list(p);
    if (pgcron_take(p, "into"))
        pgcron_parse_into(p, q);
    if (!pgcron_at(p, "from"))
        parse_items(p, q);
}

/* WITH name [(columns)] AS [NOT MATERIALIZED] (statement), ... */
void pgcron_parse_with(struct pgcron_parser *p, struct pgcron_query *q)
{
    struct pgcron_item **end = &q->with;
    if (p->failed || p->depth >= PGCRON_NEST_MAX) {
        pgcron_fail(p, "nesting without end");
        return;
    }
    p->depth++;
    pgcron_take(p, "recursive");
    do {
        struct pgcron_item *i = arena_alloc(p->arena, sizeof *i);
        i->name = pgcron_take_name(p);
        skip_list(p);
        pgcron_expect(p, "as");
        pgcron_take(p, "not");
        pgcron_take(p, "materialized");
        pgcron_expect(p, "(");
        i->statement = p->failed ? NULL : pgcron_parse_inner(p);
        pgcron_expect(p, ")");
        *end = i;
        end = &i->next;
    } while (!p->failed && pgcron_take(p, ","));
    p->depth--;
}

static void parse_core(struct pgcron_parser *p, struct pgcron_query *q)
{
    if (pgcron_take(p, "values"))
        parse_values(p, q);
    else if (pgcron_take(p, "select"))
        parse_select(p, q);
    else
        pgcron_fail(p, "a query");
    while (!p->failed && parse_part(p, q))
        ;
}

/* UNION and its like: what follows is a query of its own. */
static bool take_union(struct pgcron_parser *p)
{
    if (!pgcron_take(p, "union") && !pgcron_take(p, "except") && !pgcron_take(p, "intersect"))
        return false;
    pgcron_take(p, "all");
    pgcron_take(p, "distinct");
    return true;
}

/* ( query ), with what may follow it. */
static struct pgcron_query *parse_wrapped(struct pgcron_parser *p, struct pgcron_query *q)
{
    struct pgcron_query *inner = pgcron_parse_query(p);
    pgcron_expect(p, ")");
    if (inner && !q->with)
        q = inner;
    while (!p->failed && parse_part(p, q))
        ;
    return q;
}

static void parse_unions(struct pgcron_parser *p, struct pgcron_query *last)
{
    while (last->next)
        last = last->next;
    for (int unions = 0; !p->failed && take_union(p); last = last->next) {
        bool wrapped = pgcron_take(p, "(");
        last->next = arena_alloc(p->arena, sizeof *last);
        last->next->line = pgcron_peek(p, 0)->line;
        parse_core(p, last->next);
        if (wrapped)
            pgcron_expect(p, ")");
        if (++unions > PGCRON_HEIGHT_MAX)
            pgcron_fail(p, "UNION without end");
    }
}

struct pgcron_query *pgcron_parse_query_after(struct pgcron_parser *p, struct pgcron_query *with)
{
    struct pgcron_query *q = with;
    if (p->failed || p->depth >= PGCRON_NEST_MAX)
        return pgcron_fail(p, "nesting without end");
    p->depth++;
    if (pgcron_take(p, "("))
        q = parse_wrapped(p, q);
    else
        parse_core(p, q);
    parse_unions(p, q);
    p->depth--;
    return p->failed ? NULL : q;
}

struct pgcron_query *pgcron_parse_query(struct pgcron_parser *p)
{
    struct pgcron_query *q = arena_alloc(p->arena, sizeof *q);
    q->line = pgcron_peek(p, 0)->line;
    if (pgcron_take(p, "with"))
        pgcron_parse_with(p, q);
    return pgcron_parse_query_after(p, q);
}

void pgcron_parse_select_rest(struct pgcron_parser *p, struct pgcron_query *q)
{
    parse_select(p, q);
    while (!p->failed && parse_part(p, q))
        ;
}
