/* redact_set.c - from secret values to patterns: each value as it is, as a server shows it that reads its UTF-8 as Latin-1
 * (Node and Deno read header fields so), and its base64 forms at three alignments in two alphabets. The other encodings (percent, form, JSON) are undone while searching. */
#include "core/redact_set.h"

#include "base/mem.h"

#include <string.h>

#define FORMS 8 /* patterns of one value, at most: itself, read as Latin-1, and 3 alignments in 2 alphabets */

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
    unsigned char *text = mem_alloc(end - first);
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
    mem_wipe(text, end - first);
    mem_free(text);
}

/* Each byte as the character of that number; only when that makes a difference. */
static void add_latin1(struct redactor *r, const char *name, const unsigned char *value, size_t len)
{
    unsigned char *text = mem_alloc(2 * len);
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        if (value[i] >= 0x80)
            text[n++] = (unsigned char)(0xc0 | value[i] >> 6);
        text[n++] = value[i] < 0x80 ? value[i] : 0x80 | (value[i] & 0x3f);
    }
    if (n > len)
        pattern_add(r, name, text, n);
    mem_wipe(text, n);
    mem_free(text);
}

static void index_patterns(struct redactor *r)
{
    uint32_t size = 16;
    while (size < (uint32_t)r->n_patterns * 2)
        size *= 2;
    r->mask = size - 1;
    r->buckets = mem_alloc(size * sizeof *r->buckets);
    for (uint32_t i = 0; i < size; i++)
        r->buckets[i] = -1;
    for (int i = 0; i < r->n_patterns; i++) {
        uint32_t hash = prefix_hash(r->patterns[i].bytes);
        r->filter[hash >> 6] |= 1ull << (hash & 63);
        r->patterns[i].next = r->buckets[hash & r->mask];
        r->buckets[hash & r->mask] = i;
    }
}

struct redactor *redactor_new(const struct redact_value *values, size_t n)
{
    struct redactor *r = mem_alloc(sizeof *r);
    size_t bytes = 0;
    r->refs = 1;
    for (size_t i = 0; i < n; i++)
        bytes += 3 * values[i].len + (FORMS - 2) * (values[i].len * 4 / 3 + 4);
    r->bytes = mem_alloc(bytes);
    r->patterns = mem_alloc((n * FORMS + 1) * sizeof *r->patterns);
    r->names = arena_new(0);
    for (size_t i = 0; i < n; i++) {
        const unsigned char *value = (const unsigned char *)values[i].value;
        if (values[i].len < REDACT_MIN)
            continue;
        const char *name = arena_strdup(r->names, values[i].name);
        pattern_add(r, name, value, values[i].len);
        add_latin1(r, name, value, values[i].len);
        for (size_t shift = 0; shift < 3; shift++)
            add_base64(r, name, value, values[i].len, shift);
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

void redactor_free(struct redactor *r)
{
    if (!r || --r->refs > 0)
        return;
    mem_wipe(r->bytes, r->n_bytes);
    mem_wipe(r->filter, sizeof r->filter);
    mem_free(r->bytes);
    mem_free(r->patterns);
    mem_free(r->buckets);
    arena_free(r->names);
    mem_free(r);
}
