#include "time_cases.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

#define LINE_SIZE 2048

char *case_trim(char *text)
{
    char *end;

    text += strspn(text, " \t\n");
    end = text + strlen(text);
    while (end > text && strchr(" \t\n", end[-1]))
        *--end = '\0';
    return text;
}

bool case_time(struct time_case *c, const char *text, struct wall *ret)
{
    *ret = WALL_NONE;
    if (strcmp(text, "none") == 0 || wall_parse(text, ret))
        return true;
    snprintf(c->why, sizeof(c->why), "the case has '%s' for a time", text);
    return false;
}

static void cut(char *line, struct time_case *c)
{
    static char empty[] = "";
    char *rest = line;

    memset(c, 0, sizeof(*c));
    for (int i = 0; i < CASE_PARTS; i++) {
        char *part = rest ? strsep(&rest, "|") : NULL;

        c->part[i] = part ? case_trim(part) : empty;
    }
}

static int run_file(const char *path, int *n_cases, bool (*passes)(struct time_case *c))
{
    char line[LINE_SIZE], copy[LINE_SIZE];
    struct time_case c;
    int failed = 0;
    FILE *f = fopen(path, "r");

    for (int number = 1; f && fgets(line, sizeof(line), f); number++) {
        if (*case_trim(line) == '\0' || line[0] == '#')
            continue;
        snprintf(copy, sizeof(copy), "%s", case_trim(line));
        cut(line, &c);
        (*n_cases)++;
        if (passes(&c))
            continue;
        fprintf(stderr, "%s:%d: %s\n    got: %s\n", path, number, copy, c.why);
        failed++;
    }
    if (f)
        fclose(f);
    return failed;
}

int time_cases(const char *folder, int at_least, bool (*passes)(struct time_case *c))
{
    char pattern[512];
    int failed = 0, n_cases = 0;
    glob_t files;

    snprintf(pattern, sizeof(pattern), TEST_ROOT "/tests/cases/%s/*.txt", folder);
    if (glob(pattern, 0, NULL, &files) == 0) {
        for (size_t i = 0; i < files.gl_pathc; i++)
            failed += run_file(files.gl_pathv[i], &n_cases, passes);
        globfree(&files);
    }
    if (n_cases < at_least) {
        fprintf(stderr, "%s: %d cases, expected at least %d\n", pattern, n_cases, at_least);
        failed++;
    }
    return failed;
}
