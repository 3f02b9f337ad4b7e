/* What each kind of channel is sent: its form, its limits, and that nothing from outside is markup there. The servers of
 * tests/integration/harness/alert_servers.mjs check the same from the other side. */
#include "core/channel.h"
#include "core/encoded_word.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

struct sent {
    struct arena *arena;
    struct channel channel;
    struct request_spec request;
    bool final;
    struct json *body; /* of kinds that send JSON */
};

static void sent_free(struct sent *s)
{
    json_free(s->body);
    arena_free(s->arena);
}

static void send(const char *channel, const struct notice *n, struct sent *s)
{
    struct err e = { 0 };
    json_auto struct json *doc = json_parse(channel, strlen(channel), &e);
    *s = (struct sent){ .arena = arena_new(0) };
    if (!doc || channel_parse(doc, "ops", s->arena, &s->channel, &e))
        fail_msg("%s: %s", channel, e.text);
    channel_request(&s->channel, n, s->arena, &s->request, &s->final);
    if (s->request.body_kind == BODY_JSON && s->final) {
        s->body = json_parse(s->request.body, strlen(s->request.body), &e);
        if (!s->body)
            fail_msg("%s: %s", e.text, s->request.body);
    }
}

static const char *at(const struct sent *s, const char *pointer)
{
    const char *text = json_string(json_pointer(s->body, pointer));
    if (!text)
        fail_msg("no string at %s of %s", pointer, s->request.body);
    return text;
}

static const char *header(const struct sent *s, const char *name)
{
    const char *found = NULL;
    for (int i = 0; i < s->request.n_headers; i++) {
        if (strcasecmp(s->request.headers[i].name, name) != 0)
            continue;
        assert_null(found); /* once */
        found = s->request.headers[i].value;
    }
    return found;
}

static struct notice_item ITEM = { .subject = "followup-7h",
                                   .since = { 1795330800000 },
                                   .until = { INT64_MIN },
                                   .count = 3,
                                   .run = "0191e7a0-0000-7000-8000-000000000001",
                                   .error = "a < b & c > *d*",
                                   .outcome = OUTCOME_TIMEOUT,
                                   .expires_at = { INT64_MIN } };
static const struct notice NOTICE = { .on = ALERT_FAILURE,
                                      .rule = "failing",
                                      .target = "prod",
                                      .at = { 1795338900000 },
                                      .host = "cron1",
                                      .page = "https://c.example/?a=1&b",
                                      .channel = "ops",
                                      .items = &ITEM,
                                      .n_items = 1,
                                      .total = 1 };

static void test_slack(void **state)
{
    struct sent s;
    (void)state;
    send("{\"kind\":\"slack\",\"url\":\"https://h/x\"}", &NOTICE, &s);
    assert_true(s.final);
    assert_int_equal(s.request.method, METHOD_POST);
    assert_string_equal(at(&s, "/text"), "followup-7h is failing: timeout (prod)");
    assert_string_equal(at(&s, "/blocks/0/type"), "header");
    assert_string_equal(at(&s, "/blocks/0/text/type"), "plain_text");
    assert_non_null(strstr(at(&s, "/blocks/1/text/text"), "Last error: a &lt; b &amp; c &gt; *d*"));
    assert_string_equal(at(&s, "/blocks/1/text/type"), "plain_text");
    assert_string_equal(
        at(&s, "/blocks/2/text/text"),
        "<https://c.example/?a=1&amp;b/#/runs/0191e7a0-0000-7000-8000-000000000001|The run and its answer>");
    assert_string_equal(at(&s, "/blocks/3/elements/0/text"), "edgecron on cron1, rule failing, 22 Nov 09:15 UTC");
    sent_free(&s);
}

static void test_discord(void **state)
{
    struct sent s;
    (void)state;
    send("{\"kind\":\"discord\",\"url\":\"https://h/x\",\"language\":\"fr\"}", &NOTICE, &s);
    assert_string_equal(at(&s, "/embeds/0/title"), "followup-7h est en échec : délai dépassé (prod)");
    assert_non_null(strstr(at(&s, "/embeds/0/description"), "a \\< b & c \\> \\*d\\*"));
    assert_string_equal(at(&s, "/embeds/0/timestamp"), "2026-11-22T09:15:00.000Z");
    assert_int_equal(json_count(json_pointer(s.body, "/allowed_mentions/parse")), 0);
    assert_int_equal(json_type(json_pointer(s.body, "/allowed_mentions/parse")), JSON_ARRAY);
    sent_free(&s);
}

static void test_teams(void **state)
{
    struct sent s;
    (void)state;
    send("{\"kind\":\"teams\",\"url\":\"https://h/x\",\"language\":\"es\"}", &NOTICE, &s);
    assert_string_equal(at(&s, "/type"), "message");
    assert_string_equal(at(&s, "/attachments/0/contentType"), "application/vnd.microsoft.card.adaptive");
    assert_string_equal(at(&s, "/attachments/0/content/version"), "1.4");
    assert_string_equal(at(&s, "/attachments/0/content/body/0/inlines/0/text"),
                        "followup-7h falla: tiempo agotado (prod)");
    assert_string_equal(at(&s, "/attachments/0/content/actions/0/type"), "Action.OpenUrl");
    sent_free(&s);
}

static void test_ntfy(void **state)
{
    struct sent s;
    (void)state;
    send("{\"kind\":\"ntfy\",\"url\":\"https://ntfy.sh/x\",\"headers\":{\"Authorization\":\"Bearer "
         "{{secret.N}}\",\"priority\":\"max\"}}",
         &NOTICE, &s);
    assert_true(s.final);
    assert_int_equal(s.request.body_kind, BODY_TEXT);
    assert_string_equal(header(&s, "Title"), "followup-7h is failing: timeout (prod)");
    assert_string_equal(header(&s, "Authorization"), "Bearer {{secret.N}}");
    assert_string_equal(header(&s, "Priority"), "max"); /* the user's own wins */
    assert_string_equal(header(&s, "Tags"), "rotating_light");
    assert_null(header(&s, "X-None"));
    assert_non_null(strstr(header(&s, "Click"), "/#/runs/0191e7a0"));
    assert_non_null(strstr(s.request.body, "a < b & c > *d*"));
    sent_free(&s);
    send("{\"kind\":\"ntfy\",\"url\":\"https://ntfy.sh/x\",\"language\":\"fr\"}", &NOTICE, &s);
    assert_string_equal(
        header(&s, "Title"),
        "=?UTF-8?B?Zm9sbG93dXAtN2ggZXN0IGVuIMOpY2hlYyA6IGTDqWxhaSBkw6lwYXNzw6kg?= =?UTF-8?B?KHByb2Qp?=");
    sent_free(&s);
}

static void test_webhook(void **state)
{
    struct sent s;
    (void)state;
    send("{\"kind\":\"webhook\",\"url\":\"https://h/x\"}", &NOTICE, &s);
    assert_true(s.final);
    assert_string_equal(at(&s, "/title"), "followup-7h is failing: timeout (prod)");
    assert_string_equal(at(&s, "/items/0/error"), "a < b & c > *d*");
    sent_free(&s);
    send("{\"kind\":\"webhook\",\"url\":\"https://h/x\",\"body\":{\"t\":\"{{alert.title}}\"}}", &NOTICE, &s);
    assert_false(s.final);
    assert_string_equal(s.request.body, "{\"t\":\"{{alert.title}}\"}");
    sent_free(&s);
    send("{\"kind\":\"webhook\",\"url\":\"https://h/x\",\"method\":\"GET\"}", &NOTICE, &s);
    assert_int_equal(s.request.body_kind, BODY_NONE);
    sent_free(&s);
    const struct channel mail = { .kind = CHANNEL_EMAIL };
    channel_request(&mail, &NOTICE, NULL, &s.request, &s.final);
    assert_false(s.final);
}

/* --- limits and what comes from outside -------------------------------------------------------------------------- */

static size_t units(const char *s)
{
    size_t n = 0;
    for (; *s; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80 ? 1 + ((unsigned char)*s >= 0xf0) : 0;
    return n;
}

static void check_slack(const struct sent *s)
{
    const struct json *blocks = json_get(s->body, "blocks");
    assert_in_range(json_count(blocks), 2, 50);
    assert_in_range(units(at(s, "/blocks/0/text/text")), 1, 150);
    for (const struct json *b = json_first(blocks); b; b = json_next(b)) {
        const char *text = json_string(json_pointer(b, "/text/text"));
        if (!text)
            continue;
        assert_in_range(units(text), 1, 3000);
        assert_null(strstr(text, "<!"));
        assert_null(strstr(text, "<@"));
        for (const char *c = strchr(text, '&'); c; c = strchr(c + 1, '&')) /* whole entities */
            assert_true(!strncmp(c, "&amp;", 5) || !strncmp(c, "&lt;", 4) || !strncmp(c, "&gt;", 4));
    }
}

static void check_discord(const struct sent *s)
{
    size_t title = units(at(s, "/embeds/0/title")), text = units(at(s, "/embeds/0/description")),
           foot = units(at(s, "/embeds/0/footer/text"));
    assert_in_range(title, 1, 256);
    assert_in_range(text, 1, 4096);
    assert_in_range(foot, 1, 2048);
    assert_in_range(title + text + foot, 1, 6000);
    assert_null(strstr(at(s, "/embeds/0/description"), "@everyone"));
    assert_null(strstr(at(s, "/embeds/0/description"), " **"));
}

static void check_teams(const struct sent *s)
{
    assert_in_range(strlen(s->request.body), 1, 28 * 1024);
    for (const struct json *b = json_first(json_pointer(s->body, "/attachments/0/content/body")); b; b = json_next(b)) {
        assert_string_equal(json_string(json_get(b, "type")), "RichTextBlock"); /* no Markdown */
        assert_true(*json_string(json_pointer(b, "/inlines/0/text")));
    }
}

static void check_ntfy(const struct sent *s)
{
    assert_in_range(strlen(s->request.body), 1, 4096);
    assert_true(json_utf8_valid(s->request.body, strlen(s->request.body)));
    for (int i = 0; i < s->request.n_headers; i++)
        for (const char *c = s->request.headers[i].value; *c; c++)
            assert_true(*c >= ' ' && *c < 0x7f);
    assert_null(strstr(header(s, "Title"), "{{"));
}

static void check_webhook(const struct sent *s)
{
    assert_non_null(json_get(s->body, "title"));
}

static void test_hostile(void **state)
{
    static const struct {
        const char *kind;
        void (*check)(const struct sent *s);
    } kinds[] = { { "slack", check_slack },
                  { "discord", check_discord },
                  { "teams", check_teams },
                  { "ntfy", check_ntfy },
                  { "webhook", check_webhook } };
    static char wide[12001], marks[12001], quotes[12001];
    for (int i = 0; i + 4 <= 12000; i += 4) {
        memcpy(wide + i, "😀", 4);
        memcpy(marks + i, "<&>*", 4);
        memcpy(quotes + i, "\"\\\"\\", 4);
    }
    const char *const texts[] = { "a\r\nX-Evil: y\r\n\r\n",
                                  "<!channel> <@U1> <https://evil|x>",
                                  "@everyone **b** `c` [x](https://evil)",
                                  "{{secret.KEY}}",
                                  "=?UTF-8?B?YQ==?=",
                                  "\x01\x1b[31m\xff",
                                  wide,
                                  marks,
                                  quotes };
    struct notice_item items[NOTICE_ITEMS_MAX];
    (void)state;
    for (size_t t = 0; t < MEM_COUNT(texts); t++) {
        for (int many = 0; many < 2; many++) {
            for (int i = 0; i < NOTICE_ITEMS_MAX; i++) {
                items[i] = ITEM;
                items[i].subject = items[i].error = items[i].secret = texts[t];
                items[i].outcome = OUTCOME_HTTP_STATUS;
                items[i].http_status = 401;
            }
            struct notice n = NOTICE;
            n.items = items;
            n.n_items = many ? NOTICE_ITEMS_MAX : 1;
            n.total = many ? 1000 : 1;
            n.host = n.target = n.rule = n.channel = texts[t];
            for (size_t k = 0; k < 3 * MEM_COUNT(kinds); k++) {
                char channel[200];
                struct sent s;
                snprintf(channel, sizeof channel, "{\"kind\":\"%s\",\"url\":\"https://h/x\",\"language\":\"%s\"}",
                         kinds[k / 3].kind, notice_language_name((enum notice_language)(k % 3)));
                send(channel, &n, &s);
                assert_true(s.final);
                kinds[k / 3].check(&s);
                sent_free(&s);
            }
        }
    }
}

static void test_encoded_words(void **state)
{
    static const struct {
        const char *text, *word;
    } cases[] = { { "plain text: 3 < 4", "plain text: 3 < 4" },
                  { "", "" },
                  { "é", "=?UTF-8?B?w6k=?=" },
                  { " a", "=?UTF-8?B?IGE=?=" },
                  { "=?x", "=?UTF-8?B?PT94?=" },
                  { "{{now}}", "=?UTF-8?B?e3tub3d9fQ==?=" },
                  { "a\tb", "=?UTF-8?B?YQli?=" } };
    (void)state;
    for (size_t i = 0; i < MEM_COUNT(cases); i++) {
        buf_auto struct buf out = BUF_INIT(1000);
        encoded_word(cases[i].text, strlen(cases[i].text), &out);
        assert_string_equal(buf_str(&out), cases[i].word);
    }
}

static void collect(void *ctx, const char *name)
{
    buf_printf(ctx, "%s,", name);
}

static void test_secrets(void **state)
{
    struct sent s;
    buf_auto struct buf names = BUF_INIT(500);
    (void)state;
    send("{\"kind\":\"webhook\",\"url\":\"https://h/"
         "{{secret.A}}\",\"headers\":{\"X\":\"{{secret.B}}\"},\"body\":{\"{{secret.C}}\":\"{{alert.title}}\"}}",
         &NOTICE, &s);
    channel_secrets(&s.channel, collect, &names);
    assert_string_equal(buf_str(&names), "A,B,C,");
    sent_free(&s);
    const struct channel mail = { .kind = CHANNEL_EMAIL, .mail = { .password = "{{secret.P}}" } };
    buf_clear(&names);
    channel_secrets(&mail, collect, &names);
    assert_string_equal(buf_str(&names), "P,");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slack),   cmocka_unit_test(test_discord),       cmocka_unit_test(test_teams),
        cmocka_unit_test(test_ntfy),    cmocka_unit_test(test_webhook),       cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_secrets), cmocka_unit_test(test_encoded_words),
    };
    json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
