/* http1.h: writing requests, finding fields, what is kept of a head. */
#include "core/http1.h"
#include "core/url.h"

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

/* A URL's way into a request: origin form, Host with brackets and without the default port, nothing of a user or fragment. */
static void test_request_of_url(void **state)
{
    static const struct {
        const char *url, *start; /* NULL: refused */
    } cases[] = {
        { "http://h", "GET / HTTP/1.1\r\nHost: h\r\n" },
        { "http://H.Example:80/a?b=c", "GET /a?b=c HTTP/1.1\r\nHost: h.example\r\n" },
        { "https://h:443/", "GET / HTTP/1.1\r\nHost: h\r\n" },
        { "https://h:80//a//", "GET //a// HTTP/1.1\r\nHost: h:80\r\n" },
        { "http://h:443/?", "GET /? HTTP/1.1\r\nHost: h:443\r\n" },
        { "http://[2001:DB8::1]/x", "GET /x HTTP/1.1\r\nHost: [2001:db8::1]\r\n" },
        { "https://[::1]:8443/x", "GET /x HTTP/1.1\r\nHost: [::1]:8443\r\n" },
        { "http://127.0.0.1:8080/%0d%0aX:%20y", "GET /%0d%0aX:%20y HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n" },
        { "http://h/a#b", NULL },
        { "http://user:key@h/", NULL },
        { "http://h\r\nX: y/", NULL },
        { "http://h/\r\nX: y", NULL },
        { "http://h/ HTTP/1.1", NULL },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf out buf_auto = BUF_INIT(1000), authority buf_auto = BUF_INIT(URL_HOST_MAX + 16);
        struct url u;
        struct err e;
        assert_int_equal(url_parse(cases[i].url, &u, &e) == 0, cases[i].start != NULL);
        if (!cases[i].start)
            continue;
        assert_true(url_authority(&u, &authority));
        assert_true(http1_start(&out, "GET", u.path, buf_str(&authority)));
        assert_string_equal(buf_str(&out), cases[i].start);
    }
}

static void test_request_lengths(void **state)
{
    static const struct {
        int64_t len;
        const char *end;
    } cases[] = {
        { -1, "\r\n" },
        { 0, "Content-Length: 0\r\n\r\n" },
        { 10 << 20, "Content-Length: 10485760\r\n\r\n" },
        { INT64_MAX, "Content-Length: 9223372036854775807\r\n\r\n" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf out buf_auto = BUF_INIT(1000);
        assert_true(http1_end(&out, cases[i].len));
        assert_string_equal(buf_str(&out), cases[i].end);
    }
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
        { "GET", "/", "h", "X", "y\rz" },      { "GET", "x", "h", "X", "y" },
        { "GET", "http://h/", "h", "X", "y" }, { "GET", "/#x", "h", "X", "y" },
        { "GET", "/", "", "X", "y" },          { "GET", "/", "u@h", "X", "y" },
        { "GET", "/", "h/x", "X", "y" },       { "GET", "/", "h", "host", "y" },
        { "GET", "/", "h", "Host", "h" },      { "GET", "/", "h", "content-length", "0" },
        { "GET", "/", "h", "X\n", "y" },       { "GET", "/", "h", "Transfer-Encoding", "chunked" },
        { "GET\r\n", "/", "h", "X", "y" },     { "GET", "/", "h", "X Y", "y" },
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
    static const char text[] = "HTTP/1.1 103 Early\r\nLink: gone\r\nContent-Length: 9\r\n\r\nHTTP/1.0 201 "
                               "Created\r\nA:1\r\nB: \t two words \t\r\nC:\r\n\r\n";
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

/* What comes after the body decides nothing and is not kept. */
static void test_trailers(void **state)
{
    static const char text[] =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X, Set-Cookie\r\n\r\n2\r\nok\r\n0\r\nX: y\r\n"
        "Set-Cookie: a=b\r\nContent-Length: 9\r\nTransfer-Encoding: gzip\r\nConnection: close\r\nRetry-After: "
        "9\r\n\r\n";
    struct http1_parser p;
    struct err e;
    (void)state;
    http1_parser_init(&p, false);
    assert_int_equal(http1_feed(&p, text, sizeof(text) - 1, NULL, NULL, &e), sizeof(text) - 1);
    assert_true(p.done && p.keep_alive);
    assert_int_equal(p.body_size, 2);
    assert_string_equal(buf_str(&p.head), "Transfer-Encoding: chunked\nTrailer: X, Set-Cookie\n");
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

/* Every byte at every place of values of every small length: however many are looked at together. */
static void test_bytes(void **state)
{
    static const char tokens[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    char text[20];
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        bool fine = byte == '\t' || (byte >= 0x20 && byte != 0x7f);
        bool in_token = byte && strchr(tokens, byte);
        for (size_t len = 1; len <= sizeof(text); len++) {
            for (size_t at = 0; at < len; at++) {
                memset(text, 'a', sizeof(text));
                text[at] = (char)byte;
                assert_int_equal(http1_value_valid(text, len), fine);
                assert_int_equal(http1_token_span(text, len), in_token ? len : at);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request),
        cmocka_unit_test(test_request_of_url),
        cmocka_unit_test(test_request_lengths),
        cmocka_unit_test(test_request_refused),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_head),
        cmocka_unit_test(test_trailers),
        cmocka_unit_test(test_token),
        cmocka_unit_test(test_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
