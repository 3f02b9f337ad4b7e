/* No encoding that redact.h lists lets a value through, wherever it stands. */
#include "core/redact.h"

#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t seed = 0x9e3779b97f4a7c15u;

static uint32_t chance(uint32_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 33) % below;
}

/* Encoders of the test's own, written without regard to the code under test. */

static void encode_base64(const unsigned char *s, size_t len, const char *last_two, bool pad, struct buf *out)
{
    char alphabet[65] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    memcpy(alphabet + 62, last_two, 2);
    for (size_t i = 0; i < len; i += 3) {
        uint32_t n = (uint32_t)s[i] << 16 | (i + 1 < len ? (uint32_t)s[i + 1] << 8 : 0) | (i + 2 < len ? s[i + 2] : 0);
        buf_char(out, alphabet[n >> 18]);
        buf_char(out, alphabet[n >> 12 & 63]);
        if (i + 1 < len)
            buf_char(out, alphabet[n >> 6 & 63]);
        else if (pad)
            buf_char(out, '=');
        if (i + 2 < len)
            buf_char(out, alphabet[n & 63]);
        else if (pad)
            buf_char(out, '=');
    }
}

enum {
    AS_IS,
    BASE64,
    BASE64_URL,
    PERCENT,
    PERCENT_ALL,
    FORM,
    JSON_PLAIN,
    JSON_ASCII,
    JSON_SLASH,
    JSON_ALL,
    JSON_TWICE,
    SHOWN,
    LATIN1,
    HEX,
    UTF16,
    JSON_THRICE,
    PERCENT_TWICE,
    HTML,
    HTML_IN_JSON,
    JSON_IN_HTML,
    JSON_IN_PERCENT,
    JSON_IN_FORM,
    SCRIPT,
    ENCODINGS
};

static void encode_percent(const unsigned char *s, size_t len, bool all, bool form, struct buf *out)
{
    for (size_t i = 0; i < len; i++) {
        bool safe = (s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') || (s[i] >= '0' && s[i] <= '9') ||
                    strchr("-._~", s[i]);
        if (form && s[i] == ' ')
            buf_char(out, '+');
        else if (safe && !all)
            buf_char(out, (char)s[i]);
        else
            buf_printf(out, chance(2) ? "%%%02X" : "%%%02x", s[i]);
    }
}

static void encode_json(const char *s, int how, struct buf *out)
{
    for (const unsigned char *p = (const unsigned char *)s; *p;) {
        uint32_t c = *p++;
        if (c >= 0x80 && how != JSON_PLAIN) {
            int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
            c &= 0x3fu >> more;
            while (more-- > 0)
                c = c << 6 | (*p++ & 0x3f);
        }
        if (c >= 0x10000)
            buf_printf(out, "\\u%04x\\u%04X", 0xd800 + ((c - 0x10000) >> 10), 0xdc00 + ((c - 0x10000) & 0x3ff));
        else if (how == JSON_ALL || (c >= 0x80 && how != JSON_PLAIN) || (c < ' ' && c != '\n' && c != '\t'))
            buf_printf(out, chance(2) ? "\\u%04x" : "\\u%04X", c);
        else if (c == '"' || c == '\\' || (c == '/' && how == JSON_SLASH))
            buf_printf(out, "\\%c", (char)c);
        else if (c == '\n' || c == '\t')
            buf_str_add(out, c == '\n' ? "\\n" : "\\t");
        else
            buf_char(out, (char)c);
    }
}

/* As PHP, Python, Go, React and others do. */
static void encode_html(const char *s, struct buf *out)
{
    static const char *const SPELLINGS[][5] = { { "&quot;", "&#34;", "&#x22;", "&#X22;", "&#034;" },
                                                { "&amp;", "&#38;", "&#x26;", "&amp;", "&#0038;" },
                                                { "&lt;", "&#60;", "&#x3c;", "&#x3C;", "&lt;" },
                                                { "&gt;", "&#62;", "&#x3e;", "&#x3E;", "&gt;" },
                                                { "&apos;", "&#39;", "&#x27;", "&#039;", "&#x00027;" } };
    for (const char *p = s; *p; p++) {
        const char *special = strchr("\"&<>'", *p);
        special ? buf_str_add(out, SPELLINGS[special - "\"&<>'"][chance(5)]) : buf_char(out, *p);
    }
}

/* As JavaScript's and Python's messages quote a string. */
static void encode_script(const char *s, struct buf *out)
{
    for (const unsigned char *p = (const unsigned char *)s; *p; p++)
        if (*p == '\'' || *p == '\\')
            buf_printf(out, "\\%c", *p);
        else if (*p >= 0x80 || *p < ' ')
            buf_printf(out, "\\x%02x", *p);
        else
            buf_char(out, (char)*p);
}

static void encode_within(const char *value, int inner, int outer, struct buf *out);

static void encode_bytes(const char *value, int how, struct buf *out)
{
    bool upper = chance(2);
    for (const unsigned char *p = (const unsigned char *)value; *p; p++)
        if (how == HEX)
            buf_printf(out, upper ? "%02X" : "%02x", *p);
        else
            buf_printf(out, "%c\xef\xbf\xbd", *p); /* what becomes of UTF-16 that is made UTF-8 */
}

static bool is_ascii(const char *s)
{
    while (*s > 0)
        s++;
    return !*s;
}

/* The value in one encoding; for base64 with something in front and behind, as in Basic credentials. */
static void encode(const char *value, int how, struct buf *out)
{
    size_t len = strlen(value);
    if (how == BASE64 || how == BASE64_URL) {
        char whole[600];
        static const char *const AROUND[] = { "", "u", "us", "user:", "a\xff\xfe:" };
        snprintf(whole, sizeof whole, "%s%s%s", AROUND[chance(5)], value, AROUND[chance(5)]);
        encode_base64((const unsigned char *)whole, strlen(whole), how == BASE64 ? "+/" : "-_", chance(2), out);
    } else if (how == PERCENT || how == PERCENT_ALL || how == FORM) {
        encode_percent((const unsigned char *)value, len, how == PERCENT_ALL, how == FORM, out);
    } else if (how == JSON_TWICE) {
        buf_auto struct buf inner = BUF_INIT(1 << 16);
        encode_json(value, JSON_PLAIN + (int)chance(4), &inner);
        encode_json(buf_str(&inner), JSON_PLAIN + (int)chance(4), out);
    } else if (how == SHOWN) {
        for (const char *p = value; *p; p++)
            *p == '\n' ? buf_str_add(out, "\\n") : buf_char(out, *p);
    } else if (how == LATIN1) {
        for (const unsigned char *p = (const unsigned char *)value; *p; p++)
            *p < 0x80 ? buf_char(out, (char)*p) : buf_printf(out, "%c%c", *p >> 6 | 0xc0, (*p & 0x3f) | 0x80);
    } else if (how == HEX || (how == UTF16 && is_ascii(value))) {
        encode_bytes(value, how, out);
    } else if (how == HTML) {
        encode_html(value, out);
    } else if (how == SCRIPT) {
        encode_script(value, out);
    } else if (how == JSON_THRICE) {
        encode_within(value, JSON_TWICE, JSON_PLAIN + (int)chance(3), out);
    } else if (how == PERCENT_TWICE) {
        encode_within(value, PERCENT + (int)chance(2), PERCENT, out);
    } else if (how == HTML_IN_JSON) {
        encode_within(value, HTML, JSON_PLAIN + (int)chance(4), out);
    } else if (how == JSON_IN_HTML) {
        encode_within(value, JSON_PLAIN + (int)chance(4), HTML, out);
    } else if (how == JSON_IN_PERCENT || how == JSON_IN_FORM) {
        encode_within(value, JSON_PLAIN + (int)chance(4), how == JSON_IN_FORM ? FORM : PERCENT + (int)chance(2), out);
    } else if (how >= JSON_PLAIN && how <= JSON_ALL) {
        encode_json(value, how, out);
    } else {
        buf_str_add(out, value);
    }
}

static void encode_within(const char *value, int inner, int outer, struct buf *out)
{
    buf_auto struct buf text = BUF_INIT(1 << 16);
    encode(value, inner, &text);
    encode(buf_str(&text), outer, out);
}

static const char *const PIECES[] = { "a", "Z", "7", "-", "_", "+", "/", "=", " ",  "%", "\"", "\\", "\n",
                                      "&", "<", ">", "'", "#", ";", "é", "ß", "漢", "😀", "~",  "k" };

static void random_value(char *out, size_t len)
{
    size_t n = 0;
    while (n < len) {
        const char *piece = chance(3) ? PIECES[chance(MEM_COUNT(PIECES))] : PIECES[chance(3)];
        memcpy(out + n, piece, strlen(piece));
        n += strlen(piece);
    }
    out[n] = '\0';
}

/* Text that could be around a value, with marks that might mislead a decoder. */
static void random_around(struct buf *out)
{
    static const char *const AROUND[] = { "{\"error\":\"", " ", "\\",   "%", "%2", "\\u00", "x=", "&", "+", "\n",
                                          "Bearer ",       ";", "\\\\", "é", "," };
    for (uint32_t n = chance(4); n > 0; n--)
        buf_str_add(out, AROUND[chance(MEM_COUNT(AROUND))]);
}

static void test_every_encoding_everywhere(void **state)
{
    (void)state;
    for (int round = 0; round < 60000; round++) {
        char value[100];
        random_value(value, REDACT_MIN + chance(60));
        const struct redact_value values[] = { { "OTHER", "hunter2-hunter2", 15 }, { "KEY", value, strlen(value) } };
        struct redactor *r = redactor_new(values, 2);
        buf_auto struct buf text = BUF_INIT(1 << 16), encoded = BUF_INIT(1 << 16), out = BUF_INIT(1 << 16);
        int how = (int)chance(ENCODINGS);
        random_around(&text);
        if (how == BASE64 || how == BASE64_URL)
            buf_char(&text, ' '); /* what stands before is no part of the encoded text */
        encode(value, how, &encoded);
        buf_str_add(&text, buf_str(&encoded));
        if (how == BASE64 || how == BASE64_URL)
            buf_char(&text, ' ');
        random_around(&text);
        int found = redact(r, buf_str(&text), text.len, &out);
        if (found < 1 || !strstr(buf_str(&out), "[redacted:KEY]") || strstr(buf_str(&out), buf_str(&encoded)))
            fail_msg("value <%s> encoded in way %d in <%s> gave <%s>", value, how, buf_str(&text), buf_str(&out));
        redactor_free(r);
    }
}

/* The decoders are independent of what they find: text without values comes out as it went in. */
static void test_nothing_else_is_touched(void **state)
{
    (void)state;
    const struct redact_value values[] = { { "KEY", "kJ8mN2pQ5rT9wX3y", 16 } };
    struct redactor *r = redactor_new(values, 1);
    for (int round = 0; round < 20000; round++) {
        buf_auto struct buf text = BUF_INIT(1 << 16), out = BUF_INIT(1 << 16);
        char value[200];
        random_around(&text);
        random_value(value, 1 + chance(150));
        encode(value, (int)chance(ENCODINGS), &text);
        assert_int_equal(redact(r, buf_str(&text), text.len, &out), 0);
        assert_int_equal(out.len, text.len);
        assert_memory_equal(buf_str(&out), buf_str(&text), text.len);
    }
    redactor_free(r);
}

static void expect(const struct redact_value *values, size_t n, const char *text, const char *wanted, int found)
{
    struct redactor *r = redactor_new(values, n);
    buf_auto struct buf out = BUF_INIT(4096);
    int named = redact(r, text, strlen(text), &out);
    assert_string_equal(buf_str(&out), wanted);
    assert_int_equal(named, found);
    redactor_free(r);
}

#define VALUE(name, text)            \
    {                                \
        name, text, sizeof(text) - 1 \
    }

static void test_overlaps(void **state)
{
    (void)state;
    const struct redact_value values[] = { VALUE("SHORT", "abcdef"), VALUE("LONG", "abcdefghij"),
                                           VALUE("NEXT", "hijklmno"), VALUE("AAA", "aaaaaa") };
    expect(values, 4, "x abcdef y", "x [redacted:SHORT] y", 1);
    expect(values, 4, "x abcdefghij y", "x [redacted:LONG] y", 1);
    expect(values, 4, "abcdefghijklmno", "[redacted:LONG][redacted:NEXT]", 2);
    expect(values, 4, "abcdefabcdef", "[redacted:SHORT][redacted:SHORT]", 2);
    expect(values, 4, "aaaaaaaaaaaaaaab", "[redacted:AAA]b", 1);
    expect(values, 4, "abcde fghij", "abcde fghij", 0);
    expect(values, 4, "", "", 0);
    expect(values, 4, "abc", "abc", 0);
}

static void test_edges_of_base64(void **state)
{
    (void)state;
    const struct redact_value values[] = { VALUE("KEY", "secret-value") };
    expect(values, 1, "Basic dXNlcjpzZWNyZXQtdmFsdWU=", "Basic dXNlcj[redacted:KEY]", 1);
    expect(values, 1, "c2VjcmV0LXZhbHVl.", "[redacted:KEY].", 1);
    expect(values, 1, "q=eHNlY3JldC12YWx1ZQ%3D%3D&x", "q=e[redacted:KEY]&x", 1);
}

/* A response that was cut in the middle of a value keeps no more of it than an ordinary word. */
static void test_cut_text(void **state)
{
    (void)state;
    const struct redact_value values[] = { VALUE("KEY", "kJ8mN2pQ5rT9wX3yB6eH1jK4lM7nP0sV2uA5cD8fG1h") };
    expect(values, 1, "key: kJ8mN2pQ5rT9wX3yB6e", "key: [redacted:KEY]", 1);
    expect(values, 1, "key: kJ8mN2pQ5rT9wX3yB%36%6", "key: [redacted:KEY]", 1);
    expect(values, 1, "key: kJ8mN2pQ5", "key: kJ8mN2pQ5", 0);
    expect(values, 1, "key: kJ8mN2pQ5rT9wX3yB6e.", "key: kJ8mN2pQ5rT9wX3yB6e.", 0);
    expect(values, 1, "said \"kJ8mN2pQ5rT9wX3yB6e...\"", "said \"[redacted:KEY]...\"", 1);
    expect(values, 1, "said \"kJ8mN2pQ5rT9wX3yB6e..\"", "said \"kJ8mN2pQ5rT9wX3yB6e..\"", 0);
    const struct redact_value jwt[] = { VALUE("JWT", "eyJhbGciOiJIUzI1NiJ9..eyJyb2xlIjoieCJ9.c2lnbmF0dXJl") };
    expect(jwt, 1, "said \"eyJhbGciOiJIUzI1NiJ9...\"", "said \"[redacted:JWT]...\"", 1);
    expect(jwt, 1, "said \"eyJhbGciOiJIUzI1NiJ9.....\"", "said \"[redacted:JWT]...\"", 1);
    expect(jwt, 1, "said \"eyJhbGciOiJIUzI1NiJ9..\"", "said \"eyJhbGciOiJIUzI1NiJ9..\"", 0);
    const struct redact_value url[] = { VALUE("HOOK", "https://hooks.example.com/T000/B000/abcdefgh") };
    expect(url, 1, "an absolute URL beginning with https://", "an absolute URL beginning with https://", 0);
}

static void test_short_values(void **state)
{
    (void)state;
    const struct redact_value values[] = { VALUE("PIN", "12345"), VALUE("CODE", "a/b\\"), VALUE("TINY", "xyz"),
                                           VALUE("EMPTY", "") };
    expect(values, 4, "pin 12345, 123456, 012345, x12345, 12345_", "pin [redacted:PIN], 123456, 012345, x12345, 12345_",
           1);
    expect(values, 4, "12345", "[redacted:PIN]", 1);
    expect(values, 4, "{\"pin\":12345}", "{\"pin\":[redacted:PIN]}", 1);
    expect(values, 4, "q=a%2012345%20b", "q=a%20[redacted:PIN]%20b", 1);
    expect(values, 4, "line\\n12345\\n", "line\\n[redacted:PIN]\\n", 1);
    expect(values, 4, "&quot;12345&quot;", "&quot;[redacted:PIN]&quot;", 1);
    expect(values, 4, "\"a\\/b\\\\\"", "\"[redacted:CODE]\"", 1);
    expect(values, 4, "12345\xc3\xa9", "12345\xc3\xa9", 0);
    expect(values, 4, "1234", "1234", 0);
    expect(values, 4, "xyz is not looked for, MTIzNDU= neither", "xyz is not looked for, MTIzNDU= neither", 0);
}

/* A webhook's URL is a secret as a whole; its server tells of the path that it does not know. */
static void test_parts_of_a_url(void **state)
{
    static const struct {
        const char *text, *shown;
    } cases[] = {
        { "no https://hooks.example.com/services/T0/B0/k3yk3y?a=b1 here", "no [redacted:U] here" },
        { "Cannot POST /services/T0/B0/k3yk3y?a=b1", "Cannot POST [redacted:U]" },
        { "Cannot POST /services/T0/B0/k3yk3y", "Cannot POST [redacted:U]" },
        { "path %2Fservices%2FT0%2FB0%2Fk3yk3y.", "path [redacted:U]." },
        { "L3NlcnZpY2VzL1QwL0IwL2szeWszeQ==", "[redacted:U]" },
        { "hooks.example.com refused GET /short", "hooks.example.com refused GET /short" },
    };
    static const char url[] = "https://hooks.example.com/services/T0/B0/k3yk3y?a=b1", near[] = "http://a.example/short",
                      none[] = "httpx://a.example/a-path-of-some-length";
    const struct redact_value values[] = { { "U", url, sizeof url - 1 },
                                           { "N", near, sizeof near - 1 },
                                           { "X", none, sizeof none - 1 },
                                           { "E", "https://", 8 } };
    struct redactor *r = redactor_new(values, 4);
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        buf_auto struct buf out = BUF_INIT(1000);
        redact(r, cases[i].text, strlen(cases[i].text), &out);
        assert_string_equal(buf_str(&out), cases[i].shown);
    }
    redactor_free(r);
}

static void test_none(void **state)
{
    (void)state;
    expect(NULL, 0, "nothing to find", "nothing to find", 0);
    buf_auto struct buf out = BUF_INIT(100);
    assert_int_equal(redact(NULL, "plain", 5, &out), 0);
    assert_int_equal(redact_head(NULL, "plain", 5, 2, &out), 0);
    assert_string_equal(buf_str(&out), "plainpl");
    assert_int_equal(redactor_reach(NULL), 0);
}

/* A text that arrives in pieces and is kept up to a limit: wherever pieces and limit fall, what is kept is what would be kept of the
 * whole. Nothing of a value is left but what stands around it. */
static void test_no_edge_hides_a_value(void **state)
{
    (void)state;
    for (int round = 0; round < 20000; round++) {
        char value[100];
        random_value(value, REDACT_MIN + chance(60));
        const struct redact_value values[] = { { "KEY", value, strlen(value) } };
        struct redactor *r = redactor_new(values, 1);
        buf_auto struct buf text = BUF_INIT(1 << 16), pieces = BUF_INIT(1 << 16), of_whole = BUF_INIT(1 << 16),
                            of_part = BUF_INIT(1 << 16);
        for (uint32_t n = 1 + chance(3); n > 0; n--) {
            random_around(&text);
            encode(value, (int)chance(ENCODINGS), &text);
        }
        for (uint32_t n = chance(1500); n > 0; n--)
            buf_char(&text, '.');
        size_t keep = chance((uint32_t)text.len + 1);
        size_t most = keep + redactor_reach(r) < text.len ? keep + redactor_reach(r) : text.len;
        while (pieces.len < most) {
            size_t piece = 1 + chance(40);
            buf_add(&pieces, text.data + pieces.len, piece < most - pieces.len ? piece : most - pieces.len);
        }
        int all = redact_head(r, text.data, text.len, keep, &of_whole);
        int some = redact_head(r, buf_str(&pieces), most, keep, &of_part);
        if (all != some || strcmp(buf_str(&of_whole), buf_str(&of_part)) != 0)
            fail_msg("value <%s>, %zu bytes kept of <%s>: <%s>, not <%s>", value, keep, buf_str(&text),
                     buf_str(&of_part), buf_str(&of_whole));
        redactor_free(r);
    }
}

static void test_head(void **state)
{
    (void)state;
    const struct redact_value values[] = { VALUE("KEY", "kJ8mN2pQ5rT9wX3yB6eH1jK4lM7nP0sV2uA5cD8fG1h") };
    static const char text[] = "a kJ8mN2pQ5rT9wX3yB6eH1jK4lM7nP0sV2uA5cD8fG1h b";
    struct redactor *r = redactor_new(values, 1);
    for (size_t keep = 0; keep <= sizeof text; keep++) {
        buf_auto struct buf out = BUF_INIT(100);
        int named = redact_head(r, text, sizeof text - 1, keep, &out);
        assert_int_equal(named, keep > 2);
        assert_string_equal(buf_str(&out), keep == 0    ? ""
                                           : keep == 1  ? "a"
                                           : keep == 2  ? "a "
                                           : keep <= 45 ? "a [redacted:KEY]"
                                           : keep == 46 ? "a [redacted:KEY] "
                                                        : "a [redacted:KEY] b");
    }
    redactor_free(r);
}

static void test_full_buffer_leaks_nothing(void **state)
{
    (void)state;
    const struct redact_value values[] = { VALUE("KEY", "hunter2-hunter2") };
    struct redactor *r = redactor_new(values, 1);
    for (size_t max = 0; max < 30; max++) {
        buf_auto struct buf out = BUF_INIT(max);
        redact(r, "ab hunter2-hunter2 cd", 21, &out);
        assert_null(strstr(buf_str(&out), "hunter2"));
        assert_true(max >= 20 || out.full);
    }
    redactor_free(r);
}

/* Hundreds of values that begin alike, and NUL bytes in the text. */
static void test_many_values(void **state)
{
    (void)state;
    struct redact_value values[300];
    char texts[300][60], names[300][16];
    for (int i = 0; i < 300; i++) {
        snprintf(names[i], sizeof names[i], "S%d", i);
        snprintf(texts[i], sizeof texts[i], "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.%d.x", 1000 + i);
        values[i] = (struct redact_value){ names[i], texts[i], strlen(texts[i]) };
    }
    struct redactor *r = redactor_new(values, 300);
    for (int i = 0; i < 300; i++) {
        buf_auto struct buf text = BUF_INIT(300), out = BUF_INIT(300);
        char wanted[40];
        buf_add(&text, "a\0b ", 4);
        buf_str_add(&text, texts[i]);
        redact(r, text.data, text.len, &out);
        snprintf(wanted, sizeof wanted, "[redacted:S%d]", i);
        assert_memory_equal(out.data, "a\0b ", 4);
        assert_string_equal(out.data + 4, wanted);
    }
    redactor_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_encoding_everywhere),
        cmocka_unit_test(test_nothing_else_is_touched),
        cmocka_unit_test(test_overlaps),
        cmocka_unit_test(test_edges_of_base64),
        cmocka_unit_test(test_cut_text),
        cmocka_unit_test(test_short_values),
        cmocka_unit_test(test_parts_of_a_url),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_no_edge_hides_a_value),
        cmocka_unit_test(test_head),
        cmocka_unit_test(test_full_buffer_leaks_nothing),
        cmocka_unit_test(test_many_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
