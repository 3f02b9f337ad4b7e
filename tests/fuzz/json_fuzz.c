/* Any bytes as JSON: what is accepted builds, prints and reads again to the same value; what is refused says where; the checker and the builder agree. Nothing is
 * kept that another reader could see differently: no member twice, no number that was altered. */
#include "base/json.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    json_init();
    return 0;
}

#define MUST(condition)   \
    do {                  \
        if (!(condition)) \
            abort();      \
    } while (0)

/* Depth, and that what can be found by key is the member itself: so each key stands there once. */
static void walk(const struct json *v, int depth)
{
    MUST(depth <= JSON_MAX_DEPTH);
    size_t n = 0;
    for (const struct json *c = json_first(v); c; c = json_next(c), n++) {
        if (json_key(c)) {
            MUST(json_get(v, json_key(c)) == c);
            MUST(json_utf8_valid(json_key(c), strlen(json_key(c))));
        }
        walk(c, depth + 1);
    }
    MUST(n == json_count(v));
    if (json_string(v))
        MUST(json_utf8_valid(json_string(v), strlen(json_string(v))));
}

static void check_same(const struct json *v, char *text)
{
    json_auto struct json *again = json_parse(text, strlen(text), NULL);
    MUST(again && json_equal(v, again) && json_equal(again, v));
    mem_auto char *twice = json_print(again);
    json_auto struct json *copy = json_clone(v);
    mem_auto char *third = json_print(copy);
    MUST(!strcmp(twice, third));
}

static void check_pointer(const struct json *v, const char *data, size_t size)
{
    mem_auto char *pointer = mem_strndup(data, size < 60 ? size : 60);
    if (json_pointer_valid(pointer))
        json_pointer(v, pointer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err e = { 0 };
    const char *text = (const char *)data;
    struct json *v = json_parse(text, size, &e);
    MUST(json_valid(text, size) == (v != NULL) || e.code == ERR_MALFORMED);
    if (!v) {
        MUST(e.code == ERR_MALFORMED && e.text[0]);
        return 0;
    }
    MUST(json_valid(text, size));
    walk(v, 0);
    mem_auto char *plain = json_print(v), *pretty = json_print_pretty(v);
    check_same(v, plain);
    check_same(v, pretty);
    check_pointer(v, text, size);
    json_wipe(v);
    return 0;
}
