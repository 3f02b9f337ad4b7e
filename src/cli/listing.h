/* listing.h - what a `list` prints: rows of a table for people, or with --json the API's list.
 *
 * Whoever adds to it looks at `items`: not NULL wants one JSON object a row, NULL wants cells of `table`. Thread: main. */
#ifndef EDGECRON_CLI_LISTING_H
#define EDGECRON_CLI_LISTING_H

#include "cli/config.h"
#include "cli/output.h"

struct listing {
    struct json *items;
    struct table *table;
};

struct listing listing_begin(const struct config *c, const char *const *heads, int n);
/* Prints it and frees it, or frees it alone when `r` says that it could not be made. `empty` is what people are told
 * when there is no row. Returns r. */
int listing_end(struct listing *l, int r, const char *next_cursor, const char *empty);

#endif
