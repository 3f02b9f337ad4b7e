#include "core/settings.h"

#include <stddef.h>
#include <string.h>

/* Null is "never". */
static int read_backup_schedule(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    char *out = into;
    struct cron cron;
    const char *text = NULL;
    out[0] = '\0';
    if (json_type(v) == JSON_NULL)
        return 0;
    int rc = field_text(r, f, v, &text);
    if (rc)
        return rc;
    if (cron_parse(text, &cron, r->e))
        return field_adopt(r);
    if (cron.kind == CRON_AT)
        return field_wrong(r, v, "a schedule that comes again and again, such as \"15 2 * * *\"");
    memcpy(out, text, strlen(text) + 1);
    return 0;
}

const struct field SETTINGS_FIELDS[] = {
    { "paused", field_bool, .offset = offsetof(struct settings, paused) },
#define X(name, fallback, least, most) \
    { #name, field_int64, .offset = offsetof(struct settings, name), .min = least, .max = most },
    SETTINGS_NUMBERS(X)
#undef X
        { "backup_schedule", read_backup_schedule, .offset = offsetof(struct settings, backup_schedule), .min = 1,
          .max = CRON_TEXT_MAX },
    { .name = NULL },
};

const struct settings SETTINGS_DEFAULTS = { .paused = false,
#define X(name, fallback, least, most) .name = fallback,
                                            SETTINGS_NUMBERS(X)
#undef X
};

const char *setting_name(enum setting s)
{
    return SETTINGS_FIELDS[s].name;
}

static int64_t *number_at(const struct settings *v, enum setting s)
{
    return (int64_t *)((char *)(uintptr_t)v + SETTINGS_FIELDS[s].offset);
}

int64_t setting_get(const struct settings *v, enum setting s)
{
    return s == SETTING_PAUSED ? v->paused : *number_at(v, s);
}

void setting_put(struct settings *v, enum setting s, int64_t n)
{
    if (s == SETTING_PAUSED)
        v->paused = n != 0;
    else
        *number_at(v, s) = n;
}

void setting_copy(struct settings *to, const struct settings *from, enum setting s)
{
    if (s == SETTING_backup_schedule)
        memcpy(to->backup_schedule, from->backup_schedule, sizeof to->backup_schedule);
    else
        setting_put(to, s, setting_get(from, s));
}

bool settings_equal(const struct settings *a, const struct settings *b)
{
    for (int i = 0; i < SETTING_backup_schedule; i++)
        if (setting_get(a, (enum setting)i) != setting_get(b, (enum setting)i))
            return false;
    return strcmp(a->backup_schedule, b->backup_schedule) == 0;
}

int settings_parse(const struct json *doc, struct arena *a, struct settings *ret, struct err *e)
{
    struct field_reader r = { .arena = a, .e = e, .subject = "settings", .top = SETTINGS_FIELDS };
    const struct field whole = { .fields = SETTINGS_FIELDS };
    struct settings v = SETTINGS_DEFAULTS;
    int result = field_object(&r, &whole, doc, &v);
    if (result == 0)
        *ret = v;
    return result;
}

struct json *settings_to_json(const struct settings *v)
{
    struct json *o = json_new_object();
    json_add_bool(o, "paused", v->paused);
    for (int i = SETTING_PAUSED + 1; i < SETTING_backup_schedule; i++)
        json_add_int(o, setting_name((enum setting)i), setting_get(v, (enum setting)i));
    json_add_string(o, "backup_schedule", *v->backup_schedule ? v->backup_schedule : NULL);
    return o;
}
