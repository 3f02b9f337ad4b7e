/* Weak values: tests/cases/strength. And what is too short to be kept secret at all. */
#include "core/strength.h"
#include "text_cases.h"

#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void unescape(const char *text, struct buf *out)
{
    for (const char *p = text; *p; p++) {
        if (*p == '\\' && p[1])
            buf_char(out, *++p == 'n' ? '\n' : *p == 't' ? '\t' : ' ');
        else
            buf_char(out, *p);
    }
}

static void each_line(struct text_cases *t, const char *line, void *ctx)
{
    struct strength_finding found[STRENGTH_FINDINGS];
    buf_auto struct buf value = BUF_INIT(1000), codes = BUF_INIT(1000), expected = BUF_INIT(1000);
    size_t n = strcspn(line, " ");
    (void)ctx;
    buf_add(&expected, line, n);
    unescape(line + n + 1, &value);
    int findings = strength_findings(buf_str(&value), value.len, found);
    for (int i = 0; i < findings; i++)
        buf_printf(&codes, "%s%s", i ? "," : "", found[i].code);
    if (strcmp(findings ? buf_str(&codes) : "-", buf_str(&expected)) == 0)
        text_case_pass(t);
    else
        text_case_fail(t, "found '%s'", buf_str(&codes));
}

static void test_cases(void **state)
{
    (void)state;
    text_cases_run("strength", 40, each_line, NULL);
}

/* Random ones of every alphabet are never called made up, whatever words they hold by chance. */
static void test_random_values_pass(void **state)
{
    static const char ALPHABET[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/";
    static const size_t LETTERS[] = { 16, 36, 62, 64 };
    struct strength_finding found[STRENGTH_FINDINGS];
    char value[STRENGTH_LENGTH];
    (void)state;
    srand(20261122);
    for (int i = 0; i < 40000; i++) {
        for (size_t k = 0; k < sizeof value; k++)
            value[k] = ALPHABET[(size_t)rand() % LETTERS[i % 4]];
        if (strength_findings(value, sizeof value, found))
            fail_msg("%s: %.32s", found[0].code, value);
    }
}

static void test_no_text_repeats_the_value(void **state)
{
    struct strength_finding found[STRENGTH_FINDINGS];
    (void)state;
    int n = strength_findings("changeme", 8, found);
    assert_int_equal(2, n);
    for (int i = 0; i < n; i++)
        assert_null(strstr(found[i].text, "changeme"));
}

static void test_too_short(void **state)
{
    struct err e;
    (void)state;
    assert_int_equal(-ERR_INVALID, strength_refuse("K", 5, &e));
    assert_string_equal("/value", e.pointer);
    assert_non_null(strstr(e.text, "fewer than 6 characters"));
    assert_int_equal(0, strength_refuse("K", 6, &e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_random_values_pass),
        cmocka_unit_test(test_no_text_repeats_the_value),
        cmocka_unit_test(test_too_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
