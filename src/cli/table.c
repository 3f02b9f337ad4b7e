#include "cli/table.h"

#include "base/mem.h"
#include "cli/output.h"

#include <stdint.h>
#include <string.h>

struct table {
    char **cells;
    size_t n_cells, cap;
    int columns;
    bool heads;
    int widths[TABLE_COLUMNS_MAX];
};

/* One code point of s into *ret; returns its length in bytes. A byte that is not UTF-8 counts as one character. */
static int code_point(const char *s, uint32_t *ret)
{
    const unsigned char *p = (const unsigned char *)s;
    int len = p[0] < 0xc0 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    uint32_t c = len == 1 ? p[0] : p[0] & (0x7fu >> len);
    for (int i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            *ret = 0xfffd;
            return 1;
        }
        c = c << 6 | (p[i] & 0x3fu);
    }
    *ret = c;
    return len;
}

/* Ranges that take no column or two; all else takes one (a useful part of UAX #11). */
static const struct {
    uint32_t first, last;
    int width;
} wide[] = {
    { 0x300, 0x36f, 0 },   { 0x200b, 0x200f, 0 }, { 0xfe00, 0xfe0f, 0 },   { 0x1100, 0x115f, 2 },
    { 0x2e80, 0xa4cf, 2 }, { 0xac00, 0xd7a3, 2 }, { 0xf900, 0xfaff, 2 },   { 0xfe30, 0xfe6f, 2 },
    { 0xff00, 0xff60, 2 }, { 0xffe0, 0xffe6, 2 }, { 0x1f300, 0x1faff, 2 }, { 0x20000, 0x3fffd, 2 },
};

static int code_point_width(uint32_t c)
{
    for (size_t i = 0; i < MEM_COUNT(wide); i++)
        if (c >= wide[i].first && c <= wide[i].last)
            return wide[i].width;
    return 1;
}

int text_width(const char *s)
{
    int width = 0;
    uint32_t c;
    while (*s) {
        s += code_point(s, &c);
        width += code_point_width(c);
    }
    return width;
}

struct table *table_new(const char *const *heads, int n)
{
    struct table *t = mem_alloc(sizeof *t);
    t->columns = n;
    t->heads = heads != NULL;
    for (int i = 0; heads && i < n; i++)
        table_cell(t, heads[i]);
    return t;
}

void table_free(struct table *t)
{
    for (size_t i = 0; i < t->n_cells; i++)
        mem_free(t->cells[i]);
    mem_free(t->cells);
    mem_free(t);
}

void table_cell(struct table *t, const char *text)
{
    int column = (int)(t->n_cells % (size_t)t->columns);
    bool last = column == t->columns - 1;
    struct buf clean = BUF_INIT(1 << 20);
    output_clean(&clean, text && *text ? text : last ? "" : "-", false);
    int width = text_width(buf_str(&clean));
    if (t->n_cells == t->cap) {
        t->cap = t->cap ? t->cap * 2 : 64;
        t->cells = mem_resize(t->cells, t->cap * sizeof *t->cells);
    }
    t->cells[t->n_cells++] = clean.data ? buf_take(&clean) : mem_strdup("");
    if (width > t->widths[column])
        t->widths[column] = width;
}

void table_pair(struct table *t, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    table_cell(t, name);
    table_cell(t, value);
}

int table_rows(const struct table *t)
{
    return (int)(t->n_cells / (size_t)t->columns) - t->heads;
}

/* As much of s as `room` columns hold; one of them goes to the ellipsis when it is cut. */
static void add_cut(struct buf *out, const char *s, int room)
{
    uint32_t c;
    int used = 0;
    if (text_width(s) <= room) {
        buf_str_add(out, s);
        return;
    }
    while (*s) {
        int len = code_point(s, &c);
        used += code_point_width(c);
        if (used > room - 1)
            break;
        buf_add(out, s, (size_t)len);
        s += len;
    }
    buf_str_add(out, "\xe2\x80\xa6");
}

static void add_row(const struct table *t, char *const *row, int room, struct buf *out)
{
    int last = t->columns - 1;
    while (last > 0 && !*row[last])
        last--;
    for (int i = 0; i < last; i++) {
        buf_str_add(out, row[i]);
        buf_printf(out, "%*s", t->widths[i] - text_width(row[i]) + TABLE_GAP, "");
    }
    if (room > 0 && last == t->columns - 1)
        add_cut(out, row[last], room);
    else
        buf_str_add(out, row[last]);
    buf_char(out, '\n');
}

void table_render(const struct table *t, int width, struct buf *out)
{
    int before = 0;
    for (int i = 0; i < t->columns - 1; i++)
        before += t->widths[i] + TABLE_GAP;
    int room = width > 0 ? width - before : 0;
    if (width > 0 && room < 12)
        room = 12;
    for (size_t i = 0; i + (size_t)t->columns <= t->n_cells; i += (size_t)t->columns)
        add_row(t, t->cells + i, room, out);
}
