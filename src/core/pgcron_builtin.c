/* pgcron_builtin.c - functions of PostgreSQL that texts, headers and bodies are made with. */
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

/* Of lists within lists, too. */
static const struct pgcron_value *unknown_within(const struct pgcron_value *v)
{
    const struct pgcron_value *found = v->kind == PGCRON_UNKNOWN ? v : NULL;
    for (size_t i = 0; v->kind == PGCRON_LIST && i < v->n && !found; i++)
        found = unknown_within(v->item[i]);
    return found;
}

/* The value of a member whose name says that it is a key, and of which nothing else is known. */
static const struct pgcron_value *key_of_place(struct pgcron_run *r, const struct pgcron_args *a, size_t i)
{
    const struct pgcron_value *v = a->value[i];
    const char *name = i % 2 ? pgcron_as_text(a->value[i - 1]) : NULL;
    if (!r->job || v->kind != PGCRON_UNKNOWN || !name ||
        !(pgcron_header_is_secret(name) || pgcron_member_is_secret(name)))
        return v;
    return pgcron_key_for(r, name, v, a->line);
}

static const struct pgcron_value *build_object(struct pgcron_run *r, const struct pgcron_args *a)
{
    struct buf out = BUF_INIT(PGCRON_VALUE_MAX);
    if (a->n % 2)
        return pgcron_unknown(r, "an odd number of arguments of jsonb_build_object()");
    buf_char(&out, '{');
    for (size_t i = 0; i < a->n; i++) {
        const char *key = i % 2 ? NULL : pgcron_as_text(a->value[i]);
        const struct pgcron_value *v = key_of_place(r, a, i), *unknown = unknown_within(v);
        if (unknown || (!key && i % 2 == 0)) {
            buf_free(&out);
            return unknown ? pgcron_unknown(r, "'%.60s': %s",
                                            i % 2 && pgcron_as_text(a->value[i - 1]) ? pgcron_as_text(a->value[i - 1])
                                                                                     : "a member's name",
                                            unknown->text)
                           : pgcron_unknown(r, "a member without a name");
        }
        if (i % 2) {
            pgcron_add_json(&out, v);
            continue;
        }
        buf_str_add(&out, i ? ",\"" : "\"");
        json_escape(&out, key, strlen(key));
        buf_str_add(&out, "\":");
    }
    buf_char(&out, '}');
    return pgcron_text_taken(r, PGCRON_DOCUMENT, &out);
}

static const struct pgcron_value *build_array(struct pgcron_run *r, const struct pgcron_args *a)
{
    struct buf out = BUF_INIT(PGCRON_VALUE_MAX);
    buf_char(&out, '[');
    for (size_t i = 0; i < a->n; i++) {
        const struct pgcron_value *unknown = unknown_within(a->value[i]);
        if (unknown) {
            buf_free(&out);
            return unknown;
        }
        if (i)
            buf_char(&out, ',');
        pgcron_add_json(&out, a->value[i]);
    }
    buf_char(&out, ']');
    return pgcron_text_taken(r, PGCRON_DOCUMENT, &out);
}

static const struct pgcron_value *to_json(struct pgcron_run *r, const struct pgcron_args *a)
{
    struct buf out = BUF_INIT(PGCRON_VALUE_MAX);
    const struct pgcron_value *unknown =
        a->n == 1 ? unknown_within(a->value[0]) : pgcron_unknown(r, "to_jsonb() of nothing");
    if (unknown)
        return unknown;
    pgcron_add_json(&out, a->value[0]);
    return pgcron_text_taken(r, PGCRON_DOCUMENT, &out);
}

static const struct pgcron_value *concat(struct pgcron_run *r, const struct pgcron_args *a)
{
    struct buf out = BUF_INIT(PGCRON_VALUE_MAX);
    for (size_t i = 0; i < a->n; i++)
        if (pgcron_as_text(a->value[i]))
            buf_str_add(&out, pgcron_as_text(a->value[i]));
    return pgcron_text_taken(r, PGCRON_TEXT, &out);
}

static const struct pgcron_value *concat_ws(struct pgcron_run *r, const struct pgcron_args *a)
{
    struct buf out = BUF_INIT(PGCRON_VALUE_MAX);
    bool any = false;
    for (size_t i = 1; i < a->n; i++) {
        const char *text = pgcron_as_text(a->value[i]), *between = pgcron_as_text(a->value[0]);
        if (!text)
            continue;
        if (any && between)
            buf_str_add(&out, between);
        buf_str_add(&out, text);
        any = true;
    }
    return pgcron_text_taken(r, PGCRON_TEXT, &out);
}

static void add_quoted(struct buf *out, const char *text, char quote)
{
    buf_char(out, quote);
    for (; *text; text++) {
        if (*text == quote)
            buf_char(out, quote);
        buf_char(out, *text);
    }
    buf_char(out, quote);
}

static bool is_plain_identifier(const char *s)
{
    return *s && !(*s >= '0' && *s <= '9') && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(s);
}

static void add_formatted(struct buf *out, char form, const char *text)
{
    if (form == 'L' && text)
        add_quoted(out, text, '\'');
    else if (form == 'L')
        buf_str_add(out, "NULL");
    else if (form == 'I' && text && !is_plain_identifier(text))
        add_quoted(out, text, '"');
    else if (text)
        buf_str_add(out, text);
}

/* format('... %s %1$L %I %%', ...) */
static const struct pgcron_value *format(struct pgcron_run *r, const struct pgcron_args *a)
{
    const char *s = a->n ? pgcron_as_text(a->value[0]) : NULL;
    struct buf out = BUF_INIT(PGCRON_VALUE_MAX);
    size_t next = 1;
    while (s && *s) {
        if (*s != '%') {
            size_t n = strcspn(s, "%");
            buf_add(&out, s, n);
            s += n;
            continue;
        }
        if (s[1] == '%') {
            buf_char(&out, '%');
            s += 2;
            continue;
        }
        char *end;
        size_t number = strtoul(s + 1, &end, 10);
        bool numbered = end > s + 1 && *end == '$' && s[1] != '-' && s[1] != '+' && s[1] != ' ';
        size_t which = numbered ? number : next;
        char form = numbered ? end[1] : s[1];
        if (!form || !strchr("sLI", form) || which < 1 || which >= a->n) {
            buf_free(&out);
            return pgcron_unknown(r, "format() with a form that is not %%s, %%L or %%I, or without its value");
        }
        add_formatted(&out, form, pgcron_as_text(a->value[which]));
        next = which + 1;
        s = (numbered ? end : s) + 2;
    }
    struct pgcron_value *v = (struct pgcron_value *)pgcron_text_taken(r, PGCRON_TEXT, &out);
    if (a->n) {
        v->file = a->value[0]->file;
        v->line = a->value[0]->line;
    }
    return v;
}

static const struct pgcron_value *quote_literal(struct pgcron_run *r, const struct pgcron_args *a)
{
    struct buf out = BUF_INIT(PGCRON_VALUE_MAX);
    add_formatted(&out, 'L', a->n ? pgcron_as_text(a->value[0]) : NULL);
    return pgcron_text_taken(r, PGCRON_TEXT, &out);
}

static const struct pgcron_value *quote_ident(struct pgcron_run *r, const struct pgcron_args *a)
{
    struct buf out = BUF_INIT(PGCRON_VALUE_MAX);
    add_formatted(&out, 'I', a->n ? pgcron_as_text(a->value[0]) : NULL);
    return pgcron_text_taken(r, PGCRON_TEXT, &out);
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

static const struct pgcron_value *change_case(struct pgcron_run *r, const struct pgcron_args *a, char from, int by)
{
    const char *text = a->n == 1 ? pgcron_as_text(a->value[0]) : NULL;
    if (!text)
        return first(r, a);
    if (pgcron_has_mark(text))
        return pgcron_unknown(r, "capitals or small letters of a secret");
    char *copy = arena_strdup(r->arena, text);
    r->bytes += strlen(copy);
    for (char *c = copy; *c; c++)
        if (*c >= from && *c < from + 26)
            *c = (char)(*c + by);
    return pgcron_text(r, copy);
}

static const struct pgcron_value *lower(struct pgcron_run *r, const struct pgcron_args *a)
{
    return change_case(r, a, 'A', 'a' - 'A');
}

static const struct pgcron_value *upper(struct pgcron_run *r, const struct pgcron_args *a)
{
    return change_case(r, a, 'a', 'A' - 'a');
}

static const struct pgcron_value *trim(struct pgcron_run *r, const struct pgcron_args *a, bool left, bool right)
{
    const char *text = a->n ? pgcron_as_text(a->value[0]) : NULL, *set = a->n > 1 ? pgcron_as_text(a->value[1]) : " ";
    if (!text || !set)
        return first(r, a);
    size_t len = strlen(text), skip = left ? strspn(text, set) : 0;
    while (right && len > skip && strchr(set, text[len - 1]) && (unsigned char)text[len - 1] < 0x80)
        len--;
    r->bytes += len;
    return pgcron_text(r, arena_strndup(r->arena, text + skip, len - skip));
}

static const struct pgcron_value *btrim(struct pgcron_run *r, const struct pgcron_args *a)
{
    return trim(r, a, true, true);
}

static const struct pgcron_value *rtrim(struct pgcron_run *r, const struct pgcron_args *a)
{
    return trim(r, a, false, true);
}

static const struct pgcron_value *ltrim(struct pgcron_run *r, const struct pgcron_args *a)
{
    return trim(r, a, true, false);
}

/* replace(text, from, to), where nothing hides in a placeholder. */
static const struct pgcron_value *replace(struct pgcron_run *r, const struct pgcron_args *a)
{
    const char *s = a->n == 3 ? pgcron_as_text(a->value[0]) : NULL,
               *from = a->n == 3 ? pgcron_as_text(a->value[1]) : NULL;
    const char *to = a->n == 3 ? pgcron_as_text(a->value[2]) : NULL;
    if (!s || !from || !to || !*from || pgcron_has_mark(s))
        return pgcron_unknown(r, "replace() in what is not written out");
    struct buf out = BUF_INIT(PGCRON_VALUE_MAX);
    for (const char *hit; (hit = strstr(s, from)) && !out.full; s = hit + strlen(from)) {
        buf_add(&out, s, (size_t)(hit - s));
        buf_str_add(&out, to);
    }
    buf_str_add(&out, s);
    return pgcron_text_taken(r, PGCRON_TEXT, &out);
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
    { "jsonb_build_object", true, build_object },
    { "json_build_object", true, build_object },
    { "jsonb_build_array", true, build_array },
    { "json_build_array", true, build_array },
    { "to_jsonb", true, to_json },
    { "to_json", true, to_json },
    { "jsonb_strip_nulls", false, first },
    { "concat", false, concat },
    { "concat_ws", false, concat_ws },
    { "format", false, format },
    { "quote_literal", false, quote_literal },
    { "quote_nullable", false, quote_literal },
    { "quote_ident", false, quote_ident },
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
    { "lower", false, lower },
    { "upper", false, upper },
    { "trim", false, btrim },
    { "btrim", false, btrim },
    { "rtrim", false, rtrim },
    { "ltrim", false, ltrim },
    { "replace", false, replace },
    { "chr", false, chr },
    { "current_setting", false, setting },
    { "set_config", false, set_config },
    { "create_secret", true, create_secret },
    { "to_regclass", false, present },
    { "to_regproc", false, present },
    { "to_regprocedure", false, present },
    { "to_regnamespace", false, present },
    { "pg_notify", true, nothing },
    { "pg_sleep", true, nothing },
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
