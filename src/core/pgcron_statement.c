/* pgcron_statement.c - statements of SQL that a job or a function may hold. */
#include "core/pgcron_tree.h"

#include <string.h>

static struct pgcron_statement *statement_new(struct pgcron_parser *p, enum pgcron_statement_kind kind)
{
    struct pgcron_statement *s = arena_alloc(p->arena, sizeof *s);
    s->kind = kind;
    s->line = pgcron_peek(p, 0)->line;
    return s;
}

/* The alias of a table that is written to. */
static void skip_alias(struct pgcron_parser *p)
{
    if (pgcron_take(p, "as") ||
        (pgcron_token_names(pgcron_peek(p, 0)) && !pgcron_at(p, "set") && !pgcron_at(p, "where") &&
         !pgcron_at(p, "values") && !pgcron_at(p, "select") && !pgcron_at(p, "default") && !pgcron_at(p, "using") &&
         !pgcron_at(p, "returning") && !pgcron_at(p, "with")))
        pgcron_take_name(p);
}

/* ... RETURNING x INTO y: which variables are filled is all that counts. */
static void parse_returning(struct pgcron_parser *p, struct pgcron_statement *s)
{
    static const char *const into[] = { "into", NULL };
    while (p->at < p->n) {
        struct pgcron_query q = { 0 };
        pgcron_skip_to(p, into);
        if (!pgcron_take(p, "into"))
            break;
        pgcron_parse_into(p, &q);
        s->into = q.into;
        s->n_into = q.n_into;
    }
    p->at = p->n;
}

static struct pgcron_item *parse_columns(struct pgcron_parser *p)
{
    struct pgcron_item *first = NULL, **end = &first;
    do {
        struct pgcron_item *i = arena_alloc(p->arena, sizeof *i);
        i->name = pgcron_take_name(p);
        *end = i;
        end = &i->next;
    } while (!p->failed && pgcron_take(p, ","));
    pgcron_expect(p, ")");
    return first;
}

static void parse_insert(struct pgcron_parser *p, struct pgcron_statement *s)
{
    pgcron_expect(p, "into");
    pgcron_take_dotted(p, &s->owner, &s->name);
    skip_alias(p);
    if (pgcron_at(p, "(") && !pgcron_token_is(pgcron_peek(p, 1), "select") && pgcron_take(p, "("))
        s->set = parse_columns(p);
    if (pgcron_take(p, "overriding"))
        p->at += 2;
    if (!pgcron_take(p, "default"))
        s->query = pgcron_parse_query(p);
}

static void parse_assignments(struct pgcron_parser *p, struct pgcron_statement *s)
{
    struct pgcron_item **end = &s->set;
    do {
        struct pgcron_item *i = arena_alloc(p->arena, sizeof *i);
        i->name = pgcron_take_name(p);
        if (pgcron_expect(p, "="))
            i->value = pgcron_parse_expression(p);
        *end = i;
        end = &i->next;
    } while (!p->failed && pgcron_take(p, ","));
}

static void parse_update(struct pgcron_parser *p, struct pgcron_statement *s)
{
    static const char *const where[] = { "where", "returning", NULL };
    pgcron_take(p, "only");
    pgcron_take_dotted(p, &s->owner, &s->name);
    skip_alias(p);
    if (pgcron_expect(p, "set"))
        parse_assignments(p, s);
    pgcron_skip_to(p, where);
    if (pgcron_take(p, "where"))
        s->value = pgcron_parse_expression(p);
}

static void parse_delete(struct pgcron_parser *p, struct pgcron_statement *s)
{
    static const char *const where[] = { "where", "returning", NULL };
    pgcron_expect(p, "from");
    pgcron_take(p, "only");
    pgcron_take_dotted(p, &s->owner, &s->name);
    pgcron_skip_to(p, where);
    if (pgcron_take(p, "where"))
        s->value = pgcron_parse_expression(p);
}

static void parse_do(struct pgcron_parser *p, struct pgcron_statement *s)
{
    for (; p->at < p->n; p->at++) {
        const struct pgcron_token *t = pgcron_peek(p, 0);
        if (t->kind == PGCRON_STRING && !s->name) {
            s->name = t->text; /* its body */
            s->text_line = t->text_line;
        }
    }
    if (!s->name)
        pgcron_fail(p, "DO");
}

static void parse_call(struct pgcron_parser *p, struct pgcron_statement *s)
{
    s->value = pgcron_parse_expression(p);
}

static void parse_plain_query(struct pgcron_parser *p, struct pgcron_statement *s)
{
    p->at--;
    s->query = pgcron_parse_query(p);
}

/* WITH ...: a query, or a write that comes after it. */
static void parse_with(struct pgcron_parser *p, struct pgcron_statement *s)
{
    struct pgcron_query *with = arena_alloc(p->arena, sizeof *with);
    with->line = s->line;
    pgcron_parse_with(p, with);
    if (p->failed || (!pgcron_at(p, "insert") && !pgcron_at(p, "update") && !pgcron_at(p, "delete"))) {
        s->query = pgcron_parse_query_after(p, with);
        return;
    }
    struct pgcron_statement *write = pgcron_parse_inner(p);
    if (write)
        *s = *write;
    s->with = with;
}

/* EXPLAIN ANALYZE runs what follows; nobody schedules that. */
static const struct {
    const char *word;
    enum pgcron_statement_kind kind;
    void (*parse)(struct pgcron_parser *p, struct pgcron_statement *s);
} VERBS[] = {
    { "select", PGCRON_SQL_QUERY, parse_plain_query }, { "with", PGCRON_SQL_QUERY, parse_with },
    { "values", PGCRON_SQL_QUERY, parse_plain_query }, { "(", PGCRON_SQL_QUERY, parse_plain_query },
    { "insert", PGCRON_SQL_WRITE, parse_insert },      { "update", PGCRON_SQL_WRITE, parse_update },
    { "delete", PGCRON_SQL_WRITE, parse_delete },      { "do", PGCRON_SQL_DO, parse_do },
    { "call", PGCRON_SQL_CALL, parse_call },
};

/* One statement, as far as it goes. NULL: it could not be read. */
struct pgcron_statement *pgcron_parse_inner(struct pgcron_parser *p)
{
    struct pgcron_statement *s = statement_new(p, PGCRON_SQL_OTHER);
    s->text = pgcron_peek(p, 0)->kind == PGCRON_WORD ? pgcron_peek(p, 0)->text : "";
    for (size_t i = 0; i < MEM_COUNT(VERBS); i++) {
        if (!pgcron_take(p, VERBS[i].word))
            continue;
        s->kind = VERBS[i].kind;
        VERBS[i].parse(p, s);
        if (!p->failed && s->kind == PGCRON_SQL_WRITE) {
            static const char *const end[] = { ")", "returning", NULL };
            pgcron_skip_to(p, end);
            if (pgcron_take(p, "returning"))
                p->depth ? pgcron_skip_to(p, end) : parse_returning(p, s);
        }
        return p->failed ? NULL : s;
    }
    p->at = p->n;
    return s;
}

const char **pgcron_called_names(struct pgcron_parser *p, size_t from)
{
    size_t n = 0;
    for (size_t i = from; i + 1 < p->at; i++)
        n += pgcron_token_names(&p->token[i]) && pgcron_token_is(&p->token[i + 1], "(");
    const char **names = arena_alloc(p->arena, (n + 1) * sizeof *names);
    n = 0;
    for (size_t i = from; i + 1 < p->at; i++)
        if (pgcron_token_names(&p->token[i]) && pgcron_token_is(&p->token[i + 1], "("))
            names[n++] = p->token[i].text;
    return names;
}

/* What could not be read still fills its variables: with what, nobody knows. */
static void find_into(struct pgcron_parser *p, size_t from, struct pgcron_statement *s)
{
    p->failed = false;
    for (p->at = from; p->at < p->n; p->at++) {
        struct pgcron_query q = { 0 };
        if (!pgcron_at(p, "into") || (p->at > from && pgcron_token_is(&p->token[p->at - 1], "insert")))
            continue;
        p->at++;
        pgcron_parse_into(p, &q);
        if (!p->failed) {
            s->into = q.into;
            s->n_into = q.n_into;
        }
        return;
    }
}

struct pgcron_statement *pgcron_parse_statement(struct pgcron_parser *p)
{
    size_t from = p->at;
    struct pgcron_statement *s = pgcron_parse_inner(p);
    if (s && p->at < p->n)
        pgcron_fail(p, "what follows");
    if (p->failed) {
        struct pgcron_statement *broken = arena_alloc(p->arena, sizeof *broken);
        broken->kind = PGCRON_SQL_BROKEN;
        broken->line = p->line;
        broken->text = p->what;
        find_into(p, from, broken);
        p->failed = false;
        s = broken;
    }
    p->at = p->n;
    s->called = pgcron_called_names(p, from);
    return s;
}

struct pgcron_statement *pgcron_tree_sql(struct arena *a, const char *text, int line)
{
    struct pgcron_lex l = { .text = text, .len = strlen(text), .line = line, .arena = a };
    struct pgcron_tokens t = { 0 };
    struct pgcron_statement *block = arena_alloc(a, sizeof *block), **end = &block->body;
    block->kind = PGCRON_PL_BLOCK;
    block->line = line;
    while (pgcron_lex_statement(&l, &t)) {
        if (!t.n)
            continue;
        struct pgcron_parser p = { .token = t.token, .n = t.n, .arena = a };
        *end = pgcron_parse_statement(&p);
        end = &(*end)->next;
    }
    pgcron_tokens_free(&t);
    return block;
}

struct pgcron_node *pgcron_tree_expression(struct arena *a, const char *text, int line)
{
    struct pgcron_lex l = { .text = text, .len = strlen(text), .line = line, .arena = a };
    struct pgcron_tokens t = { 0 };
    pgcron_lex_all(&l, &t);
    struct pgcron_parser p = { .token = t.token, .n = t.n, .arena = a };
    struct pgcron_node *n = pgcron_parse_expression(&p);
    pgcron_tokens_free(&t);
    return n;
}
