#include "core/encoded_word.h"

#include "base/crypto.h"

#include <string.h>

#define BEFORE "=?UTF-8?B?"
#define AFTER "?="
#define WORD_OCTETS 45 /* make 60 of base64, 72 of the 75 that a word may have */

/* A word's worth of octets, ending between characters. */
static size_t take(const char *s, size_t len)
{
    size_t n = len < WORD_OCTETS ? len : WORD_OCTETS;
    while (n < len && n > 1 && ((unsigned char)s[n] & 0xc0) == 0x80)
        n--;
    return n;
}

static bool is_plain(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (s[i] < ' ' || s[i] > '~' || (i > 0 && s[i - 1] == '=' && s[i] == '?') ||
            (i > 0 && s[i - 1] == '{' && s[i] == '{'))
            return false;
    return len == 0 || (s[0] != ' ' && s[len - 1] != ' ');
}

void encoded_word(const char *s, size_t len, struct buf *out)
{
    char text[4 * (WORD_OCTETS / 3) + 1];
    if (is_plain(s, len)) {
        buf_add(out, s, len);
        return;
    }
    for (size_t at = 0, n; at < len; at += n) {
        n = take(s + at, len - at);
        crypto_base64(s + at, n, text);
        buf_printf(out, "%s" BEFORE "%s" AFTER, at ? " " : "", text);
    }
}
