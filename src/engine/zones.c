#include "engine/zones.h"

#include "base/buf.h"
#include "base/embed.h"
#include "base/file.h"
#include "base/map.h"
#include "base/mem.h"
#include "core/suggest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ZONE_FILE_MAX (256 * 1024) /* the largest of the database has 3.5 KB */
#define VERSION_MAX 32

struct zones {
    struct map known; /* name -> struct zone, owned */
    const unsigned char *archive;
    size_t archive_len;
    char folder[256]; /* of the system's database when it is the one in use, else "" */
    char version[300];
};

/* The version that a zoneinfo folder says it has: first line of tzdata.zi, "# version 2026c", or the file +VERSION. */
static bool folder_version(const char *folder, char out[VERSION_MAX])
{
    static const char mark[] = "# version ";
    char path[300], line[64] = "";
    snprintf(path, sizeof path, "%s/tzdata.zi", folder);
    FILE *f = fopen(path, "re");
    if (f) {
        bool ok = fgets(line, sizeof line, f) && !strncmp(line, mark, sizeof mark - 1);
        fclose(f);
        if (ok) {
            snprintf(out, VERSION_MAX, "%.*s", (int)strcspn(line + sizeof mark - 1, " \r\n"), line + sizeof mark - 1);
            return *out;
        }
    }
    buf_auto struct buf text = BUF_INIT(4096);
    snprintf(path, sizeof path, "%s/+VERSION", folder);
    if (file_read(path, &text))
        return false;
    snprintf(out, VERSION_MAX, "%.*s", (int)strcspn(buf_str(&text), " \r\n"), buf_str(&text));
    return *out;
}

struct zones *zones_open(void)
{
    struct zones *z = mem_alloc(sizeof *z);
    char system[VERSION_MAX], embedded[VERSION_MAX];
    const char *folder = getenv("TZDIR") ? getenv("TZDIR") : "/usr/share/zoneinfo";
    z->archive = embed_tzdata(&z->archive_len);
    zone_archive_version(z->archive, z->archive_len, embedded);
    /* Versions are a year and a letter ("2026c"), so that text order is time order. */
    if (strlen(folder) < sizeof z->folder && folder_version(folder, system) && strcmp(system, embedded) > 0) {
        snprintf(z->folder, sizeof z->folder, "%s", folder);
        snprintf(z->version, sizeof z->version, "%s (%s)", system, folder);
    } else {
        snprintf(z->version, sizeof z->version, "%s (embedded)", embedded);
    }
    return z;
}

void zones_close(struct zones *z)
{
    size_t pos = 0;
    struct zone *zone;
    if (!z)
        return;
    while ((zone = map_each(&z->known, &pos)))
        zone_free(zone);
    map_free(&z->known);
    mem_free(z);
}

static struct zone *load(const struct zones *z, const char *name)
{
    struct zone *zone = NULL;
    if (*z->folder) {
        char path[400];
        buf_auto struct buf data = BUF_INIT(ZONE_FILE_MAX);
        snprintf(path, sizeof path, "%s/%s", z->folder, name);
        if (file_read(path, &data) == 0)
            zone = zone_parse(name, data.data, data.len, NULL);
    }
    if (!zone) {
        size_t len;
        const void *data = zone_archive_find(z->archive, z->archive_len, name, &len);
        if (data)
            zone = zone_parse(name, data, len, NULL);
    }
    return zone;
}

/* No such zone: says which is near. */
static void refuse(const struct zones *z, const char *name, struct err *e)
{
    struct suggest s = { .typed = name };
    const char *known;
    for (size_t n = 0; (known = zone_archive_name(z->archive, z->archive_len, n)); n++)
        suggest_offer(&s, known);
    if (s.best)
        err_set(e, ERR_INVALID, "there is no time zone '%.64s'; did you mean '%s'?", name, s.best);
    else
        err_set(e, ERR_INVALID,
                "there is no time zone '%.64s'; expected an IANA name such as UTC, Europe/Paris or America/Sao_Paulo",
                name);
}

const struct zone *zones_get(struct zones *z, const char *name, struct err *e)
{
    if (!strcmp(name, "UTC"))
        return zone_utc();
    struct zone *zone = map_get(&z->known, name);
    if (zone)
        return zone;
    if (zone_name_valid(name))
        zone = load(z, name);
    if (!zone) {
        refuse(z, name, e);
        return NULL;
    }
    map_put(&z->known, zone_name(zone), zone);
    return zone;
}

bool zones_known(void *zones, const char *name, struct err *why)
{
    return zones_get(zones, name, why) != NULL;
}

const char *zones_version(const struct zones *z)
{
    return z->version;
}
