/* Requests as a server takes them in: each case whole, byte by byte, and in two pieces at every place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/mem.h"
#include "core/http1_intake.h"

#include <stdio.h>
#include <string.h>

#define H "Host: x\r\n"
#define WITH(fields) "POST / HTTP/1.1\r\n" H fields "\r\n"

/* What becomes of it: "METHOD TARGET FLAGS|fields|body", flags: k kept, c expects 100 Continue; or "!code words". */
static const struct {
    const char *request, *becomes;
} cases[] = {
    { "GET / HTTP/1.1\r\n" H "\r\n", "GET / k|Host: x;||" },
    { "GET /a?b=%20 HTTP/1.1\r\nhOsT:\t x \t\r\nA:b\r\n\r\n", "GET /a?b=%20 k|Host: x;A: b;||" },
    { "\r\n\r\nGET / HTTP/1.1\r\n" H "\r\n", "GET / k|Host: x;||" },
    { "\r\n\r\n\r\nGET / HTTP/1.1\r\n" H "\r\n", "!malformed first line" },
    { "GET / HTTP/1.0\r\n\r\n", "GET / |||" },
    { "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "GET / k|||" },
    { "GET / HTTP/1.1\r\n" H "Connection: x, CLOSE\r\n\r\n", "GET / |Host: x;||" },
    { "GET / HTTP/1.1\r\n" H "Connection: keep-alive, close\r\n\r\n", "GET / |Host: x;||" },
    { "M-SEARCH / HTTP/1.9\r\n" H "\r\n", "M-SEARCH / k|Host: x;||" },
    { "GET HTTP://u.example:80/p?q HTTP/1.1\r\nHost: other\r\n\r\n", "GET /p?q k|Host: u.example:80;||" },
    { "GET https://u?q HTTP/1.1\r\nHost: other\r\n\r\n", "GET /?q k|Host: u;||" },
    { "GET http://u HTTP/1.1\r\n\r\n", "!malformed Host" },
    { "GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET / k|Host: ;||" },
    { "GET / HTTP/1.1\r\n" H
      "TE: trailers\r\nUpgrade: h2c\r\nKeep-Alive: 1\r\nProxy-Connection: x\r\nTrailer: a\r\n\r\n",
      "GET / k|Host: x;||" },
    { WITH("Content-Length: 3\r\n") "abc", "POST / k|Host: x;|abc|" },
    { WITH("Content-Length: 0\r\n"), "POST / k|Host: x;||" },
    { WITH("Content-Length: 003\r\n") "abcGET ", "POST / k|Host: x;|abc|GET " },
    { WITH("Content-Length: 3\r\nExpect: 100-Continue\r\n") "abc", "POST / kc|Host: x;|abc|" },
    { WITH("Content-Length: 0\r\nExpect: 100-continue\r\n"), "POST / k|Host: x;||" },
    { WITH("Transfer-Encoding: Chunked\r\n") "1\r\na\r\n02;a=\"b;c\"\r\nbc\r\n0\r\nContent-Length: 9\r\n\r\nX",
      "POST / k|Host: x;|abc|X" },
    { WITH("Transfer-Encoding: chunked\r\n") "0\r\n\r\n", "POST / k|Host: x;||" },
    /* how long is it? */
    { WITH("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n") "0\r\n\r\n", "!malformed both" },
    { WITH("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n") "0\r\n\r\n", "!malformed both" },
    { WITH("Content-Length: 3\r\nContent-Length: 3\r\n") "abc", "!malformed Content-Length comes twice" },
    { WITH("Content-Length: 3, 3\r\n") "abc", "!malformed not a number" },
    { WITH("Content-Length: +3\r\n") "abc", "!malformed not a number" },
    { WITH("Content-Length: -3\r\n") "abc", "!malformed not a number" },
    { WITH("Content-Length: 0x3\r\n") "abc", "!malformed not a number" },
    { WITH("Content-Length: 3 3\r\n") "abc", "!malformed not a number" },
    { WITH("Content-Length:\r\n") "abc", "!malformed empty" },
    { WITH("Content-Length: 18446744073709551619\r\n") "abc", "!malformed too large" },
    { WITH("Content-Length : 3\r\n") "abc", "!malformed space before its colon" },
    { WITH("Content-Length\r\n") "abc", "!malformed no colon" },
    { WITH("Content-Length: \v3\r\n") "abc", "!malformed control character" },
    { WITH(" Content-Length: 3\r\n") "abc", "!malformed folding" },
    { WITH("X: a\r\n Content-Length: 3\r\n") "abc", "!malformed folding" },
    { WITH("X: a\nContent-Length: 3\r\n") "abc", "!malformed bare line feed" },
    { WITH("X: a\r\rContent-Length: 3\r\n") "abc", "!malformed control character" },
    { WITH("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n") "0\r\n\r\n", "!malformed comes twice" },
    { WITH("Transfer-Encoding: chunked, chunked\r\n") "0\r\n\r\n", "!not_implemented chunked" },
    { WITH("Transfer-Encoding: gzip, chunked\r\n") "0\r\n\r\n", "!not_implemented chunked" },
    { WITH("Transfer-Encoding: xchunked\r\n") "0\r\n\r\n", "!not_implemented chunked" },
    { WITH("Transfer-Encoding: identity\r\n") "0\r\n\r\n", "!not_implemented chunked" },
    { WITH("Transfer-Encoding: \"chunked\"\r\n") "0\r\n\r\n", "!not_implemented chunked" },
    { WITH("Transfer-Encoding: chunked;q=1\r\n") "0\r\n\r\n", "!not_implemented chunked" },
    { WITH("Transfer-Encoding:\r\n") "0\r\n\r\n", "!not_implemented chunked" },
    { WITH("Transfer-Encoding : chunked\r\n") "0\r\n\r\n", "!malformed space before its colon" },
    { WITH("Transfer\x80-Encoding: chunked\r\n") "0\r\n\r\n", "!malformed name" },
    { "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "!malformed HTTP/1.0" },
    { WITH("Transfer-Encoding: chunked\r\n") "g\r\n", "!malformed hexadecimal" },
    { WITH("Transfer-Encoding: chunked\r\n") "-1\r\n", "!malformed hexadecimal" },
    { WITH("Transfer-Encoding: chunked\r\n") "1 \r\na\r\n", "!malformed extension" },
    { WITH("Transfer-Encoding: chunked\r\n") "1\na\r\n", "!malformed bare line feed" },
    { WITH("Transfer-Encoding: chunked\r\n") "1\r\nab\r\n", "!malformed longer than its size" },
    { WITH("Transfer-Encoding: chunked\r\n") "1\r\na\n0\r\n\r\n", "!malformed bare line feed" },
    { WITH("Transfer-Encoding: chunked\r\n") "10000000000000000\r\n", "!malformed too large" },
    { WITH("Transfer-Encoding: chunked\r\n") "0\r\n bad\r\n", "!malformed folding" },
    /* whose is it? */
    { "GET / HTTP/1.1\r\n\r\n", "!malformed Host" },
    { "GET / HTTP/1.1\r\n" H H "\r\n", "!malformed Host comes twice" },
    { "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "!malformed host" },
    { "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", "!malformed host" },
    { "GET / HTTP/1.1\r\nHost: u@b\r\n\r\n", "!malformed host" },
    { "GET / HTTP/1.1\r\n" H "Authorization: a\r\nauthorization: b\r\n\r\n", "!malformed Authorization comes twice" },
    { "GET / HTTP/1.1\r\n" H "Content-Type: a\r\nContent-Type: b\r\n\r\n", "!malformed Content-Type comes twice" },
    /* the first line */
    { "GET  / HTTP/1.1\r\n" H "\r\n", "!malformed percent-encoded" },
    { "GET / HTTP/1.1 \r\n" H "\r\n", "!malformed first line" },
    { "GET / a HTTP/1.1\r\n" H "\r\n", "!malformed percent-encoded" },
    { "GET /\ta HTTP/1.1\r\n" H "\r\n", "!malformed percent-encoded" },
    { "GET /\xc3\xa9 HTTP/1.1\r\n" H "\r\n", "!malformed percent-encoded" },
    { "GET /#a HTTP/1.1\r\n" H "\r\n", "!malformed percent-encoded" },
    { "GET /\r\n", "!malformed first line" },
    { "GET\t/ HTTP/1.1\r\n", "!malformed first line" },
    { " GET / HTTP/1.1\r\n", "!malformed first line" },
    { "GET / http/1.1\r\n", "!malformed first line" },
    { "GET / HTTP/1.1x\r\n", "!malformed first line" },
    { "GET / HTTP/1.\r\n", "!malformed first line" },
    { "GET / HTTP/2.0\r\n", "!version_not_supported 2.0" },
    { "PRI * HTTP/2.0\r\n", "!version_not_supported 2.0" },
    { "GET / HTTP/0.9\r\n", "!version_not_supported 0.9" },
    { "OPTIONS * HTTP/1.1\r\n" H "\r\n", "!malformed '/'" },
    { "CONNECT x:443 HTTP/1.1\r\n" H "\r\n", "!malformed '/'" },
    { "GET ftp://x/ HTTP/1.1\r\n" H "\r\n", "!malformed '/'" },
    { "GET http:///a HTTP/1.1\r\n" H "\r\n", "!malformed no host" },
    { "GET http://u@h/ HTTP/1.1\r\n" H "\r\n", "!malformed host" },
    { "GET / HTTP/1.1\n" H "\r\n", "!malformed bare line feed" },
    { "\x16\x03\x01", "!malformed TLS was sent" },
    { "{}", "!malformed first line" },
    { "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA / HTTP/1.1\r\n", "!malformed first line" },
};

struct taking {
    struct http1_intake in;
    struct buf body, becomes;
    struct err e;
    int rc;
    size_t used;
};

static void take_body(void *ctx, const char *data, size_t len)
{
    struct taking *t = ctx;
    buf_add(&t->body, data, len);
}

/* As the gate does: again after the head, until the message has ended. */
static void feed(struct taking *t, const char *data, size_t len)
{
    while (len > 0 && !t->rc && !t->in.done) {
        char *copy = mem_alloc(len); /* an address sanitizer sees what is read beyond it */
        memcpy(copy, data, len);
        int64_t n = http1_intake_feed(&t->in, copy, len, take_body, t, &t->e);
        mem_free(copy);
        if (n < 0) {
            t->rc = (int)n;
            return;
        }
        assert_true((size_t)n == len || t->in.head_done);
        t->used += (size_t)n;
        data += n;
        len -= (size_t)n;
    }
}

static const char *describe(struct taking *t, const char *request)
{
    struct buf *b = &t->becomes;
    if (t->rc) {
        buf_printf(b, "!%s %s", err_code_name(t->e.code), t->e.text);
        return buf_str(b);
    }
    assert_true(t->in.done);
    buf_printf(b, "%s %s %s%s|", t->in.method, buf_str(&t->in.target), t->in.keep_alive ? "k" : "",
               t->in.expects_continue ? "c" : "");
    for (size_t i = 0; i < t->in.fields.len; i++)
        if (t->in.fields.data[i] != '\n')
            buf_char(b, t->in.fields.data[i] == '\r' ? ';' : t->in.fields.data[i]);
    buf_printf(b, "|%s|%s", buf_str(&t->body), request + t->used);
    assert_int_equal(t->in.body_size, t->body.len);
    return buf_str(b);
}

static void begin(struct taking *t)
{
    *t = (struct taking){ .body = BUF_INIT(100000), .becomes = BUF_INIT(100000) };
    http1_intake_init(&t->in);
}

static void end(struct taking *t)
{
    http1_intake_free(&t->in);
    buf_free(&t->body);
    buf_free(&t->becomes);
}

static void check(struct taking *t, const char *request, const char *becomes)
{
    const char *is = describe(t, request);
    const char *words = becomes[0] == '!' ? strchr(becomes, ' ') : NULL;
    bool same =
        words ? !strncmp(is, becomes, (size_t)(words - becomes) + 1) && strstr(is, words + 1) : !strcmp(is, becomes);
    if (!same)
        fail_msg("'%s' became '%s', not '%s'", request, is, becomes);
    end(t);
}

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        const char *r = cases[i].request;
        size_t len = strlen(r);
        struct taking t;
        begin(&t);
        feed(&t, r, len);
        check(&t, r, cases[i].becomes);
        begin(&t);
        for (size_t k = 0; k < len; k++)
            feed(&t, r + k, 1);
        check(&t, r, cases[i].becomes);
        for (size_t cut = 1; cut < len; cut++) {
            begin(&t);
            feed(&t, r, cut);
            feed(&t, r + cut, len - cut);
            check(&t, r, cases[i].becomes);
        }
    }
}

static void test_nul_is_no_end(void **state)
{
    (void)state;
    static const char in_name[] = "GET / HTTP/1.1\r\nHost: x\r\nA\0B: c\r\n\r\n", in_line[] = "GET /\0 HTTP/1.1\r\n";
    struct taking t;
    begin(&t);
    feed(&t, in_name, sizeof in_name - 1);
    assert_int_equal(t.rc, -ERR_MALFORMED);
    end(&t);
    begin(&t);
    feed(&t, in_line, sizeof in_line - 1);
    assert_int_equal(t.rc, -ERR_MALFORMED);
    end(&t);
}

/* A head of `size` bytes in all, its end included. */
static void head_of(struct buf *out, size_t size)
{
    buf_str_add(out, "GET / HTTP/1.1\r\n" H "A: ");
    while (out->len < size - 4)
        buf_char(out, 'a');
    buf_str_add(out, "\r\n\r\n");
}

static void test_limits(void **state)
{
    (void)state;
    for (int over = 0; over < 2; over++) {
        buf_auto struct buf head = BUF_INIT(100000), many = BUF_INIT(100000), chunks = BUF_INIT(100000);
        struct taking t;
        head_of(&head, HTTP1_INTAKE_HEAD_MAX + (size_t)over);
        begin(&t);
        feed(&t, head.data, head.len);
        assert_int_equal(t.rc, over ? -ERR_HEAD_TOO_LARGE : 0);
        assert_int_equal(t.in.done, !over);
        end(&t);
        buf_str_add(&many, "GET / HTTP/1.1\r\n" H);
        for (int i = 1; i < HTTP1_INTAKE_FIELDS_MAX + over; i++)
            buf_str_add(&many, "A: b\r\n");
        buf_str_add(&many, "\r\n");
        begin(&t);
        feed(&t, many.data, many.len);
        assert_int_equal(t.rc, over ? -ERR_HEAD_TOO_LARGE : 0);
        end(&t);
        buf_str_add(&chunks, WITH("Transfer-Encoding: chunked\r\n"));
        for (int i = 0; i < (over ? 40 : 5); i++) {
            buf_str_add(&chunks, "1;a=");
            for (int k = 0; k < 1000; k++)
                buf_char(&chunks, 'b');
            buf_str_add(&chunks, "\r\nx\r\n");
        }
        begin(&t);
        feed(&t, chunks.data, chunks.len);
        assert_int_equal(t.rc, over ? -ERR_MALFORMED : 0);
        end(&t);
    }
}

/* A line without end is refused when it is too long, not when it ends. */
static void test_endless_line(void **state)
{
    (void)state;
    struct taking t;
    begin(&t);
    for (int i = 0; i < HTTP1_INTAKE_HEAD_MAX + 1 && !t.rc; i++)
        feed(&t, "G", 1);
    assert_int_equal(t.rc, -ERR_HEAD_TOO_LARGE);
    end(&t);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_nul_is_no_end),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_endless_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
