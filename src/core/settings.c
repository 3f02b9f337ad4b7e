#include "core/settings.h"

#include "core/address.h"
#include "core/conceal.h"
#include "core/template.h"
#include "core/url.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* Into a buffer of the setting's size. *ret NULL: it is null. */
static int read_text(struct field_reader *r, const struct field *f, const struct json *v, char *out, const char **ret)
{
    *ret = NULL;
    out[0] = '\0';
    if (json_type(v) == JSON_NULL)
        return 0;
    int rc = field_text(r, f, v, ret);
    if (rc == 0)
        memcpy(out, *ret, strlen(*ret) + 1);
    return rc;
}

static int read_backup_schedule(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    struct cron cron;
    const char *text;
    int rc = read_text(r, f, v, into, &text);
    if (rc || !text)
        return rc;
    if (cron_parse(text, &cron, r->e))
        return field_adopt(r);
    if (cron.kind == CRON_AT)
        return field_wrong(r, v, "a schedule that comes again and again, such as \"15 2 * * *\"");
    return 0;
}

/* As it would be with values in it. */
static int check_url(struct field_reader *r, const char *text)
{
    struct url url;
    buf_auto struct buf sample = BUF_INIT(URL_MAX);
    if (!template_sample(text, &sample))
        return field_refuse(r, "is too long; expected a URL of at most %d bytes", SETTINGS_URL_MAX);
    return url_parse(buf_str(&sample), &url, r->e) ? field_adopt(r) : 0;
}

static void count_secret(void *ctx, const char *name)
{
    (void)name;
    ++*(int *)ctx;
}

static int read_heartbeat_url(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    const char *text;
    int placeholders = 0, secrets = 0, rc = read_text(r, f, v, into, &text);
    if (rc || !text)
        return rc;
    if (template_check(text, r->e))
        return field_adopt(r);
    template_secrets(text, count_secret, &secrets);
    for (const char *p = text; (p = strstr(p, "{{")) != NULL; p += 2)
        placeholders++;
    if (strstr(text, CONCEAL_COVER))
        return field_refuse(r,
                            "is covered (" CONCEAL_COVER
                            "), as those see it who may not see keys; expected the value itself, or {{secret.NAME}}");
    if (placeholders != secrets)
        return field_wrong(r, v, "no placeholder but {{secret.NAME}}: there is no run that the others could tell of");
    return address_check(r, text, "https://hc-ping.com/{{secret.HEARTBEAT}}");
}

static int read_page_url(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    const char *text;
    char *out = into;
    int rc = read_text(r, f, v, into, &text);
    if (rc || !text)
        return rc;
    if (strstr(text, "{{"))
        return field_wrong(r, v, "an address as people type it, without placeholders");
    rc = check_url(r, text);
    if (rc == 0 && strchr(text, '?'))
        rc = field_wrong(r, v, "the page's address, without what begins with '?'");
    for (size_t n = strlen(out); n && out[n - 1] == '/';)
        out[--n] = '\0';
    return rc;
}

const struct field SETTINGS_FIELDS[] = {
    { "paused", field_bool, .offset = offsetof(struct settings, paused) },
#define X(name, fallback, least, most) \
    { #name, field_int64, .offset = offsetof(struct settings, name), .min = least, .max = most },
    SETTINGS_NUMBERS(X)
#undef X
#define X(name, most) { #name, read_##name, .offset = offsetof(struct settings, name), .min = 1, .max = most },
        SETTINGS_TEXTS(X)
#undef X
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

const char *setting_text(const struct settings *v, enum setting s)
{
    return (const char *)v + SETTINGS_FIELDS[s].offset;
}

void setting_put_text(struct settings *v, enum setting s, const char *text)
{
    char *out = (char *)v + SETTINGS_FIELDS[s].offset;
    size_t size = (size_t)SETTINGS_FIELDS[s].max + 1;
    memset(out, 0, size);
    snprintf(out, size, "%s", text ? text : "");
}

void setting_copy(struct settings *to, const struct settings *from, enum setting s)
{
    if (s >= SETTING_FIRST_TEXT)
        setting_put_text(to, s, setting_text(from, s));
    else
        setting_put(to, s, setting_get(from, s));
}

bool settings_equal(const struct settings *a, const struct settings *b)
{
    for (int i = 0; i < SETTING_FIRST_TEXT; i++)
        if (setting_get(a, (enum setting)i) != setting_get(b, (enum setting)i))
            return false;
    for (int i = SETTING_FIRST_TEXT; i < SETTING_COUNT; i++)
        if (strcmp(setting_text(a, (enum setting)i), setting_text(b, (enum setting)i)) != 0)
            return false;
    return true;
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
    for (int i = SETTING_PAUSED + 1; i < SETTING_FIRST_TEXT; i++)
        json_add_int(o, setting_name((enum setting)i), setting_get(v, (enum setting)i));
    for (int i = SETTING_FIRST_TEXT; i < SETTING_COUNT; i++) {
        const char *text = setting_text(v, (enum setting)i);
        json_add_string(o, setting_name((enum setting)i), *text ? text : NULL);
    }
    return o;
}
