#include "base/pack.h"

#include <string.h>

void pack_uint(struct buf *out, uint64_t n)
{
    uint8_t octets[10];
    size_t len = 0;
    for (; n >= 0x80; n >>= 7)
        octets[len++] = (uint8_t)(n | 0x80);
    octets[len++] = (uint8_t)n;
    buf_add(out, octets, len);
}

void pack_double(struct buf *out, double n)
{
    uint64_t bits;
    uint8_t octets[8];
    memcpy(&bits, &n, sizeof bits);
    for (int i = 0; i < 8; i++)
        octets[i] = (uint8_t)(bits >> (8 * i));
    buf_add(out, octets, sizeof octets);
}

void pack_text(struct buf *out, const char *text, size_t len)
{
    pack_uint(out, len);
    buf_add(out, text, len);
}

uint64_t unpack_uint(struct unpack *u)
{
    uint64_t n = 0;
    for (int shift = 0; u->at < u->end && shift < 64; shift += 7) {
        uint8_t octet = *u->at++;
        n |= (uint64_t)(octet & 0x7f) << shift;
        if (octet < 0x80)
            return n;
    }
    u->bad = true;
    return 0;
}

double unpack_double(struct unpack *u)
{
    uint64_t bits = 0;
    double n;
    if (u->end - u->at < 8) {
        u->bad = true;
        return 0;
    }
    for (int i = 0; i < 8; i++)
        bits |= (uint64_t)*u->at++ << (8 * i);
    memcpy(&n, &bits, sizeof n);
    return n;
}

const char *unpack_text(struct unpack *u, size_t *ret_len)
{
    uint64_t len = unpack_uint(u);
    *ret_len = 0;
    if (len > (uint64_t)(u->end - u->at)) {
        u->bad = true;
        return "";
    }
    const char *text = (const char *)u->at;
    u->at += len;
    *ret_len = (size_t)len;
    return text;
}
