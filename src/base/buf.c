#include "base/buf.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define BUF_FIRST 256

/* Memory that is resized leaves a copy behind where it was. */
static char *move_and_wipe(struct buf *b, size_t cap)
{
    char *to = mem_alloc(cap);
    if (b->data) {
        memcpy(to, b->data, b->len + 1);
        mem_wipe(b->data, b->cap);
        mem_free(b->data);
    }
    return to;
}

char *buf_reserve(struct buf *b, size_t len)
{
    if (b->full || len > b->max || b->len > b->max - len) {
        b->full = true;
        return NULL;
    }
    size_t need = b->len + len + 1;
    if (need > b->cap) {
        size_t cap = b->cap ? b->cap : BUF_FIRST;
        while (cap < need)
            cap *= 2;
        if (cap > b->max + 1)
            cap = b->max + 1;
        b->data = b->secret ? move_and_wipe(b, cap) : mem_resize(b->data, cap);
        b->cap = cap;
    }
    return b->data + b->len;
}

bool buf_add(struct buf *b, const void *data, size_t len)
{
    char *p = buf_reserve(b, len);
    if (!p)
        return false;
    if (len)
        memcpy(p, data, len);
    b->len += len;
    b->data[b->len] = '\0';
    return true;
}

bool buf_str_add(struct buf *b, const char *s)
{
    return buf_add(b, s, strlen(s));
}

bool buf_char(struct buf *b, char c)
{
    return buf_add(b, &c, 1);
}

bool buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    char *p = n < 0 ? NULL : buf_reserve(b, (size_t)n);
    if (p) {
        vsnprintf(p, (size_t)n + 1, fmt, again);
        b->len += (size_t)n;
    }
    va_end(again);
    return p != NULL;
}

const char *buf_str(const struct buf *b)
{
    return b->data ? b->data : "";
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->full = false;
    if (b->data)
        b->data[0] = '\0';
}

void buf_wipe(struct buf *b)
{
    if (b->data)
        mem_wipe(b->data, b->cap);
    mem_free(b->data);
    *b = (struct buf){ .max = b->max, .secret = b->secret };
}

void buf_free(struct buf *b)
{
    if (b->secret) {
        buf_wipe(b);
        return;
    }
    mem_free(b->data);
    *b = BUF_INIT(b->max);
}

char *buf_take(struct buf *b)
{
    char *data = b->data ? b->data : mem_strdup("");
    *b = (struct buf){ .max = b->max, .secret = b->secret };
    return data;
}

void buf_auto_free(struct buf *b)
{
    buf_free(b);
}
