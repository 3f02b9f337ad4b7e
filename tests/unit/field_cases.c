/* field_cases.c - see field_cases.h. */
#include "field_cases.h"
#include "text_cases.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct field_case {
    field_round round;
    struct json *base;
    struct buf text; /* of the document being collected */
    char name[200];
    bool judged; /* the document has had its '!' or '=' */
};

/* Replaces each "$X*N" by N letters X. */
static void expand(const char *s, struct buf *out)
{
    while (*s) {
        if (s[0] == '$' && s[1] && s[2] == '*' && s[3] >= '0' && s[3] <= '9') {
            char *end;
            for (long n = strtol(s + 3, &end, 10); n > 0; n--)
                buf_char(out, s[1]);
            s = end;
        } else {
            buf_char(out, *s++);
        }
    }
}

static struct json *with_base(const struct json *base, const struct json *doc)
{
    struct json *whole = base ? json_clone(base) : json_new_object();
    const struct json *without = json_get(doc, "$without");
    for (const struct json *c = json_first(without); c; c = json_next(c))
        json_remove(whole, json_string(c));
    for (const struct json *c = json_first(doc); c; c = json_next(c)) {
        if (strcmp(json_key(c), "$without") == 0)
            continue;
        json_remove(whole, json_key(c));
        json_add(whole, json_key(c), json_clone(c));
    }
    return whole;
}

static struct json *round_trip(struct text_cases *t, struct field_case *fc, struct err *e)
{
    buf_auto struct buf text = BUF_INIT(16 << 20);
    struct err bad = { 0 };
    expand(buf_str(&fc->text), &text);
    json_auto struct json *doc = json_parse(buf_str(&text), text.len, &bad);
    if (!doc) {
        text_case_fail(t, "the case itself is no JSON: %s", bad.text);
        return NULL;
    }
    json_auto struct json *whole = json_type(doc) == JSON_OBJECT ? with_base(fc->base, doc) : json_clone(doc);
    return fc->round(whole, fc->name[0] ? fc->name : NULL, e);
}

static void refused(struct text_cases *t, struct field_case *fc, const char *pointer, const char *part)
{
    struct err e = { 0 };
    json_auto struct json *printed = round_trip(t, fc, &e);
    if (printed)
        text_case_fail(t, "was accepted; expected a refusal at %s", pointer);
    else if (strcmp(e.pointer, pointer) != 0)
        text_case_fail(t, "refused at '%s', expected at '%s': %s", e.pointer, pointer, e.text);
    else if (!strstr(e.text, part))
        text_case_fail(t, "the text is \"%s\"; expected in it \"%s\"", e.text, part);
    else if (e.code != ERR_INVALID)
        text_case_fail(t, "the code is %s; expected invalid", err_code_name(e.code));
    else
        text_case_pass(t);
}

static void accepted(struct text_cases *t, struct field_case *fc, const char *pointer, const char *value)
{
    struct err e = { 0 };
    json_auto struct json *printed = round_trip(t, fc, &e);
    if (!printed) {
        text_case_fail(t, "was refused: %s: %s", e.pointer, e.text);
        return;
    }
    mem_auto char *found = json_print(json_pointer(printed, pointer));
    if (strcmp(found, value) == 0)
        text_case_pass(t);
    else
        text_case_fail(t, "at %s is %s; expected %s", pointer, found, value);
}

/* Pointers are written without spaces: "%20" stands for one, "%0A" for a line break. */
static void decode(char *s)
{
    char *out = s;
    while (*s) {
        if (s[0] == '%' && s[1] && s[2]) {
            const char hex[] = { s[1], s[2], '\0' };
            *out++ = (char)strtol(hex, NULL, 16);
            s += 3;
        } else {
            *out++ = *s++;
        }
    }
    *out = '\0';
}

static void judge(struct text_cases *t, struct field_case *fc, const char *line)
{
    char pointer[256];
    const char *start = line + 2;
    size_t len = strcspn(start, " ");
    if (len >= sizeof pointer || !start[len]) {
        text_case_fail(t, "no pointer and text");
        return;
    }
    memcpy(pointer, start, len);
    pointer[len] = '\0';
    decode(pointer);
    if (strcmp(pointer, "(root)") == 0)
        pointer[0] = '\0';
    if (line[0] == '!')
        refused(t, fc, pointer, start + len + 1);
    else
        accepted(t, fc, pointer, start + len + 1);
    fc->judged = true;
}

static void field_line(struct text_cases *t, const char *line, void *ctx)
{
    struct field_case *fc = ctx;
    if (strncmp(line, "base ", 5) == 0) {
        json_free(fc->base);
        fc->base = json_parse(line + 5, strlen(line + 5), NULL);
        if (!fc->base)
            text_case_fail(t, "the base is no JSON");
        return;
    }
    if ((line[0] == '!' || line[0] == '=') && line[1] == ' ') {
        judge(t, fc, line);
        return;
    }
    if (fc->judged) {
        buf_clear(&fc->text);
        fc->name[0] = '\0';
        fc->judged = false;
    }
    if (strncmp(line, "name ", 5) == 0)
        strncat(fc->name, line + 5, sizeof fc->name - 1);
    else
        buf_str_add(&fc->text, line);
}

void field_cases_run(const char *folder, int at_least, field_round round)
{
    struct field_case fc = { .round = round, .text = BUF_INIT(1 << 20) };
    text_cases_run(folder, at_least, field_line, &fc);
    json_free(fc.base);
    buf_free(&fc.text);
}
