#include "base/json.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct json *parse(const char *text)
{
    return json_parse(text, strlen(text), NULL);
}

/* What goes in comes out: these texts are their own compact form. */
static void test_round_trip(void **state)
{
    /* clang-format off */
    static const char *const texts[] = {
        "null", "true", "false", "0", "-1", "1.5", "9007199254740991", "-9007199254740991", "1732229378000", "0.1",
        "0.1234567890123456", "123456789012345.6", "1e+300", "17109009575791952.0",
        "\"\"", "\"a\\\"b\\\\c\\n\"", "[]", "{}", "[1,[2,{\"a\":[]}]]", "{\"b\":1,\"a\":2}", "\"\xc3\xa9\xf0\x9f\x98\x80\"",
    };
    /* clang-format on */
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(texts); i++) {
        json_auto struct json *v = parse(texts[i]);
        assert_non_null(v);
        mem_auto char *out = json_print(v);
        assert_string_equal(out, texts[i]);
        assert_true(json_valid(texts[i], strlen(texts[i])));
    }
}

static void test_refusals(void **state)
{
    static const struct {
        const char *text, *part;
    } cases[] = {
        { "", "the text is empty" },
        { "{", "expected a string" },
        { "{\"a\":1,}", "expected a string" },
        { "[1,]", "expected a value" },
        { "[1 2]", "expected ',' or ']'" },
        { "{\"a\" 1}", "expected ':'" },
        { "01", "must not begin with 0" },
        { "1.", "expected a digit" },
        { "1e", "expected a digit" },
        { "+1", "expected a value" },
        { "NaN", "expected a value" },
        { "nul", "expected a value" },
        { "1 2", "expected the end" },
        { "\"a", "not closed" },
        { "\"\t\"", "control character" },
        { "\"\\x\"", "unknown escape" },
        { "\"\\u12g4\"", "four hexadecimal" },
        { "\"\\u0000\"", "U+0000" },
        { "\"\\ud800\"", "high surrogate" },
        { "\"\\udc00\"", "low surrogate" },
        { "\"\\ud800\\u0041\"", "high surrogate" },
        { "\"\xff\"", "UTF-8" },
        { "\"\xc0\xaf\"", "UTF-8" },
        { "\"\xed\xa0\x80\"", "UTF-8" },
        { "\xef\xbb\xbf{}", "expected a value" },
        { "9007199254740992", "write it as a string" },
        { "1e999", "write it as a string" },
        { "{\"a\":1,\"a\":2}", "'a' stands twice" },
        { "{\"x\":[{\"b\":1,\"c\":2,\"b\":3}]}", "'b' stands twice" },
        { "{\"a\":1}\n\n{", "line 3, column 1" },
        { "{\n  \"a\": tru\n}", "line 2, column 8" },
    };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        struct err e = { 0 };
        if (json_parse(cases[i].text, strlen(cases[i].text), &e))
            fail_msg("accepted: %s", cases[i].text);
        if (e.code != ERR_MALFORMED || !strstr(e.text, cases[i].part))
            fail_msg("%s: expected '%s' in '%s'", cases[i].text, cases[i].part, e.text);
    }
}

static void test_depth(void **state)
{
    char text[2 * JSON_MAX_DEPTH + 3];
    (void)state;
    for (int depth = JSON_MAX_DEPTH; depth <= JSON_MAX_DEPTH + 1; depth++) {
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        json_auto struct json *v = json_parse(text, 2 * (size_t)depth, NULL);
        assert_int_equal(v != NULL, depth == JSON_MAX_DEPTH);
    }
}

/* RFC 6901, section 5. */
static void test_pointer(void **state)
{
    json_auto struct json *doc =
        parse("{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"m~n\":8,\"o\":{\"\":9}}");
    static const struct {
        const char *pointer;
        double number;
    } numbers[] = { { "/", 0 }, { "/a~1b", 1 }, { "/c%d", 2 }, { "/m~0n", 8 }, { "/o/", 9 } };
    (void)state;
    assert_ptr_equal(json_pointer(doc, ""), doc);
    assert_string_equal(json_string(json_pointer(doc, "/foo/0")), "bar");
    for (size_t i = 0; i < MEM_COUNT(numbers); i++) {
        const struct json *v = json_pointer(doc, numbers[i].pointer);
        assert_int_equal(json_type(v), JSON_NUMBER);
        assert_true(json_number(v) == numbers[i].number);
    }
    static const char *const nowhere[] = { "/foo/2",   "/foo/-", "/foo/00", "/foo/x",          "/nope",
                                           "/foo/0/x", "foo",    "/a~2b",   "/foo/99999999999" };
    for (size_t i = 0; i < MEM_COUNT(nowhere); i++)
        assert_null(json_pointer(doc, nowhere[i]));
}

static void test_integer(void **state)
{
    int64_t n = 5;
    (void)state;
    json_auto struct json *doc = parse("[3, 3.0, 3.5, \"3\", 1e3]");
    const struct json *v = json_first(doc);
    assert_true(json_integer(v, &n) && n == 3);
    v = json_next(v);
    assert_true(json_integer(v, &n) && n == 3);
    v = json_next(v);
    assert_false(json_integer(v, &n));
    v = json_next(v);
    assert_false(json_integer(v, &n));
    assert_true(json_integer(json_next(v), &n) && n == 1000);
    assert_false(json_integer(NULL, &n));
}

static void test_build_and_pretty(void **state)
{
    json_auto struct json *o = json_new_object();
    (void)state;
    json_add_string(o, "name", "a\"b");
    json_add_string(o, "none", NULL);
    json_add_int(o, "n", -42);
    json_add_bool(o, "b", true);
    json_add_array(o, "empty");
    json_add_int(json_add_array(o, "list"), NULL, 1);
    mem_auto char *text = json_print_pretty(o);
    assert_string_equal(
        text, "{\n  \"name\": \"a\\\"b\",\n  \"none\": null,\n  \"n\": -42,\n  \"b\": true,\n  \"empty\": [],\n"
              "  \"list\": [\n    1\n  ]\n}\n");
    json_remove(o, "n");
    assert_null(json_get(o, "n"));
    json_auto struct json *copy = json_clone(o);
    assert_true(json_equal(o, copy));
    json_add_int(copy, "more", 1);
    assert_false(json_equal(o, copy));
}

static void test_escape_and_repair(void **state)
{
    buf_auto struct buf out = BUF_INIT(1000);
    (void)state;
    assert_true(json_escape(&out, "a\"\\\n\x01\xff\x7fz", 8));
    assert_string_equal(buf_str(&out), "a\\\"\\\\\\n\\u0001\xef\xbf\xbd\\u007fz");
    buf_clear(&out);
    assert_true(json_utf8_repair(&out, "a\0b\xe9\xc3\xa9", 6));
    assert_string_equal(buf_str(&out), "a\xef\xbf\xbd"
                                       "b\xef\xbf\xbd\xc3\xa9");
    assert_true(json_utf8_valid(out.data, out.len));
    struct buf small = BUF_INIT(3);
    assert_false(json_escape(&small, "abcd", 4));
    buf_free(&small);
}

/* A wide hostile object must not cost the square of its size. */
static void test_many_keys(void **state)
{
    struct buf text = BUF_INIT(8 * 1024 * 1024);
    (void)state;
    buf_char(&text, '{');
    for (int i = 0; i < 100000; i++)
        buf_printf(&text, "\"k%d\":0,", i);
    buf_str_add(&text, "\"k7\":1}");
    struct err e = { 0 };
    assert_null(json_parse(text.data, text.len, &e));
    assert_non_null(strstr(e.text, "'k7' stands twice"));
    buf_free(&text);
}

int main(void)
{
    json_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip), cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_depth),      cmocka_unit_test(test_pointer),
        cmocka_unit_test(test_integer),    cmocka_unit_test(test_build_and_pretty),
        cmocka_unit_test(test_many_keys),  cmocka_unit_test(test_escape_and_repair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
