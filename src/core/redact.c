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
#include "core/redact_decode.h"
#include "core/redact_set.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct finding {
    size_t start, end;
    const char *name;
};

struct search {
    const struct redactor *r;
    bytes text;
    size_t len;
    uint16_t marks[256]; /* by character: the encodings that this text may be in, and of which it is a mark (bits) */
    uint16_t encodings;  /* all of those */
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
    return len / 2 < REDACT_MIN ? REDACT_MIN : len / 2 > 10 ? 10 : len / 2;
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
static size_t pattern_end(const struct search *s, int encoding, size_t at, const struct pattern *p)
{
    /* As far as nothing is encoded the bytes are compared as they are: values often begin alike
     * ("eyJhbGciOiJIUzI1..."). */
    size_t room = s->len - at < p->len ? s->len - at : p->len;
    size_t matched = encoding == DECODE_PLAIN ? common_len(s->text + at, p->bytes, room) : 0;
    at += matched;
    while (matched < p->len && at < s->len) {
        unsigned char out[4];
        int n;
        size_t took = decode_next(encoding, s->text + at, s->len - at, out, &n);
        if (took == 0) {
            at = s->len;
            break;
        }
        if ((size_t)n > p->len - matched || memcmp(out, p->bytes + matched, (size_t)n) != 0)
            break;
        matched += (size_t)n;
        at += took;
    }
    return matched == p->len ? at : p->word ? 0 : cut_end(s, at, matched, p);
}

static bool is_base64(unsigned char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
           c == '-' || c == '_';
}

static bool is_padding(unsigned char c)
{
    return c == '=';
}

static bool is_no_word(unsigned char c)
{
    return c != '_' && c < 0x80 && !(c >= '0' && c <= '9') && !((c | 32) >= 'a' && (c | 32) <= 'z');
}

/* One character of a kind at `at`, in whatever encoding; returns where it ends, or `at`. */
static size_t skip_one(const struct search *s, size_t at, bool (*kind)(unsigned char c))
{
    for (int i = DECODE_COUNT; at < s->len && i-- > 0;) {
        unsigned char out[4];
        int n;
        if (i != DECODE_PLAIN && !(s->encodings >> i & 1))
            continue;
        size_t took = decode_next(i, s->text + at, s->len - at, out, &n);
        if (took && n == 1 && kind(out[0]))
            return at + took;
    }
    return at;
}

/* Where the one before `at` begins, or `at`. */
static size_t skip_back(const struct search *s, size_t at, bool (*kind)(unsigned char c))
{
    for (size_t back = 7; back > 0; back--) /* from "\\u002f" down to the character itself */
        if (at >= back && skip_one(s, at - back, kind) == at)
            return at - back;
    return at;
}

static bool stands_alone(const struct search *s, size_t start, size_t end)
{
    return (start == 0 || skip_back(s, start, is_no_word) < start) &&
           (end == s->len || skip_one(s, end, is_no_word) > end);
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
        start = skip_back(s, start, is_base64);
    if (p->tail) {
        end = skip_one(s, end, is_base64);
        end = skip_one(s, skip_one(s, end, is_padding), is_padding);
    }
    finding_add(s, start, end, p->name);
}

/* Of the patterns from `first` on, which begin with what stands at `at`. */
static void search_patterns(struct search *s, int encoding, size_t at, int first)
{
    const struct pattern *best = NULL;
    size_t best_end = 0;
    for (int i = first; i >= 0; i = s->r->patterns[i].next) {
        const struct pattern *p = &s->r->patterns[i];
        size_t end = pattern_end(s, encoding, at, p);
        if (end && p->word && !stands_alone(s, at, end))
            continue;
        if (end > best_end || (end && end == best_end && p->len < best->len)) { /* rather a whole one than a cut one */
            best_end = end;
            best = p;
        }
    }
    if (best)
        add_with_edges(s, at, best_end, best);
}

/* The beginning is there as it is; what is encoded may come later. */
static void search_as_is(struct search *s, size_t at, uint32_t word)
{
    int first = prefix_find(s->r, word);
    if (first < 0)
        return;
    search_patterns(s, DECODE_PLAIN, at, first);
    for (int i = 1; i < DECODE_COUNT; i++)
        if (s->encodings >> i & 1)
            search_patterns(s, i, at, first);
}

/* The bytes that begin at a mark and go on to PREFIX, decoded; returns how many there are. None when the first is not in `first`
 * (unless NULL). */
static size_t decode_prefix(const struct search *s, int encoding, size_t at, unsigned char out[PREFIX + 3],
                            const bool *first)
{
    size_t have = 0;
    while (have < PREFIX && at < s->len) {
        unsigned char unit[4];
        int n;
        size_t took = decode_next(encoding, s->text + at, s->len - at, unit, &n);
        if (took == 0)
            break;
        if (have == 0 && first && !first[unit[0]])
            return 0;
        memcpy(out + have, unit, (size_t)n);
        have += (size_t)n;
        at += took;
    }
    return have;
}

/* A pattern may begin at the mark, or with up to three characters before it that stand for themselves. */
static void search_mark(struct search *s, int encoding, size_t mark)
{
    unsigned char prefix[PREFIX - 1 + PREFIX + 3], *decoded = prefix + PREFIX - 1;
    const bool *first_bytes = s->r->first;
    bool any = false;
    size_t most = 0; /* characters before it */
    for (; most < PREFIX - 1 && most < mark && !(s->marks[s->text[mark - most - 1]] >> encoding & 1); most++) {
        decoded[-(ptrdiff_t)most - 1] = s->text[mark - most - 1];
        any |= first_bytes[s->text[mark - most - 1]];
    }
    size_t have = decode_prefix(s, encoding, mark, decoded, any ? NULL : first_bytes);
    for (size_t before = have < PREFIX ? PREFIX - have : 0; before <= most; before++) {
        if (!first_bytes[decoded[-(ptrdiff_t)before]])
            continue;
        uint32_t word = prefix_word(decoded - before);
        int first = filter_passes(s->r, word) ? prefix_find(s->r, word) : -1;
        if (first >= 0)
            search_patterns(s, encoding, mark - before, first);
    }
}

/* One pass. A place is looked at closely when its next bytes begin a pattern as they stand, or when one of them is a mark. */
static void search_all(struct search *s)
{
    for (size_t at = 0; at < s->len; at++) {
        if (at + PREFIX <= s->len) {
            uint32_t word = prefix_word(s->text + at);
            if (filter_passes(s->r, word))
                search_as_is(s, at, word);
        }
        uint32_t encodings = s->marks[s->text[at]];
        for (int i = 1; encodings >> i; i++)
            if (encodings >> i & 1)
                search_mark(s, i, at);
    }
}

static int by_place(const void *x, const void *y)
{
    const struct finding *a = x, *b = y;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    return a->end > b->end ? -1 : a->end < b->end;
}

/* Writes what begins within the first `keep` bytes, with the findings, which are in order, covered. Returns how many were named. */
static int cover(const struct search *s, size_t keep, struct buf *out)
{
    size_t at = 0; /* what is before has been written or covered */
    int named = 0;
    for (size_t i = 0; i < s->n && s->findings[i].start < keep; i++) {
        const struct finding *f = &s->findings[i];
        if (f->end <= at)
            continue;
        if (f->start > at)
            buf_add(out, s->text + at, f->start - at);
        buf_printf(out, "[redacted:%s]", f->name);
        at = f->end;
        named++;
    }
    if (at < keep)
        buf_add(out, s->text + at, keep - at);
    return named;
}

int redact_head(const struct redactor *r, const char *text, size_t len, size_t keep, struct buf *out)
{
    struct search s = { .r = r, .text = (bytes)text, .len = len };
    keep = keep < len ? keep : len;
    if (!r || r->n_patterns == 0 || len < PREFIX) {
        buf_add(out, text, keep);
        return 0;
    }
    s.encodings = decode_candidates(s.text, len, s.marks);
    search_all(&s);
    if (s.n > 1)
        qsort(s.findings, s.n, sizeof *s.findings, by_place);
    int named = cover(&s, keep, out);
    mem_free(s.findings);
    return named;
}

int redact(const struct redactor *r, const char *text, size_t len, struct buf *out)
{
    return redact_head(r, text, len, len, out);
}
