#include "zone_files.h"

#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ZONES_MAX 1500

static struct {
    char *name;
    struct zone *zone;
} loaded[ZONES_MAX];
static int n_loaded;
static char *names[ZONES_MAX];
static size_t n_names;

size_t zone_file_read(const char *name, void *out)
{
    char path[512];
    size_t len = 0;
    FILE *f;

    snprintf(path, sizeof(path), ZONE_FILES_FOLDER "/%s", name);
    f = fopen(path, "rb");
    if (f) {
        len = fread(out, 1, ZONE_FILE_MAX, f);
        fclose(f);
    }
    return len;
}

size_t zone_file_of_rule(const char *rule, void *out)
{
    /* Twice a header (isut, isstd, leap, time, type, char counts), one type of offset 0, the text "UTC". */
    static const unsigned char header[44] = { 'T', 'Z', 'i', 'f', '2', [39] = 1, [43] = 4 };
    static const unsigned char data[10] = { 0, 0, 0, 0, 0, 0, 'U', 'T', 'C', 0 };
    unsigned char *p = out;

    for (int i = 0; i < 2; i++) {
        memcpy(p, header, sizeof(header));
        memcpy(p + sizeof(header), data, sizeof(data));
        p += sizeof(header) + sizeof(data);
    }
    return (size_t)(p - (unsigned char *)out) + (size_t)sprintf((char *)p, "\n%s\n", rule);
}

const struct zone *zone_file(const char *name)
{
    static char data[ZONE_FILE_MAX];
    struct err e = { 0 };
    size_t len;

    for (int i = 0; i < n_loaded; i++)
        if (strcmp(loaded[i].name, name) == 0)
            return loaded[i].zone;
    len = name[0] == '=' ? zone_file_of_rule(name + 1, data) : zone_file_read(name, data);
    loaded[n_loaded].name = strdup(name);
    loaded[n_loaded].zone = len ? zone_parse(name, data, len, &e) : NULL;
    if (!loaded[n_loaded].zone) {
        fprintf(stderr, "no time zone '%s' in " ZONE_FILES_FOLDER ": %s\n", name,
                e.text[0] ? e.text : "install the package tzdata");
        exit(1);
    }
    return loaded[n_loaded++].zone;
}

static int visit(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    const char *name = path + sizeof(ZONE_FILES_FOLDER);
    char magic[4] = "";
    FILE *f = kind == FTW_F ? fopen(path, "rb") : NULL;

    (void)st;
    (void)ftw;
    if (!f)
        return 0;
    if (fread(magic, 1, 4, f) == 4 && memcmp(magic, "TZif", 4) == 0 && n_names < ZONES_MAX &&
        strncmp(name, "right/", 6) != 0 && strncmp(name, "posix/", 6) != 0)
        names[n_names++] = strdup(name);
    fclose(f);
    return 0;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

const char *zone_file_name(size_t n)
{
    if (n_names == 0) {
        nftw(ZONE_FILES_FOLDER, visit, 32, 0);
        qsort(names, n_names, sizeof(names[0]), by_text);
    }
    if (n_names < 300) {
        fprintf(stderr, "%zu time zones in " ZONE_FILES_FOLDER ": install the package tzdata\n", n_names);
        exit(1);
    }
    return n < n_names ? names[n] : NULL;
}
