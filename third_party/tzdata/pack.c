/* pack.c - build-time tool: turns a zoneinfo folder into one archive for embedding.
 *
 *     pack ZONEINFO VERSION OUTPUT
 *
 * Format (integers are 32 bits, big endian; offsets count from the first byte of the archive):
 *
 *     0   8 bytes   "ECTZDB1" and a zero byte
 *     8   16 bytes  version of the data, such as "2026c", padded with zero bytes
 *     24  u32       number of names, N
 *     28  N times   u32 offset of the name (zero-terminated), u32 offset of its data, u32 length of its data
 *     ...           names, then data
 *
 * Names are sorted by strcmp, aliases included; names with equal content share their data. The data of a name is
 * the version 2+ part of its TZif file (RFC 8536): the second header ("TZif" again), the block with 64-bit times,
 * and the footer ("\nTZSTRING\n"). The version 1 part is left out. */
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define MAX_NAMES 4096
#define TZIF_HEADER 44

struct zone {
    char *name;
    unsigned char *data;
    uint32_t len, name_at, data_at;
};

static struct zone zones[MAX_NAMES];
static int zone_count;
static size_t root_len;

static void die(const char *what, const char *subject)
{
    fprintf(stderr, "pack: %s '%s'\n", what, subject);
    exit(1);
}

static uint32_t get32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put32(FILE *f, uint32_t v)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        fputc((int)(v >> shift & 0xff), f);
}

/* Length of the version 1 part: header and 32-bit data, as its counts say (RFC 8536, 3.1 and 3.2). */
static size_t v1_len(const unsigned char *p)
{
    uint32_t isut = get32(p + 20), isstd = get32(p + 24), leap = get32(p + 28);
    uint32_t time = get32(p + 32), type = get32(p + 36), chars = get32(p + 40);

    return TZIF_HEADER + (size_t)time * 5 + (size_t)type * 6 + chars + (size_t)leap * 8 + isstd + isut;
}

/* Not zones, or zones in another shape (leap seconds counted, the machine's own choice). */
static int skipped(const char *name)
{
    return !strncmp(name, "right/", 6) || !strncmp(name, "posix/", 6) || !strcmp(name, "posixrules") ||
           !strcmp(name, "localtime");
}

static int visit(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    const char *name = path + root_len + 1;
    unsigned char *bytes;
    struct zone *z;
    size_t skip;
    FILE *f;

    (void)ftw;
    if (kind != FTW_F || skipped(name) || st->st_size < 2 * TZIF_HEADER)
        return 0;
    bytes = malloc((size_t)st->st_size);
    f = fopen(path, "rb");
    if (!f || !bytes || fread(bytes, 1, (size_t)st->st_size, f) != (size_t)st->st_size)
        die("cannot read", path);
    fclose(f);
    if (memcmp(bytes, "TZif", 4)) { /* zone.tab and its like */
        free(bytes);
        return 0;
    }
    skip = v1_len(bytes);
    if (bytes[4] < '2' || skip + TZIF_HEADER > (size_t)st->st_size || memcmp(bytes + skip, "TZif", 4))
        die("not a TZif file of version 2 or later:", path);
    if (zone_count == MAX_NAMES)
        die("too many zones at", path);
    z = &zones[zone_count++];
    z->name = strdup(name);
    z->data = bytes + skip;
    z->len = (uint32_t)((size_t)st->st_size - skip);
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct zone *)a)->name, ((const struct zone *)b)->name);
}

/* Gives every zone its offsets; equal content is stored once. Returns the number of different contents. */
static int lay_out(void)
{
    uint32_t at = 28 + (uint32_t)zone_count * 12;
    int distinct = 0;

    for (int i = 0; i < zone_count; i++) {
        zones[i].name_at = at;
        at += (uint32_t)strlen(zones[i].name) + 1;
    }
    for (int i = 0; i < zone_count; i++) {
        for (int j = 0; j < i && !zones[i].data_at; j++)
            if (zones[j].len == zones[i].len && !memcmp(zones[j].data, zones[i].data, zones[i].len))
                zones[i].data_at = zones[j].data_at;
        if (zones[i].data_at)
            continue;
        zones[i].data_at = at;
        at += zones[i].len;
        distinct++;
    }
    return distinct;
}

static void write_archive(const char *path, const char *version)
{
    char padded[16] = "";
    uint32_t end = 0;
    FILE *f = fopen(path, "wb");

    if (!f || strlen(version) >= sizeof padded)
        die("cannot write", path);
    memcpy(padded, version, strlen(version));
    fwrite("ECTZDB1", 1, 8, f);
    fwrite(padded, 1, sizeof padded, f);
    put32(f, (uint32_t)zone_count);
    for (int i = 0; i < zone_count; i++) {
        put32(f, zones[i].name_at);
        put32(f, zones[i].data_at);
        put32(f, zones[i].len);
    }
    for (int i = 0; i < zone_count; i++)
        fwrite(zones[i].name, 1, strlen(zones[i].name) + 1, f);
    for (int i = 0; i < zone_count; i++) {
        if (zones[i].data_at < end)
            continue; /* shares data already written */
        fwrite(zones[i].data, 1, zones[i].len, f);
        end = zones[i].data_at + zones[i].len;
    }
    if (fclose(f))
        die("cannot write", path);
}

int main(int argc, char **argv)
{
    int distinct;

    if (argc != 4)
        die("usage:", "pack ZONEINFO VERSION OUTPUT");
    root_len = strlen(argv[1]);
    if (nftw(argv[1], visit, 32, 0) || zone_count < 500)
        die("too few zones in", argv[1]);
    qsort(zones, (size_t)zone_count, sizeof zones[0], by_name);
    distinct = lay_out();
    write_archive(argv[3], argv[2]);
    printf("tzdata %s: %d names, %d different zones\n", argv[2], zone_count, distinct);
    return 0;
}
