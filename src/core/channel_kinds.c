/* channel_kinds.c - THE table of kinds, and the plain ones: webhook and ntfy. */
#include "core/channel_fields.h"
#include "core/encoded_word.h"
#include "core/notice_parts.h"
#include "core/template.h"

#include <string.h>
#include <strings.h>

/* Rates: Slack takes one message a second (docs.slack.dev, "Rate limits"); Discord five in two seconds, Teams four a second
 * (learn.microsoft.com, "Rate limiting for connectors"), ntfy.sh one in five seconds after a first sixty (docs.ntfy.sh, "Limitations"). Whoever is asked to
 * wait all the same, waits: Retry-After. */
#define GENTLY .rate = { 1, 1000 }

static const struct channel_traits TRAITS[CHANNEL_KIND_COUNT] = {
    [CHANNEL_WEBHOOK] = { .url = true,
                          .method_body = true,
                          .headers = true,
                          .alerts = true,
                          .request = channel_webhook,
                          .url_like = "https://example.com/hooks/alerts" },
    [CHANNEL_SLACK] = { .url = true,
                        .request = channel_slack,
                        GENTLY,
                        .url_like = "https://hooks.slack.com/services/{{secret.SLACK_OPS}}" },
    [CHANNEL_DISCORD] = { .url = true,
                          .request = channel_discord,
                          GENTLY,
                          .url_like = "https://discord.com/api/webhooks/{{secret.DISCORD_OPS}}" },
    [CHANNEL_TEAMS] = { .url = true, .request = channel_teams, GENTLY, .url_like = "{{secret.TEAMS_URL}}" },
    [CHANNEL_NTFY] = { .url = true,
                       .headers = true,
                       .request = channel_ntfy,
                       GENTLY,
                       .url_like = "https://ntfy.sh/{{secret.NTFY_TOPIC}}" },
    [CHANNEL_EMAIL] = { .email = true },
};

const struct channel_traits *channel_traits(enum channel_kind k)
{
    return &TRAITS[(unsigned)k < CHANNEL_KIND_COUNT ? k : CHANNEL_WEBHOOK];
}

void channel_request(const struct channel *c, const struct notice *n, struct arena *a, struct request_spec *ret,
                     bool *ret_final)
{
    const struct channel_traits *t = channel_traits(c->kind);
    *ret = c->request;
    *ret_final = t->request ? t->request(c, n, a, ret) : false;
}

/* --- webhook ----------------------------------------------------------------------------------------------------- */

/* Its own template is filled in as a job's is (template.h); without one, the facts and their words. A GET has no body either way. */
bool channel_webhook(const struct channel *c, const struct notice *n, struct arena *a, struct request_spec *ret)
{
    if (ret->body_kind != BODY_NONE || ret->method == METHOD_GET || ret->method == METHOD_HEAD)
        return false;
    ret->body_kind = BODY_JSON;
    ret->body = notice_value(n, c->language, "json", a);
    return true;
}

/* --- ntfy: docs.ntfy.sh/publish ---------------------------------------------------------------------------------- */

#define NTFY_MESSAGE_MAX 4096 /* octets; what is longer becomes an attachment ("Limitations") */
#define NTFY_TITLE_MAX 200

/* Priorities and tags, which are shown as emoji ("Message priority", "Tags & emojis"). */
static const struct {
    const char *priority, *tags;
} NTFY[NOTICE_KIND_COUNT] = {
    [NOTICE_FIRED] = { "high", "rotating_light" },
    [NOTICE_AGAIN] = { "default", "warning" },
    [NOTICE_RECOVERED] = { "default", "white_check_mark" },
    [NOTICE_TEST] = { "default", "test_tube" },
};

/* Octets of s that fit, whole characters. */
static size_t cut(const char *s, size_t max)
{
    size_t len = strlen(s);
    if (len <= max)
        return len;
    while (max > 0 && ((unsigned char)s[max] & 0xc0) == 0x80)
        max--;
    return max;
}

static const char *ntfy_title(const struct channel *c, const struct notice *n, struct arena *a)
{
    buf_auto struct buf title = BUF_INIT(1024), word = BUF_INIT(2048);
    notice_title(n, c->language, &title);
    encoded_word(buf_str(&title), cut(buf_str(&title), NTFY_TITLE_MAX), &word);
    return arena_strdup(a, buf_str(&word));
}

/* A header of the user's own wins over ours of the same name. */
static void add_header(struct request_spec *q, struct header *into, const char *name, const char *value)
{
    for (int i = 0; i < q->n_headers; i++)
        if (!strcasecmp(q->headers[i].name, name))
            return;
    if (value)
        into[q->n_headers++] = (struct header){ name, value };
}

bool channel_ntfy(const struct channel *c, const struct notice *n, struct arena *a, struct request_spec *ret)
{
    buf_auto struct buf text = BUF_INIT(2 * NOTICE_TEXT_MAX);
    struct header *headers = arena_alloc(a, (size_t)(c->request.n_headers + 4) * sizeof *headers);
    if (c->request.n_headers)
        memcpy(headers, c->request.headers, (size_t)c->request.n_headers * sizeof *headers);
    ret->headers = headers;
    add_header(ret, headers, "Title", ntfy_title(c, n, a));
    add_header(ret, headers, "Priority", NTFY[n->kind].priority);
    add_header(ret, headers, "Tags", NTFY[n->kind].tags);
    add_header(ret, headers, "Click", notice_link(n, a));
    notice_story(n, c->language, &text);
    buf_str_add(&text, "\n\n");
    notice_signature(n, c->language, &text);
    size_t len = cut(buf_str(&text), NTFY_MESSAGE_MAX);
    bool whole = len == text.len;
    ret->body_kind = BODY_TEXT;
    ret->body = whole ? arena_strdup(a, buf_str(&text))
                      : arena_printf(a, "%.*s…", (int)cut(buf_str(&text), NTFY_MESSAGE_MAX - 3), buf_str(&text));
    return true;
}
