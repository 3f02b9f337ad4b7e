/* settings.h - settings of the whole appliance. Pure.
 *
 * Numbers and texts are tables: the readers, writers, flags and columns all walk them. */
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
    X(backup_keep, 7, 1, 1000)             \
    X(alert_group_s, 60, 0, 3600)          \
    X(heartbeat_every_s, 60, 10, 86400)

/* name, octets at most. "" is null, the default: never, none, not known.
 *
 *   backup_schedule  when the server makes a backup of its own, UTC
 *   heartbeat_url    what is called while all is well: an absolute http(s) URL, which may hold {{secret.NAME}} and no other placeholder, or be one as a whole (address.h)
 *   page_url         where people find the page, for links in messages: http(s), without query or a slash at its end
 *
 * alert_group_s: what happens to the same target within so many seconds is told in one message (watch.h, group_ms). heartbeat_every_s: how often
 * heartbeat_url is called. */
#define SETTINGS_URL_MAX 2048
#define SETTINGS_TEXTS(X)              \
    X(backup_schedule, CRON_TEXT_MAX)  \
    X(heartbeat_url, SETTINGS_URL_MAX) \
    X(page_url, SETTINGS_URL_MAX)

struct settings {
    bool paused; /* global pause; default false */
#define X(name, ...) int64_t name;
    SETTINGS_NUMBERS(X)
#undef X
#define X(name, most) char name[(most) + 1];
    SETTINGS_TEXTS(X)
#undef X
};

enum setting {
    SETTING_PAUSED,
#define X(name, ...) SETTING_##name,
    SETTINGS_NUMBERS(X)
#undef X
#define X(name, ...) SETTING_##name,
        SETTINGS_TEXTS(X)
#undef X
            SETTING_COUNT,
    SETTING_FIRST_TEXT = SETTING_backup_schedule
};

const char *setting_name(enum setting s);
/* Of a number, or paused: 0 or 1. */
int64_t setting_get(const struct settings *v, enum setting s);
void setting_put(struct settings *v, enum setting s, int64_t n);
const char *setting_text(const struct settings *v, enum setting s); /* of a text; "" for null */
void setting_put_text(struct settings *v, enum setting s,
                      const char *text); /* NULL: null; cut off where it is too long; checked by settings_parse alone */
void setting_copy(struct settings *to, const struct settings *from, enum setting s); /* of any kind */
bool settings_equal(const struct settings *a, const struct settings *b);

extern const struct settings SETTINGS_DEFAULTS;
extern const struct field SETTINGS_FIELDS[];

/* What is left out has its default. */
int settings_parse(const struct json *doc, struct arena *a, struct settings *ret, struct err *e);
struct json *settings_to_json(const struct settings *v);

#endif
