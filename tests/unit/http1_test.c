/* http1.h: writing requests, finding fields, what is kept of a head. */
#include "core/http1.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void test_request(void **state)
{
    struct buf out buf_auto = BUF_INIT(1000);
    (void)state;
    assert_true(http1_start(&out, "POST", "/x?y", "h:81"));
    assert_true(http1_field(&out, "X-Key", "a\tb \xc3\xa9"));
    assert_true(http1_field(&out, "Empty", ""));
    assert_true(http1_end(&out, 5));
    assert_string_equal(
        buf_str(&out),
        "POST /x?y HTTP/1.1\r\nHost: h:81\r\nX-Key: a\tb \xc3\xa9\r\nEmpty: \r\nContent-Length: 5\r\n\r\n");
    buf_clear(&out);
    assert_true(http1_start(&out, "GET", "", "h"));
    assert_true(http1_end(&out, -1));
    assert_string_equal(buf_str(&out), "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
}

/* Nothing that would end a line or the target early is ever written. */
static void test_request_refused(void **state)
{
    static const struct {
        const char *method, *target, *authority, *name, *value;
    } bad[] = {
        { "GE T", "/", "h", "X", "y" },        { "", "/", "h", "X", "y" },
        { "GET", "/ x", "h", "X", "y" },       { "GET", "/\r\n", "h", "X", "y" },
        { "GET", "/", "h\r\nX: y", "X", "y" }, { "GET", "/", "h", "X\r\nY", "y" },
        { "GET", "/", "h", "X:", "y" },        { "GET", "/", "h", "", "y" },
        { "GET", "/", "h", "X", "y\r\nZ: z" }, { "GET", "/", "h", "X", "y\nz" },
        { "GET", "/", "h", "X", "\x7f" },      { "GET", "/\xc3\xa9", "h", "X", "y" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct buf out buf_auto = BUF_INIT(1000);
        bool fine = http1_start(&out, bad[i].method, bad[i].target, bad[i].authority) &&
                    http1_field(&out, bad[i].name, bad[i].value);
        assert_false(fine);
        assert_true(out.full);
        assert_false(http1_end(&out, 0)); /* one check at the end is enough */
    }
    struct buf small buf_auto = BUF_INIT(30);
    http1_start(&small, "GET", "/", "h");
    http1_field(&small, "X", "y");
    assert_false(http1_end(&small, 0));
}

static void test_find(void **state)
{
    static const char head[] = "Content-Type: text/plain\nRetry-After: 5\nRetry: x\nEmpty: \nretry-after: 6\n";
    struct buf out buf_auto = BUF_INIT(100);
    (void)state;
    assert_true(http1_find(head, "retry-AFTER", &out));
    assert_string_equal(buf_str(&out), "5");
    assert_true(http1_find(head, "Retry", &out));
    assert_string_equal(buf_str(&out), "x");
    assert_true(http1_find(head, "empty", &out));
    assert_string_equal(buf_str(&out), "");
    assert_false(http1_find(head, "Content", &out));
    assert_false(http1_find(head, "text/plain", &out));
    assert_false(http1_find("", "x", &out));
}

static void test_head(void **state)
{
    static const char text[] =
        "HTTP/1.1 103 Early\r\nLink: gone\r\n\r\nHTTP/1.0 201 Created\r\nA:1\r\nB: \t two words \t\r\nC:\r\n\r\n";
    struct http1_parser p;
    struct err e;
    (void)state;
    http1_parser_init(&p, true);
    assert_int_equal(http1_feed(&p, text, sizeof(text) - 1, NULL, NULL, &e), sizeof(text) - 1);
    assert_true(p.done && p.head_done);
    assert_int_equal(p.status, 201);
    assert_int_equal(p.minor_version, 0);
    assert_int_equal(p.content_length, -1);
    assert_string_equal(buf_str(&p.head), "A: 1\nB: two words\nC: \n");
    assert_int_equal(http1_feed(&p, "more", 4, NULL, NULL, &e), 0);
    assert_int_equal(http1_closed(&p, &e), 0);
    http1_parser_free(&p);
}

static void test_token(void **state)
{
    char name[130];
    (void)state;
    memset(name, 'a', sizeof(name));
    name[129] = '\0';
    assert_false(http1_token_valid(name));
    assert_true(http1_token_valid(name + 1));
    assert_true(http1_value_valid("\t \xff", 3));
    assert_false(http1_value_valid("a\0b", 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request), cmocka_unit_test(test_request_refused), cmocka_unit_test(test_find),
        cmocka_unit_test(test_head),    cmocka_unit_test(test_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
