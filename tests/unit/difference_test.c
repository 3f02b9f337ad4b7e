/* What changed between two documents: each place once, by its pointer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/mem.h"
#include "core/difference.h"

#include <string.h>

static struct json *parse(const char *text)
{
    struct err e = { 0 };
    struct json *v = text ? json_parse(text, strlen(text), &e) : NULL;
    if (text && !v)
        fail_msg("%s: %s", text, e.text);
    return v;
}

static void test_places(void **state)
{
    static const struct {
        const char *before, *after, *expected;
    } cases[] = {
        { "{}", "{}", "[]" },
        { "{\"a\":1,\"b\":[1,2]}", "{\"b\":[1,2],\"a\":1}", "[]" },
        { "{\"a\":1}", "{\"a\":2}", "[{\"pointer\":\"/a\",\"before\":1,\"after\":2}]" },
        { "{\"a\":1}", "{\"b\":1}", "[{\"pointer\":\"/a\",\"before\":1},{\"pointer\":\"/b\",\"after\":1}]" },
        { "{\"a\":null}", "{}", "[{\"pointer\":\"/a\",\"before\":null}]" },
        { "{\"r\":{\"n\":3,\"m\":{\"x\":1}}}", "{\"r\":{\"n\":4,\"m\":{\"x\":2}}}",
          "[{\"pointer\":\"/r/n\",\"before\":3,\"after\":4},{\"pointer\":\"/r/m/x\",\"before\":1,\"after\":2}]" },
        { "{\"t\":[\"a\",\"b\"]}", "{\"t\":[\"a\",\"c\"]}",
          "[{\"pointer\":\"/t/1\",\"before\":\"b\",\"after\":\"c\"}]" },
        { "{\"t\":[\"a\"]}", "{\"t\":[]}", "[{\"pointer\":\"/t\",\"before\":[\"a\"],\"after\":[]}]" },
        { "{\"t\":{\"a\":1}}", "{\"t\":null}", "[{\"pointer\":\"/t\",\"before\":{\"a\":1},\"after\":null}]" },
        { "{\"a/b~c\":1}", "{\"a/b~c\":true}", "[{\"pointer\":\"/a~1b~0c\",\"before\":1,\"after\":true}]" },
        { "{\"a\":{\"b\":1},\"z\":1}", "{\"a\":{\"b\":2},\"z\":2}",
          "[{\"pointer\":\"/a/b\",\"before\":1,\"after\":2},{\"pointer\":\"/z\",\"before\":1,\"after\":2}]" },
        { NULL, "{\"a\":1}", "[{\"pointer\":\"\",\"after\":{\"a\":1}}]" },
        { "{\"a\":1}", NULL, "[{\"pointer\":\"\",\"before\":{\"a\":1}}]" },
        { NULL, NULL, "[]" },
    };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        json_auto struct json *before = parse(cases[i].before), *after = parse(cases[i].after);
        json_auto struct json *places = difference(before, after);
        mem_auto char *text = json_print(places);
        assert_string_equal(text, cases[i].expected);
    }
}

/* Every pointer that is told leads to what is told of it. */
static void test_pointers_lead_there(void **state)
{
    (void)state;
    json_auto struct json *before = parse("{\"h\":{\"X-~1\":\"a\",\"Y\":\"b\"},\"l\":[{\"p\":1},{\"p\":2}],\"n\":1}");
    json_auto struct json *after = parse("{\"h\":{\"X-~1\":\"c\",\"Z\":\"b\"},\"l\":[{\"p\":1},{\"q\":2}],\"n\":1}");
    json_auto struct json *places = difference(before, after);
    assert_int_equal(5, json_count(places));
    for (const struct json *p = json_first(places); p; p = json_next(p)) {
        const char *pointer = json_string(json_get(p, "pointer"));
        if (json_get(p, "before"))
            assert_true(json_equal(json_get(p, "before"), json_pointer(before, pointer)));
        else
            assert_null(json_pointer(before, pointer));
        if (json_get(p, "after"))
            assert_true(json_equal(json_get(p, "after"), json_pointer(after, pointer)));
        else
            assert_null(json_pointer(after, pointer));
    }
}

int main(void)
{
    json_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_pointers_lead_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
