/* import.h - what an import found, made and left alone, for import*.c. Thread: main. */
#ifndef EDGECRON_CLI_IMPORT_H
#define EDGECRON_CLI_IMPORT_H

#include "cli/data.h"
#include "cli/import_files.h"
#include "core/pgcron_document.h"

/* Names of what is there already and is not as the files say, and stays so. */
struct import_kept {
    struct arena *arena;
    const char **jobs, **targets;
    size_t n_jobs, n_targets;
};

/* import_print.c: for people, on standard output; notes alone go where `to_errors` says. */
void import_print_notes(const struct pgcron_document *doc, const struct import_files *files, bool to_errors);
void import_print_table(struct data *d, const struct pgcron_document *doc);
/* What was done, and what to do next. */
void import_print_kept(const struct import_kept *kept);
void import_print_next(struct data *d, const struct pgcron_document *doc, bool dry_run);

/* import_store.c: puts the document's targets and jobs into the store, all or nothing; prints what changed. */
int import_store(struct data *d, const struct pgcron_document *doc, bool replace, struct err *e);

#endif
