#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/mem.h"
#include "cli/output.h"
#include "cli/table.h"

#include <string.h>

/* Renders rows of two columns, ended by NULL. */
static void renders(int width, const char *expected, ...)
{
    static const char *const heads[] = { "NAME", "TEXT" };
    struct table *t = table_new(heads, 2);
    struct buf out = BUF_INIT(10000);
    va_list ap;
    va_start(ap, expected);
    for (const char *cell; (cell = va_arg(ap, const char *));)
        table_cell(t, cell);
    va_end(ap);
    table_render(t, width, &out);
    assert_string_equal(buf_str(&out), expected);
    buf_free(&out);
    table_free(t);
}

static void test_columns_are_aligned(void **state)
{
    (void)state;
    renders(0,
            "NAME      TEXT\n"
            "a         one\n"
            "longname  two\n",
            "a", "one", "longname", "two", NULL);
}

static void test_empty_cells(void **state)
{
    (void)state;
    renders(0,
            "NAME  TEXT\n"
            "-     x\n"
            "a\n",
            "", "x", "a", "", NULL);
}

static void test_widths_are_those_of_a_terminal(void **state)
{
    (void)state;
    assert_int_equal(text_width("abc"), 3);
    assert_int_equal(text_width("h\xc3\xa9llo"), 5);             /* e acute */
    assert_int_equal(text_width("e\xcc\x81"), 1);                /* e and a combining acute */
    assert_int_equal(text_width("\xe6\x97\xa5\xe6\x9c\xac"), 4); /* two ideographs */
    assert_int_equal(text_width("\xf0\x9f\x9a\x80"), 2);         /* a rocket */
    assert_int_equal(text_width("\xff\xe6"), 2);                 /* not UTF-8: never beyond the end */
    renders(0,
            "NAME   TEXT\n"
            "\xc3\xa9l\xc3\xa8ve  1\n"
            "eleve  2\n",
            "\xc3\xa9l\xc3\xa8ve", "1", "eleve", "2", NULL);
}

static void test_the_last_column_is_cut_on_a_terminal_alone(void **state)
{
    (void)state;
    renders(0, "NAME  TEXT\nn     0123456789abcdefghij\n", "n", "0123456789abcdefghij", NULL);
    renders(20, "NAME  TEXT\nn     0123456789abc\xe2\x80\xa6\n", "n", "0123456789abcdefghij", NULL);
    renders(20, "NAME  TEXT\nn     0123456789abcd\n", "n", "0123456789abcd", NULL);
    /* a character is never cut in two, and one of two columns only stays when it fits */
    renders(18, "NAME  TEXT\nn     0123456789\xe2\x80\xa6\n", "n", "0123456789\xe6\x97\xa5\xe6\x9c\xac", NULL);
}

/* A function's answer must not drive the operator's terminal. */
static void test_control_characters_do_not_get_through(void **state)
{
    (void)state;
    renders(0, "NAME  TEXT\nn     a?[31mb?c d\n", "n",
            "a\x1b[31mb\xc2\x9b"
            "c\nd",
            NULL);
    struct buf out = BUF_INIT(100);
    output_clean(&out, "a\tb\r\nc\x7f", true);
    assert_string_equal(buf_str(&out), "a\tb?\nc?");
    buf_free(&out);
}

static void test_times_and_spans(void **state)
{
    char text[OUTPUT_TIME_SIZE];
    struct wall t = { 1795301378000 };
    (void)state;
    assert_string_equal(age_time(t, WALL_NONE, text), "2026-11-21T22:49:38Z");
    assert_string_equal(age_time(WALL_NONE, t, text), "-");
    assert_string_equal(age_time(t, (struct wall){ t.ms - 14 * 60000 }, text), "2026-11-21T22:49:38Z (in 14 min)");
    assert_string_equal(age_time(t, (struct wall){ t.ms + 3000 }, text), "2026-11-21T22:49:38Z (3 s ago)");
    assert_string_equal(age_time(t, (struct wall){ t.ms + 999 }, text), "2026-11-21T22:49:38Z (now)");
    assert_string_equal(age_time(t, (struct wall){ t.ms + 10 * 86400000LL }, text),
                        "2026-11-21T22:49:38Z (10 days ago)");
    assert_string_equal(output_span(-1, text), "-");
    assert_string_equal(output_span(12, text), "12 ms");
    assert_string_equal(output_span(10000, text), "10 s");
    assert_string_equal(output_span(3450, text), "3.4 s");
    assert_string_equal(output_span(59999, text), "59.9 s");
    assert_string_equal(output_span(120000, text), "2 min");
    assert_string_equal(output_span(125000, text), "2 min 5 s");
    assert_string_equal(output_span(21600000, text), "6 h");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns_are_aligned),
        cmocka_unit_test(test_empty_cells),
        cmocka_unit_test(test_widths_are_those_of_a_terminal),
        cmocka_unit_test(test_the_last_column_is_cut_on_a_terminal_alone),
        cmocka_unit_test(test_control_characters_do_not_get_through),
        cmocka_unit_test(test_times_and_spans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
