/* cron_driver.c - answers for the differential test against croner (cron.mjs).
 *
 *     cron_driver ZONEINFO < questions
 *
 * A question is a line "zone|from_ms|count|next|expression" (or "previous"), its answer a line of instants in ms separated by
 * blanks, or "refused: TEXT". For "offset" the answer is the zone's offset from UTC at from_ms, in ms. */
#include "core/cron.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ZONES_MAX 1000
#define FILE_MAX (256 * 1024)

static struct zone *zones[ZONES_MAX];
static int n_zones;

static struct zone *load(const char *folder, const char *name)
{
    static char data[FILE_MAX];
    char path[512];
    struct err e;
    FILE *f;
    size_t len;
    struct zone *z;

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    f = fopen(path, "rb");
    if (!f) {
        fprintf(stderr, "cron_driver: no time zone data '%s': install the package tzdata\n", path);
        exit(1);
    }
    len = fread(data, 1, sizeof(data), f);
    fclose(f);
    z = zone_parse(name, data, len, &e);
    if (!z) {
        fprintf(stderr, "cron_driver: %s\n", e.text);
        exit(1);
    }
    return z;
}

static const struct zone *zone_named(const char *folder, const char *name)
{
    for (int i = 0; i < n_zones; i++)
        if (strcmp(zone_name(zones[i]), name) == 0)
            return zones[i];
    if (n_zones == ZONES_MAX) {
        fprintf(stderr, "cron_driver: more than %d zones\n", ZONES_MAX);
        exit(1);
    }
    zones[n_zones] = load(folder, name);
    return zones[n_zones++];
}

static void answer(const struct zone *z, struct wall at, int count, const char *direction, const char *expression)
{
    bool forwards = strcmp(direction, "next") == 0;
    struct cron c;
    struct err e;

    if (strcmp(direction, "offset") == 0) {
        printf("%d\n", zone_offset(z, at.ms / 1000 - (at.ms % 1000 < 0), NULL) * 1000);
        return;
    }
    if (cron_parse(expression, &c, &e) != 0) {
        printf("refused: %s\n", e.text);
        return;
    }
    for (int i = 0; i < count; i++) {
        at = forwards ? cron_next(&c, z, WALL_NONE, at) : cron_previous(&c, z, WALL_NONE, at);
        if (wall_is_none(at))
            break;
        printf("%s%lld", i ? " " : "", (long long)at.ms);
    }
    putchar('\n');
}

int main(int argc, char **argv)
{
    char line[2048];

    if (argc != 2) {
        fprintf(stderr, "usage: cron_driver ZONEINFO < questions\n");
        return 2;
    }
    while (fgets(line, sizeof(line), stdin)) {
        char *rest = line, *zone, *from, *count, *direction;

        line[strcspn(line, "\n")] = '\0';
        zone = strsep(&rest, "|");
        from = strsep(&rest, "|");
        count = strsep(&rest, "|");
        direction = strsep(&rest, "|");
        if (!rest) {
            fprintf(stderr, "cron_driver: not a question: '%s'\n", line);
            return 1;
        }
        answer(zone_named(argv[1], zone), (struct wall){ strtoll(from, NULL, 10) }, (int)strtol(count, NULL, 10),
               direction, rest);
    }
    return 0;
}
