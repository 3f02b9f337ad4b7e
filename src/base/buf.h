/* buf.h - a growing byte buffer with a hard maximum.
 *
 * Every addition either fits or marks the buffer `full` and adds nothing more (so a run of additions
 * needs one check at the end). data[len] is always '\0' once anything was added; buf_str() is never NULL.
 * Thread: one at a time. */
#ifndef EDGECRON_BASE_BUF_H
#define EDGECRON_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data;
    size_t len; /* bytes in use */
    size_t cap;
    size_t max;  /* hard maximum of len */
    bool full;   /* an addition did not fit */
    bool secret; /* wiped whenever its memory is given back: when it grows, too */
};

#define BUF_INIT(maximum) ((struct buf){ .max = (maximum) })
#define BUF_SECRET(maximum) ((struct buf){ .max = (maximum), .secret = true })

bool buf_add(struct buf *b, const void *data, size_t len); /* false: did not fit, b->full is set */
bool buf_str_add(struct buf *b, const char *s);
bool buf_char(struct buf *b, char c);
bool buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *buf_reserve(struct buf *b, size_t len); /* room for len more bytes after data+len, or NULL (full) */
const char *buf_str(const struct buf *b);     /* NUL-terminated view, "" when empty */
void buf_clear(struct buf *b);                /* empty, keeps the memory */
void buf_wipe(struct buf *b);                 /* zeroes, then frees, whatever its kind */
void buf_free(struct buf *b);                 /* frees; maximum and kind stay */
char *buf_take(struct buf *b);                /* ownership of the NUL-terminated data to the caller (mem_free) */

void buf_auto_free(struct buf *b);
#define buf_auto __attribute__((cleanup(buf_auto_free)))

#endif
