/* zone_fuzz.c - hostile TZif files, and the archive reader. Input: a byte that chooses, then the file. */
#include "core/cron.h"
#include "core/zone.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition)                                                    \
    do {                                                                    \
        if (!(condition)) {                                                 \
            fprintf(stderr, "%s:%d: " #condition "\n", __FILE__, __LINE__); \
            abort();                                                        \
        }                                                                   \
    } while (0)

static void check_zone(const struct zone *z, int64_t at)
{
    const char *abbreviation;
    struct zone_span span = zone_span(z, at);
    struct zone_instants in = zone_resolve(z, at);

    CHECK(zone_offset(z, at, &abbreviation) == span.offset);
    CHECK(strlen(abbreviation) <= 600);
    CHECK(zone_next_change(z, at) > at);
    CHECK(in.first <= in.second);
    if (in.fit != ZONE_NEVER) {
        CHECK(in.first + zone_offset(z, in.first, NULL) == at);
        CHECK(in.second + zone_offset(z, in.second, NULL) == at);
    }
}

/* Whatever the zone does, schedules go on and end. */
static void check_schedule(const struct zone *z, const char *text, struct wall at)
{
    struct cron c;
    struct wall next, previous;

    CHECK(cron_parse(text, &c, NULL) == 0);
    next = cron_next(&c, z, WALL_NONE, at);
    previous = cron_previous(&c, z, WALL_NONE, at);
    CHECK(wall_is_none(next) || next.ms > at.ms);
    CHECK(wall_is_none(previous) || previous.ms < at.ms);
    cron_count(&c, z, WALL_NONE, (struct wall){ at.ms - 86400000 }, (struct wall){ at.ms + 86400000 });
}

static void read_zone(const void *data, size_t size)
{
    static const int64_t times[] = { -(INT64_C(1) << 55), -1,         0,           1000000000,
                                     1800000000,          4500000000, 40000000000, INT64_C(1) << 55 };
    struct err e = { 0 };
    struct zone *z = zone_parse("fuzz", data, size, &e);

    if (!z) {
        CHECK(e.code == ERR_INVALID && e.text[0]);
        return;
    }
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
        check_zone(z, times[i]);
    check_schedule(z, "30 2 * * *", (struct wall){ 1800000000000 });
    check_schedule(z, "0,30 1-3 29 2 *", (struct wall){ 1000000000000 });
    check_schedule(z, "*/5 * * * *", (struct wall){ 4500000000000 });
    check_schedule(z, "@at 2027-03-28T02:30", (struct wall){ 4500000000000 });
    zone_free(z);
}

static void read_archive(const void *data, size_t size)
{
    char version[ZONE_ARCHIVE_VERSION_MAX + 1];
    const char *name;
    size_t len, n;

    zone_archive_version(data, size, version);
    CHECK(strlen(version) <= ZONE_ARCHIVE_VERSION_MAX);
    zone_archive_find(data, size, "Europe/Paris", &len);
    for (n = 0; n < 50 && (name = zone_archive_name(data, size, n)); n++) {
        const char *found = zone_archive_find(data, size, name, &len);

        CHECK(!found || (found >= (const char *)data && found + len <= (const char *)data + size));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    if (data[0] & 1)
        read_archive(data + 1, size - 1);
    else
        read_zone(data + 1, size - 1);
    return 0;
}
