/* http1.c - the writing half of http1.h, and what both halves share. */
#include "core/http1.h"

#include <string.h>
#include <strings.h>

static bool token_char(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

bool http1_token_valid(const char *s)
{
    size_t len = strlen(s);
    if (len == 0 || len > 128)
        return false;
    for (; *s; s++)
        if (!token_char((unsigned char)*s))
            return false;
    return true;
}

bool http1_value_valid(const char *s, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)s[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

static bool refuse(struct buf *out)
{
    out->full = true;
    return false;
}

/* A space would end the target early; control characters would end the line. */
static bool target_valid(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s <= 0x20 || (unsigned char)*s >= 0x7f)
            return false;
    return true;
}

bool http1_start(struct buf *out, const char *method, const char *request_target, const char *authority)
{
    if (!http1_token_valid(method) || !target_valid(request_target) || !target_valid(authority))
        return refuse(out);
    const char *const parts[] = { method,    " ",   *request_target ? request_target : "/", " HTTP/1.1\r\nHost: ",
                                  authority, "\r\n" };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        buf_str_add(out, parts[i]);
    return !out->full;
}

bool http1_field(struct buf *out, const char *name, const char *value)
{
    if (!http1_token_valid(name) || !http1_value_valid(value, strlen(value)))
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
