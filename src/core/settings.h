/* settings.h - settings of the whole appliance. Pure.
 *
 * Numbers are a table: the readers, writers, flags and columns all walk it. */
#ifndef EDGECRON_CORE_SETTINGS_H
#define EDGECRON_CORE_SETTINGS_H

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "core/cron.h"
#include "core/field.h"

#include <stdbool.h>
#include <stdint.h>

/* name, default, least, most. What they mean, and why these: retention.h. */
#define SETTINGS_NUMBERS(X)                \
    X(retention_days, 90, 1, 3650)         \
    X(retention_failed_days, 365, 1, 3650) \
    X(retention_bodies_days, 30, 1, 3650)  \
    X(retention_runs, 100000, 0, 10000000) \
    X(backup_keep, 7, 1, 1000)

struct settings {
    bool paused; /* global pause; default false */
#define X(name, ...) int64_t name;
    SETTINGS_NUMBERS(X)
#undef X
    char backup_schedule[CRON_TEXT_MAX +
                         1]; /* when the server makes a backup of its own, UTC; "" (null): never, the default */
};

enum setting {
    SETTING_PAUSED,
#define X(name, ...) SETTING_##name,
    SETTINGS_NUMBERS(X)
#undef X
        SETTING_backup_schedule, /* the one that is a text */
    SETTING_COUNT
};

const char *setting_name(enum setting s);
/* Of a number, or paused: 0 or 1. */
int64_t setting_get(const struct settings *v, enum setting s);
void setting_put(struct settings *v, enum setting s, int64_t n);
void setting_copy(struct settings *to, const struct settings *from, enum setting s); /* of any kind */
bool settings_equal(const struct settings *a, const struct settings *b);

extern const struct settings SETTINGS_DEFAULTS;
extern const struct field SETTINGS_FIELDS[];

/* What is left out has its default. */
int settings_parse(const struct json *doc, struct arena *a, struct settings *ret, struct err *e);
struct json *settings_to_json(const struct settings *v);

#endif
