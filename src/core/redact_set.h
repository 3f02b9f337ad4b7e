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
    size_t len;                 /* at least REDACT_MIN */
    const char *name;
    bool lead, tail; /* base64: the character before, after holds some bits of the value too */
    int next;        /* in the chain of its bucket; -1: the last */
};

struct redactor {
    int refs;
    struct pattern *patterns;
    int n_patterns;
    size_t longest;       /* pattern */
    unsigned char *bytes; /* of all patterns: wiped */
    size_t n_bytes;
    int *buckets;          /* first pattern by prefix hash; -1: none */
    uint32_t mask;         /* buckets - 1 */
    uint64_t filter[1024]; /* a bit for each 16-bit hash of a prefix: most places of a text end here */
    struct arena *names;
};

static inline uint32_t prefix_hash(const unsigned char *p)
{
    uint32_t word = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
    return (word * 2654435761u) >> 16;
}

static inline bool filter_passes(const struct redactor *r, uint32_t hash)
{
    return r->filter[hash >> 6] >> (hash & 63) & 1;
}

#endif
