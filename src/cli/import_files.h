/* import_files.h - the files of an import, read in order. Thread: main. */
#ifndef EDGECRON_CLI_IMPORT_FILES_H
#define EDGECRON_CLI_IMPORT_FILES_H

#include "base/err.h"
#include "core/pgcron.h"

#define IMPORT_FILES_MAX 100000
#define IMPORT_BYTES_MAX (512 * 1024 * 1024) /* of all files */

struct import_files {
    struct arena *arena;
    const char **names; /* as they are told: the path given, a folder's with the file's behind it, "standard input" */
    size_t n, cap;
    size_t bytes;
    const char **left_out; /* of a folder: .json and .csv that are no table of jobs, folders, devices, and why */
    size_t n_left_out;
};

/* Reads what the words name into p. Of folders *.sql, *.csv and *.json in the order of their names, and nothing deeper. ERR_NOT_FOUND for a path that is not
 * there or a folder without such files; ERR_TOO_LARGE past a cap; ERR_USAGE for standard input twice. */
int import_files_read(struct import_files *f, const char *const *words, int n_words, struct pgcron *p, struct err *e);

#endif
