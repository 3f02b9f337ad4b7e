#include "core/difference.h"

#include <stdio.h>

#define POINTER_MAX 65536

struct comparison {
    struct json *places;
    struct buf pointer; /* of what is being compared */
};

static void compare(struct comparison *c, const struct json *before, const struct json *after);

static void add_place(struct comparison *c, const struct json *before, const struct json *after)
{
    struct json *place = json_add_object(c->places, NULL);
    json_add_string(place, "pointer", buf_str(&c->pointer));
    if (before)
        json_add(place, "before", json_clone(before));
    if (after)
        json_add(place, "after", json_clone(after));
}

/* One level down, and back. */
static void compare_member(struct comparison *c, const char *key, const struct json *before, const struct json *after)
{
    size_t mark = c->pointer.len;
    buf_char(&c->pointer, '/');
    for (; *key; key++) {
        if (*key == '~' || *key == '/')
            buf_str_add(&c->pointer, *key == '~' ? "~0" : "~1");
        else
            buf_char(&c->pointer, *key);
    }
    compare(c, before, after);
    c->pointer.len = mark;
    c->pointer.data[mark] = '\0';
}

static void compare_objects(struct comparison *c, const struct json *before, const struct json *after)
{
    for (const struct json *m = json_first(before); m; m = json_next(m))
        compare_member(c, json_key(m), m, json_get(after, json_key(m)));
    for (const struct json *m = json_first(after); m; m = json_next(m))
        if (!json_get(before, json_key(m)))
            compare_member(c, json_key(m), NULL, m);
}

static void compare_arrays(struct comparison *c, const struct json *before, const struct json *after)
{
    char key[24];
    const struct json *b = json_first(after);
    size_t n = 0;
    for (const struct json *a = json_first(before); a; a = json_next(a), b = json_next(b)) {
        snprintf(key, sizeof key, "%zu", n++);
        compare_member(c, key, a, b);
    }
}

static void compare(struct comparison *c, const struct json *before, const struct json *after)
{
    enum json_type type = json_type(before);
    if (json_equal(before, after))
        return;
    if (type == json_type(after) && type == JSON_OBJECT)
        compare_objects(c, before, after);
    else if (type == json_type(after) && type == JSON_ARRAY && json_count(before) == json_count(after))
        compare_arrays(c, before, after);
    else
        add_place(c, before, after);
}

struct json *difference(const struct json *before, const struct json *after)
{
    struct comparison c = { .places = json_new_array(), .pointer = BUF_INIT(POINTER_MAX) };
    if (before || after)
        compare(&c, before, after);
    buf_free(&c.pointer);
    return c.places;
}
