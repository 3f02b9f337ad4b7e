/* pgcron_parser.c - what all of the parser's files stand on: looking, taking, failing, names and types. */
#include "core/pgcron_tree.h"

#include <string.h>

const struct pgcron_token *pgcron_peek(const struct pgcron_parser *p, size_t ahead)
{
    return &p->token[p->at + ahead < p->n ? p->at + ahead : p->n];
}

bool pgcron_at(const struct pgcron_parser *p, const char *word)
{
    return pgcron_token_is(pgcron_peek(p, 0), word);
}

bool pgcron_take(struct pgcron_parser *p, const char *word)
{
    if (p->failed || !pgcron_at(p, word))
        return false;
    p->at++;
    return true;
}

void *pgcron_fail(struct pgcron_parser *p, const char *what)
{
    if (!p->failed) {
        p->failed = true;
        p->what = what;
        p->line = pgcron_peek(p, 0)->line;
    }
    return NULL;
}

bool pgcron_expect(struct pgcron_parser *p, const char *word)
{
    return pgcron_take(p, word) || pgcron_fail(p, word);
}

const char *pgcron_take_name(struct pgcron_parser *p)
{
    const struct pgcron_token *t = pgcron_peek(p, 0);
    if (p->failed || !pgcron_token_names(t))
        return pgcron_fail(p, "a name");
    p->at++;
    return t->text;
}

/* Of a.b.c, the last two count. */
void pgcron_take_dotted(struct pgcron_parser *p, const char **ret_owner, const char **ret_name)
{
    *ret_owner = NULL;
    *ret_name = pgcron_take_name(p);
    while (!p->failed && pgcron_at(p, ".") && pgcron_token_names(pgcron_peek(p, 1))) {
        p->at++;
        *ret_owner = *ret_name;
        *ret_name = pgcron_take_name(p);
    }
}

static void skip_brackets(struct pgcron_parser *p, const char *open, const char *close)
{
    int depth = 0;
    do {
        depth += pgcron_at(p, open) - pgcron_at(p, close);
        p->at++;
    } while (depth > 0 && p->at < p->n);
}

static bool continues_type(const struct pgcron_parser *p, const char *first)
{
    static const struct {
        const char *first, *then;
    } pairs[] = {
        { "double", "precision" }, { "character", "varying" }, { "bit", "varying" }, { "national", "character" }
    };
    for (size_t i = 0; i < MEM_COUNT(pairs); i++)
        if (strcmp(first, pairs[i].first) == 0 && pgcron_at(p, pairs[i].then))
            return true;
    return false;
}

/* The type's own name, without schema, length and "with time zone"; "[]" at its end when it is an array. */
const char *pgcron_take_type(struct pgcron_parser *p)
{
    const char *owner, *name, *array = "";
    pgcron_take(p, "setof");
    pgcron_take_dotted(p, &owner, &name);
    if (p->failed)
        return NULL;
    if (continues_type(p, name))
        p->at++;
    if (pgcron_at(p, "("))
        skip_brackets(p, "(", ")");
    if ((pgcron_at(p, "with") || pgcron_at(p, "without")) && pgcron_token_is(pgcron_peek(p, 1), "time")) {
        name = strcmp(name, "timestamp") == 0 && pgcron_at(p, "with") ? "timestamptz" : name;
        p->at += 3;
    }
    if (pgcron_take(p, "%"))
        name = pgcron_take_name(p); /* %type, %rowtype */
    while (pgcron_at(p, "[")) {
        skip_brackets(p, "[", "]");
        array = "[]";
    }
    return p->failed ? NULL : *array ? arena_printf(p->arena, "%s[]", name) : name;
}

void pgcron_skip_to(struct pgcron_parser *p, const char *const *words)
{
    for (int depth = 0; p->at < p->n; p->at++) {
        for (const char *const *w = words; !depth && *w; w++)
            if (pgcron_at(p, *w))
                return;
        depth += pgcron_at(p, "(") || pgcron_at(p, "[");
        depth -= pgcron_at(p, ")") || pgcron_at(p, "]");
        if (depth < 0)
            return;
    }
}

struct pgcron_node *pgcron_node_new(struct pgcron_parser *p, enum pgcron_node_kind kind, const char *text)
{
    struct pgcron_node *n = arena_alloc(p->arena, sizeof *n);
    n->kind = kind;
    n->text = text;
    n->line = pgcron_peek(p, 0)->line;
    n->height = 1;
    return n;
}

/* Room grows by powers of two; the arena keeps what was outgrown. */
void pgcron_node_add(struct pgcron_parser *p, struct pgcron_node *to, const char *name, struct pgcron_node *kid)
{
    if (p->failed)
        return;
    if ((to->n & (to->n - 1)) == 0) {
        size_t room = to->n ? to->n * 2 : 1;
        struct pgcron_node **kids = arena_alloc(p->arena, room * sizeof *kids);
        const char **names = arena_alloc(p->arena, room * sizeof *names);
        for (size_t i = 0; i < to->n; i++) {
            kids[i] = to->kid[i];
            names[i] = to->name[i];
        }
        to->kid = kids;
        to->name = names;
    }
    to->kid[to->n] = kid;
    to->name[to->n++] = name;
    if (kid && kid->height >= to->height)
        to->height = kid->height + 1;
    if (to->height > PGCRON_HEIGHT_MAX)
        pgcron_fail(p, "nesting without end");
}
