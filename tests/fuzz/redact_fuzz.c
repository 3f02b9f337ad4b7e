/* Any values and any text: no value that stands in the text as it is stands in the result. */
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
    redactor_free(r);
    return 0;
}
