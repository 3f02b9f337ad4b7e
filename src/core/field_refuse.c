/* field_refuse.c - where the reader is, as a pointer and as a name, and the words of a refusal. */
#include "core/field.h"

#include "core/suggest.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_MAX 60 /* bytes of a refused value that a message shows */

/* Bytes of s that fit in max without cutting a UTF-8 sequence. */
static size_t utf8_cut(const char *s, size_t len, size_t max)
{
    if (len <= max)
        return len;
    while (max > 0 && ((unsigned char)s[max] & 0xc0) == 0x80)
        max--;
    return max;
}

size_t field_enter(struct field_reader *r, const char *key)
{
    size_t mark = strlen(r->at), n = mark;
    size_t len = utf8_cut(key, strlen(key), 64);
    if (n + 2 * len + 2 >= sizeof r->at)
        return mark; /* too deep to name: the parent's pointer stands */
    r->at[n++] = '/';
    for (size_t i = 0; i < len; i++) {
        if (key[i] == '~' || key[i] == '/') {
            r->at[n++] = '~';
            r->at[n++] = key[i] == '~' ? '0' : '1';
        } else {
            r->at[n++] = key[i];
        }
    }
    r->at[n] = '\0';
    return mark;
}

size_t field_enter_index(struct field_reader *r, size_t index)
{
    char text[24];
    snprintf(text, sizeof text, "%zu", index);
    return field_enter(r, text);
}

void field_leave(struct field_reader *r, size_t mark)
{
    r->at[mark] = '\0';
}

/* "/success/json/2/pointer" -> "'success.json[2].pointer'"; the whole document -> "the job". */
static void name_here(const struct field_reader *r, char *out, size_t size)
{
    size_t n = 0;
    if (!r->at[0]) {
        snprintf(out, size, "the %s", r->subject);
        return;
    }
    out[n++] = '\'';
    for (const char *s = r->at; *s && n + 5 < size;) {
        const char *segment = s + 1;
        size_t len = strcspn(segment, "/");
        bool index = s != r->at && len > 0 && strspn(segment, "0123456789") == len;
        if (s != r->at)
            out[n++] = index ? '[' : '.';
        for (size_t i = 0; i < len && n + 4 < size; i++) {
            char c = segment[i];
            if (c == '~')
                c = segment[++i] == '1' ? '/' : '~';
            out[n++] = (unsigned char)c < ' ' || c == 127 ? '?' : c;
        }
        if (index)
            out[n++] = ']';
        s = segment + len;
    }
    out[n++] = '\'';
    out[n] = '\0';
}

int field_refuse(struct field_reader *r, const char *fmt, ...)
{
    char name[200], text[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    name_here(r, name, sizeof name);
    return err_at(r->e, ERR_INVALID, r->at, "%s %s", name, text);
}

/* A value as a message shows it: scalars as JSON, cut when long; of containers only the kind. */
static const char *shown(struct field_reader *r, const struct json *v)
{
    enum json_type t = json_type(v);
    if (t == JSON_ABSENT)
        return "nothing";
    if (t == JSON_ARRAY || t == JSON_OBJECT)
        return json_count(v) ? json_type_name(t) : t == JSON_ARRAY ? "an empty array" : "an empty object";
    mem_auto char *text = json_print(v);
    size_t len = strlen(text), cut = utf8_cut(text, len, SHOWN_MAX);
    return cut == len ? arena_strdup(r->arena, text)
                      : arena_printf(r->arena, "%.*s...\" (%zu bytes)", (int)cut, text, len - 2);
}

int field_wrong(struct field_reader *r, const struct json *v, const char *expected_fmt, ...)
{
    char expected[400];
    va_list args;
    va_start(args, expected_fmt);
    vsnprintf(expected, sizeof expected, expected_fmt, args);
    va_end(args);
    return field_refuse(r, "is %s; expected %s", shown(r, v), expected);
}

int field_wrong_choice(struct field_reader *r, const struct json *v, const char *const *choices)
{
    struct suggest s = { .typed = json_string(v) ? json_string(v) : "" };
    char list[300] = "";
    size_t n = 0;
    for (int i = 0; choices[i]; i++) {
        suggest_offer(&s, choices[i]);
        const char *join = i == 0 ? "" : choices[i + 1] ? ", " : " or ";
        int more = snprintf(list + n, sizeof list - n, "%s\"%s\"", join, choices[i]);
        n = more > 0 && n + (size_t)more < sizeof list ? n + (size_t)more : n;
    }
    if (s.best)
        return field_wrong(r, v, "%s; did you mean \"%s\"?", list, s.best);
    return field_wrong(r, v, "%s", list);
}

int field_adopt(struct field_reader *r)
{
    char name[200];
    if (!r->e)
        return -ERR_INVALID;
    name_here(r, name, sizeof name);
    r->e->code = ERR_INVALID;
    snprintf(r->e->pointer, sizeof r->e->pointer, "%s", r->at);
    return err_wrap(r->e, "%s", name);
}
