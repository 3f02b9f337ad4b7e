/* Any values and any text: no value that stands in the text, as it is or in an encoding, stands in the result; and what is
 * kept of a beginning is what would be kept of the whole. */
#include "core/redact.h"

#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define VALUES_MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input: a byte of length and a value, as often as the first byte says; the rest is the text. */
static size_t take_values(const uint8_t *data, size_t size, struct redact_value *values, size_t *n)
{
    size_t at = 1, wanted = size ? data[0] % (VALUES_MAX + 1) : 0;
    for (*n = 0; *n < wanted && at < size; (*n)++) {
        size_t len = data[at++] % 80;
        len = len > size - at ? size - at : len;
        values[*n] = (struct redact_value){ "N", (const char *)data + at, len };
        at += len;
    }
    return at < size ? at : size;
}

/* Encodings that a few lines can make, of the test's own. */
static void encode(const struct redact_value *v, int how, struct buf *out)
{
    for (size_t i = 0; i < v->len; i++) {
        unsigned char c = (unsigned char)v->value[i];
        if (how == 0)
            buf_printf(out, "%%%02x", c);
        else if (how == 1)
            buf_printf(out, "%02X", c);
        else if (how == 2 && c < 0x80)
            buf_printf(out, "\\u%04x", c);
        else if (how == 3 && c && c < 0x80)
            buf_printf(out, "&#%d;", c);
        else if (how == 4)
            buf_printf(out, "%%25%02x", c);
        else
            buf_add(out, &c, 1);
    }
}

/* The value in the middle of the text, encoded: found, wherever that is and whatever stands around it. */
static void check_encoded(const struct redactor *r, const struct redact_value *v, const char *text, size_t len, int how)
{
    buf_auto struct buf all = BUF_INIT(1 << 22), encoded = BUF_INIT(1 << 16), out = BUF_INIT(1 << 24);
    encode(v, how, &encoded);
    buf_add(&all, text, len / 2);
    buf_add(&all, encoded.data, encoded.len);
    buf_add(&all, text + len / 2, len - len / 2);
    /* a byte that is 128 or more is not to be had from \u or a number alone */
    if (redact(r, all.data, all.len, &out) == 0)
        abort();
}

static void check_head(const struct redactor *r, const char *text, size_t len, size_t keep)
{
    buf_auto struct buf whole = BUF_INIT(1 << 24), part = BUF_INIT(1 << 24);
    size_t most = keep + redactor_reach(r) < len ? keep + redactor_reach(r) : len;
    int n = redact_head(r, text, len, keep, &whole);
    if (redact_head(r, text, most, keep, &part) != n || part.len != whole.len ||
        (part.len && memcmp(part.data, whole.data, part.len) != 0))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct redact_value values[VALUES_MAX];
    size_t n, at = take_values(data, size, values, &n);
    struct redactor *r = redactor_new(values, n);
    buf_auto struct buf out = BUF_INIT(1 << 24);
    int found = redact(r, (const char *)data + at, size - at, &out);
    if (out.full || (found == 0 && (out.len != size - at || (out.len && memcmp(out.data, data + at, out.len) != 0))))
        abort();
    for (size_t i = 0; i < n; i++) {
        const struct redact_value *v = &values[i];
        bool in_mark = v->len < REDACT_MIN || memmem("[redacted:N][redacted:N]", 24, v->value, v->len);
        if (v->len >= REDACT_MIN && memmem(data + at, size - at, v->value, v->len) && found == 0)
            abort();
        /* What the marks and their surroundings spell is no leak: only texts without brackets are compared. */
        if (!in_mark && !memchr(v->value, '[', v->len) && !memchr(v->value, ']', v->len) &&
            memmem(buf_str(&out), out.len, v->value, v->len))
            abort();
    }
    if (n > 0 && values[0].len >= REDACT_MIN)
        check_encoded(r, &values[0], (const char *)data + at, size - at, data[0] / (VALUES_MAX + 1) % 5);
    check_head(r, (const char *)data + at, size - at, (size - at) / 3);
    redactor_free(r);
    return 0;
}
