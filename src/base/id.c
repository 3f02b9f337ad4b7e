#include "base/id.h"

#include "base/crypto.h"

#include <string.h>

#define COUNTER_BITS 26

/* Begins in the lower half: no millisecond is long enough to come to its end. */
static uint32_t count(int64_t ms, const uint8_t random[4])
{
    static _Thread_local int64_t last_ms = -1;
    static _Thread_local uint32_t last;
    uint32_t fresh;
    memcpy(&fresh, random, sizeof fresh);
    last = ms == last_ms ? last + 1 : fresh >> (32 - COUNTER_BITS + 1);
    last_ms = ms;
    return last;
}

void id_new(struct wall now, char out[ID_TEXT_SIZE])
{
    uint8_t b[16];
    char hex[33];
    crypto_random_id(b + 6, 10);
    for (int i = 0; i < 6; i++)
        b[i] = (uint8_t)((uint64_t)now.ms >> (40 - 8 * i));
    uint32_t n = count(now.ms, b + 6);
    b[6] = (uint8_t)(0x70 | (n >> 22 & 0x0f)); /* version 7 */
    b[7] = (uint8_t)(n >> 14);
    b[8] = (uint8_t)(0x80 | (n >> 8 & 0x3f)); /* variant 10 */
    b[9] = (uint8_t)n;
    crypto_hex(b, sizeof b, hex);
    char *p = out;
    for (int i = 0; i < 32; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            *p++ = '-';
        *p++ = hex[i];
    }
    *p = '\0';
}

bool id_valid(const char *text)
{
    if (strlen(text) != ID_TEXT_SIZE - 1)
        return false;
    for (int i = 0; i < ID_TEXT_SIZE - 1; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        bool hex = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
        if (dash ? text[i] != '-' : !hex)
            return false;
    }
    return true;
}
