/* channel_chat.c - what Slack, Discord and Teams are sent. None of what comes from outside is markup: it is text, and is escaped where the service would
 * read it. Lengths are counted in UTF-16 units, the longest of the ways in which services count. */
#include "core/channel_fields.h"
#include "core/notice_parts.h"

#include <stdint.h>
#include <string.h>

/* What stands for a character, or NULL for itself. */
typedef const char *(*escape)(char c);

static const char *escape_none(char c)
{
    (void)c;
    return NULL;
}

/* One character of s, escaped: its octets, and how many units it counts. */
static size_t character(const char *s, escape esc, const char **ret, size_t *ret_octets, size_t *ret_units)
{
    unsigned char lead = (unsigned char)*s;
    const char *other = esc(*s);
    size_t len = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    len = strnlen(s, len);
    *ret = other ? other : s;
    *ret_octets = other ? strlen(other) : len;
    *ret_units = other ? strlen(other) : len == 4 ? 2 : 1;
    return len;
}

/* Octets at the start of s that make at most `max` units once they are escaped. */
static size_t fitting(const char *s, size_t max, escape esc)
{
    size_t at = 0, used = 0, octets, units;
    const char *text;
    while (s[at]) {
        size_t len = character(s + at, esc, &text, &octets, &units);
        if (used + units > max)
            break;
        used += units;
        at += len;
    }
    return at;
}

static void add_escaped(struct buf *out, const char *s, size_t len, escape esc)
{
    size_t octets, units;
    const char *text;
    for (size_t at = 0; at < len;) {
        at += character(s + at, esc, &text, &octets, &units);
        buf_add(out, text, octets);
    }
}

/* All of s, or as much as fits and "…". */
static void add_cut(struct buf *out, const char *s, size_t max, escape esc)
{
    size_t len = fitting(s, max, esc);
    if (!s[len]) {
        add_escaped(out, s, len, esc);
        return;
    }
    add_escaped(out, s, fitting(s, max - 1, esc), esc);
    buf_str_add(out, "…");
}

static void json_add_cut(struct json *o, const char *key, const char *s, size_t max, escape esc)
{
    buf_auto struct buf text = BUF_INIT(8 * NOTICE_TEXT_MAX);
    add_cut(&text, s, max, esc);
    json_add_string(o, key, buf_str(&text));
}

/* The parts of a message. */
struct parts {
    struct buf title, story, signature;
    const char *link, *label;
};

static void parts_make(struct parts *p, const struct channel *c, const struct notice *n, struct arena *a)
{
    *p = (struct parts){ BUF_INIT(1024), BUF_INIT(2 * NOTICE_TEXT_MAX), BUF_INIT(2048), notice_link(n, a),
                         notice_link_label(n, c->language) };
    notice_title(n, c->language, &p->title);
    notice_story(n, c->language, &p->story);
    notice_signature(n, c->language, &p->signature);
}

static bool parts_sent(struct parts *p, struct json *body, struct arena *a, struct request_spec *ret)
{
    mem_auto char *text = json_print(body);
    ret->body_kind = BODY_JSON;
    ret->body = arena_strdup(a, text);
    json_free(body);
    buf_free(&p->title);
    buf_free(&p->story);
    buf_free(&p->signature);
    return true;
}

/* --- Slack: docs.slack.dev, "Sending messages using incoming webhooks", "Block Kit", "Escaping text" ------------- */

#define SLACK_HEADER_MAX 150
#define SLACK_SECTION_MAX 3000

/* The three that begin mentions, links and entities. */
static const char *escape_slack(char c)
{
    return c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : NULL;
}

/* plain_text: neither *bold* nor :emoji: */
static void slack_text(struct json *block, const char *key, const char *s, size_t len, size_t max)
{
    mem_auto char *part = mem_strndup(s, len);
    struct json *text = json_add_object(block, key);
    json_add_string(text, "type", "plain_text");
    json_add_cut(text, "text", part, max, escape_slack);
    json_add_bool(text, "emoji", false);
}

static struct json *slack_block(struct json *blocks, const char *type)
{
    struct json *block = json_add_object(blocks, NULL);
    json_add_string(block, "type", type);
    return block;
}

/* As many sections as it takes, each ending with a line where there is one. */
static void slack_story(struct json *blocks, const char *s)
{
    while (*s) {
        size_t len = fitting(s, SLACK_SECTION_MAX, escape_slack), whole = len;
        while (s[len] && whole > 0 && s[whole - 1] != '\n')
            whole--;
        len = whole > 0 ? whole : len;
        slack_text(slack_block(blocks, "section"), "text", s, len, SLACK_SECTION_MAX);
        s += len;
        s += strspn(s, "\n");
    }
}

static void slack_link(struct json *blocks, const struct parts *p)
{
    buf_auto struct buf link = BUF_INIT(SLACK_SECTION_MAX);
    struct json *text;
    if (!p->link)
        return;
    buf_char(&link, '<');
    add_escaped(&link, p->link, strlen(p->link), escape_slack);
    buf_printf(&link, "|%s>", p->label);
    text = json_add_object(slack_block(blocks, "section"), "text");
    json_add_string(text, "type", "mrkdwn");
    json_add_string(text, "text", buf_str(&link));
}

bool channel_slack(const struct channel *c, const struct notice *n, struct arena *a, struct request_spec *ret)
{
    struct parts p;
    struct json *body = json_new_object(), *blocks;
    parts_make(&p, c, n, a);
    json_add_cut(body, "text", buf_str(&p.title), SLACK_SECTION_MAX, escape_slack); /* of notifications */
    json_add_bool(body, "unfurl_links", false);
    blocks = json_add_array(body, "blocks");
    slack_text(slack_block(blocks, "header"), "text", buf_str(&p.title), p.title.len, SLACK_HEADER_MAX);
    slack_story(blocks, buf_str(&p.story));
    slack_link(blocks, &p);
    slack_text(json_add_array(slack_block(blocks, "context"), "elements"), NULL, buf_str(&p.signature), p.signature.len,
               SLACK_SECTION_MAX);
    return parts_sent(&p, body, a, ret);
}

/* --- Discord: discord.com/developers/docs, "Execute Webhook", "Embed Limits", "Allowed Mentions" ----------------- */

#define DISCORD_TITLE_MAX 256
#define DISCORD_DESCRIPTION_MAX 4096
#define DISCORD_FOOTER_MAX 1000 /* of 2,048; 6,000 in all */

/* Markdown, and '@', as a mention is one even where allowed_mentions keeps it from calling anybody. */
static const char *escape_discord(char c)
{
    static const struct {
        char c;
        const char *text;
    } MARKS[] = { { '\\', "\\\\" }, { '*', "\\*" }, { '_', "\\_" }, { '~', "\\~" },
                  { '`', "\\`" },   { '|', "\\|" }, { '>', "\\>" }, { '<', "\\<" },
                  { '[', "\\[" },   { ']', "\\]" }, { '#', "\\#" }, { '@', "@\xe2\x80\x8b" } };
    for (size_t i = 0; i < MEM_COUNT(MARKS); i++)
        if (MARKS[i].c == c)
            return MARKS[i].text;
    return NULL;
}

static const int DISCORD_COLOURS[NOTICE_KIND_COUNT] = {
    [NOTICE_FIRED] = 0xd92d20, [NOTICE_AGAIN] = 0xf79009, [NOTICE_RECOVERED] = 0x12b76a, [NOTICE_TEST] = 0x2e90fa
};

bool channel_discord(const struct channel *c, const struct notice *n, struct arena *a, struct request_spec *ret)
{
    struct parts p;
    char at[WALL_TEXT_SIZE];
    struct json *body = json_new_object(), *embed;
    parts_make(&p, c, n, a);
    embed = json_add_object(json_add_array(body, "embeds"), NULL);
    json_add_cut(embed, "title", buf_str(&p.title), DISCORD_TITLE_MAX, escape_discord);
    json_add_cut(embed, "description", buf_str(&p.story), DISCORD_DESCRIPTION_MAX, escape_discord);
    if (p.link)
        json_add_string(embed, "url", p.link);
    json_add_int(embed, "color", DISCORD_COLOURS[n->kind]);
    json_add_cut(json_add_object(embed, "footer"), "text", buf_str(&p.signature), DISCORD_FOOTER_MAX, escape_none);
    if (!wall_is_none(n->at))
        json_add_string(embed, "timestamp", wall_format(n->at, at));
    json_add_array(json_add_object(body, "allowed_mentions"), "parse");
    return parts_sent(&p, body, a, ret);
}

/* --- Teams: learn.microsoft.com, "Create incoming webhooks with Workflows", "Adaptive Cards" 1.4 ----------------- */

#define TEAMS_TITLE_MAX 300
#define TEAMS_STORY_MAX 9000 /* a message may have 28 KB as JSON */

static struct json *teams_item(struct json *body, const char *type)
{
    struct json *item = json_add_object(body, NULL);
    json_add_string(item, "type", type);
    return item;
}

/* A RichTextBlock's runs are text as it is; a TextBlock's would be Markdown. */
static struct json *teams_run(struct json *body, const char *text, bool apart)
{
    struct json *block = teams_item(body, "RichTextBlock");
    struct json *run = teams_item(json_add_array(block, "inlines"), "TextRun");
    json_add_string(run, "text", text);
    if (!apart)
        json_add_string(block, "spacing", "None");
    return run;
}

/* A block for each line; one after an empty line stands apart. */
static void teams_story(struct json *body, const char *story)
{
    buf_auto struct buf kept = BUF_INIT(4 * TEAMS_STORY_MAX + 8);
    bool apart = true;
    add_cut(&kept, story, TEAMS_STORY_MAX, escape_none);
    for (const char *s = buf_str(&kept); *s;) {
        size_t len = strcspn(s, "\n");
        mem_auto char *line = mem_strndup(s, len);
        if (len)
            teams_run(body, line, apart);
        apart = len == 0;
        s += len + (s[len] == '\n');
    }
}

static void teams_link(struct json *card, const struct parts *p)
{
    if (!p->link)
        return;
    struct json *action = teams_item(json_add_array(card, "actions"), "Action.OpenUrl");
    json_add_string(action, "title", p->label);
    json_add_string(action, "url", p->link);
}

bool channel_teams(const struct channel *c, const struct notice *n, struct arena *a, struct request_spec *ret)
{
    struct parts p;
    struct json *message = json_new_object(), *attachment, *card, *body, *title, *foot;
    parts_make(&p, c, n, a);
    json_add_string(message, "type", "message");
    attachment = json_add_object(json_add_array(message, "attachments"), NULL);
    json_add_string(attachment, "contentType", "application/vnd.microsoft.card.adaptive");
    json_add_null(attachment, "contentUrl");
    card = json_add_object(attachment, "content");
    json_add_string(card, "$schema", "http://adaptivecards.io/schemas/adaptive-card.json");
    json_add_string(card, "type", "AdaptiveCard");
    json_add_string(card, "version", "1.4");
    json_add_string(json_add_object(card, "msteams"), "width", "Full");
    body = json_add_array(card, "body");
    title = teams_run(body, buf_str(&p.title), true);
    json_add_string(title, "weight", "Bolder");
    json_add_string(title, "size", "Medium");
    json_add_string(title, "color",
                    n->kind == NOTICE_RECOVERED ? "Good"
                    : n->kind == NOTICE_TEST    ? "Accent"
                                                : "Attention");
    teams_story(body, buf_str(&p.story));
    foot = teams_run(body, buf_str(&p.signature), true);
    json_add_bool(foot, "isSubtle", true);
    json_add_string(foot, "size", "Small");
    teams_link(card, &p);
    return parts_sent(&p, message, a, ret);
}
