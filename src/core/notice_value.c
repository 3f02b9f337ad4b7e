/* notice_value.c - what {{alert.NAME}} stands for, and the link of a message. */
#include "core/notice_phrase.h"
#include "core/url.h"

#include <string.h>

#define VALUE_MAX 4096 /* octets of one that is no text of ours */

/* The page's own addresses are "#/SCREEN/NAME" (web/screens/table.js). NULL when the page is not known, or is no URL. */
static const char *page_link(const struct notice *n, const char *screen, const char *name, struct arena *a)
{
    buf_auto struct buf link = BUF_INIT(URL_MAX);
    struct url parsed;
    if (!n->page || url_parse(n->page, &parsed, NULL))
        return NULL;
    buf_printf(&link, "%s/#/%s", n->page, screen);
    if (name && *name) {
        buf_char(&link, '/');
        url_encode(&link, name, strlen(name));
    }
    return link.full ? NULL : arena_strdup(a, buf_str(&link));
}

const char *notice_link(const struct notice *n, struct arena *a)
{
    const struct notice_item *i = n->n_items == 1 && n->total <= 1 ? &n->items[0] : NULL;
    if (n->kind == NOTICE_TEST || !i)
        return page_link(n, "alerts", NULL, a);
    if (i->run && *i->run)
        return page_link(n, "runs", i->run, a);
    if (alert_on_of_job(n->on))
        return page_link(n, "jobs", i->subject, a);
    if (n->on == ALERT_SECRET_AGE)
        return page_link(n, "secrets", i->subject, a);
    if (n->on == ALERT_CERTIFICATE && i->subject && *i->subject)
        return page_link(n, "targets", i->subject, a);
    return page_link(n, "alerts", NULL, a);
}

/* --- values ------------------------------------------------------------------------------------------------------ */

typedef const char *(*value_of)(const struct notice *n, enum notice_language l, struct arena *a);

static const struct notice_item *first(const struct notice *n)
{
    static const struct notice_item none = { .subject = "", .since = { INT64_MIN } };
    return n->n_items > 0 ? &n->items[0] : &none;
}

static const char *keep(struct buf *b, struct arena *a)
{
    const char *text = arena_strdup(a, buf_str(b));
    buf_free(b);
    return text;
}

static const char *value_title(const struct notice *n, enum notice_language l, struct arena *a)
{
    struct buf text = BUF_INIT(1024);
    notice_title(n, l, &text);
    return keep(&text, a);
}

static const char *value_text(const struct notice *n, enum notice_language l, struct arena *a)
{
    struct buf text = BUF_INIT(2 * NOTICE_TEXT_MAX);
    notice_text(n, l, &text);
    return keep(&text, a);
}

static const char *value_kind(const struct notice *n, enum notice_language l, struct arena *a)
{
    (void)l, (void)a;
    return notice_kind_name(n->kind);
}

static const char *value_on(const struct notice *n, enum notice_language l, struct arena *a)
{
    (void)l, (void)a;
    return n->kind == NOTICE_TEST ? "" : alert_on_name(n->on);
}

static const char *value_rule(const struct notice *n, enum notice_language l, struct arena *a)
{
    (void)l, (void)a;
    return n->rule;
}

static const char *value_job(const struct notice *n, enum notice_language l, struct arena *a)
{
    (void)l, (void)a;
    return first(n)->subject;
}

static const char *value_jobs(const struct notice *n, enum notice_language l, struct arena *a)
{
    struct buf names = BUF_INIT(NOTICE_TEXT_MAX);
    (void)l;
    for (int i = 0; i < n->n_items; i++)
        buf_printf(&names, "%s%s", i ? ", " : "", n->items[i].subject ? n->items[i].subject : "");
    return keep(&names, a);
}

static const char *value_target(const struct notice *n, enum notice_language l, struct arena *a)
{
    (void)l, (void)a;
    return n->target;
}

static const char *value_since(const struct notice *n, enum notice_language l, struct arena *a)
{
    char text[WALL_TEXT_SIZE];
    (void)l;
    return wall_is_none(first(n)->since) ? "" : arena_strdup(a, wall_format(first(n)->since, text));
}

static const char *value_error(const struct notice *n, enum notice_language l, struct arena *a)
{
    (void)l, (void)a;
    return first(n)->error;
}

static const char *value_count(const struct notice *n, enum notice_language l, struct arena *a)
{
    (void)l;
    return arena_printf(a, "%lld", (long long)first(n)->count);
}

static const char *value_total(const struct notice *n, enum notice_language l, struct arena *a)
{
    (void)l;
    return arena_printf(a, "%lld", (long long)n->total);
}

static const char *value_link(const struct notice *n, enum notice_language l, struct arena *a)
{
    (void)l;
    return notice_link(n, a);
}

static const char *value_host(const struct notice *n, enum notice_language l, struct arena *a)
{
    (void)l, (void)a;
    return n->host;
}

static const char *value_channel(const struct notice *n, enum notice_language l, struct arena *a)
{
    (void)l, (void)a;
    return n->channel;
}

static const char *value_json(const struct notice *n, enum notice_language l, struct arena *a)
{
    json_auto struct json *o = notice_to_json(n);
    json_add_string(o, "title", value_title(n, l, a));
    json_add_string(o, "text", value_text(n, l, a));
    json_add_string(o, "link", notice_link(n, a));
    mem_auto char *text = json_print(o);
    return arena_strdup(a, text);
}

/* clean: made here, of parts that are. All others may come from outside. */
static const struct {
    const char *name;
    value_of value;
    bool clean;
} VALUES[] = {
    { "title", value_title, false }, { "text", value_text, true },      { "kind", value_kind, false },
    { "on", value_on, false },       { "rule", value_rule, false },     { "job", value_job, false },
    { "jobs", value_jobs, false },   { "target", value_target, false }, { "since", value_since, false },
    { "error", value_error, false }, { "count", value_count, false },   { "total", value_total, false },
    { "link", value_link, true },    { "host", value_host, false },     { "channel", value_channel, false },
    { "json", value_json, true },
};

const char *notice_value_name(int i)
{
    return i >= 0 && i < (int)MEM_COUNT(VALUES) ? VALUES[i].name : NULL;
}

const char *notice_value(const struct notice *n, enum notice_language l, const char *name, struct arena *a)
{
    for (size_t i = 0; i < MEM_COUNT(VALUES); i++) {
        if (strcmp(VALUES[i].name, name) != 0)
            continue;
        const char *value = VALUES[i].value(n, l, a);
        struct buf text = BUF_INIT(4 * VALUE_MAX);
        if (!value || VALUES[i].clean)
            return value ? value : "";
        phrase_clean(value, VALUE_MAX, &text);
        return keep(&text, a);
    }
    return NULL;
}
