/* redact_set.h - the compiled patterns of a redactor: built by redact_set.c, searched by redact.c. */
#ifndef EDGECRON_CORE_REDACT_SET_H
#define EDGECRON_CORE_REDACT_SET_H

#include "core/redact.h"

#include <stdbool.h>
#include <stdint.h>

#define PREFIX 4 /* bytes of a pattern that the index knows */

/* Bytes to look for: a value as it is, or the part of its base64 form that does not depend on what stands around it. */
struct pattern {
    const unsigned char *bytes; /* in redactor.bytes */
    size_t len;                 /* at least PREFIX */
    const char *name;
    bool lead, tail; /* base64: the character before, after holds some bits of the value too */
    bool word;       /* too short to be looked for but where it stands alone */
    int next;        /* with the same prefix; -1: the last */
};

/* An index entry: the patterns that begin with `word`. Open addressing. */
struct prefix {
    uint32_t word;
    int first; /* -1: free */
};

struct redactor {
    int refs;
    struct pattern *patterns;
    int n_patterns;
    size_t longest;       /* pattern */
    unsigned char *bytes; /* of all patterns: guarded memory */
    size_t n_bytes;
    struct prefix *prefixes; /* 2^prefix_bits, at most half of them in use */
    int prefix_bits;
    uint64_t *filter; /* 2^filter_bits bits, one for the hash of each prefix: most places of a text end here */
    int filter_bits;
    bool first[256]; /* bytes that patterns begin with */
    struct arena *names;
};

static inline uint32_t prefix_word(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint32_t prefix_hash(uint32_t word, int bits)
{
    return (word * 2654435761u) >> (32 - bits);
}

static inline bool filter_passes(const struct redactor *r, uint32_t word)
{
    uint32_t hash = prefix_hash(word, r->filter_bits);
    return r->filter[hash >> 6] >> (hash & 63) & 1;
}

/* The first pattern that begins with `word`, or -1. */
static inline int prefix_find(const struct redactor *r, uint32_t word)
{
    uint32_t mask = (1u << r->prefix_bits) - 1;
    uint32_t at = prefix_hash(word, r->prefix_bits);
    while (r->prefixes[at].first >= 0 && r->prefixes[at].word != word)
        at = (at + 1) & mask;
    return r->prefixes[at].first;
}

#endif
