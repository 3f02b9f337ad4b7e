/* redact_set.c - from secret values to patterns: each value as it is; as a server shows it that reads its UTF-8 as Latin-1
 * (Node and Deno read header fields so); as it looks in UTF-16 whose NULs were replaced when the text was made UTF-8; its hexadecimal
 * digits; and its base64 forms at three alignments in two alphabets. The other encodings (redact_decode.c) are undone while searching. */
#include "core/redact_set.h"

#include "base/guarded.h"
#include "base/mem.h"

#include <string.h>

#define URL_PART_MIN 12 /* bytes of a URL's path that are looked for by themselves */
#define FORMS \
    11 /* patterns of one value, at most: itself, Latin-1, UTF-16, hex in 2 cases, base64 at 3 alignments in 2 alphabets */

static const char STANDARD[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Six bits of the value, `bit` counted from the start of `shift` zero bytes in front of it. */
static unsigned sextet(const unsigned char *value, size_t len, size_t shift, size_t bit)
{
    unsigned bits = 0;
    for (size_t i = bit; i < bit + 6; i++) {
        size_t at = i / 8;
        unsigned byte = at >= shift && at - shift < len ? value[at - shift] : 0;
        bits = bits << 1 | (byte >> (7 - i % 8) & 1);
    }
    return bits;
}

static struct pattern *pattern_add(struct redactor *r, const char *name, const unsigned char *bytes, size_t len)
{
    struct pattern *p = &r->patterns[r->n_patterns++];
    unsigned char *room = r->bytes + r->n_bytes;
    memcpy(room, bytes, len);
    r->n_bytes += len;
    *p = (struct pattern){ .bytes = room, .len = len, .name = name };
    if (len > r->longest)
        r->longest = len;
    return p;
}

/* The characters that hold bits of the value alone; the half ones at the ends are told by lead and tail. */
static void add_base64(struct redactor *r, const char *name, const unsigned char *value, size_t len, size_t shift)
{
    size_t first = (shift * 8 + 5) / 6, end = (shift + len) * 8 / 6;
    unsigned char *text = guarded_alloc(end - first);
    bool special = false;
    for (size_t i = first; i < end; i++) {
        unsigned bits = sextet(value, len, shift, i * 6);
        text[i - first] = (unsigned char)STANDARD[bits];
        special |= bits >= 62;
    }
    for (int url_safe = 0; url_safe <= special; url_safe++) {
        for (size_t i = 0; url_safe && i < end - first; i++)
            text[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
        struct pattern *p = pattern_add(r, name, text, end - first);
        p->lead = shift != 0;
        p->tail = (shift + len) % 3 != 0;
    }
    guarded_free(text);
}

/* Each byte as the character of that number; only when that makes a difference. */
static void add_latin1(struct redactor *r, const char *name, const unsigned char *value, size_t len)
{
    unsigned char *text = guarded_alloc(2 * len);
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        if (value[i] >= 0x80)
            text[n++] = (unsigned char)(0xc0 | value[i] >> 6);
        text[n++] = value[i] < 0x80 ? value[i] : 0x80 | (value[i] & 0x3f);
    }
    if (n > len)
        pattern_add(r, name, text, n);
    guarded_free(text);
}

static void add_hex(struct redactor *r, const char *name, const unsigned char *value, size_t len)
{
    static const char *const DIGITS[] = { "0123456789abcdef", "0123456789ABCDEF" };
    unsigned char *text = guarded_alloc(2 * len);
    for (int upper = 0; upper < 2; upper++) {
        for (size_t i = 0; i < len; i++) {
            text[2 * i] = (unsigned char)DIGITS[upper][value[i] >> 4];
            text[2 * i + 1] = (unsigned char)DIGITS[upper][value[i] & 15];
        }
        pattern_add(r, name, text, 2 * len);
    }
    guarded_free(text);
}

/* Both byte orders have this in common. Of ASCII alone: what becomes of other characters depends on those around them. */
static void add_utf16(struct redactor *r, const char *name, const unsigned char *value, size_t len)
{
    static const char REPLACED[] = "\xef\xbf\xbd"; /* U+FFFD */
    unsigned char *text = guarded_alloc(4 * len);
    bool ascii = true;
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        ascii &= value[i] < 0x80;
        if (i > 0) {
            memcpy(text + n, REPLACED, 3);
            n += 3;
        }
        text[n++] = value[i];
    }
    if (ascii)
        pattern_add(r, name, text, n);
    guarded_free(text);
}

static void index_pattern(struct redactor *r, int i)
{
    struct pattern *p = &r->patterns[i];
    uint32_t word = prefix_word(p->bytes), mask = (1u << r->prefix_bits) - 1;
    uint32_t bit = prefix_hash(word, r->filter_bits), at = prefix_hash(word, r->prefix_bits);
    r->first[p->bytes[0]] = true;
    r->filter[bit >> 6] |= 1ull << (bit & 63);
    while (r->prefixes[at].first >= 0 && r->prefixes[at].word != word)
        at = (at + 1) & mask;
    p->next = r->prefixes[at].first;
    r->prefixes[at] = (struct prefix){ word, i };
}

/* The filter has a bit in 32 set, at most: a search looks further at one place in 32. */
static void index_patterns(struct redactor *r)
{
    r->prefix_bits = 4;
    while ((1 << r->prefix_bits) < r->n_patterns * 2)
        r->prefix_bits++;
    r->filter_bits = r->prefix_bits + 5;
    r->prefixes = mem_alloc(sizeof *r->prefixes << r->prefix_bits);
    r->filter = mem_alloc(sizeof *r->filter << (r->filter_bits - 6));
    for (int i = 0; i < 1 << r->prefix_bits; i++)
        r->prefixes[i].first = -1;
    for (int i = 0; i < r->n_patterns; i++)
        index_pattern(r, i);
}

#define PARTS 3

/* A value that is a URL, as a webhook's is: whoever answers tells of its path alone, with the query or without. Not so short ones: "/" is in many. */
static int parts_of(const struct redact_value *v, struct redact_value ret[PARTS])
{
    size_t scheme = v->len > 8 && !memcmp(v->value, "http://", 7)    ? 7
                    : v->len > 8 && !memcmp(v->value, "https://", 8) ? 8
                                                                     : v->len;
    size_t path = scheme;
    int n = 0;
    ret[n++] = *v;
    while (path < v->len && !strchr("/?#", v->value[path]))
        path++;
    size_t query = path;
    while (query < v->len && !strchr("?#", v->value[query]))
        query++;
    if (v->len >= path + URL_PART_MIN)
        ret[n++] = (struct redact_value){ v->name, v->value + path, v->len - path };
    if (query < v->len && query >= path + URL_PART_MIN)
        ret[n++] = (struct redact_value){ v->name, v->value + path, query - path };
    return n;
}

static void add_value(struct redactor *r, const char *name, const struct redact_value *v)
{
    const unsigned char *value = (const unsigned char *)v->value;
    if (v->len < REDACT_WORD_MIN)
        return;
    if (v->len < REDACT_MIN) {
        pattern_add(r, name, value, v->len)->word = true;
        return;
    }
    pattern_add(r, name, value, v->len);
    add_latin1(r, name, value, v->len);
    add_utf16(r, name, value, v->len);
    add_hex(r, name, value, v->len);
    for (size_t shift = 0; shift < 3; shift++)
        add_base64(r, name, value, v->len, shift);
}

struct redactor *redactor_new(const struct redact_value *values, size_t n)
{
    struct redactor *r = mem_alloc(sizeof *r);
    size_t room = 0;
    r->refs = 1;
    struct redact_value parts[PARTS];
    size_t n_parts = 0;
    for (size_t i = 0; i < n; i++) {
        int k = parts_of(&values[i], parts);
        n_parts += (size_t)k;
        room += (size_t)k * ((1 + 2 + 4 + 2 * 2) * values[i].len + 6 * (values[i].len * 4 / 3 + 4));
    }
    r->bytes = guarded_alloc(room);
    r->patterns = mem_alloc((n_parts * FORMS + 1) * sizeof *r->patterns);
    r->names = arena_new(0);
    for (size_t i = 0; i < n; i++) {
        const char *name = arena_strdup(r->names, values[i].name);
        for (int k = 0, last = parts_of(&values[i], parts); k < last; k++)
            add_value(r, name, &parts[k]);
    }
    index_patterns(r);
    return r;
}

struct redactor *redactor_ref(struct redactor *r)
{
    if (r)
        r->refs++;
    return r;
}

/* Six bytes for one ("\\u0041"), and for each of those again, in JSON in JSON. */
size_t redactor_reach(const struct redactor *r)
{
    return r ? r->longest * 36 : 0;
}

void redactor_free(struct redactor *r)
{
    if (!r || --r->refs > 0)
        return;
    mem_wipe(r->prefixes, sizeof *r->prefixes << r->prefix_bits);
    mem_wipe(r->filter, sizeof *r->filter << (r->filter_bits - 6));
    guarded_free(r->bytes);
    mem_free(r->prefixes);
    mem_free(r->filter);
    mem_free(r->patterns);
    arena_free(r->names);
    mem_free(r);
}
