#include "core/document.h"

#include "base/map.h"
#include "core/field.h"

#include <stdio.h>
#include <string.h>

#define DOCUMENT_VERSION 1

/* What field_reader.ctx is while a document is read. */
struct document_context {
    job_zone_known zone_known;
    void *zone_ctx;
};

static int read_version(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    int64_t n;
    (void)f;
    (void)into;
    if (!json_integer(v, &n) || n != DOCUMENT_VERSION)
        return field_wrong(r, v, "%d, the only version of this file that there is", DOCUMENT_VERSION);
    return 0;
}

/* Where an editor finds the schema of the file: taken no notice of. */
static int read_schema(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    (void)f;
    (void)into;
    return json_string(v) ? 0 : field_wrong(r, v, "the address of a JSON Schema, as a string");
}

/* Remembers where each name was first met: /jobs/1, in the arena. */
static int note_name(struct field_reader *r, struct map *names, const char *name)
{
    const char *first = map_get(names, name);
    if (!first) {
        map_put(names, name, arena_strdup(r->arena, r->at));
        return 0;
    }
    size_t mark = field_enter(r, "name");
    int result = field_refuse(r, "is \"%s\", which is already the name of %s; expected each name once", name, first);
    field_leave(r, mark);
    return result;
}

/* An error of an element's own parser is relative to the element. */
static int adopt_element(struct field_reader *r)
{
    return r->e ? err_under(r->e, "%s", r->at) : -(int)ERR_INVALID;
}

/* An array of things that have a parser of their own, and a name. */
struct list {
    const char *what; /* "jobs" */
    size_t most, size;
    /* Into an element of the array: what name it has. */
    int (*parse)(struct field_reader *r, const struct json *v, void *into, const char **ret_name);
};

static int parse_target(struct field_reader *r, const struct json *v, void *into, const char **ret_name)
{
    int rc = target_parse(v, NULL, r->arena, into, r->e);
    *ret_name = rc ? NULL : ((struct target *)into)->name;
    return rc;
}

static int parse_job(struct field_reader *r, const struct json *v, void *into, const char **ret_name)
{
    const struct document_context *c = r->ctx;
    int rc = job_parse(v, NULL, c->zone_known, c->zone_ctx, r->arena, into, r->e);
    *ret_name = rc ? NULL : ((struct job *)into)->name;
    return rc;
}

static int parse_channel(struct field_reader *r, const struct json *v, void *into, const char **ret_name)
{
    int rc = channel_parse(v, NULL, r->arena, into, r->e);
    *ret_name = rc ? NULL : ((struct channel *)into)->name;
    return rc;
}

static int parse_alert(struct field_reader *r, const struct json *v, void *into, const char **ret_name)
{
    int rc = alert_rule_parse(v, NULL, r->arena, into, r->e);
    *ret_name = rc ? NULL : ((struct alert_rule *)into)->name;
    return rc;
}

static int read_element(struct field_reader *r, const struct list *l, const struct json *v, void *into,
                        struct map *names)
{
    const char *name;
    return l->parse(r, v, into, &name) ? adopt_element(r) : note_name(r, names, name);
}

/* *ret_list: in the arena. */
static int read_list(struct field_reader *r, const struct list *l, const struct json *v, void *ret_list, int *ret_n)
{
    struct map names = { 0 };
    int result = field_array(r, v, 0, l->most, l->what);
    if (result)
        return result;
    char *items = arena_alloc(r->arena, (json_count(v) + 1) * l->size);
    for (const struct json *child = json_first(v); result == 0 && child; child = json_next(child)) {
        size_t mark = field_enter_index(r, (size_t)*ret_n);
        result = read_element(r, l, child, items + (size_t)(*ret_n)++ * l->size, &names);
        field_leave(r, mark);
    }
    map_free(&names);
    memcpy(ret_list, &items, sizeof items);
    return result;
}

static int read_targets(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    static const struct list list = { "targets", DOCUMENT_TARGETS_MAX, sizeof(struct target), parse_target };
    struct document *d = into;
    (void)f;
    return read_list(r, &list, v, &d->targets, &d->n_targets);
}

static int read_jobs(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    static const struct list list = { "jobs", DOCUMENT_JOBS_MAX, sizeof(struct job), parse_job };
    struct document *d = into;
    (void)f;
    return read_list(r, &list, v, &d->jobs, &d->n_jobs);
}

static int read_channels(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    static const struct list list = { "channels", CHANNELS_MAX, sizeof(struct channel), parse_channel };
    struct document *d = into;
    (void)f;
    d->has_channels = true;
    return read_list(r, &list, v, &d->channels, &d->n_channels);
}

static int read_alerts(struct field_reader *r, const struct field *f, const struct json *v, void *into)
{
    static const struct list list = { "alert rules", ALERT_RULES_MAX, sizeof(struct alert_rule), parse_alert };
    struct document *d = into;
    (void)f;
    d->has_alerts = true;
    return read_list(r, &list, v, &d->alerts, &d->n_alerts);
}

#define AT(member) .offset = offsetof(struct document, member)

static const struct field DOCUMENT_FIELDS[] = {
    { "$schema", read_schema, .offset = 0 },
    { "version", read_version, .offset = 0, .required = "1" },
    { "targets", read_targets, .offset = 0 },
    { "channels", read_channels, .offset = 0 },
    { "jobs", read_jobs, .offset = 0 },
    { "alerts", read_alerts, .offset = 0 },
    { "settings", field_object, AT(settings), .fields = SETTINGS_FIELDS },
    { .name = NULL },
};

int document_parse(const struct json *doc, job_zone_known zone_known, void *ctx, struct arena *a, struct document *ret,
                   struct err *e)
{
    struct err unused;
    struct document_context context = { zone_known, ctx };
    struct field_reader r = {
        .arena = a, .e = e ? e : &unused, .subject = "apply file", .top = DOCUMENT_FIELDS, .ctx = &context
    };
    const struct field whole = { .fields = DOCUMENT_FIELDS };
    struct document d = { .settings = SETTINGS_DEFAULTS };
    int result = field_object(&r, &whole, doc, &d);
    if (result)
        return result;
    const struct json *settings = json_get(doc, "settings");
    for (int i = 0; i < SETTING_COUNT; i++)
        d.has[i] = json_get(settings, setting_name((enum setting)i)) != NULL;
    *ret = d;
    return 0;
}
