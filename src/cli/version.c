#include "base/embed.h"
#include "base/mem.h"
#include "cli/handlers.h"
#include "cli/output.h"
#include "engine/zones.h"
#include "store/store.h"
#include "versions.h"

#include <stdio.h>

/* Name as printed, key in --json, version. */
static const char *const libraries[][2] = {
    { "mbedtls", VERSION_MBEDTLS },
    { "civetweb", VERSION_CIVETWEB },
    { "cjson", VERSION_CJSON },
#ifndef __GLIBC__
    { "musl", VERSION_MUSL_DEV },
#endif
    { "ca-certificates", VERSION_CA_CERTIFICATES },
};

static int print_licenses(void)
{
    size_t len;
    const unsigned char *text = embed_licenses(&len);
    fwrite(text, 1, len, stdout);
    return 0;
}

int version_run(struct call *call, struct err *e)
{
    (void)e;
    if (config_on(&call->config, FLAG_LICENSES))
        return print_licenses();
    struct zones *zones = zones_open();
    mem_auto char *tz = mem_strdup(zones_version(zones));
    zones_close(zones);
    if (config_on(&call->config, FLAG_JSON)) {
        struct json *v = json_new_object();
        json_add_string(v, "version", EDGECRON_VERSION);
        json_add_string(v, "sqlite", store_sqlite_version());
        for (size_t i = 0; i < MEM_COUNT(libraries); i++)
            json_add_string(v, libraries[i][0], libraries[i][1]);
        json_add_string(v, "tzdata", tz);
        return output_json(v);
    }
    printf("edgecron %s\nsqlite %s\n", EDGECRON_VERSION, store_sqlite_version());
    for (size_t i = 0; i < MEM_COUNT(libraries); i++)
        printf("%s %s\n", libraries[i][0], libraries[i][1]);
    printf("tzdata %s\n", tz);
    return 0;
}
