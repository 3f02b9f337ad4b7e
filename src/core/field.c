/* field.c - walks an object along its table; the words of a refusal are in field_refuse.c. */
#include "core/field.h"

#include "base/clock.h"
#include "core/suggest.h"

#include <stdio.h>
#include <string.h>

static const struct field *field_find(const struct field *fields, const char *name)
{
    for (; fields && fields->name; fields++)
        if (strcmp(fields->name, name) == 0)
            return fields;
    return NULL;
}

/* A field that exists, but elsewhere: "url" at the top belongs in 'request'. NULL when there is none, or several. */
static const char *field_home(const struct field_reader *r, const char *name)
{
    const char *home = field_find(r->top, name) ? "" : NULL;
    for (const struct field *f = r->top; f && f->name; f++) {
        if (!field_find(f->fields, name))
            continue;
        if (home)
            return NULL;
        home = f->name;
    }
    return home;
}

static int refuse_unknown(struct field_reader *r, const struct field *fields, const char *name)
{
    struct suggest s = { .typed = name };
    char names[320] = "";
    size_t n = 0;
    for (const struct field *f = fields; f->name; f++) {
        suggest_offer(&s, f->name);
        int more = snprintf(names + n, sizeof names - n, "%s%s", n ? ", " : "", f->name);
        n = more > 0 && n + (size_t)more < sizeof names ? n + (size_t)more : n;
    }
    if (s.best)
        return field_refuse(r, "is not known; did you mean '%s'?", s.best);
    const char *home = field_home(r, name);
    if (home && *home)
        return field_refuse(r, "is not known here; it belongs in '%s'", home);
    if (home)
        return field_refuse(r, "is not known here; it belongs at the top of the %s", r->subject);
    if (!*names)
        return field_refuse(r, "is not known; nothing is expected here");
    return field_refuse(r, "is not known; expected one of %s", names);
}

static int check_required(struct field_reader *r, const struct field *fields, const struct json *v)
{
    for (const struct field *f = fields; f->name; f++) {
        if (!f->required || json_get(v, f->name))
            continue;
        field_enter(r, f->name);
        return field_refuse(r, "is missing; expected %s", f->required);
    }
    return 0;
}

int field_object(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    if (json_type(v) != JSON_OBJECT)
        return field_wrong(r, v, "an object");
    for (const struct json *child = json_first(v); child; child = json_next(child)) {
        const struct field *member = field_find(f->fields, json_key(child));
        size_t mark = field_enter(r, json_key(child));
        int rc = member ? member->read(r, member, child, (char *)into + member->offset)
                        : refuse_unknown(r, f->fields, json_key(child));
        if (rc)
            return rc;
        field_leave(r, mark);
    }
    return check_required(r, f->fields, v);
}

int field_bool(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    (void)f;
    if (json_type(v) != JSON_BOOL)
        return field_wrong(r, v, "true or false");
    *(bool *)into = json_bool(v);
    return 0;
}

int field_int64(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    int64_t n;
    if (!json_integer(v, &n) || n < f->min || n > f->max)
        return field_wrong(r, v, "a whole number from %lld to %lld", (long long)f->min, (long long)f->max);
    *(int64_t *)into = n;
    return 0;
}

int field_int(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    int64_t n = 0;
    int rc = field_int64(r, f, v, &n);
    if (rc == 0)
        *(int *)into = (int)n;
    return rc;
}

int field_number(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    double n = json_number(v);
    if (json_type(v) != JSON_NUMBER || !(n >= (double)f->min && n <= (double)f->max))
        return field_wrong(r, v, "a number from %lld to %lld", (long long)f->min, (long long)f->max);
    *(double *)into = n;
    return 0;
}

int field_text(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    const char *s = json_string(v);
    if (!s)
        return field_wrong(r, v, "a string of at most %lld bytes", (long long)f->max);
    if ((int64_t)strlen(s) > f->max)
        return field_refuse(r, "is %zu bytes long; expected at most %lld", strlen(s), (long long)f->max);
    if (*s == '\0' && f->min > 0)
        return field_refuse(r, "is empty; expected 1 to %lld bytes", (long long)f->max);
    *(const char **)into = arena_strdup(r->arena, s);
    return 0;
}

int field_secret(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    const char *s = json_string(v);
    if (!s)
        return field_refuse(r, "is %s; expected a string", json_type_name(json_type(v)));
    if (*s == '\0' && f->min > 0)
        return field_refuse(r, "is empty");
    *(const char **)into = s;
    return 0;
}

int field_choice(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    const char *s = json_string(v);
    for (int i = 0; s && f->choices[i]; i++) {
        if (strcmp(f->choices[i], s) == 0) {
            memcpy(into, &i, sizeof i); /* the enums of this tree are ints (checked in job.c) */
            return 0;
        }
    }
    return field_wrong_choice(r, v, f->choices);
}

int field_time(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    (void)f;
    if (json_type(v) == JSON_NULL)
        return *(struct wall *)into = WALL_NONE, 0;
    if (!json_string(v) || !wall_parse(json_string(v), into))
        return field_wrong(r, v, "a time such as \"2027-01-31T09:00:00Z\" (RFC 3339), or null");
    return 0;
}

int field_array(struct field_reader *r, const struct json *v, size_t min, size_t max, const char *what)
{
    if (json_type(v) != JSON_ARRAY)
        return field_wrong(r, v, "an array of %s", what);
    if (json_count(v) > max)
        return field_refuse(r, "has %zu elements; expected at most %zu", json_count(v), max);
    if (json_count(v) < min)
        return field_refuse(r, "is empty; expected an array of %s", what);
    return 0;
}
