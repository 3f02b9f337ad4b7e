/* A recursive descent over RFC 8259, as strict as the text: cJSON, which builds the tree, is lenient about numbers, control
 * characters and what follows the value. Depth is bounded, so recursion is. */
#include "base/json_scan.h"

#include "base/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct scan {
    const char *p, *end;
    int depth;
    const char *why; /* set once, at the first fault; p stays there */
};

static bool scan_value(struct scan *s);

static bool fault(struct scan *s, const char *why)
{
    if (!s->why)
        s->why = why;
    return false;
}

static void skip_space(struct scan *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
        s->p++;
}

static int peek(const struct scan *s)
{
    return s->p < s->end ? (unsigned char)*s->p : -1;
}

static int hex_value(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Four hex digits at p: -1 when they are not. */
static int hex4(const char *p, const char *end)
{
    int n = 0;
    for (int i = 0; i < 4; i++) {
        int h = p + i < end ? hex_value((unsigned char)p[i]) : -1;
        if (h < 0)
            return -1;
        n = n * 16 + h;
    }
    return n;
}

static bool scan_escape(struct scan *s)
{
    s->p++;
    int c = peek(s);
    if (c != 'u') {
        if (c < 0 || !strchr("\"\\/bfnrt", c) || c == 0)
            return fault(s, "unknown escape; expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX");
        s->p++;
        return true;
    }
    int unit = hex4(s->p + 1, s->end);
    if (unit < 0)
        return fault(s, "expected four hexadecimal digits after \\u");
    if (unit == 0)
        return fault(s, "U+0000 is not accepted in a string");
    if (unit >= 0xdc00 && unit <= 0xdfff)
        return fault(s, "a low surrogate without its high surrogate");
    s->p += 5;
    if (unit >= 0xd800 && unit <= 0xdbff) {
        int low = s->p + 1 < s->end && s->p[0] == '\\' && s->p[1] == 'u' ? hex4(s->p + 2, s->end) : -1;
        if (low < 0xdc00 || low > 0xdfff)
            return fault(s, "a high surrogate without its low surrogate");
        s->p += 6;
    }
    return true;
}

/* Length of the UTF-8 sequence at p (RFC 3629: no overlong forms, no surrogates, up to U+10FFFF), or 0. */
static size_t utf8_length(const unsigned char *p, size_t left)
{
    size_t n;
    unsigned min, code;
    if (p[0] < 0x80)
        return 1;
    if (p[0] >= 0xc2 && p[0] <= 0xdf)
        n = 2, min = 0x80, code = p[0] & 0x1fu;
    else if ((p[0] & 0xf0) == 0xe0)
        n = 3, min = 0x800, code = p[0] & 0x0fu;
    else if (p[0] >= 0xf0 && p[0] <= 0xf4)
        n = 4, min = 0x10000, code = p[0] & 0x07u;
    else
        return 0;
    if (n > left)
        return 0;
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (p[i] & 0x3fu);
    }
    return code < min || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ? 0 : n;
}

static bool scan_string(struct scan *s)
{
    if (peek(s) != '"')
        return fault(s, "expected a string in double quotes");
    s->p++;
    for (;;) {
        int c = peek(s);
        if (c < 0)
            return fault(s, "the string is not closed");
        if (c == '"') {
            s->p++;
            return true;
        }
        if (c < 0x20)
            return fault(s, "a control character in a string; write it as an escape such as \\n");
        if (c == '\\') {
            if (!scan_escape(s))
                return false;
            continue;
        }
        size_t n = utf8_length((const unsigned char *)s->p, (size_t)(s->end - s->p));
        if (!n)
            return fault(s, "not valid UTF-8");
        s->p += n;
    }
}

static bool scan_digits(struct scan *s)
{
    if (peek(s) < '0' || peek(s) > '9')
        return fault(s, "expected a digit");
    while (peek(s) >= '0' && peek(s) <= '9')
        s->p++;
    return true;
}

static bool scan_number(struct scan *s)
{
    const char *start = s->p;
    bool integer = true;
    if (peek(s) == '-')
        s->p++;
    if (peek(s) == '0') {
        s->p++;
        if (peek(s) >= '0' && peek(s) <= '9')
            return fault(s, "a number must not begin with 0");
    } else if (!scan_digits(s)) {
        return false;
    }
    if (peek(s) == '.') {
        integer = false;
        s->p++;
        if (!scan_digits(s))
            return false;
    }
    if (peek(s) == 'e' || peek(s) == 'E') {
        integer = false;
        s->p++;
        if (peek(s) == '+' || peek(s) == '-')
            s->p++;
        if (!scan_digits(s))
            return false;
    }
    char text[64];
    size_t n = (size_t)(s->p - start);
    if (n >= sizeof text)
        return s->p = start, fault(s, "a number this long cannot be kept exactly; write it as a string");
    memcpy(text, start, n);
    text[n] = '\0';
    double v = strtod(text, NULL);
    if (!isfinite(v) || (integer && fabs(v) > JSON_INTEGER_MAX))
        return s->p = start, fault(s, "a number this large cannot be kept exactly; write it as a string");
    return true;
}

static bool scan_word(struct scan *s, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n))
        return fault(s, "expected a value: an object, an array, a string, a number, true, false or null");
    s->p += n;
    return true;
}

/* An object or an array: what stands between its brackets, separated by commas. */
static bool scan_container(struct scan *s, bool object)
{
    char close = object ? '}' : ']';
    if (++s->depth > JSON_MAX_DEPTH)
        return fault(s, "nested too deep; at most 32 levels");
    s->p++;
    skip_space(s);
    if (peek(s) == close) {
        s->p++;
        s->depth--;
        return true;
    }
    for (;;) {
        skip_space(s);
        if (object) {
            if (!scan_string(s))
                return false;
            skip_space(s);
            if (peek(s) != ':')
                return fault(s, "expected ':' after the key");
            s->p++;
        }
        if (!scan_value(s))
            return false;
        skip_space(s);
        int c = peek(s);
        if (c != ',' && c != close)
            return fault(s, object ? "expected ',' or '}'" : "expected ',' or ']'");
        s->p++;
        if (c == close)
            break;
    }
    s->depth--;
    return true;
}

static bool scan_value(struct scan *s)
{
    skip_space(s);
    switch (peek(s)) {
    case '{':
        return scan_container(s, true);
    case '[':
        return scan_container(s, false);
    case '"':
        return scan_string(s);
    case 't':
        return scan_word(s, "true");
    case 'f':
        return scan_word(s, "false");
    case 'n':
        return scan_word(s, "null");
    default:
        if (peek(s) == '-' || (peek(s) >= '0' && peek(s) <= '9'))
            return scan_number(s);
        return scan_word(s, "a value");
    }
}

const char *json_scan(const char *text, size_t len, size_t *ret_at)
{
    struct scan s = { .p = text, .end = text + len };
    if (scan_value(&s)) {
        skip_space(&s);
        if (s.p < s.end)
            fault(&s, "expected the end after the value");
    }
    *ret_at = (size_t)(s.p - text);
    return s.why;
}

bool json_utf8_valid(const char *text, size_t len)
{
    for (size_t i = 0, n; i < len; i += n)
        if (!(n = utf8_length((const unsigned char *)text + i, len - i)))
            return false;
    return true;
}

bool json_utf8_repair(struct buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        size_t start = i, n;
        while (i < len && text[i] && (n = utf8_length((const unsigned char *)text + i, len - i)))
            i += n;
        buf_add(out, text + start, i - start); /* what is fine is copied in one go */
        if (i < len)
            buf_str_add(out, "\xef\xbf\xbd");
    }
    return !out->full;
}

/* How json_escape writes a byte: 0 as it is, else what follows the backslash ('u': in hexadecimal). */
static char escape_of(unsigned char c)
{
    static const char short_from[] = "\"\\\b\f\n\r\t", short_to[] = "\"\\bfnrt";
    const char *at = c ? strchr(short_from, c) : NULL;
    return at ? short_to[at - short_from] : c < 0x20 || c == 0x7f ? 'u' : 0;
}

bool json_escape(struct buf *out, const char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t start = i, n;
        while (i < len && !escape_of((unsigned char)text[i]) &&
               (n = utf8_length((const unsigned char *)text + i, len - i)))
            i += n;
        buf_add(out, text + start, i - start);
        if (i == len)
            break;
        char escape = escape_of((unsigned char)text[i]);
        if (escape == 'u')
            buf_printf(out, "\\u%04x", (unsigned char)text[i]);
        else if (escape)
            buf_add(out, (char[]){ '\\', escape }, 2);
        else
            buf_str_add(out, "\xef\xbf\xbd");
        i++;
    }
    return !out->full;
}
