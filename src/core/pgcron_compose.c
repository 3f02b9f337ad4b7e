/* pgcron_compose.c - functions of PostgreSQL that make texts and JSON out of others. */
#include "core/pgcron_compose.h"

#include <stdlib.h>
#include <string.h>

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

/* Why an object is not known: because of which member. */
static const struct pgcron_value *unknown_member(struct pgcron_run *r, const struct pgcron_args *a, size_t i,
                                                 const struct pgcron_value *unknown)
{
    const char *name = i % 2 ? pgcron_as_text(a->value[i - 1]) : NULL;
    if (!unknown)
        return pgcron_unknown(r, "a member without a name");
    if (!name || pgcron_has_mark(name) || pgcron_has_key(name, strlen(name)))
        return unknown;
    return pgcron_unknown(r, "'%.60s': %s", name, unknown->text);
}

const struct pgcron_value *pgcron_build_object(struct pgcron_run *r, const struct pgcron_args *a)
{
    buf_auto struct buf out = BUF_INIT(PGCRON_VALUE_MAX);
    if (a->n % 2)
        return pgcron_unknown(r, "an odd number of arguments of jsonb_build_object()");
    buf_char(&out, '{');
    for (size_t i = 0; i < a->n; i++) {
        const struct pgcron_value *v = key_of_place(r, a, i), *unknown = unknown_within(v);
        const char *key = i % 2 ? NULL : pgcron_as_text(v);
        if (unknown || (!key && i % 2 == 0))
            return unknown_member(r, a, i, unknown);
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

const struct pgcron_value *pgcron_object_of(struct pgcron_run *r, const struct pgcron_args *a)
{
    const struct pgcron_value *keys = a->n ? a->value[0] : NULL, *values = a->n == 2 ? a->value[1] : NULL;
    if (!keys || keys->kind != PGCRON_LIST || (values && (values->kind != PGCRON_LIST || values->n != keys->n)))
        return pgcron_unknown(r, "jsonb_object() of other lists than ARRAY[...]");
    if (!values)
        return pgcron_build_object(r, &(struct pgcron_args){ .value = keys->item, .n = keys->n, .line = a->line });
    const struct pgcron_value **both = arena_alloc(r->arena, (2 * keys->n + 1) * sizeof *both);
    for (size_t i = 0; i < keys->n; i++) {
        both[2 * i] = keys->item[i];
        both[2 * i + 1] = values->item[i];
    }
    return pgcron_build_object(r, &(struct pgcron_args){ .value = both, .n = 2 * keys->n, .line = a->line });
}

/* A copy without members that are null; those of arrays stay, as PostgreSQL has it. */
static struct json *without_nulls(const struct json *v)
{
    struct json *copy = json_type(v) == JSON_OBJECT ? json_new_object() : json_new_array();
    for (const struct json *c = json_first(v); c; c = json_next(c)) {
        bool deep = json_type(c) == JSON_OBJECT || json_type(c) == JSON_ARRAY;
        if (json_type(c) != JSON_NULL || !json_key(c))
            json_add(copy, json_key(c), deep ? without_nulls(c) : json_clone(c));
    }
    return copy;
}

const struct pgcron_value *pgcron_strip_nulls(struct pgcron_run *r, const struct pgcron_args *a)
{
    struct err unused;
    if (a->n != 1 || a->value[0]->kind != PGCRON_DOCUMENT)
        return a->n ? a->value[0] : pgcron_unknown(r, "jsonb_strip_nulls() of nothing");
    json_auto struct json *all = json_parse(a->value[0]->text, strlen(a->value[0]->text), &unused);
    if (json_type(all) != JSON_OBJECT && json_type(all) != JSON_ARRAY)
        return a->value[0];
    json_auto struct json *rest = without_nulls(all);
    mem_auto char *text = json_print(rest);
    struct buf out = BUF_INIT(PGCRON_VALUE_MAX);
    buf_str_add(&out, text);
    return pgcron_text_taken(r, PGCRON_DOCUMENT, &out);
}

const struct pgcron_value *pgcron_build_array(struct pgcron_run *r, const struct pgcron_args *a)
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

const struct pgcron_value *pgcron_to_json(struct pgcron_run *r, const struct pgcron_args *a)
{
    struct buf out = BUF_INIT(PGCRON_VALUE_MAX);
    const struct pgcron_value *unknown =
        a->n == 1 ? unknown_within(a->value[0]) : pgcron_unknown(r, "to_jsonb() of nothing");
    if (unknown)
        return unknown;
    pgcron_add_json(&out, a->value[0]);
    return pgcron_text_taken(r, PGCRON_DOCUMENT, &out);
}

const struct pgcron_value *pgcron_concat(struct pgcron_run *r, const struct pgcron_args *a)
{
    struct buf out = BUF_INIT(PGCRON_VALUE_MAX);
    for (size_t i = 0; i < a->n; i++)
        if (pgcron_as_text(a->value[i]))
            buf_str_add(&out, pgcron_as_text(a->value[i]));
    return pgcron_text_taken(r, PGCRON_TEXT, &out);
}

const struct pgcron_value *pgcron_concat_ws(struct pgcron_run *r, const struct pgcron_args *a)
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
const struct pgcron_value *pgcron_format(struct pgcron_run *r, const struct pgcron_args *a)
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

const struct pgcron_value *pgcron_quote_literal(struct pgcron_run *r, const struct pgcron_args *a)
{
    struct buf out = BUF_INIT(PGCRON_VALUE_MAX);
    add_formatted(&out, 'L', a->n ? pgcron_as_text(a->value[0]) : NULL);
    return pgcron_text_taken(r, PGCRON_TEXT, &out);
}

const struct pgcron_value *pgcron_quote_ident(struct pgcron_run *r, const struct pgcron_args *a)
{
    struct buf out = BUF_INIT(PGCRON_VALUE_MAX);
    add_formatted(&out, 'I', a->n ? pgcron_as_text(a->value[0]) : NULL);
    return pgcron_text_taken(r, PGCRON_TEXT, &out);
}

static const struct pgcron_value *change_case(struct pgcron_run *r, const struct pgcron_args *a, char from, int by)
{
    const char *text = a->n == 1 ? pgcron_as_text(a->value[0]) : NULL;
    if (!text)
        return a->n ? a->value[0] : pgcron_unknown(r, "a function without its argument");
    if (pgcron_has_mark(text))
        return pgcron_unknown(r, "capitals or small letters of a secret");
    char *copy = arena_strdup(r->arena, text);
    r->bytes += strlen(copy);
    for (char *c = copy; *c; c++)
        if (*c >= from && *c < from + 26)
            *c = (char)(*c + by);
    return pgcron_text(r, copy);
}

const struct pgcron_value *pgcron_lower(struct pgcron_run *r, const struct pgcron_args *a)
{
    return change_case(r, a, 'A', 'a' - 'A');
}

const struct pgcron_value *pgcron_upper(struct pgcron_run *r, const struct pgcron_args *a)
{
    return change_case(r, a, 'a', 'A' - 'a');
}

static const struct pgcron_value *trim(struct pgcron_run *r, const struct pgcron_args *a, bool left, bool right)
{
    const char *text = a->n ? pgcron_as_text(a->value[0]) : NULL, *set = a->n > 1 ? pgcron_as_text(a->value[1]) : " ";
    if (!text || !set)
        return a->n ? a->value[0] : pgcron_unknown(r, "a function without its argument");
    size_t len = strlen(text), skip = 0;
    while (left && text[skip] && strchr(set, text[skip]) && (unsigned char)text[skip] < 0x80)
        skip++;
    while (right && len > skip && strchr(set, text[len - 1]) && (unsigned char)text[len - 1] < 0x80)
        len--;
    r->bytes += len;
    return pgcron_text(r, arena_strndup(r->arena, text + skip, len - skip));
}

const struct pgcron_value *pgcron_btrim(struct pgcron_run *r, const struct pgcron_args *a)
{
    return trim(r, a, true, true);
}

const struct pgcron_value *pgcron_rtrim(struct pgcron_run *r, const struct pgcron_args *a)
{
    return trim(r, a, false, true);
}

const struct pgcron_value *pgcron_ltrim(struct pgcron_run *r, const struct pgcron_args *a)
{
    return trim(r, a, true, false);
}

/* replace(text, from, to), where nothing hides in a placeholder. */
const struct pgcron_value *pgcron_replace(struct pgcron_run *r, const struct pgcron_args *a)
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
