/* pgcron_builtin.c - functions of PostgreSQL that texts, headers and bodies are made with. */
#include "core/pgcron_compose.h"
#include "core/pgcron_quote.h"
#include "core/pgcron_run.h"

#include <stdlib.h>
#include <string.h>

typedef const struct pgcron_value *(*builtin)(struct pgcron_run *r, const struct pgcron_args *a);

const struct pgcron_value *pgcron_argument(const struct pgcron_args *a, const char *name, size_t place)
{
    for (size_t i = 0; i < a->n; i++)
        if (a->name && a->name[i] && strcmp(a->name[i], name) == 0)
            return a->value[i];
    return place < a->n && !(a->name && a->name[place]) ? a->value[place] : NULL;
}

static const struct pgcron_value *unknown_among(const struct pgcron_args *a)
{
    for (size_t i = 0; i < a->n; i++)
        if (a->value[i]->kind == PGCRON_UNKNOWN)
            return a->value[i];
    return NULL;
}

static const struct pgcron_value *nullif(struct pgcron_run *r, const struct pgcron_args *a)
{
    const char *x = a->n == 2 ? pgcron_as_text(a->value[0]) : NULL, *y = a->n == 2 ? pgcron_as_text(a->value[1]) : NULL;
    return x && y && strcmp(x, y) == 0 ? pgcron_of_kind(r, PGCRON_NOTHING, "")
           : a->n                      ? a->value[0]
                                       : pgcron_unknown(r, "nullif()");
}

static const struct pgcron_value *now(struct pgcron_run *r, const struct pgcron_args *a)
{
    (void)a;
    return pgcron_mark(r, "now");
}

static const struct pgcron_value *today(struct pgcron_run *r, const struct pgcron_args *a)
{
    return pgcron_cast(r, pgcron_mark(r, "now"), "date", a->line);
}

static bool is_now(const struct pgcron_value *v)
{
    return v->kind == PGCRON_TEXT && strcmp(v->text, PGCRON_OPEN "now" PGCRON_CLOSE) == 0;
}

static const struct pgcron_value *to_char(struct pgcron_run *r, const struct pgcron_args *a)
{
    if (a->n != 2 || !is_now(a->value[0]))
        return pgcron_unknown(r, "to_char() of something else than now()");
    pgcron_run_note(r, PGCRON_CHANGED, a->line,
                    "to_char(now(), ...) becomes {{now}}, which is date and time as RFC 3339 writes it");
    return a->value[0];
}

static const struct pgcron_value *uuid(struct pgcron_run *r, const struct pgcron_args *a)
{
    (void)a;
    return pgcron_mark(r, "run.id");
}

static const struct pgcron_value *first(struct pgcron_run *r, const struct pgcron_args *a)
{
    return a->n ? a->value[0] : pgcron_unknown(r, "a function without its argument");
}

static const struct pgcron_value *chr(struct pgcron_run *r, const struct pgcron_args *a)
{
    long c = a->n == 1 && a->value[0]->kind == PGCRON_DIGITS ? strtol(a->value[0]->text, NULL, 10) : 0;
    return c > 0 && c < 128 ? pgcron_text(r, arena_printf(r->arena, "%c", (int)c))
                            : pgcron_unknown(r, "a character given by a number");
}

/* A secret counts as being as long as keys are. */
static const struct pgcron_value *length(struct pgcron_run *r, const struct pgcron_args *a)
{
    const char *text = a->n == 1 ? pgcron_as_text(a->value[0]) : NULL;
    if (!text)
        return first(r, a);
    return pgcron_of_kind(r, PGCRON_DIGITS, arena_printf(r->arena, "%zu", pgcron_has_mark(text) ? 64 : strlen(text)));
}

static const struct pgcron_value *setting(struct pgcron_run *r, const struct pgcron_args *a)
{
    const char *name = a->n ? pgcron_as_text(a->value[0]) : NULL;
    if (!name || pgcron_has_mark(name) || !strchr(name, '.'))
        return pgcron_unknown(r, "a setting of the server");
    const struct pgcron_known_value *known = map_get(&r->p->settings, name);
    if (known && known->text)
        return pgcron_text(r, known->text);
    if (strncmp(name, "request.", 8) == 0)
        return pgcron_of_kind(r, PGCRON_NOTHING, ""); /* of the REST API, which no job has */
    return pgcron_mark(r, pgcron_secret_of_setting(r->p, name, pgcron_run_place(r, a->line)));
}

static const struct pgcron_value *set_config(struct pgcron_run *r, const struct pgcron_args *a)
{
    const char *name = a->n >= 2 ? pgcron_as_text(a->value[0]) : NULL,
               *value = a->n >= 2 ? pgcron_as_text(a->value[1]) : NULL;
    if (name && value)
        pgcron_setting_add(r->p, name, value, pgcron_run_place(r, a->line));
    return a->n >= 2 ? a->value[1] : pgcron_unknown(r, "set_config()");
}

/* vault.create_secret(value, name, description), vault.update_secret(id, value, name) */
static const struct pgcron_value *create_secret(struct pgcron_run *r, const struct pgcron_args *a)
{
    const struct pgcron_value *value = pgcron_argument(a, "new_secret", 0), *name = pgcron_argument(a, "new_name", 1);
    const char *text = name ? pgcron_as_text(name) : NULL;
    if (text && !pgcron_has_mark(text))
        pgcron_vault_add(r->p, text, value ? pgcron_as_text(value) : NULL, pgcron_run_place(r, a->line));
    return pgcron_unknown(r, "the id of a secret");
}

static const struct pgcron_value *present(struct pgcron_run *r, const struct pgcron_args *a)
{
    (void)a;
    return pgcron_text(r, "it is there");
}

static const struct pgcron_value *nothing(struct pgcron_run *r, const struct pgcron_args *a)
{
    (void)a;
    return pgcron_of_kind(r, PGCRON_NOTHING, "");
}

/* After a call it waits for the answer, or for nothing: pg_net sends at the end of the transaction. */
static const struct pgcron_value *wait(struct pgcron_run *r, const struct pgcron_args *a)
{
    if (!r->n_made)
        pgcron_run_note(r, PGCRON_CHANGED, a->line, "it waits (pg_sleep) before it calls: edgecron calls at once");
    return pgcron_of_kind(r, PGCRON_NOTHING, "");
}

static const struct pgcron_value *not_followed(struct pgcron_run *r, const struct pgcron_args *a)
{
    (void)a;
    return pgcron_unknown(r, "a function of the database whose value only it knows");
}

static const struct {
    const char *name;
    bool raw; /* sees unknown values; else one of them makes the result unknown */
    builtin run;
} BUILTINS[] = {
    { "jsonb_build_object", true, pgcron_build_object },
    { "json_build_object", true, pgcron_build_object },
    { "jsonb_build_array", true, pgcron_build_array },
    { "json_build_array", true, pgcron_build_array },
    { "to_jsonb", true, pgcron_to_json },
    { "to_json", true, pgcron_to_json },
    { "jsonb_strip_nulls", false, pgcron_strip_nulls },
    { "json_strip_nulls", false, pgcron_strip_nulls },
    { "jsonb_object", true, pgcron_object_of },
    { "json_object", true, pgcron_object_of },
    { "concat", false, pgcron_concat },
    { "concat_ws", false, pgcron_concat_ws },
    { "format", false, pgcron_format },
    { "quote_literal", false, pgcron_quote_literal },
    { "quote_nullable", false, pgcron_quote_literal },
    { "quote_ident", false, pgcron_quote_ident },
    { "nullif", false, nullif },
    { "now", false, now },
    { "current_timestamp", false, now },
    { "clock_timestamp", false, now },
    { "statement_timestamp", false, now },
    { "transaction_timestamp", false, now },
    { "localtimestamp", false, now },
    { "timeofday", false, now },
    { "current_date", false, today },
    { "current_time", false, today },
    { "localtime", false, today },
    { "to_char", false, to_char },
    { "timezone", false, NULL },
    { "gen_random_uuid", false, uuid },
    { "uuid_generate_v4", false, uuid },
    { "uuid_generate_v1", false, uuid },
    { "lower", false, pgcron_lower },
    { "upper", false, pgcron_upper },
    { "trim", false, pgcron_btrim },
    { "btrim", false, pgcron_btrim },
    { "rtrim", false, pgcron_rtrim },
    { "ltrim", false, pgcron_ltrim },
    { "replace", false, pgcron_replace },
    { "chr", false, chr },
    { "current_setting", false, setting },
    { "set_config", false, set_config },
    { "create_secret", true, create_secret },
    { "to_regclass", false, present },
    { "to_regproc", false, present },
    { "to_regprocedure", false, present },
    { "to_regnamespace", false, present },
    { "pg_notify", true, nothing },
    { "pg_sleep", true, wait },
    { "pg_sleep_for", true, wait },
    { "pg_sleep_until", true, wait },
    { "pg_reload_conf", true, nothing },
    { "pg_advisory_xact_lock", true, nothing },
    { "pg_advisory_lock", true, nothing },
    { "pg_advisory_unlock", true, nothing },
    { "http_collect_response", true, not_followed },
    { "count", true, not_followed },
    { "sum", true, not_followed },
    { "max", true, not_followed },
    { "min", true, not_followed },
    { "avg", true, not_followed },
    { "array_agg", true, not_followed },
    { "string_agg", true, not_followed },
    { "json_agg", true, not_followed },
    { "jsonb_agg", true, not_followed },
    { "jsonb_object_agg", true, not_followed },
    { "row_to_json", true, not_followed },
    { "date_trunc", true, not_followed },
    { "date_part", true, not_followed },
    { "make_interval", true, not_followed },
    { "age", true, not_followed },
    { "length", false, length },
    { "char_length", false, length },
    { "random", true, not_followed },
    { "floor", true, not_followed },
    { "round", true, not_followed },
    { "ceil", true, not_followed },
    { "greatest", true, not_followed },
    { "least", true, not_followed },
    { "jsonb_array_length", true, not_followed },
    { "jsonb_set", true, not_followed },
    { "array_length", true, not_followed },
    { "pg_try_advisory_lock", true, not_followed },
    { "pg_try_advisory_xact_lock", true, not_followed },
    { "current_database", true, not_followed },
    { "current_user", true, not_followed },
    { "session_user", true, not_followed },
    { "user", true, not_followed },
    { "encode", true, not_followed },
    { "decode", true, not_followed },
    { "hmac", true, not_followed },
    { "digest", true, not_followed },
    { "md5", true, not_followed },
    { "left", true, not_followed },
    { "right", true, not_followed },
    { "substr", true, not_followed },
    { "split_part", true, not_followed },
    { "regexp_replace", true, not_followed },
    { "generate_series", true, not_followed },
    { "convert_to", true, not_followed },
    { "convert_from", true, not_followed },
};

static bool is_system_schema(const char *owner)
{
    static const char *const schemas[] = { "pg_catalog", "extensions", "vault", "public", "net" };
    for (size_t i = 0; owner && i < MEM_COUNT(schemas); i++)
        if (strcmp(owner, schemas[i]) == 0)
            return true;
    return !owner;
}

const struct pgcron_value *pgcron_builtin(struct pgcron_run *r, const char *owner, const char *name,
                                          const struct pgcron_args *a)
{
    for (size_t i = 0; is_system_schema(owner) && i < MEM_COUNT(BUILTINS); i++) {
        if (strcmp(name, BUILTINS[i].name))
            continue;
        const struct pgcron_value *unknown = BUILTINS[i].raw ? NULL : unknown_among(a);
        if (!BUILTINS[i].run)
            return a->n == 2 ? a->value[1] : not_followed(r, a);
        return unknown ? unknown : BUILTINS[i].run(r, a);
    }
    return NULL;
}
