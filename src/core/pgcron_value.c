/* pgcron_value.c - values that are known in part: making them, casting them, writing them as JSON. */
#include "core/pgcron_quote.h"
#include "core/pgcron_run.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define MEMBERS_MAX 1000 /* of objects that are joined */

static struct pgcron_value *value_new(struct pgcron_run *r, enum pgcron_kind kind)
{
    struct pgcron_value *v = arena_alloc(r->arena, sizeof *v);
    r->bytes += sizeof *v;
    v->kind = kind;
    v->text = "";
    return v;
}

const struct pgcron_value *pgcron_unknown(struct pgcron_run *r, const char *fmt, ...)
{
    char text[300];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    struct pgcron_value *v = value_new(r, PGCRON_UNKNOWN);
    v->text = arena_strdup(r->arena, text);
    return v;
}

const struct pgcron_value *pgcron_of_kind(struct pgcron_run *r, enum pgcron_kind kind, const char *text)
{
    struct pgcron_value *v = value_new(r, kind);
    v->text = text;
    return v;
}

const struct pgcron_value *pgcron_text(struct pgcron_run *r, const char *text)
{
    return pgcron_of_kind(r, PGCRON_TEXT, text);
}

const struct pgcron_value *pgcron_text_taken(struct pgcron_run *r, enum pgcron_kind kind, struct buf *b)
{
    r->bytes += b->len;
    bool full = b->full;
    const char *text = arena_strndup(r->arena, buf_str(b), b->len);
    buf_free(b);
    if (full || r->bytes > PGCRON_BYTES_MAX)
        return pgcron_unknown(r, "a text larger than %d kB", PGCRON_VALUE_MAX / 1024);
    return pgcron_of_kind(r, kind, text);
}

const struct pgcron_value *pgcron_truth(struct pgcron_run *r, enum pgcron_answer a)
{
    if (a == PGCRON_PERHAPS)
        return pgcron_unknown(r, "a condition that the database decides");
    struct pgcron_value *v = value_new(r, PGCRON_TRUTH);
    v->truth = a == PGCRON_YES;
    v->text = v->truth ? "true" : "false";
    return v;
}

const struct pgcron_value *pgcron_mark(struct pgcron_run *r, const char *placeholder)
{
    return pgcron_text(r, arena_printf(r->arena, PGCRON_OPEN "%s" PGCRON_CLOSE, placeholder));
}

bool pgcron_has_mark(const char *text)
{
    return strstr(text, PGCRON_OPEN) != NULL;
}

const char *pgcron_as_text(const struct pgcron_value *v)
{
    switch (v->kind) {
    case PGCRON_TEXT:
    case PGCRON_DIGITS:
    case PGCRON_TRUTH:
    case PGCRON_DOCUMENT:
        return v->text;
    default:
        return NULL;
    }
}

static bool among(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(word, *list) == 0)
            return true;
    return false;
}

static const struct pgcron_value *to_json(struct pgcron_run *r, const struct pgcron_value *v)
{
    if (v->kind != PGCRON_TEXT)
        return v;
    if (!json_valid(v->text, strlen(v->text)))
        return pgcron_unknown(r, "a text that is not JSON, taken as JSON");
    return pgcron_of_kind(r, PGCRON_DOCUMENT, v->text);
}

/* Digits with a sign and a fraction, as JSON writes them. */
static bool is_number(const char *s)
{
    return *s && strlen(s) < 64 && json_valid(s, strlen(s)) && (*s == '-' || (*s >= '0' && *s <= '9'));
}

static const struct pgcron_value *to_number(struct pgcron_run *r, const struct pgcron_value *v)
{
    if (v->kind != PGCRON_TEXT && v->kind != PGCRON_DOCUMENT)
        return v;
    return is_number(v->text) ? pgcron_of_kind(r, PGCRON_DIGITS, v->text)
                              : pgcron_unknown(r, "a number that is not written out");
}

static const struct pgcron_value *to_truth(struct pgcron_run *r, const struct pgcron_value *v)
{
    static const char *const yes[] = { "t", "true", "yes", "on", "1", NULL }, *const no[] = { "f",   "false", "no",
                                                                                              "off", "0",     NULL };
    const char *text = pgcron_as_text(v);
    if (v->kind == PGCRON_TRUTH || !text)
        return v;
    return among(text, yes)  ? pgcron_truth(r, PGCRON_YES)
           : among(text, no) ? pgcron_truth(r, PGCRON_NO)
                             : pgcron_truth(r, PGCRON_PERHAPS);
}

/* now()::text is a time; now()::date would be a day. */
static const struct pgcron_value *to_time(struct pgcron_run *r, const struct pgcron_value *v, const char *type,
                                          int line)
{
    if (v->kind == PGCRON_TEXT && strcmp(v->text, PGCRON_OPEN "now" PGCRON_CLOSE) == 0 && strncmp(type, "timestamp", 9))
        pgcron_run_note(
            r, PGCRON_CHANGED, line,
            "a date or time of day made of now() becomes {{now}}, which is date and time as RFC 3339 writes it");
    return v;
}

const struct pgcron_value *pgcron_cast(struct pgcron_run *r, const struct pgcron_value *v, const char *type, int line)
{
    static const char *const json[] = { "json", "jsonb", NULL };
    static const char *const text[] = { "text", "varchar", "character", "char", "bpchar", "name", "citext", NULL };
    static const char *const numbers[] = { "int",    "integer",  "int2",    "int4",   "int8",
                                           "bigint", "smallint", "numeric", "real",   "decimal",
                                           "float",  "float4",   "float8",  "double", NULL };
    static const char *const truths[] = { "boolean", "bool", NULL };
    static const char *const times[] = { "date", "time", "timestamp", "timestamptz", NULL };
    if (v->kind == PGCRON_UNKNOWN || v->kind == PGCRON_NOTHING || !type)
        return v;
    if (among(type, json))
        return to_json(r, v);
    if (among(type, numbers))
        return to_number(r, v);
    if (among(type, truths))
        return to_truth(r, v);
    if (among(type, times))
        return to_time(r, v, type, line);
    if (among(type, text) && pgcron_as_text(v)) {
        struct pgcron_value *copy = value_new(r, PGCRON_TEXT);
        copy->text = v->text;
        copy->file = v->file;
        copy->line = v->line;
        return copy;
    }
    return v;
}

void pgcron_add_json(struct buf *b, const struct pgcron_value *v)
{
    switch (v->kind) {
    case PGCRON_TEXT:
        buf_char(b, '"');
        json_escape(b, v->text, strlen(v->text));
        buf_char(b, '"');
        break;
    case PGCRON_DIGITS:
    case PGCRON_TRUTH:
    case PGCRON_DOCUMENT:
        buf_str_add(b, v->text);
        break;
    case PGCRON_LIST:
        buf_char(b, '[');
        for (size_t i = 0; i < v->n && !b->full; i++) {
            if (i)
                buf_char(b, ',');
            pgcron_add_json(b, v->item[i]);
        }
        buf_char(b, ']');
        break;
    default:
        buf_str_add(b, "null");
    }
}

/* jsonb || jsonb: members of the second stand for those of the first; lists follow each other. */
const struct pgcron_value *pgcron_json_join(struct pgcron_run *r, const struct pgcron_value *a,
                                            const struct pgcron_value *b)
{
    json_auto struct json *left = json_parse(a->text, strlen(a->text), NULL);
    json_auto struct json *right = json_parse(b->text, strlen(b->text), NULL);
    if (!left || !right || json_type(left) != json_type(right) ||
        (json_type(left) != JSON_OBJECT && json_type(left) != JSON_ARRAY))
        return pgcron_unknown(r, "JSON joined by || of which not both are objects, or lists");
    if (json_count(left) > MEMBERS_MAX || json_count(right) > MEMBERS_MAX)
        return pgcron_unknown(r, "JSON of more than %d members joined by ||", MEMBERS_MAX);
    for (const struct json *m = json_first(right); m; m = json_next(m)) {
        if (json_key(m))
            json_remove(left, json_key(m));
        json_add(left, json_key(m), json_clone(m));
    }
    mem_auto char *text = json_print(left);
    struct buf out = BUF_INIT(PGCRON_VALUE_MAX);
    buf_str_add(&out, text);
    struct pgcron_value *joined = (struct pgcron_value *)pgcron_text_taken(r, PGCRON_DOCUMENT, &out);
    joined->header = joined->kind == PGCRON_DOCUMENT && a->header && b->header;
    return joined;
}
