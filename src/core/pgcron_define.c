#include "core/pgcron_define.h"

#include "core/pgcron_quote.h"

#include <string.h>

static struct pgcron_place place(const struct pgcron *p, int line)
{
    return (struct pgcron_place){ p->file, line };
}

static const char *slice(struct pgcron *p, const struct pgcron_parser *q, const char *text, size_t first, size_t last)
{
    if (last <= first)
        return "";
    return arena_strndup(p->arena, text + q->token[first].from, q->token[last - 1].to - q->token[first].from);
}

static bool ends_argument(const struct pgcron_parser *q, size_t ahead)
{
    const struct pgcron_token *t = pgcron_peek(q, ahead);
    return pgcron_token_is(t, ",") || pgcron_token_is(t, ")") || pgcron_token_is(t, "default") ||
           pgcron_token_is(t, "=") || pgcron_token_is(t, "(") || pgcron_token_is(t, "[") || pgcron_token_is(t, ".") ||
           pgcron_token_is(t, "%") || t->kind == PGCRON_END;
}

/* "double precision", "timestamp with time zone": the second word is no type after a name. */
static bool continues_type(const struct pgcron_parser *q)
{
    static const char *const words[] = { "precision", "varying", "with", "without" };
    for (size_t i = 0; i < MEM_COUNT(words); i++)
        if (pgcron_token_is(pgcron_peek(q, 1), words[i]))
            return true;
    return false;
}

/* [IN | OUT | INOUT | VARIADIC] [name] type [DEFAULT expression]. False: it is not given by who calls. */
static bool take_param(struct pgcron *p, struct pgcron_parser *q, const char *text, struct pgcron_param *param)
{
    static const char *const end[] = { ",", ")", NULL };
    bool out = pgcron_take(q, "out");
    if (pgcron_take(q, "inout") || pgcron_take(q, "variadic") || pgcron_take(q, "in"))
        out = false;
    const char *name = ends_argument(q, 1) || continues_type(q) ? NULL : pgcron_take_name(q);
    const char *type = pgcron_take_type(q);
    *param = (struct pgcron_param){ .name = arena_strdup(p->arena, name),
                                    .type = arena_strdup(p->arena, type ? type : ""),
                                    .line = 0 };
    if (pgcron_take(q, "default") || pgcron_take(q, "=") || pgcron_take(q, ":=")) {
        size_t first = q->at;
        param->line = pgcron_peek(q, 0)->line;
        pgcron_skip_to(q, end);
        param->preset = slice(p, q, text, first, q->at);
    }
    return !out;
}

/* The names that types have beside their own. */
static const char *type_named(const char *type)
{
    static const char *const same[][2] = { { "int", "integer" },   { "int4", "integer" }, { "int8", "bigint" },
                                           { "int2", "smallint" }, { "bool", "boolean" }, { "decimal", "numeric" },
                                           { "float8", "double" }, { "float", "double" }, { "character", "varchar" },
                                           { "float4", "real" } };
    for (size_t i = 0; i < MEM_COUNT(same); i++)
        if (strcmp(type, same[i][0]) == 0)
            return same[i][1];
    return type;
}

static void take_params(struct pgcron *p, struct pgcron_parser *q, const char *text, struct pgcron_function *f)
{
    struct buf types = BUF_INIT(PGCRON_PARAMS_MAX * 64);
    struct pgcron_param params[PGCRON_PARAMS_MAX];
    while (!q->failed && !pgcron_at(q, ")") && q->at < q->n && f->n_params < PGCRON_PARAMS_MAX) {
        if (take_param(p, q, text, &params[f->n_params])) {
            buf_printf(&types, "%s%s", f->n_params ? "," : "", type_named(params[f->n_params].type));
            f->n_params++;
        }
        if (!pgcron_take(q, ","))
            break;
    }
    pgcron_expect(q, ")");
    f->params = arena_alloc(p->arena, (f->n_params + 1) * sizeof *f->params);
    memcpy(f->params, params, f->n_params * sizeof *params);
    f->signature = arena_strdup(p->arena, buf_str(&types));
    buf_free(&types);
}

static enum pgcron_language language_of(const struct pgcron_token *t)
{
    return strcmp(t->text, "plpgsql") == 0 ? PGCRON_LANGUAGE_PLPGSQL
           : strcmp(t->text, "sql") == 0   ? PGCRON_LANGUAGE_SQL
                                           : PGCRON_LANGUAGE_OTHER;
}

/* BEGIN ATOMIC ...; ... END, RETURN expression: SQL that stands in the statement itself. */
static bool take_inline_body(struct pgcron *p, struct pgcron_parser *q, const char *text, struct pgcron_function *f)
{
    size_t first = q->at + (pgcron_at(q, "begin") ? 2 : 1), last = pgcron_at(q, "begin") ? q->n - 1 : q->n;
    if (last <= first || last > q->n)
        return false;
    f->body_line = q->token[first].line;
    const char *sql = slice(p, q, text, first, last);
    f->body = pgcron_at(q, "begin") ? sql : arena_printf(p->arena, "SELECT %s", sql);
    f->language = PGCRON_LANGUAGE_SQL;
    q->at = q->n;
    return true;
}

static void take_options(struct pgcron *p, struct pgcron_parser *q, const char *text, struct pgcron_function *f)
{
    while (q->at < q->n) {
        const struct pgcron_token *next = pgcron_peek(q, 1);
        if (pgcron_at(q, "language")) {
            f->language = language_of(next);
            q->at += 2;
        } else if (pgcron_at(q, "as") && next->kind == PGCRON_STRING && !f->body) {
            f->body = arena_strdup(p->arena, next->text);
            f->body_line = next->text_line;
            q->at += 2;
        } else if (((pgcron_at(q, "begin") && pgcron_token_is(next, "atomic")) || pgcron_at(q, "return")) && !f->body) {
            if (!take_inline_body(p, q, text, f))
                return;
        } else {
            q->at++;
        }
    }
}

static void create_function(struct pgcron *p, struct pgcron_parser *q, const char *text)
{
    struct pgcron_function *f = arena_alloc(p->arena, sizeof *f);
    const char *owner, *name;
    f->at = place(p, pgcron_peek(q, 0)->line);
    f->language = PGCRON_LANGUAGE_OTHER;
    pgcron_take_dotted(q, &owner, &name);
    if (pgcron_expect(q, "("))
        take_params(p, q, text, f);
    if (!q->failed)
        take_options(p, q, text, f);
    if (q->failed || !f->body) {
        pgcron_note(p, PGCRON_SKIPPED, NULL, f->at, "a function whose definition cannot be read, at '%.40s'",
                    q->what ? q->what : "its body");
        return;
    }
    f->owner = arena_strdup(p->arena, owner);
    f->name = arena_strdup(p->arena, name);
    pgcron_function_add(p, f);
}

/* The types of "(a integer, text)", as a signature; NULL when there are no parentheses. */
static const char *take_signature(struct pgcron *p, struct pgcron_parser *q, const char *text)
{
    struct pgcron_function f = { 0 };
    if (!pgcron_take(q, "("))
        return NULL;
    take_params(p, q, text, &f);
    return f.signature;
}

static void drop_functions(struct pgcron *p, struct pgcron_parser *q, const char *text)
{
    if (pgcron_take(q, "if"))
        pgcron_expect(q, "exists");
    do {
        const char *owner, *name;
        pgcron_take_dotted(q, &owner, &name);
        if (q->failed)
            return;
        pgcron_function_drop(p, owner, name, take_signature(p, q, text));
    } while (pgcron_take(q, ","));
}

/* Name and value of SET name {=|TO} value. A name has a dot: a.b or "a.b". */
static void take_setting(struct pgcron *p, struct pgcron_parser *q)
{
    struct buf name = BUF_INIT(256);
    struct pgcron_place at = place(p, pgcron_peek(q, 0)->line);
    if (!pgcron_take(q, "session"))
        pgcron_take(q, "local");
    do {
        const char *part = pgcron_take_name(q);
        buf_printf(&name, "%s%s", name.len ? "." : "", part ? part : "");
    } while (!q->failed && pgcron_take(q, "."));
    const struct pgcron_token *value = pgcron_peek(q, 1);
    bool given = !q->failed && (pgcron_at(q, "=") || pgcron_at(q, "to"));
    if (given && (value->kind == PGCRON_STRING || value->kind == PGCRON_WORD || value->kind == PGCRON_NUMBER) &&
        strchr(buf_str(&name), '.'))
        pgcron_setting_add(p, buf_str(&name), value->text, at);
    buf_free(&name);
}

/* ALTER DATABASE | ROLE | USER | SYSTEM ... SET name = value */
static void alter_setting(struct pgcron *p, struct pgcron_parser *q, const char *text)
{
    static const char *const set[] = { "set", NULL };
    (void)text;
    pgcron_skip_to(q, set);
    if (pgcron_take(q, "set"))
        take_setting(p, q);
}

static void set_setting(struct pgcron *p, struct pgcron_parser *q, const char *text)
{
    (void)text;
    take_setting(p, q);
}

/* A database webhook of Supabase: it calls when a table changes, not at a time. */
static void create_trigger(struct pgcron *p, struct pgcron_parser *q, const char *text)
{
    (void)text;
    for (size_t i = 0; i < q->n; i++)
        if (pgcron_token_names(&q->token[i]) && strcmp(q->token[i].text, "http_request") == 0)
            pgcron_note(p, PGCRON_SKIPPED, NULL, place(p, q->token[i].line),
                        "a webhook of a table (supabase_functions.http_request): it calls when a row changes, and "
                        "stays in the database");
}

static const struct {
    const char *words[4];
    void (*run)(struct pgcron *p, struct pgcron_parser *q, const char *text);
} FORMS[] = {
    { { "create", "or", "replace", "function" }, create_function },
    { { "create", "or", "replace", "procedure" }, create_function },
    { { "create", "function" }, create_function },
    { { "create", "procedure" }, create_function },
    { { "drop", "function" }, drop_functions },
    { { "drop", "procedure" }, drop_functions },
    { { "alter", "database" }, alter_setting },
    { { "alter", "role" }, alter_setting },
    { { "alter", "user" }, alter_setting },
    { { "alter", "system" }, alter_setting },
    { { "set" }, set_setting },
    { { "create", "trigger" }, create_trigger },
    { { "create", "or", "replace", "trigger" }, create_trigger },
    { { "create", "constraint", "trigger" }, create_trigger },
};

bool pgcron_define(struct pgcron *p, const struct pgcron_tokens *t, const char *text, struct arena *a)
{
    for (size_t i = 0; i < MEM_COUNT(FORMS); i++) {
        size_t n = 0;
        while (n < MEM_COUNT(FORMS[i].words) && FORMS[i].words[n] && n < t->n &&
               pgcron_token_is(&t->token[n], FORMS[i].words[n]))
            n++;
        if (n < MEM_COUNT(FORMS[i].words) && FORMS[i].words[n])
            continue;
        struct pgcron_parser q = { .token = t->token, .n = t->n, .at = n, .arena = a };
        FORMS[i].run(p, &q, text);
        return true;
    }
    return false;
}
