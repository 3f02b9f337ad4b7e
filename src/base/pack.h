/* pack.h - numbers and text as few octets: what is kept by the thousand.
 *
 * Whole numbers are LEB128 (seven bits an octet, least first), fractions the eight octets of an IEEE 754 double, least
 * first, texts their length and octets. Thread: any. */
#ifndef EDGECRON_BASE_PACK_H
#define EDGECRON_BASE_PACK_H

#include "base/buf.h"

#include <stdint.h>

void pack_uint(struct buf *out, uint64_t n);
void pack_double(struct buf *out, double n);
void pack_text(struct buf *out, const char *text, size_t len);

/* Reading never goes past `end`: what is not there is 0, or "", and `bad` is set. */
struct unpack {
    const uint8_t *at, *end;
    bool bad;
};
static inline struct unpack unpack_begin(const void *data, size_t len)
{
    return (struct unpack){ .at = data, .end = len ? (const uint8_t *)data + len : data }; /* NULL has no octets */
}
uint64_t unpack_uint(struct unpack *u);
double unpack_double(struct unpack *u);
const char *unpack_text(struct unpack *u, size_t *ret_len); /* not terminated; where it stands */

#endif
