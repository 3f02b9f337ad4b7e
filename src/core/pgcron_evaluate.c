/* pgcron_evaluate.c - the value of an expression. */
#include "core/pgcron_quote.h"
#include "core/pgcron_run.h"

#include <stdlib.h>
#include <string.h>

struct pgcron_variable *pgcron_variable_find(struct pgcron_frame *f, const char *name)
{
    for (; f; f = f->outer)
        for (struct pgcron_variable *v = f->variables; v; v = v->next)
            if (v->name && strcmp(v->name, name) == 0)
                return v;
    return NULL;
}

void pgcron_variable_set(struct pgcron_run *r, struct pgcron_frame *f, const char *name, const struct pgcron_value *v)
{
    struct pgcron_variable *found = f ? pgcron_variable_find(f, name) : NULL;
    if (!found && f) {
        found = arena_alloc(r->arena, sizeof *found);
        found->name = name;
        found->next = f->variables;
        f->variables = found;
    }
    if (found) {
        found->value = pgcron_cast(r, v, found->type, 0);
        found->row = NULL;
    }
}

static const struct pgcron_value *cell_of(const struct pgcron_row *row, const char *name)
{
    for (const struct pgcron_cell *c = row->cells; c; c = c->next)
        if (c->name && strcmp(c->name, name) == 0)
            return c->value;
    return NULL;
}

static bool row_is(const struct pgcron_row *row, const char *name)
{
    return (row->alias && strcmp(row->alias, name) == 0) ||
           (!row->alias && row->table && strcmp(row->table, name) == 0);
}

/* alias.column, record.field, function.parameter */
static const struct pgcron_value *owned_name(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_row *row,
                                             const struct pgcron_node *n)
{
    for (; row; row = row->next) {
        const struct pgcron_value *v = row_is(row, n->owner) ? cell_of(row, n->text) : NULL;
        if (v)
            return v;
        if (row_is(row, n->owner))
            return pgcron_unknown(r, "a column of a table");
    }
    struct pgcron_variable *v = pgcron_variable_find(f, n->owner);
    const struct pgcron_value *cell = v && v->row ? cell_of(v->row, n->text) : NULL;
    if (cell)
        return cell;
    v = v ? NULL : pgcron_variable_find(f, n->text);
    return v ? v->value : pgcron_unknown(r, "a column of a table");
}

static const struct pgcron_value *plain_name(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_row *row,
                                             const struct pgcron_node *n)
{
    for (const struct pgcron_row *at = row; at; at = at->next) {
        const struct pgcron_value *v = cell_of(at, n->text);
        if (v)
            return v;
    }
    struct pgcron_variable *v = pgcron_variable_find(f, n->text);
    if (v)
        return v->value;
    if (strcmp(n->text, "found") == 0) /* PL/pgSQL's: what a working system looks for is there */
        return pgcron_truth(r, PGCRON_YES);
    return pgcron_unknown(r, row ? "a column of a table" : "a name that the files do not explain");
}

static const struct pgcron_value *parameter(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_node *n)
{
    size_t number = strtoul(n->text, NULL, 10);
    for (; f && !f->param && f->outer; f = f->outer)
        ;
    return f && number && number <= f->n_params ? f->param[number - 1]
                                                : pgcron_unknown(r, "a parameter that nothing is given for");
}

static const struct pgcron_value *joined(struct pgcron_run *r, const struct pgcron_value *a,
                                         const struct pgcron_value *b, int line)
{
    if (r->job && b->kind == PGCRON_UNKNOWN && a->kind == PGCRON_TEXT && strcmp(a->text, "Bearer ") == 0)
        b = pgcron_key_for(r, "authorization_key", b, line);
    if (r->job && a->kind == PGCRON_UNKNOWN && b->kind == PGCRON_TEXT && *b->text == '/')
        a = pgcron_key_for(r, "base_url", a, line);
    if (a->kind == PGCRON_UNKNOWN || b->kind == PGCRON_UNKNOWN)
        return a->kind == PGCRON_UNKNOWN ? a : b;
    if (a->kind == PGCRON_NOTHING || b->kind == PGCRON_NOTHING)
        return a->kind == PGCRON_NOTHING ? a : b;
    if (a->kind == PGCRON_DOCUMENT || b->kind == PGCRON_DOCUMENT) {
        const struct pgcron_value *left = pgcron_cast(r, a, "jsonb", 0), *right = pgcron_cast(r, b, "jsonb", 0);
        if (left->kind == PGCRON_DOCUMENT && right->kind == PGCRON_DOCUMENT)
            return pgcron_json_join(r, left, right);
    }
    const char *left = pgcron_as_text(a), *right = pgcron_as_text(b);
    if (!left || !right)
        return pgcron_unknown(r, "something joined by || that is no text");
    struct buf out = BUF_INIT(PGCRON_VALUE_MAX);
    buf_str_add(&out, left);
    buf_str_add(&out, right);
    struct pgcron_value *v = (struct pgcron_value *)pgcron_text_taken(r, PGCRON_TEXT, &out);
    v->file = a->file ? a->file : b->file;
    v->line = a->file ? a->line : b->line;
    return v;
}

/* document -> 'member', document ->> 'member' */
static const struct pgcron_value *member(struct pgcron_run *r, const struct pgcron_value *doc,
                                         const struct pgcron_value *key, bool text)
{
    const char *source = pgcron_as_text(doc), *name = pgcron_as_text(key);
    json_auto struct json *v =
        source && name && doc->kind == PGCRON_DOCUMENT ? json_parse(source, strlen(source), NULL) : NULL;
    if (!v)
        return pgcron_unknown(r, "a member of JSON that is not written out");
    const struct json *m = json_get(v, name);
    if (!m || json_type(m) == JSON_NULL)
        return pgcron_of_kind(r, PGCRON_NOTHING, "");
    mem_auto char *printed = json_print(m);
    struct buf out = BUF_INIT(PGCRON_VALUE_MAX);
    bool plain = text && json_type(m) == JSON_STRING;
    buf_str_add(&out, plain ? json_string(m) : printed);
    return pgcron_text_taken(r, text ? PGCRON_TEXT : PGCRON_DOCUMENT, &out);
}

static const struct pgcron_value *arithmetic(struct pgcron_run *r, const char *operator, const struct pgcron_value * a,
                                             const struct pgcron_value *b)
{
    char *end_a, *end_b;
    if (a->kind != PGCRON_DIGITS || b->kind != PGCRON_DIGITS)
        return pgcron_unknown(r, "a sum or difference of what is not written out");
    long long x = strtoll(a->text, &end_a, 10), y = strtoll(b->text, &end_b, 10);
    bool small = llabs(x) < 1000000000 && llabs(y) < 1000000000 && !*end_a && !*end_b;
    if (!small || !strchr("+-*", *operator))
        return pgcron_unknown(r, "a computation that is not followed");
    long long z = *operator== '+' ? x + y : * operator== '-' ? x - y : x * y;
    return pgcron_of_kind(r, PGCRON_DIGITS, arena_printf(r->arena, "%lld", z));
}

static const struct pgcron_value *binary(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_row *row,
                                         const struct pgcron_node *n)
{
    static const char *const conditions[] = { "and", "or",   "=",     "<>",      "!=", "<",   ">",   "<=",
                                              ">=",  "like", "ilike", "similar", "~~", "!~~", "~~*", "!~~*",
                                              "~",   "!~",   "~*",    "!~*",     "@>", "<@",  "?" };
    for (size_t i = 0; i < MEM_COUNT(conditions); i++)
        if (strcmp(n->text, conditions[i]) == 0)
            return pgcron_truth(r, pgcron_decide(r, f, row, n));
    const struct pgcron_value *a = pgcron_evaluate(r, f, row, n->kid[0]), *b = pgcron_evaluate(r, f, row, n->kid[1]);
    if (strcmp(n->text, "||") == 0)
        return joined(r, a, b, n->line);
    if (strcmp(n->text, "->") == 0 || strcmp(n->text, "->>") == 0)
        return member(r, a, b, n->text[2] == '>');
    if (strcmp(n->text, "at time zone") == 0)
        return a;
    return a->kind == PGCRON_UNKNOWN ? a : b->kind == PGCRON_UNKNOWN ? b : arithmetic(r, n->text, a, b);
}

static const struct pgcron_value *unary(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_row *row,
                                        const struct pgcron_node *n)
{
    if (strcmp(n->text, "not") == 0)
        return pgcron_truth(r, pgcron_decide(r, f, row, n));
    const struct pgcron_value *v = pgcron_evaluate(r, f, row, n->kid[0]);
    if (v->kind != PGCRON_DIGITS)
        return v->kind == PGCRON_UNKNOWN ? v : pgcron_unknown(r, "a computation that is not followed");
    return pgcron_of_kind(r, PGCRON_DIGITS, *v->text == '-' ? v->text + 1 : arena_printf(r->arena, "-%s", v->text));
}

static const struct pgcron_value *list(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_row *row,
                                       const struct pgcron_node *n)
{
    struct pgcron_value *v = (struct pgcron_value *)pgcron_of_kind(r, PGCRON_LIST, "");
    if (n->query) {
        struct pgcron_rows rows = pgcron_query_run(r, f, row, n->query);
        if (!rows.sure)
            return pgcron_unknown(r, "a list that the database makes");
        v->item = arena_alloc(r->arena, (rows.n + 1) * sizeof *v->item);
        for (; v->n < rows.n && rows.row[v->n]->cells; v->n++)
            v->item[v->n] = rows.row[v->n]->cells->value;
        return v;
    }
    v->item = arena_alloc(r->arena, (n->n + 1) * sizeof *v->item);
    for (; v->n < n->n; v->n++)
        v->item[v->n] = pgcron_evaluate(r, f, row, n->kid[v->n]);
    return v;
}

/* The first branch whose condition holds, or may hold. */
static const struct pgcron_value *choice(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_row *row,
                                         const struct pgcron_node *n)
{
    for (size_t i = 1; i + 2 < n->n; i += 2) {
        struct pgcron_node test = {
            .kind = PGCRON_NODE_BINARY, .text = "=", .n = 2, .line = n->line, .height = n->height
        };
        struct pgcron_node *sides[2] = { n->kid[0], n->kid[i] };
        test.kid = sides;
        enum pgcron_answer a = pgcron_decide(r, f, row, n->kid[0] ? &test : n->kid[i]);
        if (a == PGCRON_PERHAPS)
            return pgcron_unknown(r, "a CASE that the database decides");
        if (a == PGCRON_YES)
            return pgcron_evaluate(r, f, row, n->kid[i + 1]);
    }
    struct pgcron_node *other = n->n ? n->kid[n->n - 1] : NULL;
    return other ? pgcron_evaluate(r, f, row, other) : pgcron_of_kind(r, PGCRON_NOTHING, "");
}

static const struct pgcron_value *subquery(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_row *row,
                                           const struct pgcron_node *n)
{
    struct pgcron_rows rows = pgcron_query_run(r, f, row, n->query);
    if (rows.n && rows.row[0]->cells)
        return rows.row[0]->cells->value;
    return rows.sure ? pgcron_of_kind(r, PGCRON_NOTHING, "") : pgcron_unknown(r, "a query that the database answers");
}

static bool is_secret(const struct pgcron_value *v)
{
    return v->kind == PGCRON_TEXT && strncmp(v->text, PGCRON_OPEN "secret.", sizeof PGCRON_OPEN + 6) == 0;
}

bool pgcron_is_address(const struct pgcron_value *v, bool local)
{
    static const char *const hosts[] = { "://localhost", "://127.", "://host.docker.internal", "://kong",
                                         "://0.0.0.0" };
    bool address =
        v->kind == PGCRON_TEXT && (strncmp(v->text, "https://", 8) == 0 || strncmp(v->text, "http://", 7) == 0);
    for (size_t i = 0; address && i < MEM_COUNT(hosts); i++)
        if (strstr(v->text, hosts[i]))
            return local;
    return address && !local;
}

/* Which of two addresses holds is not in the files: `name`, of a secret, may be set in the database. */
static void note_address(struct pgcron_run *r, int line, const char *name)
{
    const char *end = strstr(name, PGCRON_CLOSE);
    pgcron_run_note(
        r, PGCRON_WARNING, line,
        "its address is the one for the case that '%.*s' is not set in the database: if it is set there, give "
        "the target that address ('edgecron target set')",
        (int)(end ? end - name : 0), name);
}

/* COALESCE: the first that is there. Of an address that no file gives, and one that is written out for that case, the latter. */
static const struct pgcron_value *coalesce(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_row *row,
                                           const struct pgcron_node *n)
{
    const struct pgcron_value *unknown = NULL, *found = NULL;
    for (size_t i = 0; i < n->n; i++) {
        const struct pgcron_value *v = pgcron_evaluate(r, f, row, n->kid[i]);
        if (found && pgcron_is_address(v, false)) {
            note_address(r, n->line, found->text + strlen(PGCRON_OPEN "secret."));
            return v;
        }
        if (v->kind == PGCRON_UNKNOWN)
            unknown = unknown ? unknown : v;
        else if (v->kind != PGCRON_NOTHING && !found)
            found = v;
        if (found && !is_secret(found))
            break;
    }
    return found ? found : unknown ? unknown : pgcron_of_kind(r, PGCRON_NOTHING, "");
}

/* A function of the files, or one that is in none. */
static const struct pgcron_value *own_function(struct pgcron_run *r, const struct pgcron_node *n,
                                               const struct pgcron_args *a)
{
    struct pgcron_function *fn = pgcron_function_find(r->p, n->owner, n->text, a->n, a->name);
    if (fn)
        return pgcron_follow_function(r, fn, a->value, a->name, a->n);
    if (pgcron_function_names_key(n->text) && r->job)
        return pgcron_missing_key(r, n->text, n->line);
    if (!r->missing)
        r->missing = n->owner ? arena_printf(r->arena, "%s.%s", n->owner, n->text) : n->text;
    return pgcron_unknown(r, "what the function '%.80s' gives, which is in none of the files", n->text);
}

static const struct pgcron_value *call(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_row *row,
                                       const struct pgcron_node *n)
{
    if (!n->owner && strcmp(n->text, "coalesce") == 0)
        return coalesce(r, f, row, n);
    const struct pgcron_value **values = arena_alloc(r->arena, (n->n + 1) * sizeof *values);
    for (size_t i = 0; i < n->n; i++)
        values[i] = n->kid[i]->kind == PGCRON_NODE_STAR ? pgcron_of_kind(r, PGCRON_NOTHING, "")
                                                        : pgcron_evaluate(r, f, row, n->kid[i]);
    struct pgcron_args a = { .value = values, .name = n->name, .n = n->n, .line = n->line };
    const struct pgcron_value *v = pgcron_cron_function(r, n->owner, n->text, &a);
    bool net = n->owner && strcmp(n->owner, "net") == 0;
    if (!v && !net && pgcron_is_http(n->text) && pgcron_function_find(r->p, n->owner, n->text, a.n, a.name))
        return own_function(r, n, &a);
    if (!v)
        v = pgcron_http_function(r, n->owner, n->text, &a);
    if (!v)
        v = pgcron_builtin(r, n->owner, n->text, &a);
    return v ? v : own_function(r, n, &a);
}

static const struct pgcron_value *string(struct pgcron_run *r, const struct pgcron_node *n)
{
    struct pgcron_value *v = (struct pgcron_value *)pgcron_text(r, n->text);
    v->file = r->file;
    v->line = n->line;
    return v;
}

static const struct pgcron_value *evaluate(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_row *row,
                                           const struct pgcron_node *n)
{
    switch (n->kind) {
    case PGCRON_NODE_STRING:
        return string(r, n);
    case PGCRON_NODE_NUMBER:
        return pgcron_of_kind(r, PGCRON_DIGITS, n->text);
    case PGCRON_NODE_NULL:
        return pgcron_of_kind(r, PGCRON_NOTHING, "");
    case PGCRON_NODE_NAME:
        return n->owner ? owned_name(r, f, row, n) : plain_name(r, f, row, n);
    case PGCRON_NODE_PARAM:
        return parameter(r, f, n);
    case PGCRON_NODE_CALL:
        return call(r, f, row, n);
    case PGCRON_NODE_CAST:
        return pgcron_cast(r, pgcron_evaluate(r, f, row, n->kid[0]), n->text, n->line);
    case PGCRON_NODE_BINARY:
        return binary(r, f, row, n);
    case PGCRON_NODE_UNARY:
        return unary(r, f, row, n);
    case PGCRON_NODE_TRUE:
    case PGCRON_NODE_FALSE:
    case PGCRON_NODE_IS:
    case PGCRON_NODE_IN:
    case PGCRON_NODE_EXISTS:
        return pgcron_truth(r, pgcron_decide(r, f, row, n));
    case PGCRON_NODE_QUERY:
        return subquery(r, f, row, n);
    case PGCRON_NODE_CASE:
        return choice(r, f, row, n);
    case PGCRON_NODE_ARRAY:
    case PGCRON_NODE_ROW:
        return list(r, f, row, n);
    default:
        for (size_t i = 0; i < n->n; i++) /* (net.http_post(...)).x is a call, too */
            pgcron_evaluate(r, f, row, n->kid[i]);
        return pgcron_unknown(r, "%.80s", n->text ? n->text : "an expression that is not followed");
    }
}

const struct pgcron_value *pgcron_evaluate(struct pgcron_run *r, struct pgcron_frame *f, const struct pgcron_row *row,
                                           const struct pgcron_node *n)
{
    if (!n || r->levels >= PGCRON_LEVELS_MAX || !pgcron_run_step(r))
        return pgcron_unknown(r, "an expression that is nested or repeated too often");
    r->levels++;
    const struct pgcron_value *v = evaluate(r, f, row, n);
    r->levels--;
    return v;
}
