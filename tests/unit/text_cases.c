/* text_cases.c - see text_cases.h. */
#include "text_cases.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#ifndef EDGECRON_SOURCE_ROOT
#define EDGECRON_SOURCE_ROOT TEST_ROOT
#endif

void text_case_pass(struct text_cases *t)
{
    t->passed++;
}

void text_case_fail(struct text_cases *t, const char *fmt, ...)
{
    va_list args;
    t->failed++;
    fprintf(stderr, "%s:%d: ", t->file, t->line);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
}

static void run_file(struct text_cases *t, const char *path, text_case_line each, void *ctx)
{
    FILE *f = fopen(path, "r");
    char *line = NULL;
    size_t size = 0;
    if (!f)
        fail_msg("%s: %s", path, strerror(errno));
    t->file = path;
    for (t->line = 1; getline(&line, &size, f) >= 0; t->line++) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] && line[0] != '#')
            each(t, line, ctx);
    }
    free(line);
    fclose(f);
}

static int is_text(const struct dirent *d)
{
    const char *dot = strrchr(d->d_name, '.');
    return dot && strcmp(dot, ".txt") == 0;
}

void text_cases_run(const char *folder, int at_least, text_case_line each, void *ctx)
{
    struct text_cases t = { 0 };
    struct dirent **entries;
    char path[1024];
    snprintf(path, sizeof path, "%s/tests/cases/%s", EDGECRON_SOURCE_ROOT, folder);
    int n = scandir(path, &entries, is_text, alphasort);
    if (n < 0)
        fail_msg("%s: %s", path, strerror(errno));
    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof path, "%s/tests/cases/%s/%s", EDGECRON_SOURCE_ROOT, folder, entries[i]->d_name);
        run_file(&t, path, each, ctx);
        free(entries[i]);
    }
    free(entries);
    if (t.failed || t.passed < at_least)
        fail_msg("%s: %d cases passed, %d failed; expected at least %d to pass", folder, t.passed, t.failed, at_least);
}
