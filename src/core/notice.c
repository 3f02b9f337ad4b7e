/* notice.c - the facts of a message: their JSON form, both ways, and the values that templates take from them. */
#include "core/notice.h"

#include "core/notice_parts.h"
#include "core/url.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define NAME_MAX 200 /* octets of names, ids and the like: cut */
#define PAGE_MAX 1000

#define X(name, text) text,
static const char *const LANGUAGES[] = { NOTICE_LANGUAGES(X) };
static const char *const KINDS[] = { NOTICE_KINDS(X) };
#undef X

const char *notice_language_name(enum notice_language l)
{
    return (unsigned)l < NOTICE_LANGUAGE_COUNT ? LANGUAGES[l] : NULL;
}

bool notice_language_parse(const char *text, enum notice_language *ret)
{
    for (int i = 0; text && i < NOTICE_LANGUAGE_COUNT; i++)
        if (strcmp(text, LANGUAGES[i]) == 0)
            return *ret = (enum notice_language)i, true;
    return false;
}

const char *notice_kind_name(enum notice_kind k)
{
    return (unsigned)k < NOTICE_KIND_COUNT ? KINDS[k] : NULL;
}

/* --- to JSON ----------------------------------------------------------------------------------------------------- */

/* Cut at a character, repaired where it is no UTF-8. NULL stays null. */
static void add_text(struct json *o, const char *key, const char *s, size_t max)
{
    buf_auto struct buf text = BUF_INIT(4 * PAGE_MAX);
    size_t len = s ? strlen(s) : 0;
    if (len > max) {
        len = max;
        while (len > 0 && ((unsigned char)s[len] & 0xc0) == 0x80)
            len--;
    }
    if (s)
        json_utf8_repair(&text, s, len);
    json_add_string(o, key, s ? buf_str(&text) : NULL);
}

static void add_time(struct json *o, const char *key, struct wall t)
{
    char text[WALL_TEXT_SIZE];
    struct wall back;
    bool told = !wall_is_none(t) && wall_parse(wall_format(t, text), &back);
    json_add_string(o, key, told ? text : NULL);
}

/* JSON carries no infinity, and no whole number beyond 2^53. */
static void add_number(struct json *o, const char *key, double n)
{
    if (!isfinite(n))
        json_add_null(o, key);
    else
        json_add_number(o, key, fabs(n) <= JSON_INTEGER_MAX ? n : copysign(JSON_INTEGER_MAX, n));
}

static void add_count(struct json *o, const char *key, int64_t n)
{
    json_add_int(o, key, n < 0 ? 0 : n > (int64_t)JSON_INTEGER_MAX ? (int64_t)JSON_INTEGER_MAX : n);
}

static void add_item(struct json *items, const struct notice_item *i)
{
    struct json *o = json_add_object(items, NULL);
    add_text(o, "subject", i->subject ? i->subject : "", NAME_MAX);
    add_time(o, "since", i->since);
    add_time(o, "until", i->until);
    add_count(o, "count", i->count);
    add_text(o, "run", i->run, NAME_MAX);
    add_text(o, "error", i->error, NOTICE_ERROR_MAX);
    json_add_string(o, "outcome", outcome_name(i->outcome));
    json_add_int(o, "http_status", i->http_status);
    add_text(o, "secret", i->secret, NAME_MAX);
    add_number(o, "value", i->value);
    add_number(o, "limit", i->limit);
    add_text(o, "metric", i->metric, NAME_MAX);
    add_time(o, "expires_at", i->expires_at);
}

struct json *notice_to_json(const struct notice *n)
{
    struct json *o = json_new_object();
    json_add_string(o, "kind", notice_kind_name(n->kind));
    json_add_string(o, "on", n->kind == NOTICE_TEST ? NULL : alert_on_name(n->on));
    add_text(o, "rule", n->rule, NAME_MAX);
    add_text(o, "target", n->target, NAME_MAX);
    add_time(o, "at", n->at);
    add_text(o, "host", n->host, NAME_MAX);
    add_text(o, "page", n->page, PAGE_MAX);
    add_text(o, "channel", n->channel, NAME_MAX);
    add_count(o, "total", n->total);
    struct json *items = json_add_array(o, "items");
    for (int i = 0; i < n->n_items && i < NOTICE_ITEMS_MAX; i++)
        add_item(items, &n->items[i]);
    return o;
}

/* --- from JSON --------------------------------------------------------------------------------------------------- */

static const char *get_text(const struct json *o, const char *key, size_t max, struct arena *a)
{
    const char *s = json_string(json_get(o, key));
    size_t len = s ? strlen(s) : 0;
    if (len > max) {
        len = max;
        while (len > 0 && ((unsigned char)s[len] & 0xc0) == 0x80)
            len--;
    }
    return s ? arena_strndup(a, s, len) : NULL;
}

static struct wall get_time(const struct json *o, const char *key)
{
    struct wall t;
    const char *text = json_string(json_get(o, key));
    return text && wall_parse(text, &t) ? t : WALL_NONE;
}

static int64_t get_count(const struct json *o, const char *key)
{
    int64_t n;
    return json_integer(json_get(o, key), &n) && n > 0 ? n : 0;
}

static void get_item(const struct json *o, struct arena *a, struct notice_item *ret)
{
    int64_t status = get_count(o, "http_status");
    *ret = (struct notice_item){
        .subject = get_text(o, "subject", NAME_MAX, a),
        .since = get_time(o, "since"),
        .until = get_time(o, "until"),
        .count = get_count(o, "count"),
        .run = get_text(o, "run", NAME_MAX, a),
        .error = get_text(o, "error", NOTICE_ERROR_MAX, a),
        .http_status = status <= 999 ? (int)status : 0,
        .secret = get_text(o, "secret", NAME_MAX, a),
        .value = json_number(json_get(o, "value")),
        .limit = json_number(json_get(o, "limit")),
        .metric = get_text(o, "metric", NAME_MAX, a),
        .expires_at = get_time(o, "expires_at"),
    };
    if (!ret->subject)
        ret->subject = "";
    const char *outcome = json_string(json_get(o, "outcome"));
    if (outcome)
        outcome_parse(outcome, &ret->outcome);
}

static void get_items(const struct json *items, struct arena *a, struct notice *ret)
{
    ret->items = arena_alloc(a, NOTICE_ITEMS_MAX * sizeof *ret->items);
    for (const struct json *o = json_first(items); o && ret->n_items < NOTICE_ITEMS_MAX; o = json_next(o))
        get_item(o, a, &ret->items[ret->n_items++]);
    if (ret->total < ret->n_items)
        ret->total = ret->n_items;
}

static int get_kind(const struct json *doc, struct notice *ret, struct err *e)
{
    const char *kind = json_string(json_get(doc, "kind")), *on = json_string(json_get(doc, "on"));
    int k = 0;
    while (k < NOTICE_KIND_COUNT && !(kind && strcmp(kind, KINDS[k]) == 0))
        k++;
    if (k == NOTICE_KIND_COUNT)
        return err_at(e, ERR_INVALID, "/kind", "the message's 'kind' is none of a notice");
    ret->kind = (enum notice_kind)k;
    if (ret->kind != NOTICE_TEST && !(on && alert_on_parse(on, &ret->on)))
        return err_at(e, ERR_INVALID, "/on", "the message's 'on' is none of an alert rule");
    return 0;
}

int notice_parse(const char *text, struct arena *a, struct notice *ret, struct err *e)
{
    json_auto struct json *doc = json_parse(text, strlen(text), e);
    struct notice n = { 0 };
    if (!doc)
        return -ERR_MALFORMED;
    if (json_type(doc) != JSON_OBJECT)
        return err_set(e, ERR_INVALID, "the message is no object");
    int rc = get_kind(doc, &n, e);
    if (rc)
        return rc;
    n.rule = get_text(doc, "rule", NAME_MAX, a);
    n.target = get_text(doc, "target", NAME_MAX, a);
    n.at = get_time(doc, "at");
    n.host = get_text(doc, "host", NAME_MAX, a);
    n.page = get_text(doc, "page", PAGE_MAX, a);
    n.channel = get_text(doc, "channel", NAME_MAX, a);
    n.total = get_count(doc, "total");
    get_items(json_get(doc, "items"), a, &n);
    if (n.kind != NOTICE_TEST && n.n_items == 0)
        return err_at(e, ERR_INVALID, "/items", "the message is about nothing");
    *ret = n;
    return 0;
}
