#include "base/json.h"

#include "base/json_scan.h"
#include "base/block.h"
#include "base/mem.h"

#include <cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* struct json is cJSON under another name: a node is only ever reached through these functions. */
static cJSON *node(const struct json *v)
{
    return (cJSON *)(uintptr_t)v;
}

static struct json *wrap(cJSON *v)
{
    return (struct json *)v;
}

/* What a function answered, or a request's body, may hold a secret. */
static void free_wiped(void *p)
{
    mem_wipe(p, block_size(p));
    mem_free(p);
}

void json_init(void)
{
    cJSON_Hooks hooks = { mem_alloc, free_wiped };
    cJSON_InitHooks(&hooks);
}

/* Line and column (1-based, in bytes) of an offset. */
static void locate(const char *text, size_t at, int *line, int *column)
{
    *line = 1;
    *column = 1;
    for (size_t i = 0; i < at; i++) {
        (*column)++;
        if (text[i] == '\n') {
            (*line)++;
            *column = 1;
        }
    }
}

#define FEW_KEYS 24

static int compare_keys(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Each with each: for the few keys of our own objects that is the quickest. */
static const char *duplicate_of_few(const cJSON *object)
{
    for (const cJSON *c = object->child; c; c = c->next)
        for (const cJSON *other = c->next; other; other = other->next)
            if (*c->string == *other->string && !strcmp(c->string, other->string))
                return c->string;
    return NULL;
}

/* The first key that an object holds twice, or NULL. Many are sorted, so that a hostile object costs no more than n log n. */
static const char *duplicate_key(const cJSON *object)
{
    size_t n = 0, count = json_count((const struct json *)object);
    if (count <= FEW_KEYS)
        return duplicate_of_few(object);
    mem_auto const char **keys = mem_alloc(count * sizeof *keys);
    for (const cJSON *c = object->child; c; c = c->next)
        keys[n++] = c->string;
    qsort(keys, n, sizeof *keys, compare_keys);
    for (size_t i = 1; i < n; i++)
        if (!strcmp(keys[i - 1], keys[i]))
            return keys[i];
    return NULL;
}

static void point_at(struct err *e, const char *key)
{
    char token[sizeof e->pointer];
    size_t n = 0;
    for (; *key && n + 3 < sizeof token; key++) {
        token[n++] = *key == '~' || *key == '/' ? '~' : *key;
        if (*key == '~' || *key == '/')
            token[n++] = *key == '~' ? '0' : '1';
    }
    token[n] = '\0';
    err_under(e, "/%s", token);
}

/* ERR_MALFORMED, with the pointer of a key that stands twice in its object. */
static int refuse_duplicate(const cJSON *v, struct err *e)
{
    const char *key = cJSON_IsObject(v) ? duplicate_key(v) : NULL;
    int index = 0, rc = 0;
    if (key) {
        rc = err_set(e, ERR_MALFORMED, "the key '%.80s' stands twice in one object", key);
        point_at(e, key);
        return rc;
    }
    for (const cJSON *c = v->child; c && !rc; c = c->next, index++) {
        rc = refuse_duplicate(c, e);
        if (!rc)
            continue;
        char number[16];
        snprintf(number, sizeof number, "%d", index);
        point_at(e, c->string ? c->string : number);
    }
    return rc;
}

bool json_valid(const char *text, size_t len)
{
    size_t at;
    return !json_scan(text, len, &at);
}

struct json *json_parse(const char *text, size_t len, struct err *e)
{
    size_t at;
    int line, column;
    const char *why = json_scan(text, len, &at);
    if (why) {
        locate(text, at, &line, &column);
        err_set(e, ERR_MALFORMED, "not valid JSON at line %d, column %d: %s", line, column,
                len == 0 ? "the text is empty" : why);
        return NULL;
    }
    cJSON *v = cJSON_ParseWithLength(text, len);
    if (!v) {
        err_set(e, ERR_MALFORMED, "not valid JSON");
        return NULL;
    }
    struct err own;
    if (refuse_duplicate(v, e ? e : &own)) {
        cJSON_Delete(v);
        return NULL;
    }
    return wrap(v);
}

void json_free(struct json *root)
{
    cJSON_Delete(node(root));
}

static void wipe_strings(cJSON *v)
{
    for (; v; v = v->next) {
        wipe_strings(v->child);
        if (v->valuestring)
            mem_wipe(v->valuestring, strlen(v->valuestring));
    }
}

void json_wipe(struct json *root)
{
    wipe_strings(node(root));
    json_free(root);
}

void json_auto_free(struct json **root)
{
    json_free(*root);
}

enum json_type json_type(const struct json *v)
{
    if (!v)
        return JSON_ABSENT;
    switch (node(v)->type & 0xff) {
    case cJSON_True:
    case cJSON_False:
        return JSON_BOOL;
    case cJSON_Number:
        return JSON_NUMBER;
    case cJSON_String:
        return JSON_STRING;
    case cJSON_Array:
        return JSON_ARRAY;
    case cJSON_Object:
        return JSON_OBJECT;
    default:
        return JSON_NULL;
    }
}

const char *json_type_name(enum json_type t)
{
    static const char *const names[] = { "absent",   "null",     "true or false", "a number",
                                         "a string", "an array", "an object" };
    return names[t];
}

const struct json *json_get(const struct json *object, const char *key)
{
    return json_type(object) == JSON_OBJECT ? wrap(cJSON_GetObjectItemCaseSensitive(node(object), key)) : NULL;
}

size_t json_count(const struct json *container)
{
    size_t n = 0;
    for (const struct json *c = json_first(container); c; c = json_next(c))
        n++;
    return n;
}

const struct json *json_first(const struct json *container)
{
    enum json_type t = json_type(container);
    return t == JSON_ARRAY || t == JSON_OBJECT ? wrap(node(container)->child) : NULL;
}

const struct json *json_next(const struct json *child)
{
    return wrap(node(child)->next);
}

const char *json_key(const struct json *child)
{
    return node(child)->string;
}

const char *json_string(const struct json *v)
{
    return json_type(v) == JSON_STRING ? node(v)->valuestring : NULL;
}

double json_number(const struct json *v)
{
    return json_type(v) == JSON_NUMBER ? node(v)->valuedouble : 0;
}

bool json_bool(const struct json *v)
{
    return v && cJSON_IsTrue(node(v));
}

bool json_integer(const struct json *v, int64_t *ret)
{
    double n = json_number(v);
    if (json_type(v) != JSON_NUMBER || n != floor(n) || fabs(n) > JSON_INTEGER_MAX)
        return false;
    *ret = (int64_t)n;
    return true;
}

bool json_equal(const struct json *a, const struct json *b)
{
    return a && b && cJSON_Compare(node(a), node(b), true);
}

struct json *json_clone(const struct json *v)
{
    return wrap(cJSON_Duplicate(node(v), true));
}

bool json_pointer_valid(const char *p)
{
    if (*p && *p != '/')
        return false;
    for (; *p; p++)
        if (*p == '~' && p[1] != '0' && p[1] != '1')
            return false;
    return true;
}

static bool token_is(const char *token, size_t len, const char *key)
{
    for (size_t i = 0; i < len; i++, key++) {
        char c = token[i];
        if (c == '~')
            c = token[++i] == '0' ? '~' : '/';
        if (*key != c)
            return false;
    }
    return !*key;
}

/* An array index is "0" or digits without a leading zero (RFC 6901, section 4). */
static const cJSON *array_at(const cJSON *array, const char *token, size_t len)
{
    long n = 0;
    if (len == 0 || len > 7 || (len > 1 && *token == '0'))
        return NULL;
    for (size_t i = 0; i < len; i++) {
        if (token[i] < '0' || token[i] > '9')
            return NULL;
        n = n * 10 + (token[i] - '0');
    }
    return cJSON_GetArrayItem(array, (int)n);
}

const struct json *json_pointer(const struct json *root, const char *pointer)
{
    const cJSON *v = node(root);
    if (!json_pointer_valid(pointer))
        return NULL;
    while (v && *pointer) {
        const char *token = ++pointer;
        size_t len = strcspn(token, "/");
        pointer += len;
        if (cJSON_IsArray(v)) {
            v = array_at(v, token, len);
        } else {
            const cJSON *c = cJSON_IsObject(v) ? v->child : NULL;
            while (c && !token_is(token, len, c->string))
                c = c->next;
            v = c;
        }
    }
    return wrap((cJSON *)(uintptr_t)v);
}

struct json *json_new_object(void)
{
    return wrap(cJSON_CreateObject());
}

struct json *json_new_array(void)
{
    return wrap(cJSON_CreateArray());
}

struct json *json_add(struct json *container, const char *key, struct json *child)
{
    if (key)
        cJSON_AddItemToObject(node(container), key, node(child));
    else
        cJSON_AddItemToArray(node(container), node(child));
    return child;
}

struct json *json_add_string(struct json *container, const char *key, const char *s)
{
    return json_add(container, key, wrap(s ? cJSON_CreateString(s) : cJSON_CreateNull()));
}

struct json *json_add_int(struct json *container, const char *key, int64_t n)
{
    return json_add(container, key, wrap(cJSON_CreateNumber((double)n)));
}

struct json *json_add_number(struct json *container, const char *key, double n)
{
    return json_add(container, key, wrap(cJSON_CreateNumber(n)));
}

struct json *json_add_bool(struct json *container, const char *key, bool b)
{
    return json_add(container, key, wrap(cJSON_CreateBool(b)));
}

struct json *json_add_null(struct json *container, const char *key)
{
    return json_add(container, key, wrap(cJSON_CreateNull()));
}

struct json *json_add_object(struct json *container, const char *key)
{
    return json_add(container, key, json_new_object());
}

struct json *json_add_array(struct json *container, const char *key)
{
    return json_add(container, key, json_new_array());
}

void json_remove(struct json *object, const char *key)
{
    cJSON_DeleteItemFromObjectCaseSensitive(node(object), key);
}

/* Printing is our own: cJSON's gives large and fine numbers only 15 digits, and indents with tabs where people and diffs expect
 * two spaces. */
static void print_number(double n, struct buf *out)
{
    char text[32];
    for (int digits = 15; digits <= 17; digits++) { /* the shortest that reads back as the same number */
        snprintf(text, sizeof text, "%.*g", digits, n);
        if (strtod(text, NULL) == n)
            break;
    }
    if (n == floor(n) && fabs(n) <= JSON_INTEGER_MAX)
        snprintf(text, sizeof text, "%.0f", n); /* no exponent for a whole number */
    else if (!strpbrk(text, ".e"))
        memcpy(text + strlen(text), ".0",
               3); /* it had a fraction that it lost: as a whole number, readers would refuse it */
    buf_str_add(out, isfinite(n) ? text : "null");
}

static void print_string(const char *s, struct buf *out)
{
    buf_char(out, '"');
    json_escape(out, s, strlen(s));
    buf_char(out, '"');
}

/* depth -1: compact. */
static void print(const cJSON *v, int depth, struct buf *out);

static void print_container(const cJSON *v, int depth, struct buf *out)
{
    bool object = cJSON_IsObject(v), indent = depth >= 0 && v->child;
    buf_char(out, object ? '{' : '[');
    for (const cJSON *c = v->child; c; c = c->next) {
        if (indent)
            buf_printf(out, "\n%*s", 2 * (depth + 1), "");
        if (object) {
            print_string(c->string, out);
            buf_str_add(out, indent ? ": " : ":");
        }
        print(c, indent ? depth + 1 : -1, out);
        if (c->next)
            buf_char(out, ',');
    }
    if (indent)
        buf_printf(out, "\n%*s", 2 * depth, "");
    buf_char(out, object ? '}' : ']');
}

static void print(const cJSON *v, int depth, struct buf *out)
{
    switch (json_type((const struct json *)v)) {
    case JSON_BOOL:
        buf_str_add(out, cJSON_IsTrue(v) ? "true" : "false");
        break;
    case JSON_NUMBER:
        print_number(v->valuedouble, out);
        break;
    case JSON_STRING:
        print_string(v->valuestring, out);
        break;
    case JSON_ARRAY:
    case JSON_OBJECT:
        print_container(v, depth, out);
        break;
    default:
        buf_str_add(out, "null");
    }
}

char *json_print(const struct json *v)
{
    struct buf out = BUF_INIT(SIZE_MAX / 4);
    print(node(v), -1, &out);
    return buf_take(&out);
}

char *json_print_pretty(const struct json *v)
{
    struct buf out = BUF_INIT(SIZE_MAX / 4);
    print(node(v), 0, &out);
    buf_char(&out, '\n');
    return buf_take(&out);
}
