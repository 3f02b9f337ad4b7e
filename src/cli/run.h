/* run.h - lists of runs as commands show them: filters from flags, rows, and watching. Thread: main. */
#ifndef EDGECRON_CLI_RUN_H
#define EDGECRON_CLI_RUN_H

#include "cli/data.h"
#include "cli/listing.h"
#include "store/runs.h"

/* From --job, --target, --tag, --state, --outcome, --text, --since, --until, --oldest, --limit and --cursor. Texts are borrowed. */
struct runs_filter run_filter(const struct config *c);
bool run_filter_any(const struct config *c); /* is one of them given, but for --limit and --oldest? */
bool run_filter_fits(const struct runs_filter *f, const struct run *r); /* state, outcome, text and time alone */
/* At most f->limit runs, however many pages the store needs for them. */
int run_pages(struct data *d, const struct runs_filter *f, struct arena *a, struct run **ret, int *ret_n,
              const char **ret_next_cursor, struct err *e);
struct listing run_listing(const struct config *c);
void run_row(struct listing *l, const struct run *r);

/* `run list --watch`: until Ctrl-C. The exit status, or -ERR. */
int run_watch(const struct config *c, struct err *e);

#endif
