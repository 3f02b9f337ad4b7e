/* zone_archive.c - reading the embedded archive of zones (its form: zone.h). Trusts no offset in it. */
#include "core/zone.h"

#include <string.h>

#define MAGIC "ECTZDB1" /* and its NUL */
#define MAGIC_LEN sizeof(MAGIC)
#define HEADER_LEN (MAGIC_LEN + ZONE_ARCHIVE_VERSION_MAX + 4)
#define ENTRY_LEN 12

struct archive {
    const uint8_t *bytes;
    size_t len;
    uint32_t count;
};

static uint32_t read_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool archive_open(const void *bytes, size_t len, struct archive *ret)
{
    if (!bytes || len < HEADER_LEN || memcmp(bytes, MAGIC, MAGIC_LEN) != 0)
        return false;
    ret->bytes = bytes;
    ret->len = len;
    ret->count = read_u32(ret->bytes + HEADER_LEN - 4);
    return ret->count <= (len - HEADER_LEN) / ENTRY_LEN;
}

static const uint8_t *entry_at(const struct archive *a, size_t n)
{
    return a->bytes + HEADER_LEN + n * ENTRY_LEN;
}

static const char *entry_name(const struct archive *a, size_t n)
{
    uint32_t offset = read_u32(entry_at(a, n));

    if (offset >= a->len || !memchr(a->bytes + offset, '\0', a->len - offset))
        return NULL;
    return (const char *)a->bytes + offset;
}

static const void *entry_data(const struct archive *a, size_t n, size_t *ret_len)
{
    uint32_t offset = read_u32(entry_at(a, n) + 4), len = read_u32(entry_at(a, n) + 8);

    if (offset > a->len || len > a->len - offset)
        return NULL;
    *ret_len = len;
    return a->bytes + offset;
}

const void *zone_archive_find(const void *archive, size_t archive_len, const char *name, size_t *ret_len)
{
    struct archive a;
    size_t low = 0, high;

    if (!archive_open(archive, archive_len, &a))
        return NULL;
    high = a.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const char *found = entry_name(&a, middle);
        int order = found ? strcmp(name, found) : 0;

        if (!found)
            return NULL;
        if (order == 0)
            return entry_data(&a, middle, ret_len);
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

bool zone_archive_version(const void *archive, size_t archive_len, char out[ZONE_ARCHIVE_VERSION_MAX + 1])
{
    struct archive a;

    out[0] = '\0';
    if (!archive_open(archive, archive_len, &a))
        return false;
    memcpy(out, a.bytes + MAGIC_LEN, ZONE_ARCHIVE_VERSION_MAX);
    out[ZONE_ARCHIVE_VERSION_MAX] = '\0';
    return true;
}

const char *zone_archive_name(const void *archive, size_t archive_len, size_t n)
{
    struct archive a;

    return archive_open(archive, archive_len, &a) && n < a.count ? entry_name(&a, n) : NULL;
}
