#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */
static const struct {
    const char *name;
    int http_status, exit_status;
} err_table[ERR_CODE_COUNT] = {
    [ERR_NONE] = { "none", 200, 0 },
#define X(code, text, http, exit_code) [code] = { text, http, exit_code },
    ERR_TABLE(X)
#undef X
};
/* clang-format on */

const char *err_code_name(enum err_code code)
{
    return err_table[code].name;
}

int err_http_status(enum err_code code)
{
    return err_table[code].http_status;
}

int err_exit_status(enum err_code code)
{
    return err_table[code].exit_status;
}

/* Writes fmt into out and ends it with "..." when it was cut. */
static __attribute__((format(printf, 3, 0))) void format_text(char *out, size_t size, const char *fmt, va_list ap)
{
    int n = vsnprintf(out, size, fmt, ap);
    if (n >= (int)size)
        memcpy(out + size - 4, "...", 4);
}

int err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
    if (e) {
        va_list ap;
        e->code = code;
        e->pointer[0] = '\0';
        va_start(ap, fmt);
        format_text(e->text, sizeof e->text, fmt, ap);
        va_end(ap);
    }
    return -(int)code;
}

int err_at(struct err *e, enum err_code code, const char *pointer, const char *fmt, ...)
{
    if (e) {
        va_list ap;
        e->code = code;
        snprintf(e->pointer, sizeof e->pointer, "%s", pointer);
        va_start(ap, fmt);
        format_text(e->text, sizeof e->text, fmt, ap);
        va_end(ap);
    }
    return -(int)code;
}

int err_wrap(struct err *e, const char *fmt, ...)
{
    if (!e)
        return -(int)ERR_INTERNAL;
    char prefix[sizeof e->text], old[sizeof e->text];
    va_list ap;
    va_start(ap, fmt);
    format_text(prefix, sizeof prefix, fmt, ap);
    va_end(ap);
    memcpy(old, e->text, sizeof old);
    int n = snprintf(e->text, sizeof e->text, "%s: %s", prefix, old);
    if (n >= (int)sizeof e->text)
        memcpy(e->text + sizeof e->text - 4, "...", 4);
    return -(int)e->code;
}

int err_under(struct err *e, const char *parent_fmt, ...)
{
    if (!e)
        return -(int)ERR_INTERNAL;
    char old[sizeof e->pointer];
    va_list ap;
    memcpy(old, e->pointer, sizeof old);
    va_start(ap, parent_fmt);
    int n = vsnprintf(e->pointer, sizeof e->pointer, parent_fmt, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n + strlen(old) < sizeof e->pointer)
        memcpy(e->pointer + n, old, strlen(old) + 1);
    return -(int)e->code;
}
