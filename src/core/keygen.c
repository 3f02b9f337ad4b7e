#include "core/keygen.h"

#include "base/crypto.h"
#include "base/mem.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

static const char ALPHANUMERIC[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

static const char *alphabet_of(const struct keygen *k)
{
    return k->alphabet ? k->alphabet : k->format == KEYGEN_ALPHANUMERIC ? ALPHANUMERIC : NULL;
}

/* How a caller names what it gave. */
struct naming {
    const char *dashes; /* before the name of a flag */
    enum err_code code;
    const char *alphabet, *length; /* pointers */
};

static int check_alphabet(const char *alphabet, const struct naming *n, struct err *e)
{
    for (const char *p = alphabet; *p; p++) {
        if (*p <= ' ' || *p > '~')
            return err_at(e, n->code, n->alphabet,
                          "%salphabet holds something else than visible ASCII characters, which not every header and "
                          "setting can carry",
                          n->dashes);
        if (strchr(p + 1, *p))
            return err_at(e, n->code, n->alphabet, "%salphabet has '%c' twice, which would come more often than others",
                          n->dashes, *p);
    }
    return strlen(alphabet) < 2 ? err_at(e, n->code, n->alphabet, "%salphabet needs two characters at least", n->dashes)
                                : 0;
}

int keygen_check(const struct keygen *k, bool flags, struct err *e)
{
    static const struct naming as_flags = { "--", ERR_USAGE, "", "" },
                               as_members = { "", ERR_INVALID, "/alphabet", "/length" };
    const struct naming *n = flags ? &as_flags : &as_members;
    if (k->length && !alphabet_of(k))
        return err_at(e, n->code, n->length,
                      "%slength goes with %sformat alphanumeric or %salphabet: base64 and hex have the length that "
                      "%sbytes makes",
                      n->dashes, n->dashes, n->dashes, n->dashes);
    if (k->length && k->bytes)
        return err_at(e, n->code, n->length, "%slength and %sbytes say the same thing in two ways: give one", n->dashes,
                      n->dashes);
    return k->alphabet ? check_alphabet(k->alphabet, n, e) : 0;
}

/* As many characters as hold `bytes` random bytes. */
static size_t length_for(int bytes, size_t letters)
{
    return (size_t)ceil(8.0 * bytes / log2((double)letters));
}

static void pick(const char *alphabet, size_t length, void (*fill)(void *out, size_t len), char *out)
{
    unsigned char bytes[64];
    size_t letters = strlen(alphabet), fair = 256 / letters * letters, n = 0;
    while (n < length) {
        fill(bytes, sizeof bytes);
        for (size_t i = 0; i < sizeof bytes && n < length; i++)
            if (bytes[i] < fair)
                out[n++] = alphabet[bytes[i] % letters];
    }
    out[n] = '\0';
    mem_wipe(bytes, sizeof bytes);
}

static void encode(enum keygen_format format, size_t n, void (*fill)(void *out, size_t len), char *out)
{
    static void (*const ENCODINGS[])(const void *data, size_t len, char *out) = {
        [KEYGEN_BASE64] = crypto_base64, [KEYGEN_BASE64URL] = crypto_base64url, [KEYGEN_HEX] = crypto_hex
    };
    unsigned char bytes[KEYGEN_BYTES_MAX];
    fill(bytes, n);
    ENCODINGS[format](bytes, n, out);
    mem_wipe(bytes, sizeof bytes);
}

size_t keygen_make(const struct keygen *k, void (*fill)(void *out, size_t len), char out[KEYGEN_SIZE])
{
    const char *alphabet = alphabet_of(k);
    int bytes = k->bytes ? k->bytes : KEYGEN_BYTES;
    if (alphabet)
        pick(alphabet, k->length ? (size_t)k->length : length_for(bytes, strlen(alphabet)), fill, out);
    else
        encode(k->format, (size_t)bytes, fill, out);
    return strlen(out);
}
