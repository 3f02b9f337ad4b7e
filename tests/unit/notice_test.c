/* Messages: tests/cases/notice has facts, titles and texts. Here: every message there can be is whole, and nothing from outside breaks one. */
#include "core/notice.h"
#include "core/notice_parts.h"
#include "text_cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* --- cases ------------------------------------------------------------------------------------------------------- */

/* The facts at hand, and what is still to come of the text in one language. */
struct notice_case {
    struct arena *arena;
    struct notice notice;
    char *text;
    const char *rest; /* in text; NULL: nothing more */
};

static void end_text(struct text_cases *t, struct notice_case *c)
{
    if (c->text && c->rest)
        text_case_fail(t, "the text before this goes on: \"%s\"", c->rest);
    else if (c->text)
        text_case_pass(t);
    mem_free(c->text);
    c->text = NULL;
}

static void begin_facts(struct text_cases *t, struct notice_case *c, const char *line)
{
    struct err e = { 0 };
    end_text(t, c);
    arena_free(c->arena);
    c->arena = arena_new(0);
    if (notice_parse(line, c->arena, &c->notice, &e))
        text_case_fail(t, "%s: %s", e.pointer, e.text);
}

static void begin_language(struct text_cases *t, struct notice_case *c, enum notice_language l, const char *title)
{
    struct buf got buf_auto = BUF_INIT(4096), text = BUF_INIT(65536);
    end_text(t, c);
    notice_title(&c->notice, l, &got);
    if (strcmp(buf_str(&got), title) != 0)
        text_case_fail(t, "the title is \"%s\"", buf_str(&got));
    notice_text(&c->notice, l, &text);
    buf_add(&text, "", 0);
    c->rest = c->text = buf_take(&text);
}

static void text_line(struct text_cases *t, struct notice_case *c, const char *wanted)
{
    size_t len = c->rest ? strcspn(c->rest, "\n") : 0;
    if (!c->rest || strlen(wanted) != len || memcmp(wanted, c->rest, len) != 0)
        text_case_fail(t, "the text has here: \"%.*s\"", (int)len, c->rest ? c->rest : "");
    c->rest = c->rest && c->rest[len] ? c->rest + len + 1 : NULL;
}

static void notice_line(struct text_cases *t, const char *line, void *ctx)
{
    struct notice_case *c = ctx;
    enum notice_language l;
    char name[3] = { line[0], line[0] ? line[1] : '\0', '\0' };
    if (*line == '{')
        begin_facts(t, c, line);
    else if (*line == '>')
        text_line(t, c, line[1] ? line + 2 : "");
    else if (notice_language_parse(name, &l) && line[2] == ' ')
        begin_language(t, c, l, line + 3);
    else
        text_case_fail(t, "is no line of a case");
}

static void test_cases(void **state)
{
    struct notice_case c = { 0 };
    (void)state;
    text_cases_run("notice", 200, notice_line, &c);
    assert_null(c.rest);
    mem_free(c.text);
    arena_free(c.arena);
}

/* --- every message there can be ---------------------------------------------------------------------------------- */

static void assert_whole(const char *text, bool one_line)
{
    for (const char *s = text; *s; s++) {
        if (*s == '{' || *s == '}' || *s == '|' || (*s == ' ' && s[1] == ' ') ||
            ((unsigned char)*s < ' ' && *s != '\n') || (*s == '\n' && one_line) || (*s == ' ' && s[1] == '\n') ||
            (*s == '\n' && s[1] == '\n' && s[2] == '\n'))
            fail_msg("odd at \"%.30s\" in:\n%s", s, text);
    }
    assert_true(*text && text[strlen(text) - 1] != '\n' && text[strlen(text) - 1] != ' ');
    assert_null(strstr(text, "(null)"));
    assert_null(strstr(text, " ?"));
    assert_true(json_utf8_valid(text, strlen(text)));
}

static void assert_message(const struct notice *n, enum notice_language l)
{
    buf_auto struct buf title = BUF_INIT(4096), text = BUF_INIT(65536);
    notice_title(n, l, &title);
    notice_text(n, l, &text);
    assert_whole(buf_str(&title), true);
    assert_whole(buf_str(&text), false);
    assert_true(title.len <= 200);
    assert_true(text.len <= NOTICE_TEXT_MAX);
}

/* One item and three, all that is known and nothing but a time. */
static void walk(enum notice_kind kind, enum alert_on on, enum notice_language l, enum outcome o, int status)
{
    static const struct wall at = { 1795338900000 }, since = { 1795330800000 }, until = { 1795338600000 };
    struct notice_item items[3];
    for (int variant = 0; variant < 8; variant++) {
        bool known = variant & 1, several = variant & 2, over = kind == NOTICE_RECOVERED || variant & 4;
        for (int i = 0; i < 3; i++)
            items[i] = (struct notice_item){ .subject = i && alert_on_of_job(on) ? "nightly" : "followup-7h",
                                             .since = since,
                                             .until = over ? until : WALL_NONE,
                                             .count = i * 5,
                                             .run = known ? "0191e7a0-0000-7000-8000-000000000001" : NULL,
                                             .error = known ? "said in words" : NULL,
                                             .outcome = o,
                                             .http_status = status,
                                             .secret = known ? "CRON_INTERNAL_KEY" : NULL,
                                             .value = i - 1,
                                             .limit = 86400,
                                             .metric = "followups_failed > 0",
                                             .expires_at = until };
        const struct notice n = { .kind = kind,
                                  .on = on,
                                  .rule = known ? "failing" : NULL,
                                  .target = known ? "prod" : NULL,
                                  .at = at,
                                  .host = known ? "cron1" : NULL,
                                  .page = known ? "https://cron.example.com" : NULL,
                                  .channel = "ops",
                                  .items = items,
                                  .n_items = several ? 3 : 1,
                                  .total = several ? 3 + variant : 1 };
        assert_message(&n, l);
    }
}

static void test_every_message(void **state)
{
    (void)state;
    for (int l = 0; l < NOTICE_LANGUAGE_COUNT; l++)
        for (int kind = 0; kind < NOTICE_KIND_COUNT; kind++)
            for (int on = 0; on < ALERT_ON_COUNT; on++)
                for (int o = 0; o < (on == ALERT_FAILURE ? OUTCOME_COUNT : 1); o++)
                    for (int status = 0; status < (o == OUTCOME_HTTP_STATUS ? 600 : 1); status += 1)
                        walk((enum notice_kind)kind, (enum alert_on)on, (enum notice_language)l, (enum outcome)o,
                             status);
}

/* No two languages say the same but names; a table with a text in the wrong column would. */
static void test_languages_differ(void **state)
{
    struct notice_item item = {
        .subject = "x", .since = { 0 }, .until = WALL_NONE, .expires_at = WALL_NONE, .count = 2
    };
    struct notice n = { .at = { 0 }, .items = &item, .n_items = 1, .total = 1 };
    (void)state;
    for (int on = 0; on < ALERT_ON_COUNT; on++) {
        for (int kind = 0; kind < NOTICE_TEST; kind++) {
            buf_auto struct buf en = BUF_INIT(65536), fr = BUF_INIT(65536), es = BUF_INIT(65536);
            n.on = (enum alert_on)on;
            n.kind = (enum notice_kind)kind;
            notice_story(&n, NOTICE_EN, &en);
            notice_story(&n, NOTICE_FR, &fr);
            notice_story(&n, NOTICE_ES, &es);
            assert_string_not_equal(buf_str(&en), buf_str(&fr));
            assert_string_not_equal(buf_str(&en), buf_str(&es));
            assert_string_not_equal(buf_str(&fr), buf_str(&es));
        }
    }
}

/* --- from outside ------------------------------------------------------------------------------------------------ */

static const char *const HOSTILE[] = {
    "a\r\nBcc: x@y.z\r\n\r\nb",
    "\x01\x02\x7f\x1b[31mred",
    "<!channel> <@U1|x> &amp;",
    "@everyone @here",
    "*_~`bold`~_*",
    "{{secret.KEY}}{{now}}",
    "\xff\xfe\x80 no utf-8",
    "{s} {n} {since} | {",
    "\xe2\x80\xae\xe2\x81\xa6turned\xe2\x80\xa8line",
    "\xc2\x85next\xc2\x9b",
    "   spaces \t\n ",
    "%s%n%1000d",
};

static struct notice hostile_notice(const char *text, struct notice_item items[2], enum alert_on on)
{
    for (int i = 0; i < 2; i++)
        items[i] = (struct notice_item){ .subject = text,
                                         .since = { 1795330800000 },
                                         .until = WALL_NONE,
                                         .count = 3,
                                         .run = text,
                                         .error = text,
                                         .outcome = OUTCOME_HTTP_STATUS,
                                         .http_status = 401,
                                         .secret = text,
                                         .value = 1e300,
                                         .limit = -1e300,
                                         .metric = text,
                                         .expires_at = { INT64_MAX } };
    return (struct notice){ .kind = NOTICE_FIRED,
                            .on = on,
                            .rule = text,
                            .target = text,
                            .at = { 1795338900000 },
                            .host = text,
                            .page = text,
                            .channel = text,
                            .items = items,
                            .n_items = 2,
                            .total = INT64_MAX };
}

static void assert_clean(const char *text, bool one_line)
{
    assert_true(json_utf8_valid(text, strlen(text)));
    for (const char *s = text; *s; s++) {
        assert_true((unsigned char)*s >= ' ' || (*s == '\n' && !one_line));
        assert_true(*s != 0x7f);
        if (*s == ' ' && s[1] == ' ')
            fail_msg("two spaces at \"%.40s\" in:\n%s", s, text);
    }
    assert_null(strstr(text, "\xe2\x80\xae"));
    assert_null(strstr(text, "\xc2\x85"));
}

static void assert_hostile(const struct notice *n)
{
    for (int l = 0; l < NOTICE_LANGUAGE_COUNT; l++) {
        buf_auto struct buf title = BUF_INIT(4096), text = BUF_INIT(65536);
        notice_title(n, (enum notice_language)l, &title);
        notice_text(n, (enum notice_language)l, &text);
        assert_true(title.len <= 200 && text.len <= NOTICE_TEXT_MAX);
        assert_clean(buf_str(&title), true);
        assert_clean(buf_str(&text), false);
        struct arena *a = arena_new(0);
        for (int i = 0; notice_value_name(i); i++) {
            const char *value = notice_value(n, (enum notice_language)l, notice_value_name(i), a);
            assert_non_null(value);
            if (strcmp(notice_value_name(i), "json") == 0)
                assert_true(json_valid(value, strlen(value))); /* data: as it is, but escaped */
            else
                assert_clean(value, strcmp(notice_value_name(i), "text") != 0);
        }
        arena_free(a);
    }
}

static void test_hostile(void **state)
{
    struct notice_item items[2];
    mem_auto char *long_text = mem_alloc(10241), *wide = mem_alloc(10001);
    (void)state;
    memset(long_text, 'x', 10240);
    for (int i = 0; i < 10000; i += 2)
        memcpy(wide + i, "é", 2);
    for (int on = 0; on < ALERT_ON_COUNT; on++) {
        for (size_t i = 0; i < MEM_COUNT(HOSTILE) + 2; i++) {
            const char *text = i < MEM_COUNT(HOSTILE) ? HOSTILE[i] : i == MEM_COUNT(HOSTILE) ? long_text : wide;
            struct notice n = hostile_notice(text, items, (enum alert_on)on);
            assert_hostile(&n);
            n.n_items = n.total = 1;
            assert_hostile(&n);
            assert_null(notice_link(&n, NULL)); /* what is no URL makes no link */
        }
    }
}

static void test_twenty_long_items_fit(void **state)
{
    struct notice_item items[NOTICE_ITEMS_MAX];
    mem_auto char *error = mem_alloc(1001);
    (void)state;
    memset(error, 'x', 1000);
    for (int i = 0; i < NOTICE_ITEMS_MAX; i++)
        items[i] = (struct notice_item){ .subject = "a-name-as-long-as-names-may-be-in-this-store-which-is-63-chars",
                                         .since = { 1795330800000 - i * 1000 },
                                         .until = WALL_NONE,
                                         .count = 3,
                                         .error = error,
                                         .outcome = OUTCOME_HTTP_STATUS,
                                         .http_status = 400 + i };
    const struct notice n = {
        .on = ALERT_FAILURE, .at = { 1795338900000 }, .items = items, .n_items = NOTICE_ITEMS_MAX, .total = 500
    };
    for (int l = 0; l < NOTICE_LANGUAGE_COUNT; l++)
        assert_message(&n, (enum notice_language)l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_every_message),
        cmocka_unit_test(test_languages_differ),
        cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_twenty_long_items_fit),
    };
    json_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
