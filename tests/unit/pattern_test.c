/* Expressions of success rules: useful ones pass, those that would stall the engine do not. */
#include "core/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_accepted(void **state)
{
    (void)state;
    static const char *const GOOD[] = { "ok",
                                        "^done$",
                                        "a|b|",
                                        "(sent|queued) [0-9]+",
                                        "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
                                        "^[[:alpha:]_][[:alnum:]_]*$",
                                        "[]x]+[^]]",
                                        "\\.json\\{\\}",
                                        "a{0,255}",
                                        "(a{10}){10}",
                                        "x{3,}",
                                        "[{(]{2}",
                                        "a?b*c+",
                                        "[[:space:]]" };
    for (size_t i = 0; i < sizeof GOOD / sizeof GOOD[0]; i++) {
        struct err e = { 0 };
        if (pattern_check(GOOD[i], &e))
            fail_msg("'%s' was refused: %s", GOOD[i], e.text);
    }
}

static void test_refused(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *part;
    } BAD[] = {
        { "(a", "not a POSIX extended regular expression" },
        { "[a", "not a POSIX" },
        { "a{5", "not a POSIX" },
        { "[[:nope:]]", "not a POSIX" },
        { "\\", "not a POSIX" },
        { "a{256,99999}", "multiply" },
        { "((a{99}){99}){99}", "multiply to more than 300" },
        { "(((a{2}){20}){20}){20}", "multiply" },
        { "(abcdefghij){31}", "multiply" },
        { "(a|b{50}|c{50}){11}", "multiply" },
        { "[ab]{301}", "multiply" },
        { "a{999999999999999999999}", "multiply" },
        { "(x)\\1", "character 4 opens a back reference" },
        { "(x)(y)\\2", "back reference" },
        { "((((((((((((((((((((((a))))))))))))))))))))))", "more than 20 others" },
    };
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        struct err e = { 0 };
        assert_int_equal(pattern_check(BAD[i].pattern, &e), -ERR_INVALID);
        if (!strstr(e.text, BAD[i].part))
            fail_msg("'%s': %s; expected '%s'", BAD[i].pattern, e.text, BAD[i].part);
    }
    char longer[PATTERN_BYTES + 2];
    memset(longer, 'a', sizeof longer);
    longer[PATTERN_BYTES + 1] = '\0';
    assert_int_equal(pattern_check(longer, NULL), -ERR_INVALID);
    longer[PATTERN_BYTES] = '\0';
    assert_int_equal(pattern_check(longer, NULL), 0);
}

static void test_matches(void **state)
{
    (void)state;
    assert_true(pattern_match("o", "foo"));
    assert_true(pattern_match("^(ok|done)$", "done"));
    assert_false(pattern_match("^(ok|done)$", "undone"));
    assert_true(pattern_match("", ""));
    assert_false(pattern_match("(", "("));
    static char text[PATTERN_TEXT_BYTES + 2];
    memset(text, 'a', PATTERN_TEXT_BYTES);
    assert_true(pattern_match("a$", text));
    text[PATTERN_TEXT_BYTES] = 'a';
    assert_false(pattern_match("a$", text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_matches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
