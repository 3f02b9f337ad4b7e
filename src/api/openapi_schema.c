#include "api/openapi_schema.h"

#include "api/route.h"
#include "base/mem.h"

#include <ctype.h>
#include <string.h>

/* Where what is being filled belongs. */
struct place {
    struct json *schemas;
    enum schema_form form;
};

static bool is_schema(const char *type)
{
    return isupper((unsigned char)*type);
}

static bool is_list_name(const char *name, size_t len)
{
    return len > 4 && !memcmp(name + len - 4, "List", 4) && !schema_first(name, len);
}

/* The form that a member of a form has: elements of a list are given whole, also in a patch. */
static void refer_form(const struct place *at, struct json *v, const char *name, size_t len, bool element)
{
    static const char *const suffix[] = { "", "Input", "Patch" };
    enum schema_form form = at->form == SCHEMA_PATCH_FORM && element ? SCHEMA_INPUT_FORM : at->form;
    mem_auto char *full = mem_printf("%.*s%s", (int)len, name, suffix[form]);
    openapi_refer(at->schemas, v, full, strlen(full));
}

static void add_type(struct json *v, const char *name, bool nullable)
{
    if (!nullable) {
        json_add_string(v, "type", name);
        return;
    }
    struct json *both = json_add_array(v, "type");
    json_add_string(both, NULL, name);
    json_add_string(both, NULL, "null");
}

static const char *word_of(const struct schema_field *f, int i)
{
    return f->word ? f->word(i) : f->values[i];
}

static void add_words(struct json *v, const struct schema_field *f, bool nullable)
{
    if (!f->word && !f->values)
        return;
    struct json *words = json_add_array(v, "enum");
    for (int i = 0; word_of(f, i); i++)
        json_add_string(words, NULL, word_of(f, i));
    if (nullable)
        json_add_null(words, NULL);
}

static void add_limits(struct json *v, const struct schema_field *f)
{
    if (f->max > f->min) {
        json_add_int(v, "minimum", f->min);
        if (f->max != SCHEMA_NO_MAX)
            json_add_int(v, "maximum", f->max);
    }
    if (f->pattern)
        json_add_string(v, "pattern", f->pattern);
    if (f->format)
        json_add_string(v, "format", f->format);
}

static void add_sizes(struct json *v, const struct schema_field *f, const char *least, const char *most)
{
    if (f->min_length)
        json_add_int(v, least, f->min_length);
    if (f->max_length)
        json_add_int(v, most, f->max_length);
}

/* A plain type by its first `len` letters, with what is said of single values. */
static void fill_plain(struct json *v, const struct schema_field *f, size_t len, bool nullable)
{
    if (len == 3 && !memcmp(f->type, "any", 3))
        return;
    bool time = len == 9 && !memcmp(f->type, "date-time", 9);
    mem_auto char *name = time ? mem_strdup("string") : mem_strndup(f->type, len);
    add_type(v, name, nullable);
    if (time)
        json_add_string(v, "format", "date-time");
    add_words(v, f, nullable);
    add_limits(v, f);
}

static void fill_single(const struct place *at, struct json *v, const struct schema_field *f, size_t len, bool nullable)
{
    if (!is_schema(f->type)) {
        fill_plain(v, f, len, nullable);
        if (!strcmp(f->type, "string"))
            add_sizes(v, f, "minLength", "maxLength");
    } else if (nullable) {
        struct json *any = json_add_array(v, "anyOf");
        refer_form(at, json_add(any, NULL, json_new_object()), f->type, len, false);
        json_add_string(json_add(any, NULL, json_new_object()), "type", "null");
    } else {
        refer_form(at, v, f->type, len, false);
    }
}

static void fill_inner(const struct place *at, struct json *v, const struct schema_field *f, size_t len, bool nullable)
{
    if (is_schema(f->type))
        refer_form(at, v, f->type, len, true);
    else
        fill_plain(v, f, len, nullable);
}

static void fill_list(const struct place *at, struct json *v, const struct schema_field *f, size_t len, bool nullable)
{
    add_type(v, "array", nullable);
    fill_inner(at, json_add_object(v, "items"), f, len, false);
    add_sizes(v, f, "minItems", "maxItems");
}

static void fill_map(const struct place *at, struct json *v, const struct schema_field *f, size_t len, bool nullable)
{
    add_type(v, "object", nullable);
    fill_inner(at, json_add_object(v, "additionalProperties"), f, len, at->form == SCHEMA_PATCH_FORM);
    if (f->key_pattern)
        json_add_string(json_add_object(v, "propertyNames"), "pattern", f->key_pattern);
    add_sizes(v, f, "minProperties", "maxProperties");
}

static void fill_field(const struct place *at, struct json *v, const struct schema_field *f)
{
    size_t len = strcspn(f->type, "[{");
    bool nullable = f->nullable || at->form == SCHEMA_PATCH_FORM;
    if (f->type[len] == '[')
        fill_list(at, v, f, len, nullable);
    else if (f->type[len] == '{')
        fill_map(at, v, f, len, nullable);
    else
        fill_single(at, v, f, len, nullable);
    json_add_string(v, "description", f->description);
    if (f->initial && at->form != SCHEMA_PATCH_FORM)
        json_add(v, "default", json_parse(f->initial, strlen(f->initial), NULL));
    if (f->example)
        json_add(json_add_array(v, "examples"), NULL, json_parse(f->example, strlen(f->example), NULL));
    if (f->traits & SCHEMA_READ_ONLY)
        json_add_bool(v, "readOnly", true);
    if (f->traits & SCHEMA_WRITE_ONLY)
        json_add_bool(v, "writeOnly", true);
}

static bool required_in(const struct schema_field *f, enum schema_form form)
{
    return form == SCHEMA_PLAIN ? !schema_optional(f) : form == SCHEMA_INPUT_FORM && f->traits & SCHEMA_INPUT;
}

static void add_required(struct json *s, const struct schema_field *first, enum schema_form form)
{
    struct json *required = NULL;
    for (const struct schema_field *f = first; f; f = schema_member_after(f))
        if (required_in(f, form)) {
            required = required ? required : json_add_array(s, "required");
            json_add_string(required, NULL, f->name);
        }
}

static void add_choice(struct json *s, const struct schema_field *first)
{
    struct json *one = NULL;
    for (const struct schema_field *f = first; f; f = schema_member_after(f))
        if (f->traits & SCHEMA_ONE) {
            one = one ? one : json_add_array(s, "oneOf");
            struct json *choice = json_add(one, NULL, json_new_object());
            json_add_object(json_add_object(choice, "properties"), f->name);
            json_add_string(json_add_array(choice, "required"), NULL, f->name);
        }
}

/* Members that are not there are refused in what a request holds. */
static bool is_body(const char *schema)
{
    for (size_t i = 0; i < route_count; i++)
        if (route_table[i].body_schema && !strcmp(route_table[i].body_schema, schema))
            return true;
    return false;
}

/* What answers have beside what requests may set: an answer can be sent back as it is. */
static void fill_ignored(struct json *v)
{
    json_add_string(v, "description", "What an answer has there is accepted, and ignored");
    json_add_bool(v, "readOnly", true);
}

static void fill_schema(struct json *schemas, struct json *s, const struct schema_field *first, enum schema_form form)
{
    struct place at = { schemas, form };
    json_add_string(s, "type", "object");
    struct json *properties = json_add_object(s, "properties");
    for (const struct schema_field *f = first; f; f = schema_member_after(f)) {
        struct json *v = json_add_object(properties, f->name);
        if (form != SCHEMA_PLAIN && f->traits & SCHEMA_READ_ONLY)
            fill_ignored(v);
        else
            fill_field(&at, v, f);
    }
    add_required(s, first, form);
    if (form != SCHEMA_PATCH_FORM)
        add_choice(s, first);
    if (form != SCHEMA_PLAIN || is_body(first->schema))
        json_add_bool(s, "additionalProperties", false);
}

static void fill_page(struct json *schemas, struct json *s, const char *item, size_t len)
{
    json_add_string(s, "type", "object");
    struct json *properties = json_add_object(s, "properties");
    struct json *items = json_add_object(properties, "items");
    json_add_string(items, "type", "array");
    json_add_string(items, "description", "One page of them");
    openapi_refer(schemas, json_add_object(items, "items"), item, len);
    struct json *cursor = json_add_object(properties, "next_cursor");
    add_type(cursor, "string", true);
    json_add_string(cursor, "description", "Give it as `cursor` to have the next page; null on the last");
    json_add_null(json_add_array(cursor, "examples"), NULL);
    struct json *required = json_add_array(s, "required");
    json_add_string(required, NULL, "items");
    json_add_string(required, NULL, "next_cursor");
}

static void add_schema(struct json *schemas, const char *name, size_t len)
{
    size_t base;
    mem_auto char *key = mem_strndup(name, len);
    if (json_get(schemas, key))
        return;
    struct json *s = json_add_object(schemas, key);
    if (is_list_name(name, len)) {
        fill_page(schemas, s, name, len - 4);
        return;
    }
    enum schema_form form = schema_form_of(name, len, &base);
    const struct schema_field *first = schema_first(name, base);
    if (first)
        fill_schema(schemas, s, first, form);
}

void openapi_refer(struct json *schemas, struct json *v, const char *name, size_t len)
{
    mem_auto char *ref = mem_printf("#/components/schemas/%.*s", (int)len, name);
    json_add_string(v, "$ref", ref);
    add_schema(schemas, name, len);
}

static struct json *example_of_form(const struct schema_field *first, enum schema_form form);

static struct json *example_of_field(const struct schema_field *f, enum schema_form form)
{
    size_t len = strcspn(f->type, "[{");
    if (f->example)
        return json_parse(f->example, strlen(f->example), NULL);
    const struct schema_field *first = schema_first(f->type, len);
    struct json *v = first ? example_of_form(first, form) : json_new_object();
    if (f->type[len] != '[')
        return v;
    struct json *list = json_new_array();
    json_add(list, NULL, v);
    return list;
}

/* A patch shows what one is for: a few members. */
static bool in_example(const struct schema_field *f, enum schema_form form)
{
    if (f->traits & SCHEMA_APART || (form != SCHEMA_PLAIN && f->traits & SCHEMA_READ_ONLY))
        return false;
    return form != SCHEMA_PATCH_FORM || (f->example && f->initial);
}

static struct json *example_of_form(const struct schema_field *first, enum schema_form form)
{
    enum { PATCH_MEMBERS = 3 };
    struct json *v = json_new_object();
    bool chosen = false;
    for (const struct schema_field *f = first; f; f = schema_member_after(f)) {
        bool one = f->traits & SCHEMA_ONE;
        if (!in_example(f, form) || (one && chosen))
            continue;
        if (form == SCHEMA_PATCH_FORM && json_count(v) == PATCH_MEMBERS)
            break;
        chosen |= one;
        json_add(v, f->name, example_of_field(f, form));
    }
    return v;
}

struct json *openapi_example(const char *name, size_t len)
{
    size_t base;
    if (is_list_name(name, len)) {
        struct json *v = json_new_object(), *items = json_add_array(v, "items");
        json_add(items, NULL, openapi_example(name, len - 4));
        json_add_null(v, "next_cursor");
        return v;
    }
    enum schema_form form = schema_form_of(name, len, &base);
    const struct schema_field *first = schema_first(name, base);
    return first ? example_of_form(first, form) : json_new_object();
}
