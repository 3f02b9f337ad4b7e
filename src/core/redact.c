/* redact.c - finds the patterns of a redactor in a text, as it stands and in each encoding, and covers them.
 *
 * 1. Every place of the text is a possible start in every encoding: no decoder has to know where the encoded part
 *    begins, so that nothing in front of it (an odd backslash, a lone '%') can hide a value.
 * 2. Findings may overlap. What is covered is their union, so that no rest of one sticks out of another; of findings
 *    that lie within a longer one only the longer is named.
 * 3. A text may have been cut (a response that was too long): its end, or what stands before "...", is covered too
 *    when it is the beginning of a value. */
#include "core/redact.h"

#include "base/mem.h"
#include "core/redact_set.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef const unsigned char *bytes;

static int hex_digit(unsigned char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* A decoder takes one unit at s (at least 1 byte is there) and returns how many bytes it took; out gets the *n bytes
 * that it stands for. 0: the text ends inside the unit. */
typedef size_t (*decoder)(bytes s, size_t left, unsigned char out[4], int *n);

static size_t literal(bytes s, unsigned char out[4], int *n)
{
    out[0] = s[0];
    *n = 1;
    return 1;
}

static size_t decode_plain(bytes s, size_t left, unsigned char out[4], int *n)
{
    (void)left;
    return literal(s, out, n);
}

static size_t decode_percent(bytes s, size_t left, unsigned char out[4], int *n)
{
    if (s[0] != '%')
        return literal(s, out, n);
    if (left < 3)
        return 0;
    int high = hex_digit(s[1]), low = hex_digit(s[2]);
    if (high < 0 || low < 0)
        return literal(s, out, n);
    out[0] = (unsigned char)(high << 4 | low);
    *n = 1;
    return 3;
}

static size_t decode_form(bytes s, size_t left, unsigned char out[4], int *n)
{
    if (s[0] != '+')
        return decode_percent(s, left, out, n);
    out[0] = ' ';
    *n = 1;
    return 1;
}

/* The code unit of a \uXXXX at s, or -1. */
static int32_t code_unit(bytes s, size_t left)
{
    int32_t unit = 0;
    if (left < 6 || s[0] != '\\' || s[1] != 'u')
        return -1;
    for (int i = 2; i < 6; i++) {
        if (hex_digit(s[i]) < 0)
            return -1;
        unit = unit << 4 | hex_digit(s[i]);
    }
    return unit;
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

static size_t decode_json(bytes s, size_t left, unsigned char out[4], int *n)
{
    static const char LETTERS[] = "\"\\/bfnrt", MEANINGS[] = "\"\\/\b\f\n\r\t";
    if (s[0] != '\\')
        return literal(s, out, n);
    if (left < 2)
        return 0;
    if (s[1] == 'u')
        return decode_code_unit(s, left, out, n);
    const char *letter = s[1] ? strchr(LETTERS, s[1]) : NULL;
    if (!letter)
        return literal(s, out, n);
    out[0] = (unsigned char)MEANINGS[letter - LETTERS];
    *n = 1;
    return 2;
}

/* JSON within a string of JSON: how a function answers that shows the body it was sent. Unpacks one byte after the other until they
 * make a unit of the inner text; `ends` is where each came from. */
static size_t decode_json_twice(bytes s, size_t left, unsigned char out[4], int *n)
{
    unsigned char inner[16];
    size_t ends[16], have = 0, used = 0;
    while (have <= 12) {
        int more;
        size_t took = used < left ? decode_json(s + used, left - used, inner + have, &more) : 0;
        if (took == 0)
            return 0;
        used += took;
        for (int i = 0; i < more; i++)
            ends[have++] = used;
        took = decode_json(inner, have, out, n);
        if (took > 1)
            return ends[took - 1];
        if (took == 1) { /* stands for itself, and so does all that came with it in one unit */
            for (*n = 0; (size_t)*n < have && ends[*n] == ends[0]; (*n)++)
                out[*n] = inner[*n];
            return ends[0];
        }
    }
    return literal(s, out, n);
}

/* As messages show a text on one line (verdict_add_printable): control characters are escaped, a backslash is itself. */
static size_t decode_shown(bytes s, size_t left, unsigned char out[4], int *n)
{
    static const char LETTERS[] = "ntr", MEANINGS[] = "\n\t\r";
    int32_t unit = code_unit(s, left);
    const char *letter = s[0] == '\\' && left > 1 && s[1] ? strchr(LETTERS, s[1]) : NULL;
    if (!letter && (unit < 0 || (unit >= ' ' && unit != 127)))
        return literal(s, out, n);
    out[0] = (unsigned char)(letter ? MEANINGS[letter - LETTERS] : unit);
    *n = 1;
    return letter ? 2 : 6;
}

/* Encodings; `marks` are the characters without which a text is the same as plain. */
static const struct encoding {
    decoder decode;
    const char *marks;
} ENCODINGS[] = {
    { decode_plain, NULL }, { decode_percent, "%" },     { decode_form, "+" },
    { decode_json, "\\" },  { decode_json_twice, "\\" }, { decode_shown, "\\" },
};

struct finding {
    size_t start, end;
    const char *name;
};

struct search {
    const struct redactor *r;
    bytes text;
    size_t len;
    struct finding *findings;
    size_t n, cap;
};

/* A text may end at its end, or where whoever cut it says so. */
static bool ends_here(const struct search *s, size_t at)
{
    return at == s->len || (s->len - at >= 3 && memcmp(s->text + at, "...", 3) == 0);
}

/* How much of a pattern at the end of a cut text is too much to show. Not so little that an ordinary beginning
 * ("https://") would be taken for a secret. */
static size_t cut_min(size_t len)
{
    return len / 2 < REDACT_MIN ? REDACT_MIN : len / 2 > 16 ? 16 : len / 2;
}

static size_t common_len(bytes a, bytes b, size_t len)
{
    size_t i = 0;
    for (uint64_t x, y; i + sizeof x <= len; i += sizeof x) {
        memcpy(&x, a + i, sizeof x);
        memcpy(&y, b + i, sizeof y);
        if (x != y)
            break;
    }
    while (i < len && a[i] == b[i])
        i++;
    return i;
}

/* Where the text was cut when `matched` bytes of the pattern end at `at`; 0 when it was not. The first dots of "..." may have been
 * taken for the pattern's own, as in a JWT. */
static size_t cut_end(const struct search *s, size_t at, size_t matched, const struct pattern *p)
{
    for (int dots = 0; matched >= cut_min(p->len); dots++, at--, matched--) {
        if (ends_here(s, at))
            return at;
        if (dots == 2 || s->text[at - 1] != '.')
            break;
    }
    return 0;
}

/* Where the pattern ends when it begins at `at`; 0 when it does not. */
static size_t pattern_end(const struct search *s, decoder decode, size_t at, const struct pattern *p)
{
    /* As far as nothing is encoded the bytes are compared as they are: values often begin alike
     * ("eyJhbGciOiJIUzI1..."). */
    size_t room = s->len - at < p->len ? s->len - at : p->len;
    size_t matched = decode == decode_plain ? common_len(s->text + at, p->bytes, room) : 0;
    at += matched;
    while (matched < p->len && at < s->len) {
        unsigned char out[4];
        int n;
        size_t took = decode(s->text + at, s->len - at, out, &n);
        if (took == 0) {
            at = s->len;
            break;
        }
        if ((size_t)n > p->len - matched || memcmp(out, p->bytes + matched, (size_t)n) != 0)
            break;
        matched += (size_t)n;
        at += took;
    }
    return matched == p->len ? at : cut_end(s, at, matched, p);
}

static bool is_base64(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
           c == '-' || c == '_';
}

/* One character of base64 (or '=' when `padding`) at `at`, in whatever encoding; returns where it ends. */
static size_t skip_base64(const struct search *s, size_t at, bool padding)
{
    for (size_t i = MEM_COUNT(ENCODINGS); at < s->len && i-- > 0;) {
        unsigned char out[4];
        int n;
        size_t took = ENCODINGS[i].decode(s->text + at, s->len - at, out, &n);
        if (took && n == 1 && (padding ? out[0] == '=' : is_base64(out[0])))
            return at + took;
    }
    return at;
}

static size_t before_base64(const struct search *s, size_t at)
{
    for (size_t back = 6; back > 0; back--) /* from "\\u002f" down to the character itself */
        if (at >= back && skip_base64(s, at - back, false) == at)
            return at - back;
    return at;
}

/* Adds to the findings; one that begins within the last of the same name makes that longer. */
static void finding_add(struct search *s, size_t start, size_t end, const char *name)
{
    struct finding *last = s->n ? &s->findings[s->n - 1] : NULL;
    if (last && last->name == name && start >= last->start && start < last->end) {
        if (end > last->end)
            last->end = end;
        return;
    }
    if (s->n == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 16;
        s->findings = mem_resize(s->findings, s->cap * sizeof *s->findings);
    }
    s->findings[s->n++] = (struct finding){ start, end, name };
}

static void add_with_edges(struct search *s, size_t start, size_t end, const struct pattern *p)
{
    if (p->lead)
        start = before_base64(s, start);
    if (p->tail) {
        end = skip_base64(s, end, false);
        end = skip_base64(s, skip_base64(s, end, true), true);
    }
    finding_add(s, start, end, p->name);
}

/* The bytes that PREFIX bytes at `at` stand for. */
static bool prefix_at(const struct search *s, decoder decode, size_t at, unsigned char prefix[PREFIX + 3])
{
    for (size_t have = 0; have < PREFIX;) {
        int n;
        unsigned char out[4];
        size_t took = at < s->len ? decode(s->text + at, s->len - at, out, &n) : 0;
        if (took == 0)
            return false;
        memcpy(prefix + have, out, (size_t)n);
        have += (size_t)n;
        at += took;
    }
    return true;
}

static void search_at(struct search *s, decoder decode, size_t at)
{
    unsigned char prefix[PREFIX + 3];
    const struct pattern *best = NULL;
    size_t best_end = 0;
    if (!prefix_at(s, decode, at, prefix))
        return;
    uint32_t hash = prefix_hash(prefix);
    if (!filter_passes(s->r, hash))
        return;
    for (int i = s->r->buckets[hash & s->r->mask]; i >= 0; i = s->r->patterns[i].next) {
        const struct pattern *p = &s->r->patterns[i];
        size_t end = pattern_end(s, decode, at, p);
        if (end > best_end || (end && end == best_end && p->len < best->len)) { /* rather a whole one than a cut one */
            best_end = end;
            best = p;
        }
    }
    if (best)
        add_with_edges(s, at, best_end, best);
}

static void search_plain(struct search *s)
{
    for (size_t at = 0; at + PREFIX <= s->len; at++)
        if (filter_passes(s->r, prefix_hash(s->text + at)))
            search_at(s, decode_plain, at);
}

/* Only what has a mark in it can differ from plain: places from which no pattern reaches the next mark are passed
 * over. */
static void search_encoded(struct search *s, const struct encoding *e)
{
    size_t reach = s->r->longest * 3; /* "%XX" may stand before the mark of a form */
    for (size_t at = 0; at < s->len;) {
        bytes mark = memchr(s->text + at, e->marks[0], s->len - at);
        if (!mark)
            return;
        size_t next = (size_t)(mark - s->text);
        if (next - at > reach)
            at = next - reach;
        for (; at <= next; at++)
            search_at(s, e->decode, at);
    }
}

static int by_place(const void *x, const void *y)
{
    const struct finding *a = x, *b = y;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    return a->end > b->end ? -1 : a->end < b->end;
}

/* Writes the text with the findings, which are in order, covered. Returns how many were named. */
static int cover(const struct search *s, struct buf *out)
{
    size_t at = 0; /* what is before has been written or covered */
    int named = 0;
    for (size_t i = 0; i < s->n; i++) {
        const struct finding *f = &s->findings[i];
        if (f->end <= at)
            continue;
        if (f->start > at)
            buf_add(out, s->text + at, f->start - at);
        buf_printf(out, "[redacted:%s]", f->name);
        at = f->end;
        named++;
    }
    buf_add(out, s->text + at, s->len - at);
    return named;
}

int redact(const struct redactor *r, const char *text, size_t len, struct buf *out)
{
    struct search s = { .r = r, .text = (bytes)text, .len = len };
    if (!r || r->n_patterns == 0 || len < PREFIX) {
        buf_add(out, text, len);
        return 0;
    }
    search_plain(&s);
    for (size_t i = 1; i < MEM_COUNT(ENCODINGS); i++)
        search_encoded(&s, &ENCODINGS[i]);
    if (s.n > 1)
        qsort(s.findings, s.n, sizeof *s.findings, by_place);
    int named = cover(&s, out);
    mem_free(s.findings);
    return named;
}
