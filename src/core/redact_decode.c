/* redact_decode.c - see redact_decode.h. An encoding is a pile of layers, the outermost first: JSON within JSON within HTML. */
#include "core/redact_decode.h"

#include "base/mem.h"

#include <stdint.h>
#include <string.h>

typedef size_t (*decoder)(bytes s, size_t left, unsigned char out[4], int *n);

static int hex_digit(unsigned char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static size_t stands_for(unsigned char c, size_t took, unsigned char out[4], int *n)
{
    out[0] = c;
    *n = 1;
    return took;
}

static size_t literal(bytes s, unsigned char out[4], int *n)
{
    return stands_for(s[0], 1, out, n);
}

/* Two digits at s + at, or -1. */
static int hex_byte(bytes s, size_t at)
{
    int high = hex_digit(s[at]), low = high < 0 ? -1 : hex_digit(s[at + 1]);
    return low < 0 ? -1 : high << 4 | low;
}

static size_t decode_percent(bytes s, size_t left, unsigned char out[4], int *n)
{
    if (s[0] != '%')
        return literal(s, out, n);
    if (left < 3)
        return 0;
    int byte = hex_byte(s, 1);
    return byte < 0 ? literal(s, out, n) : stands_for((unsigned char)byte, 3, out, n);
}

static size_t decode_form(bytes s, size_t left, unsigned char out[4], int *n)
{
    return s[0] == '+' ? stands_for(' ', 1, out, n) : decode_percent(s, left, out, n);
}

/* The code unit of a \uXXXX at s, or -1. */
static int32_t code_unit(bytes s, size_t left)
{
    if (left < 6 || s[0] != '\\' || s[1] != 'u')
        return -1;
    int high = hex_byte(s, 2), low = high < 0 ? -1 : hex_byte(s, 4);
    return low < 0 ? -1 : high << 8 | low;
}

static int utf8_encode(uint32_t c, unsigned char out[4])
{
    static const unsigned char FIRST[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    int n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (int i = n - 1; i > 0; i--, c >>= 6)
        out[i] = (unsigned char)(0x80 | (c & 0x3f));
    out[0] = (unsigned char)(FIRST[n] | c);
    return n;
}

static size_t decode_code_unit(bytes s, size_t left, unsigned char out[4], int *n)
{
    int32_t high = code_unit(s, left), low;
    if (high < 0)
        return left < 6 ? 0 : literal(s, out, n);
    if (high >= 0xd800 && high < 0xdc00) {
        low = code_unit(s + 6, left - 6);
        if (low >= 0xdc00 && low < 0xe000) {
            *n = utf8_encode(0x10000u + ((uint32_t)(high - 0xd800) << 10 | (uint32_t)(low - 0xdc00)), out);
            return 12;
        }
        if (left < 12)
            return 0;
    }
    *n = utf8_encode((uint32_t)high, out);
    return 6;
}

/* What the letter after a backslash means; 0: it is none. */
static const unsigned char LETTERS[256] = { ['"'] = '"',  ['\\'] = '\\', ['/'] = '/',  ['b'] = '\b', ['f'] = '\f',
                                            ['n'] = '\n', ['r'] = '\r',  ['t'] = '\t', ['\''] = '\'' };

/* A string of JSON; also of JavaScript or Python, as their messages quote one (\' and \xXX). */
static size_t decode_json(bytes s, size_t left, unsigned char out[4], int *n)
{
    if (s[0] != '\\')
        return literal(s, out, n);
    if (left < 2)
        return 0;
    if (s[1] == 'u')
        return decode_code_unit(s, left, out, n);
    if (s[1] == 'x') {
        int byte = left < 4 ? -1 : hex_byte(s, 2);
        return left < 4 ? 0 : byte < 0 ? literal(s, out, n) : stands_for((unsigned char)byte, 4, out, n);
    }
    return LETTERS[s[1]] ? stands_for(LETTERS[s[1]], 2, out, n) : literal(s, out, n);
}

/* As messages show a text on one line (verdict_add_printable): control characters are escaped, a backslash is itself. */
static size_t decode_shown(bytes s, size_t left, unsigned char out[4], int *n)
{
    if (s[0] != '\\' || left < 2)
        return literal(s, out, n);
    if (s[1] == 'n' || s[1] == 't' || s[1] == 'r')
        return stands_for(LETTERS[s[1]], 2, out, n);
    int32_t unit = code_unit(s, left);
    if (unit >= 0 && (unit < ' ' || unit == 127))
        return stands_for((unsigned char)unit, 6, out, n);
    return literal(s, out, n);
}

/* "&#39;" or "&#x27;" at s; zeros may stand in front. */
static size_t decode_number(bytes s, size_t left, unsigned char out[4], int *n)
{
    bool hex = left > 2 && (s[2] | 32) == 'x';
    uint32_t c = 0;
    size_t first = hex ? 3 : 2, at = first;
    for (; at < left && at < first + 8; at++) {
        int digit = hex_digit(s[at]);
        if (digit < 0 || (!hex && digit > 9))
            break;
        c = c * (hex ? 16 : 10) + (uint32_t)digit;
    }
    if (at == left)
        return 0;
    if (at == first || s[at] != ';' || c == 0 || c > 0x10ffff)
        return literal(s, out, n);
    *n = utf8_encode(c, out);
    return at + 1;
}

static size_t decode_html(bytes s, size_t left, unsigned char out[4], int *n)
{
    static const struct {
        const char *name;
        unsigned char c;
    } NAMED[] = { { "&quot;", '"' }, { "&amp;", '&' },  { "&lt;", '<' },     { "&gt;", '>' },  { "&apos;", '\'' },
                  { "&sol;", '/' },  { "&plus;", '+' }, { "&equals;", '=' }, { "&nbsp;", ' ' } };
    if (s[0] != '&')
        return literal(s, out, n);
    if (left > 1 && s[1] == '#')
        return decode_number(s, left, out, n);
    for (size_t i = 0; i < MEM_COUNT(NAMED); i++) {
        size_t len = strlen(NAMED[i].name);
        if (memcmp(s, NAMED[i].name, left < len ? left : len) == 0)
            return left < len ? 0 : stands_for(NAMED[i].c, len, out, n);
    }
    return literal(s, out, n);
}

#define LAYERS 3

/* What is seen in a text. */
enum {
    BACKSLASH = 1 << 0,
    BACKSLASHES = 1 << 1,       /* a backslash, escaped as JSON does */
    BACKSLASHES_TWICE = 1 << 2, /* and once more */
    PERCENT = 1 << 3,
    PERCENT_BACKSLASH = 1 << 4,
    PERCENT_PERCENT = 1 << 5,
    AMPERSAND = 1 << 6,
    AMPERSAND_BACKSLASH = 1 << 7,
    BACKSLASH_AMPERSAND = 1 << 8,
    PLUS = 1 << 9
};

/* What programs do to texts, and to texts with texts in them. A layer that changes nothing of the one beneath is no encoding of its own
 * (percent signs pass through JSON). Without what it needs, one from each set, a text in it is the same as in a simpler one. */
static const struct {
    decoder layers[LAYERS + 1];
    const char *marks; /* of all layers */
    unsigned needs[2];
} ENCODINGS[DECODE_COUNT] = {
    [DECODE_PLAIN] = { { NULL }, "", { 0, 0 } },
    { { decode_percent }, "%", { PERCENT, PERCENT } },
    { { decode_form }, "%+", { PLUS, PLUS } },
    { { decode_json }, "\\", { BACKSLASH, BACKSLASH } },
    { { decode_shown }, "\\", { BACKSLASH, BACKSLASH } },
    { { decode_html }, "&", { AMPERSAND, AMPERSAND } },
    { { decode_json, decode_json }, "\\", { BACKSLASHES, BACKSLASHES } },
    { { decode_json, decode_json, decode_json }, "\\", { BACKSLASHES_TWICE, BACKSLASHES_TWICE } },
    { { decode_json, decode_html }, "\\&", { BACKSLASH, AMPERSAND | BACKSLASH_AMPERSAND } },
    { { decode_html, decode_json }, "&\\", { AMPERSAND, BACKSLASH | AMPERSAND_BACKSLASH } },
    { { decode_percent, decode_json }, "%\\", { PERCENT, BACKSLASH | PERCENT_BACKSLASH } },
    { { decode_form, decode_json }, "%+\\", { PLUS, BACKSLASH | PERCENT_BACKSLASH } },
    { { decode_percent, decode_percent }, "%", { PERCENT_PERCENT, PERCENT_PERCENT } },
};

/* Spelled as hexadecimal digits after `skip` bytes: '\\' is 5c, '&' is 26, '%' is 25. */
static int spelled(bytes s, size_t left, size_t skip)
{
    return left < skip + 2 ? -1 : hex_byte(s, skip);
}

static unsigned see_backslash(bytes s, size_t left)
{
    int c = left > 1 && s[1] == 'u' ? spelled(s, left, 4) : left > 1 && s[1] == 'x' ? spelled(s, left, 2) : -1;
    if (left > 1 && s[1] == '\\')
        return BACKSLASH | BACKSLASHES | (left > 3 && s[2] == '\\' && s[3] == '\\' ? BACKSLASHES_TWICE : 0);
    return BACKSLASH | (c == '\\' ? BACKSLASHES | BACKSLASHES_TWICE : c == '&' ? BACKSLASH_AMPERSAND : 0);
}

static unsigned see_percent(bytes s, size_t left)
{
    int c = spelled(s, left, 1);
    return PERCENT | (c == '\\' ? PERCENT_BACKSLASH : c == '%' ? PERCENT_PERCENT : 0);
}

/* Numbers have many spellings: any may be a backslash. */
static unsigned see_ampersand(bytes s, size_t left)
{
    return AMPERSAND | (left > 1 && s[1] == '#' ? AMPERSAND_BACKSLASH : 0);
}

static unsigned look_for(unsigned char mark, unsigned (*see)(bytes s, size_t left), bytes text, size_t len)
{
    unsigned seen = 0;
    for (size_t at = 0; at < len; at++) {
        bytes found = memchr(text + at, mark, len - at);
        if (!found)
            break;
        at = (size_t)(found - text);
        seen |= see(found, len - at);
    }
    return seen;
}

uint16_t decode_candidates(bytes text, size_t len, uint16_t marks[256])
{
    unsigned seen = look_for('\\', see_backslash, text, len) | look_for('%', see_percent, text, len) |
                    look_for('&', see_ampersand, text, len) | (memchr(text, '+', len) ? PLUS : 0);
    uint16_t all = 0;
    for (int i = 1; i < DECODE_COUNT; i++) {
        if (!(seen & ENCODINGS[i].needs[0]) || !(seen & ENCODINGS[i].needs[1]))
            continue;
        all |= (uint16_t)(1u << i);
        for (const char *mark = ENCODINGS[i].marks; *mark; mark++)
            marks[(unsigned char)*mark] |= (uint16_t)(1u << i);
    }
    return all;
}

#define WINDOW 128 /* bytes of the text beneath: a pair of \uXXXX with each character escaped has 72 */

/* The next *have..wanted bytes of the text beneath `outer`; ends[i] is where what stands for byte i ends. False: the text is at its
 * end. A unit is never split: *have may get larger than wanted. */
static bool uncover(decoder outer, bytes s, size_t left, size_t wanted, unsigned char *inner, size_t *ends,
                    size_t *have)
{
    size_t used = *have ? ends[*have - 1] : 0;
    while (*have < wanted) {
        int n;
        size_t took = used < left ? outer(s + used, left - used, inner + *have, &n) : 0;
        if (took == 0)
            return false;
        used += took;
        for (int i = 0; i < n; i++)
            ends[(*have)++] = used;
    }
    return true;
}

/* A unit of the outermost layer that is no mark, for the layers beneath, is one of all. */
static size_t decode_layers(const decoder *layers, bytes s, size_t left, unsigned char out[4], int *n)
{
    size_t took = layers[0](s, left, out, n);
    if (took == 0 || !layers[1] || !decode_is_mark(out[0]))
        return took;
    unsigned char inner[WINDOW + 4];
    size_t ends[WINDOW + 4], have = 0;
    /* Uncovers as much as the unit beneath needs: 2, 4... bytes, so that the work is in proportion to its length. */
    for (size_t wanted = 2; wanted <= WINDOW; wanted *= 2) {
        bool more = uncover(layers[0], s, left, wanted, inner, ends, &have);
        size_t used = have ? decode_layers(layers + 1, inner, have, out, n) : 0;
        if (used > 1)
            return ends[used - 1];
        if (used == 1) { /* stands for itself, and so does all that came with it in one unit */
            for (*n = 0; (size_t)*n < have && ends[*n] == ends[0]; (*n)++)
                out[*n] = inner[*n];
            return ends[0];
        }
        if (!more)
            return 0;
    }
    return literal(s, out, n);
}

size_t decode_next(int encoding, bytes s, size_t left, unsigned char out[4], int *n)
{
    if (encoding == DECODE_PLAIN || !decode_is_mark(s[0]))
        return literal(s, out, n);
    return decode_layers(ENCODINGS[encoding].layers, s, left, out, n);
}
