#include "core/pgcron_quote.h"

#include "base/json.h"

#include <stdint.h>
#include <string.h>

#define REPLACED "\xEF\xBF\xBD" /* U+FFFD */

/* Adds a code point as UTF-8; what cannot be one, NUL, and our two become U+FFFD. Returns the new end. */
static char *put_code(char *out, uint32_t c)
{
    if (!c || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF) || c == 0xFDD0 || c == 0xFDD1)
        c = 0xFFFD;
    if (c < 0x80) {
        *out++ = (char)c;
    } else if (c < 0x800) {
        *out++ = (char)(0xC0 | c >> 6);
        *out++ = (char)(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        *out++ = (char)(0xE0 | c >> 12);
        *out++ = (char)(0x80 | (c >> 6 & 0x3F));
        *out++ = (char)(0x80 | (c & 0x3F));
    } else {
        *out++ = (char)(0xF0 | c >> 18);
        *out++ = (char)(0x80 | (c >> 12 & 0x3F));
        *out++ = (char)(0x80 | (c >> 6 & 0x3F));
        *out++ = (char)(0x80 | (c & 0x3F));
    }
    return out;
}

static int digit(char c, int base)
{
    int v = c >= '0' && c <= '9'   ? c - '0'
            : c >= 'a' && c <= 'f' ? c - 'a' + 10
            : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                   : 99;
    return v < base ? v : -1;
}

/* Up to `most` digits; *ret_n: how many there were. */
static uint32_t number(const char *s, const char *end, int base, int most, int *ret_n)
{
    uint32_t v = 0;
    for (*ret_n = 0; *ret_n < most && s < end && digit(*s, base) >= 0; s++, ++*ret_n)
        v = v * (uint32_t)base + (uint32_t)digit(*s, base);
    return v;
}

/* The escape after a backslash at s; returns where the text goes on. */
static const char *put_escape(const char *s, const char *end, char **out)
{
    static const char letters[] = "bfnrt", values[] = "\b\f\n\r\t";
    const char *letter = strchr(letters, *s);
    int n;
    if (*s && letter) {
        *(*out)++ = values[letter - letters];
        return s + 1;
    }
    if (*s == 'u' || *s == 'U') {
        uint32_t c = number(s + 1, end, 16, *s == 'u' ? 4 : 8, &n);
        if (n == (*s == 'u' ? 4 : 8)) {
            *out = put_code(*out, c);
            return s + 1 + n;
        }
    }
    bool hex = *s == 'x';
    uint32_t byte = number(s + hex, end, hex ? 16 : 8, hex ? 2 : 3, &n);
    if (n) {
        *out = put_code(*out, byte < 0x80 ? byte : 0xFFFD);
        return s + hex + n;
    }
    *(*out)++ = *s;
    return s + 1;
}

const char *pgcron_unquote(struct arena *a, const char *s, size_t len, char quote, bool escapes)
{
    if (!escapes && !memchr(s, quote, len))
        return arena_strndup(a, s, len);
    char *text = arena_alloc(a, 2 * len + 1), *out = text; /* "\0" is two bytes, and three as U+FFFD */
    for (const char *end = s + len; s < end;) {
        if (escapes && *s == '\\' && s + 1 < end) {
            s = put_escape(s + 1, end, &out);
            continue;
        }
        s += *s == quote && s + 1 < end && s[1] == quote;
        *out++ = *s++;
    }
    *out = '\0';
    return text;
}

const char *pgcron_unicode(struct arena *a, const char *s)
{
    size_t len = strlen(s);
    const char *end = s + len;
    char *text = arena_alloc(a, len + 1), *out = text; /* each escape is longer than what it stands for */
    while (s < end) {
        int n = 0;
        bool wide = *s == '\\' && s + 1 < end && s[1] == '+';
        uint32_t c = *s == '\\' ? number(s + 1 + wide, end, 16, wide ? 6 : 4, &n) : 0;
        if (n && n == (wide ? 6 : 4)) {
            out = put_code(out, c);
            s += 1 + wide + n;
        } else {
            s += *s == '\\' && s + 1 < end && s[1] == '\\';
            *out++ = *s++;
        }
    }
    *out = '\0';
    return text;
}

const char *pgcron_mended(struct arena *a, const char *s)
{
    size_t len = strlen(s);
    buf_auto struct buf out = BUF_INIT(3 * len + 1);
    json_utf8_repair(&out, s, len);
    return arena_strndup(a, buf_str(&out), out.len);
}

void pgcron_scrub(char *s, size_t len)
{
    for (char *p = s, *end = s + len; (p = memchr(p, '\xEF', (size_t)(end - p))); p++)
        if (end - p >= 3 && p[1] == '\xB7' && (p[2] == '\x90' || p[2] == '\x91'))
            memcpy(p, REPLACED, 3);
}
