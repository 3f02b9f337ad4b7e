/* http1.c - the writing half of http1.h, and what both halves share. */
#include "core/http1.h"

#include <string.h>
#include <strings.h>

/* clang-format off */
static const bool token_chars[256] = {
    ['!'] = true, ['#'] = true, ['$'] = true, ['%'] = true, ['&'] = true, ['\''] = true, ['*'] = true, ['+'] = true,
    ['-'] = true, ['.'] = true, ['^'] = true, ['_'] = true, ['`'] = true, ['|'] = true, ['~'] = true,
    ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true,
};
/* clang-format on */

size_t http1_token_span(const char *s, size_t len)
{
    size_t i = 0;
    while (i < len && token_chars[(unsigned char)s[i]])
        i++;
    return i;
}

bool http1_token_valid(const char *s)
{
    size_t len = strlen(s);
    return len > 0 && len <= 128 && http1_token_span(s, len) == len;
}

static bool control(unsigned char c)
{
    return (c < 0x20 && c != '\t') || c == 0x7f;
}

/* Of eight bytes at once: is none below 0x20 or 0x7f? */
static bool eight_plain(const char *s)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones * 0x80;
    uint64_t x, without_del;
    memcpy(&x, s, sizeof(x));
    without_del = x ^ (ones * 0x7f);
    return !((((x - ones * 0x20) & ~x) | ((without_del - ones) & ~without_del)) & highs);
}

bool http1_value_valid(const char *s, size_t len)
{
    for (size_t i = 0; i < len;) {
        if (len - i >= 8 && eight_plain(s + i))
            i += 8;
        else if (control((unsigned char)s[i++]))
            return false;
    }
    return true;
}

static bool refuse(struct buf *out)
{
    out->full = true;
    return false;
}

/* Origin form (RFC 9112 section 3.2.1). A space would end it early, a control character the line; a fragment is not sent. */
static bool target_valid(const char *s)
{
    if (*s && *s != '/')
        return false;
    for (; *s; s++)
        if ((unsigned char)*s <= 0x20 || (unsigned char)*s >= 0x7f || *s == '#')
            return false;
    return true;
}

/* Host and port: no user, no path, nothing that ends the line. */
static bool authority_valid(const char *s)
{
    static const char others[] = "-._~:[]!$&'()*+,;=%";
    if (!*s)
        return false;
    for (; *s; s++)
        if (!(*s >= '0' && *s <= '9') && !(*s >= 'a' && *s <= 'z') && !(*s >= 'A' && *s <= 'Z') && !strchr(others, *s))
            return false;
    return true;
}

bool http1_start(struct buf *out, const char *method, const char *request_target, const char *authority)
{
    if (!http1_token_valid(method) || !target_valid(request_target) || !authority_valid(authority))
        return refuse(out);
    const char *const parts[] = { method,    " ",   *request_target ? request_target : "/", " HTTP/1.1\r\nHost: ",
                                  authority, "\r\n" };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        buf_str_add(out, parts[i]);
    return !out->full;
}

/* What http1_start and http1_end write, and what would contradict it: a second one is how requests are smuggled. */
static bool frames(const char *name)
{
    static const char *const names[] = { "Host", "Content-Length", "Transfer-Encoding" };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcasecmp(name, names[i]) == 0)
            return true;
    return false;
}

bool http1_field(struct buf *out, const char *name, const char *value)
{
    if (!http1_token_valid(name) || frames(name) || !http1_value_valid(value, strlen(value)))
        return refuse(out);
    buf_str_add(out, name);
    buf_str_add(out, ": ");
    buf_str_add(out, value);
    return buf_str_add(out, "\r\n");
}

bool http1_end(struct buf *out, int64_t body_len)
{
    if (body_len >= 0)
        buf_printf(out, "Content-Length: %lld\r\n", (long long)body_len);
    return buf_str_add(out, "\r\n") && !out->full;
}

bool http1_find(const char *head, const char *name, struct buf *out)
{
    size_t len = strlen(name);
    while (*head) {
        const char *end = strchrnul(head, '\n');
        if (strncasecmp(head, name, len) == 0 && head[len] == ':') {
            const char *value = head + len + 1;
            if (*value == ' ')
                value++;
            buf_clear(out);
            return buf_add(out, value, (size_t)(end - value));
        }
        head = *end ? end + 1 : end;
    }
    return false;
}
