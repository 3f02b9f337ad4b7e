#include "api/view_alert.h"

#include "api/view.h"
#include "base/mem.h"
#include "core/conceal.h"
#include "core/template.h"
#include "store/runs.h"

#include <math.h>
#include <string.h>

/* What has no end is null. */
static void add_until(struct json *object, const char *key, struct wall until)
{
    view_add_time(object, key, until.ms == MUTED_FOR_EVER.ms ? WALL_NONE : until);
}

void view_add_muted(struct json *object, struct wall until)
{
    json_add_bool(object, "muted", !wall_is_none(until));
    add_until(object, "muted_until", until);
}

static struct json *add_status(struct json *object, int64_t revision, struct wall created, struct wall updated)
{
    struct json *status = json_add_object(object, "status");
    json_add_int(status, "revision", revision);
    view_add_time(status, "created_at", created);
    view_add_time(status, "updated_at", updated);
    return status;
}

struct json *view_alert(const struct alert_record *r, const struct alert_standing *st)
{
    struct json *v = alert_rule_to_json(&r->rule);
    struct json *status = add_status(v, r->revision, r->created_at, r->updated_at);
    json_add_int(status, "firing", st->firing);
    view_add_muted(status, st->muted_until);
    struct json *subjects = json_add_array(status, "subjects");
    for (int i = 0; i < st->n_subjects; i++)
        json_add(subjects, NULL, view_firing(&st->subjects[i]));
    return v;
}

static const char *text_or_null(const char *s)
{
    return *s ? s : NULL;
}

struct json *view_firing(const struct firing_row *x)
{
    const struct watch_state *st = &x->state;
    struct json *v = json_new_object();
    json_add_string(v, "rule", *st->rule == '@' ? NULL : st->rule);
    json_add_string(v, "on", alert_on_name(st->on));
    json_add_string(v, "subject", st->subject);
    json_add_string(v, "phase", watch_phase_name(st->phase));
    view_add_time(v, "since", st->since);
    view_add_time(v, "last_at", st->last_at);
    view_add_time(v, "told_at", st->told_at);
    json_add_int(v, "count", st->count);
    json_add_string(v, "run", text_or_null(st->run));
    json_add_number(v, "value", isfinite(st->value) ? st->value : 0);
    json_add_string(v, "target", text_or_null(st->target));
    view_add_muted(v, x->muted_until);
    return v;
}

struct json *view_mute(enum mute_scope scope, const char *name, struct wall until)
{
    struct json *v = json_new_object();
    json_add_string(v, "scope", mute_scope_name(scope));
    json_add_string(v, "name", name);
    add_until(v, "until", until);
    return v;
}

/* --- channels ---------------------------------------------------------------------------------------------------- */

static void note_any(void *ctx, const char *name)
{
    *(bool *)ctx = name != NULL;
}

static bool names_secret(const char *text)
{
    bool any = false;
    template_secrets(text, note_any, &any);
    return any;
}

/* The address of a ready-made service is the key to it, unless the key in it is a secret. */
static bool url_is_key(const struct json *form)
{
    const char *kind = json_string(json_get(form, "kind")), *url = json_string(json_get(form, "url"));
    return url && kind && strcmp(kind, channel_kind_name(CHANNEL_WEBHOOK)) != 0 && !names_secret(url);
}

static char *origin_alone(const char *url)
{
    const char *host = strstr(url, "://");
    size_t len = host ? (size_t)(host + 3 - url) + strcspn(host + 3, "/?#") : 0;
    return mem_printf("%.*s/" CONCEAL_COVER, (int)len, url);
}

static bool may_hold_key(const char *member)
{
    static const char *const members[] = { "url", "headers", "body", "email" };
    for (size_t i = 0; i < MEM_COUNT(members); i++)
        if (!strcmp(members[i], member))
            return true;
    return false;
}

/* The same members in the same order, those that may hold a key covered. */
static struct json *covered(const struct json *form)
{
    struct json *v = json_new_object();
    for (const struct json *m = json_first(form); m; m = json_next(m)) {
        const char *member = json_key(m);
        mem_auto char *pointer = mem_printf("/%s", member);
        mem_auto char *origin = !strcmp(member, "url") && url_is_key(form) ? origin_alone(json_string(m)) : NULL;
        if (origin)
            json_add_string(v, member, origin);
        else
            json_add(v, member, may_hold_key(member) ? conceal(pointer, m) : json_clone(m));
    }
    return v;
}

void view_cover_settings(struct json *settings)
{
    const char *url = json_string(json_get(settings, "heartbeat_url"));
    if (!url || names_secret(url))
        return;
    mem_auto char *origin = origin_alone(url);
    json_remove(settings, "heartbeat_url");
    json_add_string(settings, "heartbeat_url", origin);
}

void view_cover_file(struct json *file)
{
    const struct json *channels = json_get(file, "channels"), *settings = json_get(file, "settings");
    if (settings) {
        struct json *open = json_clone(settings);
        view_cover_settings(open);
        json_remove(file, "settings");
        json_add(file, "settings", open);
    }
    if (!channels)
        return;
    struct json *list = json_new_array();
    for (const struct json *c = json_first(channels); c; c = json_next(c))
        json_add(list, NULL, covered(c));
    json_remove(file, "channels");
    json_add(file, "channels", list);
}

/* A line at a time: "Name: value". */
static const char *covered_fields(const char *lines, struct arena *a)
{
    buf_auto struct buf out = BUF_INIT(SIZE_MAX / 8);
    while (lines && *lines) {
        size_t len = strcspn(lines, "\n");
        mem_auto char *line = mem_strndup(lines, len);
        char *colon = strchr(line, ':');
        bool key = colon && !names_secret(line) && (*colon = '\0', conceal_name(line));
        if (key)
            buf_printf(&out, "%s: " CONCEAL_COVER "\n", line);
        else
            buf_printf(&out, "%.*s\n", (int)len, lines);
        lines += len + (lines[len] == '\n');
    }
    return arena_strdup(a, buf_str(&out));
}

void view_cover_attempt(struct attempt *at, struct arena *a)
{
    if (at->request_url && strstr(at->request_url, "://") && !names_secret(at->request_url)) {
        mem_auto char *origin = origin_alone(at->request_url);
        at->request_url = arena_strdup(a, origin);
    }
    if (at->request_headers)
        at->request_headers = covered_fields(at->request_headers, a);
}

struct json *view_channel(const struct channel_record *r, const struct channel_health *h, bool whole)
{
    json_auto struct json *form = channel_to_json(&r->channel);
    struct json *v = whole ? json_clone(form) : covered(form);
    struct json *status = add_status(v, r->revision, r->created_at, r->updated_at);
    view_add_time(status, "last_sent_at", h->last_sent_at);
    view_add_time(status, "failing_since", h->failing_since);
    json_add_int(status, "failed", h->failed);
    json_add_string(status, "run", text_or_null(h->run));
    json_add_string(status, "message", h->message ? h->message : "");
    json_add_int(status, "open", h->open);
    return v;
}
