/* Merge patches: the cases of RFC 7396, appendix A, and what a patch of a job is like. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/mem.h"
#include "core/merge.h"

#include <string.h>

static struct json *parse(const char *text)
{
    struct err e = { 0 };
    struct json *v = json_parse(text, strlen(text), &e);
    if (!v)
        fail_msg("%s: %s", text, e.text);
    return v;
}

static void test_cases(void **state)
{
    static const char *const cases[][3] = {
        /* appendix A */
        { "{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" },
        { "{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}" },
        { "{\"a\":\"b\"}", "{\"a\":null}", "{}" },
        { "{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}" },
        { "{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" },
        { "{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}" },
        { "{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}" },
        { "{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}" },
        { "[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]" },
        { "{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]" },
        { "{\"a\":\"foo\"}", "null", "null" },
        { "{\"a\":\"foo\"}", "\"bar\"", "\"bar\"" },
        { "{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}" },
        { "[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}" },
        { "{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}" },
        /* and ours */
        { "{\"a\":{\"b\":1,\"c\":2},\"d\":3}", "{\"a\":{\"b\":9}}", "{\"a\":{\"b\":9,\"c\":2},\"d\":3}" },
        { "{\"a\":1}", "{}", "{\"a\":1}" },
        { "{\"a\":{\"b\":1}}", "{\"a\":{}}", "{\"a\":{\"b\":1}}" },
        { "{\"a\":{\"b\":1}}", "{\"a\":[null]}", "{\"a\":[null]}" },
        { "{\"A\":1}", "{\"a\":2}", "{\"A\":1,\"a\":2}" },
    };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        json_auto struct json *target = parse(cases[i][0]), *patch = parse(cases[i][1]), *expected = parse(cases[i][2]);
        json_auto struct json *result = merge_patch(target, patch);
        mem_auto char *text = json_print(result);
        if (!json_equal(result, expected))
            fail_msg("%s with %s gives %s, not %s", cases[i][0], cases[i][1], text, cases[i][2]);
    }
    json_auto struct json *patch = parse("{\"a\":{\"b\":null,\"c\":1}}"), *expected = parse("{\"a\":{\"c\":1}}");
    json_auto struct json *result = merge_patch(NULL, patch);
    assert_true(json_equal(result, expected));
}

int main(void)
{
    json_init();
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
