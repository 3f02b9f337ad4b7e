/* pgcron_plpgsql.c - bodies of PL/pgSQL (chapter 41) as trees. */
#include "core/pgcron_plpgsql.h"

#include <string.h>

static struct pgcron_statement *parse_one(struct pgcron_parser *p);

struct pgcron_statement *pgcron_statement_new(struct pgcron_parser *p, enum pgcron_statement_kind kind)
{
    struct pgcron_statement *s = arena_alloc(p->arena, sizeof *s);
    s->kind = kind;
    s->line = pgcron_peek(p, 0)->line;
    return s;
}

/* After a failure: on with the next statement. */
static void recover(struct pgcron_parser *p, struct pgcron_statement *s, size_t from)
{
    static const char *const end[] = { ";", NULL };
    s->kind = PGCRON_SQL_BROKEN;
    s->text = p->what;
    s->line = p->line;
    p->failed = false;
    p->at = p->at > from ? p->at : from;
    pgcron_skip_to(p, end);
    while (p->at < p->n && !pgcron_take(p, ";"))
        p->at++;
}

struct pgcron_node *pgcron_value_before(struct pgcron_parser *p, const char *word)
{
    const char *const until[] = { word, NULL };
    struct pgcron_node *n = pgcron_parse_expression(p);
    if (!p->failed && (pgcron_at(p, word) || p->at >= p->n))
        return n;
    p->failed = false;
    pgcron_skip_to(p, until);
    return pgcron_node_new(p, PGCRON_NODE_OTHER, "an expression that cannot be read");
}

static bool at_end_of_list(const struct pgcron_parser *p)
{
    return p->at >= p->n || pgcron_at(p, "end") || pgcron_at(p, "else") || pgcron_at(p, "elsif") ||
           pgcron_at(p, "elseif") || pgcron_at(p, "exception") || pgcron_at(p, "when");
}

struct pgcron_statement *pgcron_parse_list(struct pgcron_parser *p)
{
    struct pgcron_statement *first = NULL, **end = &first;
    while (!p->failed && !at_end_of_list(p)) {
        if (pgcron_take(p, ";"))
            continue;
        size_t from = p->at;
        struct pgcron_statement *s = parse_one(p);
        if (p->failed)
            recover(p, s, from);
        *end = s;
        end = &s->next;
    }
    return first;
}

static struct pgcron_item *parse_declaration(struct pgcron_parser *p)
{
    static const char *const end[] = { ";", ":=", "=", "default", NULL };
    struct pgcron_item *i = arena_alloc(p->arena, sizeof *i);
    i->name = pgcron_take_name(p);
    if (pgcron_take(p, "alias")) {
        pgcron_expect(p, "for");
        i->value = pgcron_parse_expression(p);
    } else {
        pgcron_take(p, "constant");
        i->type = pgcron_take_type(p);
        pgcron_skip_to(p, end);
        if (pgcron_take(p, ":=") || pgcron_take(p, "=") || pgcron_take(p, "default"))
            i->value = pgcron_parse_expression(p);
    }
    return i;
}

static void parse_declarations(struct pgcron_parser *p, struct pgcron_statement *block)
{
    static const char *const semicolon[] = { ";", "begin", NULL };
    struct pgcron_item **end = &block->set;
    while (!p->failed && p->at < p->n && !pgcron_at(p, "begin")) {
        if (pgcron_take(p, "declare"))
            continue;
        struct pgcron_item *i = parse_declaration(p);
        if (p->failed) { /* its variable is not known; the rest is read */
            p->failed = false;
            pgcron_skip_to(p, semicolon);
        }
        if (p->at < p->n && !pgcron_at(p, "begin") && !pgcron_take(p, ";"))
            p->at++;
        *end = i;
        end = &i->next;
    }
}

/* EXCEPTION WHEN ... THEN ...: what is done when something fails is not followed. */
static void skip_handlers(struct pgcron_parser *p)
{
    static const char *const then[] = { "then", NULL };
    while (!p->failed && pgcron_take(p, "when")) {
        pgcron_skip_to(p, then);
        pgcron_expect(p, "then");
        pgcron_parse_list(p);
    }
}

static void parse_block(struct pgcron_parser *p, struct pgcron_statement *s)
{
    s->kind = PGCRON_PL_BLOCK;
    if (pgcron_take(p, "declare"))
        parse_declarations(p, s);
    if (!pgcron_expect(p, "begin"))
        return;
    s->body = pgcron_parse_list(p);
    if (pgcron_take(p, "exception"))
        skip_handlers(p);
    if (pgcron_expect(p, "end") && pgcron_token_names(pgcron_peek(p, 0)))
        p->at++; /* its label */
}

static void parse_return(struct pgcron_parser *p, struct pgcron_statement *s)
{
    s->kind = PGCRON_PL_RETURN;
    if (pgcron_take(p, "query")) {
        s->kind = PGCRON_SQL_QUERY; /* more may follow it */
        s->query = pgcron_parse_query(p);
    } else if (pgcron_take(p, "next")) {
        s->kind = PGCRON_SQL_OTHER;
        pgcron_parse_expression(p);
    } else if (!pgcron_at(p, ";") && p->at < p->n) {
        s->value = pgcron_parse_expression(p);
    }
}

static void parse_raise(struct pgcron_parser *p, struct pgcron_statement *s)
{
    s->kind = PGCRON_PL_RAISE;
    s->text = pgcron_peek(p, 0)->kind == PGCRON_WORD ? pgcron_peek(p, 0)->text : "exception";
    pgcron_skip_to(p, (const char *const[]){ ";", NULL });
}

static void parse_execute(struct pgcron_parser *p, struct pgcron_statement *s)
{
    struct pgcron_node args = { 0 };
    struct pgcron_query q = { 0 };
    s->kind = PGCRON_PL_EXECUTE;
    s->value = pgcron_parse_expression(p);
    while (!p->failed && !pgcron_at(p, ";") && p->at < p->n) {
        if (pgcron_take(p, "into"))
            pgcron_parse_into(p, &q);
        else if (pgcron_expect(p, "using"))
            do
                pgcron_node_add(p, &args, NULL, pgcron_parse_expression(p));
            while (!p->failed && pgcron_take(p, ","));
    }
    s->into = q.into;
    s->n_into = q.n_into;
    s->args = args.kid;
    s->n_args = args.n;
}

static void parse_perform(struct pgcron_parser *p, struct pgcron_statement *s)
{
    s->kind = PGCRON_SQL_QUERY;
    s->query = arena_alloc(p->arena, sizeof *s->query);
    s->query->line = s->line;
    pgcron_parse_select_rest(p, s->query);
}

static void parse_passed_over(struct pgcron_parser *p, struct pgcron_statement *s)
{
    s->kind = PGCRON_SQL_OTHER;
    pgcron_skip_to(p, (const char *const[]){ ";", NULL });
}

static void parse_exit(struct pgcron_parser *p, struct pgcron_statement *s)
{
    static const char *const when[] = { "when", ";", NULL };
    s->kind = PGCRON_PL_EXIT;
    s->text = p->token[p->at - 1].text;
    pgcron_skip_to(p, when);
    if (pgcron_take(p, "when"))
        s->value = pgcron_value_before(p, ";");
    pgcron_skip_to(p, (const char *const[]){ ";", NULL });
}

static const struct {
    const char *word;
    bool part; /* the word belongs to what follows */
    void (*parse)(struct pgcron_parser *p, struct pgcron_statement *s);
} VERBS[] = {
    { "declare", true, parse_block },      { "begin", true, parse_block },
    { "if", false, pgcron_parse_if },      { "case", false, pgcron_parse_case },
    { "loop", true, pgcron_parse_loop },   { "while", false, pgcron_parse_while },
    { "for", false, pgcron_parse_for },    { "foreach", false, pgcron_parse_foreach },
    { "return", false, parse_return },     { "raise", false, parse_raise },
    { "execute", false, parse_execute },   { "perform", false, parse_perform },
    { "null", false, parse_passed_over },  { "get", false, parse_passed_over },
    { "open", false, parse_passed_over },  { "fetch", false, parse_passed_over },
    { "close", false, parse_passed_over }, { "assert", false, parse_passed_over },
    { "exit", false, parse_exit },         { "continue", false, parse_exit },
};

/* name := value, name = value, name[1] := value, record.field := value */
static bool parse_assignment(struct pgcron_parser *p, struct pgcron_statement *s)
{
    size_t ahead = 1;
    if (!pgcron_token_names(pgcron_peek(p, 0)))
        return false;
    while (pgcron_token_is(pgcron_peek(p, ahead), ".") && pgcron_token_names(pgcron_peek(p, ahead + 1)))
        ahead += 2;
    if (!pgcron_token_is(pgcron_peek(p, ahead), ":=") && !pgcron_token_is(pgcron_peek(p, ahead), "="))
        return false;
    s->kind = PGCRON_PL_ASSIGN;
    s->target = pgcron_node_new(p, PGCRON_NODE_NAME, NULL);
    pgcron_take_dotted(p, &s->target->owner, &s->target->text);
    p->at++;
    s->value = pgcron_value_before(p, ";");
    return true;
}

/* A statement of SQL, up to its ';'. */
static struct pgcron_statement *parse_sql(struct pgcron_parser *p)
{
    struct pgcron_parser part = *p;
    while (p->at < p->n && !pgcron_at(p, ";"))
        p->at++;
    part.n = p->at;
    part.depth = 0;
    return pgcron_parse_statement(&part);
}

static struct pgcron_statement *parse_form(struct pgcron_parser *p)
{
    struct pgcron_statement *s = pgcron_statement_new(p, PGCRON_SQL_OTHER);
    if (parse_assignment(p, s))
        return s;
    for (size_t i = 0; i < MEM_COUNT(VERBS); i++) {
        if (!pgcron_take(p, VERBS[i].word))
            continue;
        p->at -= VERBS[i].part;
        VERBS[i].parse(p, s);
        return s;
    }
    return parse_sql(p);
}

static struct pgcron_statement *parse_one(struct pgcron_parser *p)
{
    if (pgcron_take(p, "<<")) { /* a label */
        p->at++;
        pgcron_expect(p, ">>");
    }
    size_t from = p->at;
    struct pgcron_statement *s;
    if (++p->depth > PGCRON_NEST_MAX) {
        s = pgcron_statement_new(p, PGCRON_SQL_BROKEN);
        pgcron_fail(p, "nesting without end");
    } else {
        s = parse_form(p);
    }
    p->depth--;
    if (!p->failed && !at_end_of_list(p) && !pgcron_take(p, ";"))
        pgcron_fail(p, "what follows");
    if (!s->called)
        s->called = pgcron_called_names(p, from);
    return s;
}

struct pgcron_statement *pgcron_parse_body(struct pgcron_parser *p)
{
    struct pgcron_statement *s = parse_one(p);
    if (!p->failed && p->at < p->n && s->kind == PGCRON_PL_BLOCK)
        pgcron_fail(p, "what follows the body");
    if (p->failed) {
        s->kind = PGCRON_SQL_BROKEN;
        s->text = p->what;
        s->line = p->line;
    }
    return s;
}

struct pgcron_statement *pgcron_tree_plpgsql(struct arena *a, const char *text, int line)
{
    struct pgcron_lex l = { .text = text, .len = strlen(text), .line = line, .arena = a };
    struct pgcron_tokens t = { 0 };
    pgcron_lex_all(&l, &t);
    struct pgcron_parser p = { .token = t.token, .n = t.n, .arena = a };
    struct pgcron_statement *s = pgcron_parse_body(&p);
    pgcron_tokens_free(&t);
    return s;
}
