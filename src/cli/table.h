/* table.h - aligned columns for people. Widths count what a terminal shows of UTF-8, not bytes.
 *
 * Control characters in cells become '?' or a space. The last column is cut to the terminal's width, with an ellipsis. Thread: one at a time. */
#ifndef EDGECRON_CLI_TABLE_H
#define EDGECRON_CLI_TABLE_H

#include "base/buf.h"

#define TABLE_COLUMNS_MAX 12
#define TABLE_GAP 2 /* spaces between columns */

struct table;

struct table *table_new(const char *const *heads, int n); /* heads NULL: none are printed */
void table_free(struct table *t);
/* The next cell, row by row; copied; NULL or "" shows as "-" in the middle. */
void table_cell(struct table *t, const char *text);
/* A row of two cells, a name and its value; none when there is no value (NULL or ""). */
void table_pair(struct table *t, const char *name, const char *value);
int table_rows(const struct table *t);
void table_render(const struct table *t, int width, struct buf *out); /* width 0: nothing is cut */

/* Columns that a terminal uses for s. */
int text_width(const char *s);

#endif
